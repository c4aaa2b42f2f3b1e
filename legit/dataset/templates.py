"""Sentences with alternatives and slots: `{We|I} {never|did not} agree to {rule}.`

In braces stand alternatives, divided by `|`, or the name of one slot. Alternatives may hold braces in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from legit.errors import DatasetError, Problem


class Rendered(NamedTuple):
    """A text, and its pattern: the same text with the names of the slots in place of what fills them."""

    text: str
    pattern: str


class Slot(NamedTuple):
    """The name of a slot."""

    name: str


class Alternatives(NamedTuple):
    """Sequences of parts, of which one is taken."""

    options: tuple[tuple[object, ...], ...]


@cache
def parse_template(text: str) -> tuple[object, ...]:
    """The parts of a template: texts, slots and alternatives.

    Raises DatasetError (D022) for braces without a partner.
    """
    options, end = _parse(text, 0, top=True)
    if end != len(text) or len(options) != 1:
        raise DatasetError(Problem("D022", f"the braces of `{text[:60]}` do not match, or `|` stands outside of them"))
    return options[0]


def _parse(text: str, at: int, *, top: bool) -> tuple[list[tuple[object, ...]], int]:
    options: list[tuple[object, ...]] = []
    parts: list[object] = []
    start = at
    while at < len(text):
        sign = text[at]
        if sign not in "{}|":
            at += 1
            continue
        if at > start:
            parts.append(text[start:at])
        if sign == "}":
            break
        if sign == "|":
            options.append(tuple(parts))
            parts = []
            at += 1
        else:
            inner, at = _parse(text, at + 1, top=False)
            if at >= len(text):
                raise DatasetError(Problem("D022", f"a brace of `{text[:60]}` is not closed"))
            at += 1
            parts.append(_group(inner))
        start = at
    else:
        if at > start:
            parts.append(text[start:at])
        if not top:
            return options, at
    options.append(tuple(parts))
    return options, at


def _group(options: list[tuple[object, ...]]) -> object:
    if len(options) == 1 and len(options[0]) == 1 and isinstance(options[0][0], str):
        return Slot(options[0][0])
    return Alternatives(tuple(options))


@cache
def count_fillings(text: str) -> int:
    """How many different patterns a template has."""
    return _count(parse_template(text))


def _count(parts: tuple[object, ...]) -> int:
    found = 1
    for part in parts:
        if isinstance(part, Alternatives):
            found *= sum(_count(option) for option in part.options)
    return found


def capitalised(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def fill(template: str, pick: Callable[[int], int], slots: Mapping[str, str | Callable[[], str]]) -> Rendered:
    """Fill a template. `pick` takes a number of alternatives and gives the place of one.

    A slot is a text or a function that gives one. `{They}` and `{0c}` are the slots `they` and `0` with a capital.
    Raises DatasetError (D023) for a slot that nothing fills.
    """
    shown: list[str] = []
    pattern: list[str] = []
    _fill(parse_template(template), pick, slots, shown, pattern)
    return Rendered("".join(shown), "".join(pattern))


def _fill(
    parts: tuple[object, ...],
    pick: Callable[[int], int],
    slots: Mapping[str, str | Callable[[], str]],
    shown: list[str],
    pattern: list[str],
) -> None:
    for part in parts:
        if isinstance(part, Slot):
            shown.append(_slot(part.name, slots))
            pattern.append(f"{{{part.name}}}")
        elif isinstance(part, Alternatives):
            _fill(part.options[pick(len(part.options))], pick, slots, shown, pattern)
        else:
            shown.append(str(part))
            pattern.append(str(part))


def _slot(name: str, slots: Mapping[str, str | Callable[[], str]]) -> str:
    found = slots.get(name)
    capital = found is None
    if found is None:
        found = slots.get(name[:-1] if name.endswith("c") else name[:1].lower() + name[1:])
    if found is None:
        raise DatasetError(Problem("D023", f"nothing fills the slot `{{{name}}}`"))
    text = found if isinstance(found, str) else found()
    return capitalised(text) if capital else text
