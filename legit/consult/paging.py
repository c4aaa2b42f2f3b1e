"""Lines onto pages of limited size: what decides on the first, the rest behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from legit.consult.budget import cut, tokens_at_most

PAGE_TOKENS = 300
"""The most tokens that a page holds."""

_LINE = 110


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the answer. Where room is short, lower ranks go first onto the first page; None never goes there."""

    text: str
    rank: int | None = None


def paged(lines: Iterable[Line], last: str) -> tuple[str, ...]:
    """The pages, at least one; on the first, as many lines as fit, by rank, in the order given, and `last`."""
    lines = [Line(cut(line.text, _LINE), line.rank) for line in lines]
    first = _chosen(lines, PAGE_TOKENS - _cost(last) - _cost(_footer(99, 99)))
    pages = [[line.text for index, line in enumerate(lines) if index in first] + [last]]
    room = 0
    for index, line in enumerate(lines):
        if index in first:
            continue
        if _cost(line.text) > room:
            pages.append([])
            room = PAGE_TOKENS - _cost(_footer(99, 99))
        pages[-1].append(line.text)
        room -= _cost(line.text)
    if len(pages) == 1:
        return ("\n".join(pages[0]),)
    return tuple("\n".join([*page, _footer(number, len(pages))]) for number, page in enumerate(pages, start=1))


def _chosen(lines: list[Line], room: int) -> set[int]:
    ranked = sorted((line.rank, index) for index, line in enumerate(lines) if line.rank is not None)
    chosen = set()
    for _, index in ranked:
        cost = _cost(lines[index].text)
        if cost <= room:
            chosen.add(index)
            room -= cost
    return chosen


def _cost(line: str) -> int:
    return tokens_at_most(line) + 1


def _footer(number: int, total: int) -> str:
    return f"(page {number} of {total})"
