"""Reads the arguments of a model's call in the forms in which models write them.

A list of sentences arrives as a list, as JSON or Python text of a list, in a Markdown fence, as tagged items, as
objects with the sentence in a field, or as one text with a sentence a line. All of these are read as the same list.
What cannot be read without a guess is left as it is, so that the check of the types refuses it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic_core import PydanticCustomError

from legit.messages import message
from legit.model.facts import SpeakerKind

MAX_PAGE: Final = 9999
"""The highest number of a page that is told apart from others; no answer has as many pages."""
_MAX_LITERAL_CHARACTERS: Final = 30_000
_MAX_DEPTH: Final = 6
_LIST_KEYS: Final = frozenset({"facts", "sentences", "statements", "items", "values", "list", "topics"})
_ITEM_KEYS: Final = frozenset({"fact", "sentence", "statement", "text", "item", "value", "content", "topic"})
_SOURCE_KEYS: Final = frozenset({"source", "speaker", "mark"})
_SOURCES: Final = frozenset(kind.value for kind in SpeakerKind)

_FENCE = re.compile(r"```[\w+-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_TAGGED = re.compile(r"\s*<([A-Za-z_][\w-]*)>(.*?)</\1>\s*", re.DOTALL)
_BULLET = re.compile(r"\s*(?:[-*\u2022]|\d{1,3}[.)])\s+")
_DATA = re.compile(r"""\s*(?:\[\s*["'{\[]|\{\s*["'])""")
_BREAK = re.compile(r"[ \t]*(?:\r\n|\r|\n)\s*")
# A quotation, also over line breaks or without an end; or the end of a line outside quotations.
_PIECE = re.compile(r'"[^"]*(?:"|$)|\u201c[^\u201c\u201d]*(?:\u201d|(?=\u201c)|$)|(?P<end>\r\n|\r|\n)|[^"\u201c\r\n]+')


class _NameTwiceError(ValueError):
    """A JSON object has a name twice: one of the two values would be lost."""


def read_sentences(value: Any) -> Any:
    """A list of sentences from any form in which a model writes one; other values are returned as they are.

    A line break ends a sentence, unless it stands in a quotation: there it becomes a space, so that a quoted text never
    becomes a sentence of its own. Nulls and empty lines are left out. Raises PydanticCustomError for a text that is
    meant as a list and cannot be read as one.
    """
    if value is None:
        return []
    if isinstance(value, str) and _DATA.match(_unfenced(value)) and _parsed(_unfenced(value)) is None:
        raise PydanticCustomError("unreadable_list", "{reason}", {"reason": message("consult.unreadable_list")})
    items = list(_items(value))
    return items if isinstance(value, (list, tuple, str)) or all(isinstance(item, str) for item in items) else value


def read_words(value: Any) -> Any:
    """A list of names from any form in which a model writes one; other values are returned as they are."""
    found = read_sentences(value)
    if not isinstance(found, list):
        return found
    return [word for item in found for word in (re.findall(r"\w+", item) if isinstance(item, str) else [item])]


def none_as_empty(value: Any) -> Any:
    """An empty text for null: strict schemas make a model send null for what is optional."""
    return "" if value is None else value


def none_as_first_page(value: Any) -> Any:
    """The first page for null, and `MAX_PAGE` for a higher number, also one that is written as a text.

    The answer repeats the number of a page that does not exist, so that a long one would make it long.
    """
    if value is None:
        return 1
    if isinstance(value, str):
        whole, _, rest = value.strip().removeprefix("+").partition(".")
        digits = whole.replace("_", "")
        is_long = digits.isdecimal() and not rest.strip("0") and len(digits.lstrip("0")) > len(str(MAX_PAGE))
        return MAX_PAGE if is_long else value
    if isinstance(value, (int, float)) and value > MAX_PAGE and value != float("inf"):
        return MAX_PAGE
    return value


def load_json(text: str) -> Any:
    """The value of a JSON text, which may stand in a fence. Raises ValueError for no JSON, for a name that an object
    has twice, and for what is nested too deeply or has numbers with too many digits.
    """
    try:
        return json.loads(_unfenced(text), object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NameTwiceError("an object has a name twice")
    return found


def _items(value: Any, depth: int = 0) -> Iterator[Any]:
    """The sentences of a value, in order; what is none is given as it is."""
    if value is None:
        return
    if depth > _MAX_DEPTH:
        yield value
    elif isinstance(value, str):
        yield from _items_of_text(value, depth)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _items(item, depth + 1)
    elif isinstance(value, dict):
        yield from _items_of_object(value, depth)
    else:
        yield value


def _items_of_text(text: str, depth: int) -> Iterator[Any]:
    inner = _unfenced(text)
    parsed = _parsed(inner)
    if parsed is not None:
        found = list(_items(parsed, depth + 1))
        if not depth or all(isinstance(item, str) for item in found):
            yield from found
            return
    tagged = _tagged_items(inner)
    if tagged:
        for item in tagged:
            yield from _items(item, depth + 1)
        return
    for line in _lines(inner):
        bullet = _BULLET.match(line)  # at the beginning alone: a date in the middle of a line is none
        sentence = line[bullet.end() if bullet else 0 :].strip()
        if sentence:
            yield sentence
    if not inner.strip() and depth:
        yield ""


def _items_of_object(value: dict[Any, Any], depth: int) -> Iterator[Any]:
    """The sentences of an object: those of its only list, or its sentence with the source beside it. Numbered sentences
    are a list as well. Any other object is given as it is.
    """
    names = {str(name).lower(): item for name, item in value.items()}
    if len(names) == 1 and names.keys() <= _LIST_KEYS | _ITEM_KEYS:
        yield from _items(next(iter(names.values())), depth + 1)
        return
    if len(names) == len(value) > 0 and all(name.isdecimal() for name in names):
        for item in value.values():
            yield from _items(item, depth + 1)
        return
    sentences, sources = _ITEM_KEYS & names.keys(), _SOURCE_KEYS & names.keys()
    if len(names) == 2 and len(sentences) == len(sources) == 1:
        (sentence,), (source,) = ([names[name] for name in found] for found in (sentences, sources))
        if isinstance(sentence, str) and isinstance(source, str):
            found, mark = list(_items_of_text(sentence, depth)), source.strip().strip("[]").strip()
            if len(found) == 1 and (mark in _SOURCES or not mark):
                marked = found[0].endswith("]") or not mark
                yield found[0] if marked else f"{found[0]} [{mark}]"
                return
    yield value


def _lines(text: str) -> Iterator[str]:
    """The lines of a text. A line break in a quotation ends no line and becomes a space."""
    line = ""
    for piece in _PIECE.finditer(text):
        if piece["end"]:
            yield line
            line = ""
        else:
            line += _BREAK.sub(" ", piece[0]) if piece[0][0] in '"\u201c' else piece[0]
    yield line


def _unfenced(text: str) -> str:
    found = _FENCE.fullmatch(text.strip())
    return found[1] if found else text


def _parsed(text: str) -> list[Any] | dict[Any, Any] | None:
    """The list or object that a text writes in JSON or in Python; None for another text."""
    stripped = text.strip()
    if stripped.startswith('"') and stripped.endswith('"') and ("\\n" in stripped or '\\"' in stripped):
        return _parsed_text(stripped)
    if not _DATA.match(stripped) or len(stripped) > _MAX_LITERAL_CHARACTERS:
        return None
    try:
        found = load_json(stripped)
    except _NameTwiceError:
        return None
    except ValueError:
        found = _python_literal(stripped)
    return found if isinstance(found, (list, dict)) else None


def _parsed_text(text: str) -> list[Any] | None:
    """The content of a JSON string that holds line breaks or quotations."""
    try:
        found = load_json(text)
    except ValueError:
        return None
    return [found] if isinstance(found, str) else None


def _python_literal(text: str) -> Any:
    """The value of a Python text without escapes; None where it is none, or an object has a name twice."""
    if "\\" in text:
        return None
    try:
        tree = ast.parse(text, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict) and len({ast.dump(key) for key in node.keys if key}) < len(node.keys):
                return None
        return ast.literal_eval(tree)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _tagged_items(text: str) -> list[str]:
    """The contents of tags that open and close, where a text is nothing else."""
    items, position = [], 0
    while position < len(text):
        found = _TAGGED.match(text, position)
        if not found:
            return []
        items.append(found[2])
        position = found.end()
    return items
