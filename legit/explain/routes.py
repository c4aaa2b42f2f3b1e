"""Finds the routes that fit a decided case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from legit.engine.decided_case import DecidedCase
from legit.explain.citation_cache import CitationCache
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.routes import ANY_READER, TEXT_FIELDS, Sign
from legit.model.assessment import Effect
from legit.model.explanation import RouteText
from legit.model.facts import Case, Truth

MAX_ROUTES = 6
"""The most routes of an assessment."""


def find_routes(decided: DecidedCase, findings: Sequence[tuple[str, Effect]]) -> tuple[str, ...]:
    """The ids of the routes that fit, the best first, those that answer in time before the others.

    `findings` are criteria with their effects, in order.
    """
    base = decided.base
    index = base.route_index
    applying = [name for name, effect in findings if effect != "possible"]
    signs: set[Sign] = {("verdicts", decided.verdict.value), ("actions", decided.action)}
    signs.update(("criteria", name) for name in applying)
    signs.update(("criteria", args[0]) for args in decided.cautious("speaks_for"))
    signs.update(("criteria", args[0]) for args in decided.brave("harm_finding"))
    signs.update(("undercutters", f"{name} {ground}") for name, ground in decided.cautious("undercut"))
    signs.update(("rights", base.right_names[args[0]]) for args in decided.cautious("touches"))
    for fact in decided.case.facts:
        if fact.predicate in index.predicates and fact.truth is not Truth.UNKNOWN:
            args = tuple(map(str, fact.args))
            signs.update(index.signs_of_fact(fact.predicate, args, denied=fact.truth is Truth.FALSE))
    reader = base.manifest.route_readers.get(decided.stance, "")
    due = deadline(base, decided.case)
    fitting = [
        name
        for name in index.fitting(signs, tuple(applying))
        if base.routes[name].reader in (reader, ANY_READER) and base.routes[name].is_meant_for(due)
    ]
    return tuple(sorted(fitting, key=lambda name: not base.routes[name].answers_by(due)))[:MAX_ROUTES]


def deadline(base: KnowledgeBase, case: Case) -> int | None:
    """In how many hours the harm comes, by the shortest time that the case states; None where it states none."""
    wanted = base.manifest.route_deadline
    hours = [
        int(arg)
        for fact in case.facts
        if fact.predicate == wanted and fact.truth is Truth.TRUE
        for arg in map(str, fact.args)
        if arg.isdigit()
    ]
    return min(hours, default=None)


def route_texts(base: KnowledgeBase, citations: CitationCache, routes: Iterable[str]) -> tuple[RouteText, ...]:
    """Routes with their texts and sources."""
    return tuple(
        RouteText(
            route=name,
            place=base.routes[name].place,
            sources=citations.for_references(base.routes[name].sources),
            **{key: getattr(base.routes[name], key) for key in TEXT_FIELDS},
        )
        for name in routes
    )
