"""Lines onto pages of limited size: what decides on the first, the rest behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from legit.consult.token_budget import cut, tokens_at_most

PAGE_TOKENS = 300
"""The most tokens that a page holds."""

_LINE = 110


class Line(NamedTuple):
    """A line of the answer. Where room is short, lower ranks go first onto the first page; None never goes there."""

    text: str
    rank: int | None = None


def paged(lines: Iterable[Line], last: str) -> tuple[str, ...]:
    """The pages, at least one; on the first, as many lines as fit, by rank, in the order given, and `last`."""
    ranked: list[tuple[int, int]] = []
    texts = []
    for index, (text, rank) in enumerate(lines):
        texts.append(cut(text, _LINE))
        if rank is not None:
            ranked.append((rank, index))
    costs = [_cost(text) for text in texts]
    first = _chosen(sorted(ranked), costs, PAGE_TOKENS - _cost(last) - _FOOTER_COST)
    pages = [[*(text for index, text in enumerate(texts) if index in first), last]]
    room = 0
    for index, text in enumerate(texts):
        if index in first:
            continue
        if costs[index] > room:
            pages.append([])
            room = PAGE_TOKENS - _FOOTER_COST
        pages[-1].append(text)
        room -= costs[index]
    if len(pages) == 1:
        return ("\n".join(pages[0]),)
    return tuple("\n".join([*page, _footer(number, len(pages))]) for number, page in enumerate(pages, start=1))


def _chosen(ranked: list[tuple[int, int]], costs: list[int], room: int) -> set[int]:
    """The lines that fit into the room, the lowest ranks first."""
    chosen = set()
    for _, index in ranked:
        if costs[index] <= room:
            chosen.add(index)
            room -= costs[index]
    return chosen


def _cost(line: str) -> int:
    return tokens_at_most(line) + 1


def _footer(number: int, total: int) -> str:
    return f"(page {number} of {total})"


_FOOTER_COST = _cost(_footer(999, 999))
