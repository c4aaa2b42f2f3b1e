"""Reading the input of a command: a text, the cases in it, the case files of folders."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from legit._util.filetype import is_database
from legit._util.terminal_escape import printable_line
from legit.cli.usage_error import UsageError, os_error_reason
from legit.errors import LanguageError, Problem
from legit.knowledge.lookalike_names import lookalike_names
from legit.language.tokenizer import split_lines
from legit.messages import message

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.model.facts import Case

__all__ = [
    "MAX_INPUT_BYTES",
    "expand_folders",
    "read_bytes",
    "read_cases",
    "read_in_language",
    "read_text",
    "tell_lookalikes",
]

MAX_INPUT_BYTES: Final = 20_000_000

_LOG_FILE_HINT = (
    "to explain a decision: `legit log explain LOG NUMBER`; for its sentences: `legit log show LOG NUMBER --case`"
)


def read_text(name: str) -> tuple[str, str]:
    """The text of a file, or of standard input for `-`, and the name of its source for messages.

    Raises UsageError when the file cannot be read, and LanguageError (L001, L002) where it is longer than
    MAX_INPUT_BYTES, a database, or not in UTF-8.
    """
    source = "standard input" if name == "-" else name
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read `{source}`: {os_error_reason(error)}") from error
    if is_database(data):
        raise LanguageError(
            Problem("L002", "not a text but a database, as a decision log is", source=source, help=_LOG_FILE_HINT)
        )
    if len(data) > MAX_INPUT_BYTES:
        raise LanguageError(Problem("L001", f"more than {MAX_INPUT_BYTES} bytes", source=source))
    try:
        return data.decode("utf-8-sig"), source
    except UnicodeDecodeError as error:
        line = len(split_lines(data[: error.start].decode("utf-8", errors="replace")))
        raise LanguageError(
            Problem("L002", "not a text in UTF-8", line, 1, source, help="save the file as UTF-8 text")
        ) from error


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is no text. Raises UsageError when it cannot be read, or is over MAX_INPUT_BYTES."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {os_error_reason(error)}") from error
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError(f"`{path}` has more than {MAX_INPUT_BYTES} bytes")
    return data


def read_cases(judge: Judge, name: str) -> tuple[Case, ...]:
    """The cases of a file, or of standard input for `-`. Raises LanguageError, also (L005) where it holds none."""
    return read_in_language(judge, name)[1]


def read_in_language(judge: Judge, name: str) -> tuple[Judge, tuple[Case, ...]]:
    """The cases of a file, and the judge that answers in the language of the file. Raises as `read_cases` does."""
    text, source = read_text(name)
    found, cases = judge.read(text, source)
    tell_lookalikes(judge, cases, source)
    if not cases:
        raise LanguageError(Problem("L005", "there is no sentence in it", source=source, help="see `legit vocabulary`"))
    return found, cases


def tell_lookalikes(judge: Judge, cases: Iterable[Case], source: str) -> None:
    """Tell on standard error which names of a case look alike and count as different."""
    for case in cases:
        for one, other in lookalike_names(judge.base.vocabulary, case.facts):
            names = message("cli.look_alike", one=printable_line(one), other=printable_line(other))
            print(f"{printable_line(source)}: {names}", file=sys.stderr)


def expand_folders(paths: list[str]) -> list[str]:
    """The files of the paths, a folder replaced by the case files in it. Raises QueryError (Q301) when it has none."""
    files = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            from legit.query.corpus import case_files

            files += [str(file) for file in case_files([Path(path)])]
        else:
            files.append(path)
    return files
