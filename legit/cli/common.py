"""What the commands share: their statuses, their options, how they read a file and tell of progress."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from legit._util.filetype import is_database
from legit._util.safe_csv import write_table
from legit._util.terminal_escape import printable
from legit.errors import LanguageError, Problem
from legit.language.tokenizer import split_lines

if TYPE_CHECKING:
    from legit.judge import Judge

DONE, NOT_UNDERSTOOD, USAGE, BASE_INVALID, TIMED_OUT, LOG_INVALID = 0, 1, 2, 3, 4, 5
VERDICT_STATUS = {"stands": 0, "defeated": 10, "contested": 11, "undetermined": 12}
EXIT_STATUS_HELP = """exit status:
  0 done, whatever the verdict      3 the knowledge base is invalid
  1 the input was not understood    4 not decided in time
  2 wrong usage                     5 the log does not hold, or replays otherwise
  with `assess --exit-status`: 0 stands, 10 defeated, 11 contested, 12 undetermined"""
MAX_INPUT_BYTES = 20_000_000
_LOG_FILE_HINT = (
    "to explain a decision: `legit log explain LOG NUMBER`; for its sentences: `legit log show LOG NUMBER --case`"
)
_UNSAFE_CHARACTERS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

ModelT = TypeVar("ModelT", bound=BaseModel)

Subparsers = Any  # the subparsers of argparse, which keeps their type to itself


class UsageError(Exception):
    """The command was called with something that is not there."""


def add_command(
    commands: Subparsers, name: str, run: Callable[[argparse.Namespace], int], help_: str
) -> argparse.ArgumentParser:
    """Add a command that works on a knowledge base; `run` gets the options and returns the exit status."""
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", epilog=EXIT_STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    added.set_defaults(run=run)
    added.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
    added.add_argument(
        "--profile", default="default", metavar="NAME", help="the profile of weights (default: %(default)s)"
    )
    return added


def add_format(parser: argparse.ArgumentParser, help_: str = "how to print (default: %(default)s)") -> None:
    """Add `--format text|json`."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help=help_)


def parse_key_values(values: list[str]) -> dict[str, str]:
    """The entries of an option that is given as KEY=VALUE. Raises UsageError when it is not."""
    entries = {}
    for item in values:
        key, mark, value = item.partition("=")
        if not mark or not key:
            raise UsageError(f"`{item}` is not of the form KEY=VALUE")
        entries[key] = value
    return entries


def read_text(name: str) -> tuple[str, str]:
    """The text of a file or of standard input, and the name under which to speak of it."""
    shown = "standard input" if name == "-" else name
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read `{shown}`: {(error.strerror or 'no such file').lower()}") from error
    if is_database(data):
        raise LanguageError(
            Problem("L002", "not a text but a database, as a decision log is", source=shown, help=_LOG_FILE_HINT)
        )
    if len(data) > MAX_INPUT_BYTES:
        raise LanguageError(Problem("L001", f"more than {MAX_INPUT_BYTES} bytes", source=shown))
    try:
        return data.decode("utf-8-sig"), shown
    except UnicodeDecodeError as error:
        line = len(split_lines(data[: error.start].decode("utf-8", errors="replace")))
        raise LanguageError(
            Problem("L002", "not a text in UTF-8", line, 1, shown, help="save the file as UTF-8 text")
        ) from error


def open_judge(options: argparse.Namespace) -> Judge:
    """The judge for the knowledge base and profile that the options name."""
    from legit.judge import cached_judge

    return cached_judge(options.kb, options.profile)


def print_json(data: Any) -> None:
    """Print data as JSON; characters that a terminal would obey are escaped as JSON escapes them."""
    print(_safe_json(data))


def print_json_rows(rows: Iterable[Any]) -> None:
    """Print as `print_json` prints a list, one row at a time, so that there may be any number."""
    mark = "["
    for row in rows:
        print(f"{mark}\n  " + _safe_json(row).replace("\n", "\n  "), end="")
        mark = ","
    print("[]" if mark == "[" else "\n]")


def print_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV with a header; on a terminal without characters that it would obey."""
    if sys.stdout.isatty():
        rows = ({key: printable(item) if type(item) is str else item for key, item in row.items()} for row in rows)
    write_table(columns, rows, sys.stdout)


def _safe_json(data: Any) -> str:
    return _UNSAFE_CHARACTERS.sub(
        lambda match: f"\\u{ord(match.group()):04x}", json.dumps(data, indent=2, ensure_ascii=False)
    )


def escape_model(model: ModelT) -> ModelT:
    """The model with control characters escaped in every text that it holds, for people to look at."""
    return type(model).model_validate(_escape_value(model.model_dump()))


def _escape_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _escape_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escape_value(item) for item in value]
    return printable(value) if type(value) is str else value


def use_colour() -> bool:
    """Whether standard output wants colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A counter on standard error while something long runs, only on a terminal."""
    shown = sys.stderr.isatty()

    def step(done: int, total: int) -> None:
        if shown and done % 10 == 0:
            print(f"\r{what} {done}{f'/{total}' if total else ''}", end="", file=sys.stderr, flush=True)

    try:
        yield step
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
