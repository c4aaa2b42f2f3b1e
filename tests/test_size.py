"""No file of code is over 400 lines, and no function over 60: one screen a function, one topic a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.conftest import FUZZ, ROOT, SLOW

FOLDERS = ("legit", "integrations", "tests", "benchmarks")
MAX_FILE = 400
MAX_FUNCTION = 60

LONG_FILES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()
"""What is too long today. A name that is short now must be taken out, so the lists only shrink."""


def _sources() -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_is_too_long() -> None:
    assert {name for name, text in _sources() if len(text.splitlines()) > MAX_FILE} == LONG_FILES


def test_no_function_is_too_long() -> None:
    long = {
        f"{name}:{node.name}"
        for name, text in _sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    }
    assert long == LONG_FUNCTIONS


def test_every_file_that_is_marked_slow_is_there() -> None:
    missing = [prefix for prefix in (*SLOW, *FUZZ) if not list((ROOT / "tests").glob(f"{prefix}*.py"))]
    assert missing == []
