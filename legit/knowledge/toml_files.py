"""Reads the TOML files of a knowledge base. Every error names the file, and the line where it is known."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import importlib.resources
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from legit._util import disk_cache
from legit._util.suggest import suggest
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.base_files import BaseFile

_MAX_SHOWN = 60
_VALUE_HELP = "a value is a number, a text in quotation marks, true, false, or a list in square brackets"
_EXPECTED_WORDING = {
    "a valid integer": "a whole number", "a valid string": "a text in quotation marks",
    "a valid boolean": "true or false", "a valid dictionary": "a table", "a valid tuple": "a list",
    "a valid list": "a list",
}  # fmt: skip
"""The expected shapes in pydantic's words, and the same in words for the author of a file."""
_SHOULD_BE = "input should be "
_UNION_BRANCH = re.compile(r"constrained-\w+|(?:dict|tuple|list)\[.*\]|str|int|bool")
"""The names that pydantic gives to the alternatives of a union in the place of an error."""

_MEMO: ContextVar[dict[str, str] | None] = ContextVar("toml_memo", default=None)


# The files that this process parsed: a second base, or another profile, parses only files that differ.
_PROCESS_MEMO: dict[str, str] = {}
_MAX_PROCESS_MEMO = 1_000


_KEY_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_MANY_DOTS = re.compile(rf"(?m)(?:^[ \t\[]*|[{{,][ \t]*){_KEY_PART}(?:[ \t]*\.[ \t]*{_KEY_PART}){{16}}")
"""A key of more than 16 parts; `tomllib` takes a time that grows with their square."""

_DATE = "$date"
"""The key under which a date is kept in JSON. A text with this sign is parsed anew each time."""


@contextlib.contextmanager
def parse_memo(digest: str) -> Iterator[None]:
    """A context in which texts that were parsed before under `digest` are not parsed again: parsing TOML is slow."""
    known = disk_cache.read("toml", digest, _is_memo)
    memo: dict[str, str] = dict(known or {})
    token = _MEMO.set(memo)
    try:
        yield
    finally:
        _MEMO.reset(token)
    if known is None:
        disk_cache.write("toml", digest, memo)


def _is_memo(value: Any) -> bool:
    return isinstance(value, dict) and all(type(data) is str for data in value.values())


def read_text(file: BaseFile, display_path: str) -> str:
    """The text of a file, with the line breaks of Python.

    Raises KnowledgeBaseError (K101 not readable as text, K102 too large).
    """
    data = file.read_bytes()
    try:
        text = data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise KnowledgeBaseError(
            Problem("K101", "not a text in UTF-8", line, 1, display_path, help="save the file as UTF-8 text")
        ) from error
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        raise KnowledgeBaseError(Problem("K101", "not a text: it holds a null character", line, 1, display_path))
    return text


def parse_toml(text: str, display_path: str, first_line: int = 1) -> dict[str, Any]:
    """A TOML text as a dictionary.

    Raises KnowledgeBaseError (K103) with the line within the file when it is not valid TOML.
    """
    memo = _MEMO.get()
    for known in (_PROCESS_MEMO, memo or {}):
        if text in known:
            with contextlib.suppress(ValueError, TypeError, RecursionError):
                kept = json.loads(known[text], object_hook=_restore_date if _DATE in known[text] else None)
                if isinstance(kept, dict):
                    return kept
    line = first_line
    dotted = _MANY_DOTS.search(text)
    if dotted:
        at = line + text.count("\n", 0, dotted.start())
        raise KnowledgeBaseError(Problem("K103", "not valid TOML: a key has too many parts", at, 1, display_path))
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = re.sub(r"\s*\(at .*\)$", "", str(error)).lower()
        place = re.search(r"\(at line (\d+), column (\d+)\)$", str(error))
        line += int(place.group(1)) - 1 if place else text.count("\n")
        column = int(place.group(2)) if place else 1
        written = text.split("\n")[line - first_line].strip() if place else ""
        where = f" in `{written[:_MAX_SHOWN]}`" if written else ""
        help_ = _VALUE_HELP if said == "invalid value" else ""
        raise KnowledgeBaseError(
            Problem("K103", f"not valid TOML: {said}{where}", line, column, display_path, help_)
        ) from error
    except (RecursionError, ValueError) as error:  # input that the parser itself cannot process
        why = "it is nested too deeply" if isinstance(error, RecursionError) else "it holds a number that is too long"
        raise KnowledgeBaseError(Problem("K103", f"not valid TOML: {why}", line, 1, display_path)) from error
    with contextlib.suppress(TypeError, ValueError, RecursionError):  # a value that cannot be kept, as a time of day
        data = json.dumps(parsed, default=_keep_date)
        if _DATE in text:
            return parsed
        if len(_PROCESS_MEMO) < _MAX_PROCESS_MEMO:
            _PROCESS_MEMO[text] = data
        if memo is not None:
            memo[text] = data
    return parsed


