"""The lines of the routes: the best one or two in short on the first page, each in full on the further pages."""

from __future__ import annotations

from collections.abc import Iterator

from legit.consult.paging import Line
from legit.explain.routes import deadline
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.routes import Route
from legit.messages import message
from legit.model.assessment import Assessment
from legit.model.facts import Case

_MAX_FIRST_PAGE = 2
_MAX_IN_FULL = 4
_FIRST, _SECOND = 1, 4
_FURTHER = ("by_when", "keep", "meanwhile", "avoid")


def first_page_lines(base: KnowledgeBase, case: Case, assessment: Assessment, *, way_named: bool) -> Iterator[Line]:
    """The routes that fit best, each in one line: whom to ask, what for, and by when.

    Those that answer before the harm comes; where none does, the best of the others, with words that say that it is
    for afterwards. General routes are left out where the case itself names a way (`way_named`).
    """
    due = deadline(base, case)
    routes = [route for route in _routes(base, assessment) if not (way_named and route.general)]
    in_time = [route for route in routes if route.answers_by(due)]
    for number, route in enumerate(in_time[:_MAX_FIRST_PAGE]):
        yield Line(_short(route), _SECOND if number else _FIRST)
    if routes and not in_time and not way_named:
        yield Line(message("consult.route_afterwards", who=routes[0].who, ask=routes[0].ask), _SECOND)


def further_lines(base: KnowledgeBase, assessment: Assessment) -> Iterator[Line]:
    """The routes with the words to copy, and with what to keep, what holds meanwhile and what not to do."""
    for number, route in enumerate(_routes(base, assessment)[:_MAX_IN_FULL]):
        if number >= _MAX_FIRST_PAGE:
            yield Line(_short(route))
        yield Line(message("consult.route_words", title=route.title, words=route.words))
        texts = [
            message(f"consult.route_part_{key}", text=text)
            for key in _FURTHER
            if (text := getattr(route, key)) and not (key == "by_when" and text in _short(route))
        ]
        if texts:
            yield Line(message("consult.route_further", title=route.title, text=" ".join(texts)))


def _routes(base: KnowledgeBase, assessment: Assessment) -> list[Route]:
    return [base.routes[name] for name in assessment.routes]


def _short(route: Route) -> str:
    if not route.by_when:
        return message("consult.route", who=route.who, ask=route.ask)
    return message("consult.route_in_time", who=route.who, ask=route.ask, by_when=route.by_when)
