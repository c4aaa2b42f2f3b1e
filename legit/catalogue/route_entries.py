"""Entries for the routes of a base: when each fits, and what it says."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.entry import Entry, citations_of, nonempty_sections
from legit.catalogue.vocabulary_entries import value_kind
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.routes import Route, RouteConditions, pattern_text
from legit.messages import message


def route_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The routes of a base."""
    for name, route in base.routes.items():
        yield Entry(
            kind="route",
            id=name,
            title=route.title,
            description=message("catalogue.describes_route", who=route.who, ask=route.ask),
            details=nonempty_sections(
                {
                    "route_words": [route.words],
                    "route_by_when": [route.by_when],
                    "route_keep": [route.keep],
                    "route_meanwhile": [route.meanwhile],
                    "route_avoid": [route.avoid],
                    "route_place": [route.place],
                    "route_when": _conditions(base, route.when),
                    "route_unless": _conditions(base, route.unless),
                    "route_order": [_order(route)],
                    "examples": [route.example.strip()],
                }
            ),
            sources=citations_of(base, route.sources),
            path=route.path,
        )


def _order(route: Route) -> str:
    key = "urgent" if route.urgent else "general" if route.general else ""
    return message(f"catalogue.route_order_{key}") if key else ""


def _conditions(base: KnowledgeBase, conditions: RouteConditions) -> Iterator[str]:
    """Each condition in words: one of the things that it names must hold."""
    either = message("catalogue.or")
    for key, values in conditions.named.items():
        shown = [_name(base, key, value) for value in values]
        yield message(f"catalogue.route_on_{key}", values=either.join(shown))
    for key, found in conditions.facts.items():
        predicate = base.vocabulary.predicates[key]
        if isinstance(found, bool):
            template = predicate.affirmative_forms[0] if found else predicate.denial_form
            yield template.format(())
            continue
        sentences = []
        for value in found:
            parts = zip(predicate.args, pattern_text(value).split(","), strict=True)
            phrases = (
                f"<{argument.name}>" if part == "_" else base.vocabulary.values(argument.type)[part].phrase
                for argument, part in parts
            )
            sentences.append(predicate.affirmative_forms[0].format(tuple(phrases)))
        yield either.join(sentences)


def _name(base: KnowledgeBase, key: str, value: str) -> str:
    if key == "criteria":
        return base.criteria[value].title
    if key == "undercutters":
        criterion, ground = value.split()
        return f"{base.criteria[criterion].title}: {base.criteria[criterion].undercutters[ground]}"
    return base.bibliography.rights[value].name if key == "rights" else value


def conditioned_on(base: KnowledgeBase, route: Route) -> Iterator[tuple[str, str]]:
    """The entries that the conditions of a route name: criteria, rights, verdicts and values of arguments."""
    for key, kind in (("criteria", "criterion"), ("rights", "right"), ("verdicts", "verdict")):
        yield from ((kind, value) for value in getattr(route.when, key))
    for key, found in route.when.facts.items():
        arguments = base.vocabulary.predicates[key].args
        yield ("sentence", key)
        for value in () if isinstance(found, bool) else found:
            for argument, part in zip(arguments, pattern_text(value).split(","), strict=True):
                if part != "_":
                    yield (value_kind(argument.type), part)
