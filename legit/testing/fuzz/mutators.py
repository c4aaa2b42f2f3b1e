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


def mutate_pieces(choices: Choices, pieces: list[str], insertions: Sequence[str] = ()) -> list[str]:
    """Pieces of a text with one left out, doubled, moved or exchanged, or with one of `others` put in."""
    pieces = list(pieces) or [""]
    at, other = (choices.integer(0, len(pieces) - 1) for _ in range(2))
    how = choices.integer(0, 4 if insertions else 3)
    if how == 0:
        del pieces[at]
    elif how == 1:
        pieces.insert(at, pieces[other])
    elif how == 2:
        pieces.insert(other, pieces.pop(at))
    elif how == 3:
        pieces[at], pieces[other] = pieces[other], pieces[at]
    else:
        pieces.insert(at, choices.pick(insertions))
    return pieces


def mutate_letter(choices: Choices, text: str) -> str:
    """A text with one letter left out, put in or replaced, or cut short."""
    at = choices.integer(0, len(text))
    how = choices.integer(0, 7)
    if how == 0:
        return text[:at]
    if how == 1:
        return text[:at] + text[at + 1 :]
    return text[:at] + choices.pick(_LETTERS) + text[at + how % 2 :]


def mutate_json(choices: Choices, value: Any, replacements: Sequence[Any] = ()) -> Any:
    """JSON with one of its nodes replaced, left out, doubled, exchanged or nested, or with a text in it changed."""
    places = list(_json_nodes(value))
    if not places:
        return [value]
    holder, key = choices.pick(places)
    alike = [place for place in places if place[1] == key and type(place[0][key]) is type(holder[key])]
    there, there_key = choices.pick(alike if choices.integer(0, 2) else places)
    how = choices.integer(0, 8)
    if how == 0:
        del holder[key]
    elif how == 1:
        holder[key] = choices.pick((*_VALUES, *replacements))
    elif how == 2:
        holder[key] = _copy(there[there_key])
    elif how == 3 and isinstance(holder, list):
        holder.insert(key, _copy(there[there_key]))
    elif how == 3:
        holder[choices.pick((f"{key}_", "place", "speaker", "args", ""))] = _copy(holder[key])
    elif how == 4:
        holder[key] = [holder[key]]
    elif how == 5 and isinstance(holder, list):
        holder.append(holder.pop(key))
    elif how >= 6 and isinstance(holder[key], str) and replacements:
        holder[key] = choices.pick(replacements)
    elif isinstance(holder[key], str):
        holder[key] = mutate_letter(choices, holder[key])
    elif type(holder[key]) is int:
        holder[key] += choices.pick((1, -1, 10**9, -(10**20)))
    return value


def mutate_as_json(mutator: Callable[[Any], Any], data: bytes) -> bytes:
    """JSON in bytes, changed as JSON; other bytes stay unchanged."""
    try:
        return json.dumps(mutator(json.loads(data))).encode()
    except (ValueError, RecursionError):
        return data


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _json_nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every node of some JSON except the outermost, with its container and its key."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, dict | list):
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            found += [(holder, key) for key in keys]
            waiting += [holder[key] for key in keys]
    return found
