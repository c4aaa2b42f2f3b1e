"""Writing the output of a command: JSON, CSV, texts for a terminal, files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel

from legit._util.databases import refuse_database
from legit._util.safe_csv import write_table
from legit._util.terminal_escape import FORMAT_CHARACTERS, printable, printable_line
from legit.cli.usage_error import UsageError, os_error_reason

if TYPE_CHECKING:
    from legit.render.assessment_text import TextStyle

__all__ = [
    "escape_model", "format_json", "open_output", "print_csv", "print_json", "print_json_rows", "print_rows",
    "print_sentences", "terminal_width", "text_style", "use_colour", "write_output",
]  # fmt: skip

_UNSAFE_CHARACTERS = re.compile(f"[\x7f-\x9f\u2028\u2029{FORMAT_CHARACTERS}]")
_MAX_WIDTH = 120

ModelT = TypeVar("ModelT", bound=BaseModel)


def format_json(data: Any) -> str:
    """Data as JSON without a last line break; a pydantic model anywhere in it as its own JSON.

    Characters that a terminal obeys are escaped as JSON escapes them.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False, default=_model_to_json)
    return _UNSAFE_CHARACTERS.sub(lambda match: json.dumps(match.group())[1:-1], text)


def print_json(data: Any) -> None:
    """Print data as `format_json` formats it."""
    print(format_json(data))


def print_json_rows(rows: Iterable[Any]) -> None:
    """Print a list as `print_json` does, one row at a time, so that there may be any number of rows."""
    mark = "["
    for row in rows:
        print(f"{mark}\n  " + format_json(row).replace("\n", "\n  "), end="")
        mark = ","
    print("[]" if mark == "[" else "\n]")


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV with a header; on a terminal without characters that it obeys."""
    if sys.stdout.isatty():
        rows = ({key: printable(item) if type(item) is str else item for key, item in row.items()} for row in rows)
    write_table(columns, rows, sys.stdout)


def print_rows(output_format: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as JSON or CSV."""
    if output_format == "json":
        print_json_rows(rows)
    else:
        print_csv(columns, rows)


def print_sentences(text: str) -> None:
    """Print sentences of a case: unchanged, so that they can be parsed again, but escaped on a terminal."""
    print(printable(text) if sys.stdout.isatty() else text, end="")


def escape_model(model: ModelT) -> ModelT:
    """The model with line breaks and control characters escaped in every text that it holds."""
    return type(model).model_validate(_escape_value(model.model_dump()))


def use_colour() -> bool:
    """Whether standard output is a terminal that shows colours, and the user has not declined them (NO_COLOR)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def terminal_width(default: int = 100, limit: int = _MAX_WIDTH) -> int:
    """The columns of the terminal, `limit` at most; `default` where there is none."""
    return min(limit, shutil.get_terminal_size((default, 24)).columns)


def text_style(*, full: bool = False) -> TextStyle:
    """The style of texts for this terminal; `full` shows everything."""
    from legit.render.assessment_text import TextStyle

    return TextStyle(use_colour(), terminal_width(), full)


@contextlib.contextmanager
def open_output(path: Path | None, mode: str = "w") -> Iterator[IO[Any]]:
    """A file to write to, standard output where there is no path.

    Raises UsageError when it cannot be written, and DecisionLogError (R120) when it is a database.
    """
    if path is None:
        if sys.stdout.isatty():
            yield cast("IO[Any]", _TerminalOutput())
        else:
            yield sys.stdout.buffer if "b" in mode else sys.stdout
        return
    refuse_database(path)
    try:
        with path.open(mode, encoding=None if "b" in mode else "utf-8", newline=None if "b" in mode else "") as file:
            yield file
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {os_error_reason(error)}") from error


class _TerminalOutput:
    """Standard output on a terminal: what is written, text or bytes in UTF-8, has no character that it obeys."""

    def write(self, data: str | bytes) -> int:
        text = data.decode(errors="replace") if isinstance(data, bytes) else data
        return sys.stdout.write(printable(text.replace("\r\n", "\n")))

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        for line in lines:
            self.write(line)


def write_output(path: Path | None, text: str) -> None:
    """Write a text to a file, or to standard output where there is no path. Raises UsageError as `open_output`."""
    with open_output(path) as file:
        file.write(text)


def _model_to_json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"`{type(value).__name__}` is not JSON")


def _escape_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _escape_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escape_value(item) for item in value]
    return printable_line(value) if type(value) is str else value
