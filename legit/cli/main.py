"""The entry point: builds the parser from the modules of the commands, runs one, and turns errors into statuses."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final, TextIO, cast

from legit._util.name_collision import other_distribution
from legit._util.terminal_escape import printable
from legit._version import __version__
from legit.cli import (
    assess,
    batch,
    dataset,
    describe,
    dossier,
    explain,
    interview,
    kb,
    log,
    lsp,
    mcp,
    parse,
    review,
    serve,
    vocabulary,
)
from legit.cli import eval as eval_
from legit.cli.exit_status import BASE_INVALID, DONE, INTERRUPTED, LOG_INVALID, NOT_UNDERSTOOD, TIMED_OUT, USAGE
from legit.cli.parser import CommandParser
from legit.cli.usage_error import UsageError, os_error_reason
from legit.errors import (
    FolderInUseError,
    KnowledgeBaseError,
    LegitError,
    MissingExtraError,
    ScaffoldError,
    SystemLoadError,
)
from legit.messages import DEFAULT_LANGUAGE, message, using_language

__all__ = ["main"]

_USAGE_ERRORS: Final = (FolderInUseError, MissingExtraError, ScaffoldError, SystemLoadError)
"""Errors about the options and the installation, not about the input."""

_STATUS_OF_CODE: Final = {
    "R114": USAGE,
    "R122": USAGE,
    "R123": TIMED_OUT,
    "Q204": TIMED_OUT,
    "Q301": USAGE,
    **{f"R{number}": LOG_INVALID for number in range(200, 211)},
    **{f"E{number}": LOG_INVALID for number in (*range(201, 209), *range(301, 314))},
    "H016": USAGE,
    "H017": USAGE,
    "H018": USAGE,
    "B101": USAGE,
    "B103": USAGE,
    "B108": USAGE,
}
"""The exit status of problems that are no input that was not understood."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status. Results go to standard output, errors to standard error."""
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    _warn_of_other_distribution()
    try:
        with _guarded_terminal():
            status = _run(argv)
        if sys.stdout is not None and not sys.stdout.closed:  # closed by the caller, or by a server
            sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return DONE
    except OSError as error:
        _discard_output()
        target = f"`{error.filename}`" if error.filename else "the output"
        with contextlib.suppress(OSError):  # standard error may be what cannot be written
            return _fail(f"cannot write {target}: {os_error_reason(error)}", NOT_UNDERSTOOD)
        return NOT_UNDERSTOOD
    except KeyboardInterrupt:
        return _fail("stopped", INTERRUPTED)
    return status


def _run(argv: Sequence[str] | None) -> int:
    parser = build_parser()
    try:
        options, unknown = parser.parse_known_args(argv)
        if unknown and "file" in options and not any(word.startswith("-") for word in unknown):
            return _fail(f"one file at a time, and `{unknown[0]}` is one more; a file may hold several cases", USAGE)
        if unknown:
            command: CommandParser = getattr(options, "command", parser)
            command.reject_unknown(unknown)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    if not hasattr(options, "run"):
        parser.print_help()
        return USAGE
    try:
        status: int = options.run(options)
    except UsageError as error:
        return _fail(str(error), USAGE)
    except KnowledgeBaseError as error:
        wrong_name = all(problem.code in {"K100", "K107"} for problem in error.problems)
        return _print_problems(error, USAGE if wrong_name else BASE_INVALID)
    except _USAGE_ERRORS as error:
        return _print_problems(error, USAGE)
    except LegitError as error:
        return _print_problems(error, _STATUS_OF_CODE.get(error.problems[0].code, NOT_UNDERSTOOD))
    return status


def _warn_of_other_distribution() -> None:
    """Say that a distribution of the same name is installed in the same folder, whatever else happens."""
    other = other_distribution()
    if other and sys.stderr is not None:
        print(f"legit: {message('cli.other_distribution', other=printable(other))}", file=sys.stderr)
        print(f"    help: {message('cli.other_distribution_help')}", file=sys.stderr)


def command_of_other_distribution() -> int:
    """What the command `legit` of the other distribution runs, once this one is installed beside it: its entry point
    finds this package in place of its own module.
    """
    _warn_of_other_distribution()
    return USAGE


@contextlib.contextmanager
def _guarded_terminal() -> Iterator[None]:
    """A context in which nothing that is printed on a terminal gives it a command."""
    if sys.stdout is None or not sys.stdout.isatty():
        yield
        return
    from legit.cli.terminal_guard import TerminalGuard

    with contextlib.redirect_stdout(cast("TextIO", TerminalGuard(sys.stdout))):
        yield


def _discard_output() -> None:
    """Discard buffered output, so that the interpreter does not fail when it flushes at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(text: str, status: int) -> int:
    print(f"legit: {printable(text)}", file=sys.stderr)
    return status


def _print_problems(error: LegitError, status: int) -> int:
    for problem in error.problems:
        print(problem, file=sys.stderr)
    count = len(error.problems)
    tag = error.problems[0].language if error.problems else DEFAULT_LANGUAGE
    with using_language(tag):
        print(f"legit: {message('problems.counted', count=count)}", file=sys.stderr)
    return status


def build_parser() -> CommandParser:
    """The parser of `legit` with all of its commands."""
    parser = CommandParser(
        prog="legit", description="Judge whether a rule has a claim to compliance, with reasons and sources."
    )
    parser.add_argument("--version", action="version", version=f"legit {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in (
        assess,
        batch,
        parse,
        explain,
        interview,
        vocabulary,
        describe,
        review,
        kb,
        log,
        eval_,
        dataset,
        dossier,
        mcp,
        serve,
        lsp,
    ):
        module.register(subparsers)
    return parser