def _keep_date(value: object) -> dict[str, str]:
    if type(value) is not datetime.date:
        raise TypeError(value)
    return {_DATE: value.isoformat()}


def _restore_date(table: dict[str, Any]) -> Any:
    return datetime.date.fromisoformat(table[_DATE]) if _DATE in table else table


def read_toml(file: BaseFile, display_path: str) -> dict[str, Any]:
    """A TOML file as a dictionary. Raises as `read_text` and `parse_toml` do."""
    return parse_toml(read_text(file, display_path), display_path)


def validation_problems(
    error: ValidationError, model: type[BaseModel], source: str, table: str = "", text: str = "", first_line: int = 1
) -> list[Problem]:
    """The errors of pydantic about a table of a file, as problems (K201) with the nearest key or value.

    `table` is the name of the table. With the `text` of the file, whose first line is `first_line`, each problem has
    its line.
    """
    problems: dict[str, Problem] = {}
    for item in error.errors():
        where = [str(part) for part in item["loc"]]
        while len(where) > 1 and _UNION_BRANCH.fullmatch(where[-1]):
            where.pop()
        known: Iterable[str] = ()
        word = where[-1] if where else ""
        message = item["msg"].lower()
        if item["type"] == "extra_forbidden":
            known = model.model_fields if len(where) == 1 else ()
            message = "there is no such key"
        elif item["type"] in {"literal_error", "enum"}:
            word = str(item["input"])
            known = re.findall(r"'([^']*)'", str(item.get("ctx", {}).get("expected", "")))
            message = f"`{word[:40]}` is none of {', '.join(known)}"
        elif message.startswith(_SHOULD_BE):
            expected = message.removeprefix(_SHOULD_BE)
            message = f"`{str(item['input'])[:40]}` should be {_EXPECTED_WORDING.get(expected, expected)}"
        path = ".".join(where)
        prefix = f"`{table}`: {path}" if table else path
        if prefix in problems:  # another of the shapes that the value may have
            before = problems[prefix]
            if item["type"].endswith("_type") and " should be a " in before.message:
                other = message.rpartition(" should be ")[2]
                problems[prefix] = dataclasses.replace(before, message=f"{before.message} or {other}")
            continue
        keys = [part for part in where if not part.isdigit()]
        key = next(reversed(keys[: -1 if item["type"] == "missing" else None]), "")
        line = toml_line(text, table, key) if text else 0
        problems[prefix] = Problem(
            "K201",
            f"{prefix}: {message}",
            line + first_line - 1 if line else 0,
            1 if line else 0,
            source,
            nearest=suggest(word, known),
        )
    return list(problems.values())


def toml_line(text: str, table: str, key: str = "") -> int:
    """The line, from 1, of a table of a TOML text or of one of its keys; 0 when it is not found."""
    start = 0
    if table:
        header = re.search(rf"(?m)^[ \t]*\[{{0,2}}(?:[\w.]+\.)?{re.escape(table)}\b.*[\]=]", text)
        if header is None:
            return 0
        start = header.start()
    found = re.compile(rf"(?m)^[ \t]*\[*{re.escape(key)}\b").search(text, start) if key else None
    at = found.end() if found else start
    return text.count("\n", 0, at) + 1


def package_data_folder(name: str) -> Path:
    """A data folder of the package. In a checkout it lies beside the package."""
    try:
        return Path(str(importlib.resources.files(f"legit.{name}")))
    except ModuleNotFoundError:
        return Path(__file__).resolve().parents[2] / name
