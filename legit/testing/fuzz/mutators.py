"""Changes to texts, to JSON and to bytes that keep most of their structure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from legit.testing.generate import Choices

_LETTERS = "\0\t\x1b\r\n\"'\u201c\u201d[](){}.,:;?!=%*#@\\-_&aZ09 \u00a0\u00e9\u0130\u200b\u2028\u202e\U0001f600"
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, 1.5, "", " ", "x", '"', "\n", "\u201c", "\ud800", [], {}, [[]], {"a": []},
)  # fmt: skip


def pieces_changed(choices: Choices, pieces: list[str], others: Sequence[str] = ()) -> list[str]:
    """Pieces of a text with one left out, doubled, moved or exchanged, or with one of `others` put in."""
    pieces = list(pieces) or [""]
    at, other = (choices.number(0, len(pieces) - 1) for _ in range(2))
    how = choices.number(0, 4 if others else 3)
    if how == 0:
        del pieces[at]
    elif how == 1:
        pieces.insert(at, pieces[other])
    elif how == 2:
        pieces.insert(other, pieces.pop(at))
    elif how == 3:
        pieces[at], pieces[other] = pieces[other], pieces[at]
    else:
        pieces.insert(at, choices.of(others))
    return pieces


def letter_changed(choices: Choices, text: str) -> str:
    """A text with one letter left out, put in or replaced, or cut short."""
    at = choices.number(0, len(text))
    how = choices.number(0, 7)
    if how == 0:
        return text[:at]
    if how == 1:
        return text[:at] + text[at + 1 :]
    return text[:at] + choices.of(_LETTERS) + text[at + how % 2 :]


def json_changed(choices: Choices, value: Any, others: Sequence[Any] = ()) -> Any:
    """JSON with one of its nodes replaced, left out, doubled, exchanged or nested, or with a text in it changed."""
    places = list(_places(value))
    if not places:
        return [value]
    holder, key = choices.of(places)
    alike = [place for place in places if place[1] == key and type(place[0][key]) is type(holder[key])]
    there, there_key = choices.of(alike if choices.number(0, 2) else places)
    how = choices.number(0, 8)
    if how == 0:
        del holder[key]
    elif how == 1:
        holder[key] = choices.of((*_VALUES, *others))
    elif how == 2:
        holder[key] = _copy(there[there_key])
    elif how == 3 and isinstance(holder, list):
        holder.insert(key, _copy(there[there_key]))
    elif how == 3:
        holder[choices.of((f"{key}_", "place", "speaker", "args", ""))] = _copy(holder[key])
    elif how == 4:
        holder[key] = [holder[key]]
    elif how == 5 and isinstance(holder, list):
        holder.append(holder.pop(key))
    elif how >= 6 and isinstance(holder[key], str) and others:
        holder[key] = choices.of(others)
    elif isinstance(holder[key], str):
        holder[key] = letter_changed(choices, holder[key])
    elif type(holder[key]) is int:
        holder[key] += choices.of((1, -1, 10**9, -(10**20)))
    return value


def as_json(change: Callable[[Any], Any], data: bytes) -> bytes:
    """JSON in bytes, changed as JSON; what is none stays as it is."""
    try:
        return json.dumps(change(json.loads(data))).encode()
    except (ValueError, RecursionError):
        return data


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every node of some JSON but the outermost, by what holds it and its key."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict | list):
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            found += [(holder, key) for key in keys]
            waiting += [holder[key] for key in keys]
    return found
