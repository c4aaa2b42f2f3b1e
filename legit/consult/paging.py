"""Divides lines into pages of limited size: the decisive lines on the first page, the others after it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from legit.consult.token_budget import token_upper_bound, truncate
from legit.messages import message

MAX_PAGE_TOKENS = 300
"""The most tokens that a page holds."""

_MAX_LINE_TOKENS = 110


class Line(NamedTuple):
    """A line of the answer. When space is short, lower ranks go to the first page first; a line with rank None never
    goes there.
    """

    text: str
    priority: int | None = None


def paginate(lines: Iterable[Line], last: str) -> tuple[str, ...]:
    """The pages, at least one. The first page has as many lines as fit, by rank, in the given order, and `last`."""
    ranked: list[tuple[int, int]] = []
    texts, costs = [], []
    for index, (text, rank) in enumerate(lines):
        shown, cost = _measured(text)
        texts.append(shown)
        costs.append(cost)
        if rank is not None:
            ranked.append((rank, index))
    first = _lines_that_fit(sorted(ranked), costs, MAX_PAGE_TOKENS - _cost(last) - _FOOTER_COST)
    pages = [[*(text for index, text in enumerate(texts) if index in first), last]]
    room = 0
    for index, text in enumerate(texts):
        if index in first:
            continue
        if costs[index] > room:
            pages.append([])
            room = MAX_PAGE_TOKENS - _FOOTER_COST
        pages[-1].append(text)
        room -= costs[index]
    if len(pages) == 1:
        return ("\n".join(pages[0]),)
    return tuple("\n".join([*page, _footer(number, len(pages))]) for number, page in enumerate(pages, start=1))


def _lines_that_fit(by_priority: list[tuple[int, int]], costs: list[int], room: int) -> set[int]:
    """The lines that fit into the room, the lowest ranks first."""
    chosen = set()
    for _, index in by_priority:
        if costs[index] <= room:
            chosen.add(index)
            room -= costs[index]
    return chosen


# Most lines come from the knowledge base and are used again and again.
@lru_cache(maxsize=4096)
def _measured(text: str) -> tuple[str, int]:
    """A line as it is shown, and its tokens."""
    shown = truncate(text, _MAX_LINE_TOKENS)
    return shown, _cost(shown)


def _cost(line: str) -> int:
    return token_upper_bound(line) + 1


def _footer(number: int, total: int) -> str:
    return message("consult.page", number=number, total=total)


_FOOTER_COST = 12
"""Tokens kept free for the footer of a page with up to 999 pages, in any language."""
