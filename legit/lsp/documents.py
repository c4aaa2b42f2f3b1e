"""Documents as the server sees them: the texts of cases in a file, each with its place, and the base of the file."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from legit.errors import KnowledgeBaseError
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import digested_files, layers_of

Stamp = tuple[tuple[str, int, int], ...]
"""The files of a base, each with its time and size."""

RULES_SUFFIX = ".lp"
MANIFEST = "base.toml"

_HEADER = re.compile(r"\A\s*%\*\n(.*?)\*%", re.DOTALL)
_EXAMPLE = re.compile(r"(?m)^[ \t]*\[\[[ \t]*(examples|counterexamples)[ \t]*\]\]")
_TEXT = re.compile(r"(?m)^[ \t]*(?:text|facts)[ \t]*=[ \t]*('''|\"\"\")\n?(.*?)\1", re.DOTALL)


class CaseText(NamedTuple):
    """The text of cases in a document: its first character, and where it stands in an example, the line of the table.

    `example_line` counts from 0, and is -1 where the whole document is the text. `meets` is whether the example is one
    that meets its criterion.
    """

    start: int
    text: str
    example_line: int = -1
    meets: bool = True


def is_rules(uri: str) -> bool:
    """Whether a document is a file of rules with a header, and not one of cases."""
    return uri.endswith(RULES_SUFFIX)


def rules_start(text: str) -> int:
    """The first character behind the header of a file of rules."""
    match = _HEADER.match(text)
    return match.end() if match else 0


def case_texts(text: str, *, rules: bool) -> list[CaseText]:
    """The texts of cases in a document: all of it, or the examples in the header of a file of rules."""
    if not rules:
        return [CaseText(0, text)]
    end = rules_start(text)
    tables = list(_EXAMPLE.finditer(text, 0, end))
    found = []
    for place, table in enumerate(tables):
        until = tables[place + 1].start() if place + 1 < len(tables) else end
        match = _TEXT.search(text, table.end(), until)
        if match:
            line = text.count("\n", 0, table.start())
            found.append(CaseText(match.start(2), match.group(2), line, table.group(1) == "examples"))
    return found


def text_at(texts: list[CaseText], offset: int) -> CaseText | None:
    """The text of cases in which a character of a document stands."""
    return next((item for item in texts if item.start <= offset <= item.start + len(item.text)), None)


def judge_of(path: Path | None) -> Judge:
    """The judge for the base that a file is of: the nearest folder above it with a `base.toml`, else the shipped base.

    The base is that of the files as they are now. One that is not valid is told by the problems of its files; its cases
    are then judged by the shipped base.
    """
    root = root_of(path)
    if root is None:
        return cached_judge()
    try:
        return _judge_of(root, _stamp(root)) or cached_judge()
    except KnowledgeBaseError:  # it cannot be told which layers the base has
        return cached_judge()


@lru_cache(maxsize=4)
def _judge_of(root: Path, stamp: Stamp) -> Judge | None:
    """The judge of a base whose files have a stamp; None where the base is not valid."""
    del stamp
    try:
        return Judge(KnowledgeBase.load(root))
    except KnowledgeBaseError:
        return None


def _stamp(root: Path) -> Stamp:
    """What tells whether a file of a base, or of a base that it extends, has changed."""
    states = ((file.path, file.path.stat()) for file in digested_files(layers_of(root)).values())
    return tuple((str(path), state.st_mtime_ns, state.st_size) for path, state in states)


def root_of(path: Path | None) -> Path | None:
    """The folder of the base that a file is of, None where it is of none."""
    for folder in path.parents if path else ():
        if (folder / MANIFEST).is_file():
            return folder
    return None


@lru_cache(maxsize=16)
def line_starts(text: str) -> tuple[int, ...]:
    """The first character of each line."""
    return (0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text)))


def place_of(text: str, offset: int) -> tuple[int, int]:
    """The line and the character in it, both from 0, of a character of a text."""
    starts = line_starts(text)
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= offset else (low, middle)
    return low, offset - starts[low]


def offset_of(text: str, line: int, character: int) -> int:
    """The character of a text at a line and a character in it, both from 0; the nearest where there is none."""
    starts = line_starts(text)
    if line >= len(starts):
        return len(text)
    return min(starts[line] + character, len(text))


def display_file(base: KnowledgeBase, display_path: str) -> Path | None:
    """The file of a path as messages show it, None where the base has none."""
    for layer in base.layers:
        if layer.owns_path(display_path):
            return layer.root / display_path.partition("/")[2].partition(":")[0]
    return None
