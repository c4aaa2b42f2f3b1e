"""The common parts of command lines: adding a command, and groups of options, one function for each group.

A command adds only the groups that affect it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from legit.cli.usage_error import UsageError

__all__ = [
    "Subparsers", "add_base_options", "add_bound", "add_command", "add_format", "add_full", "add_group",
    "add_language", "add_limit", "add_output", "add_packs", "add_recording_options", "add_repeatable",
    "add_time_limit", "check_recording_options", "existing_path", "natural_number", "parse_key_values", "percent",
    "positive_number", "seconds",
]  # fmt: skip

Subparsers = Any
"""The object that `argparse.ArgumentParser.add_subparsers` returns; argparse does not publish its type."""

_MAX_BOUND = 12


def add_command(
    subparsers: Subparsers, name: str, run: Callable[[argparse.Namespace], int], help_text: str
) -> argparse.ArgumentParser:
    """Add a command without options. `run` takes the parsed options and returns the exit status."""
    description = f"{help_text[0].upper()}{help_text[1:]}."
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=help_text, description=description)
    parser.set_defaults(run=run, command=parser)
    return parser


def add_group(subparsers: Subparsers, name: str, help_text: str) -> Subparsers:
    """Add a command that only groups commands, as `legit kb`; returns the subparsers to add them to."""
    parser = subparsers.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_base_options(parser: argparse.ArgumentParser, *, profile: bool = True) -> None:
    """Add `--kb` and `--pack`, and `--profile` for a command on which the weights of a profile act."""
    parser.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
    add_packs(parser)
    if profile:
        parser.add_argument(
            "--profile", default="default", metavar="NAME", help="the profile of weights (default: %(default)s)"
        )


def add_language(parser: argparse.ArgumentParser, help_text: str = "the language of the answer, as sv") -> None:
    """Add `--language`, the tag or the name of a language; without it, the language of the text is used."""
    parser.add_argument("--language", default="", metavar="TAG", help=f"{help_text} (default: that of the text)")


def add_packs(parser: argparse._ActionsContainer) -> None:
    """Add `--pack`."""
    add_repeatable(parser, "--pack", "NAME", "add a pack, a shipped one by its name or another by its folder")


def add_format(parser: argparse.ArgumentParser, *formats: str, help_text: str = "the form of the output") -> None:
    """Add `--format`; the first of the formats is the default."""
    parser.add_argument(
        "--format", choices=formats or ("text", "json"), default=(formats or ("text",))[0],
        help=f"{help_text} (default: %(default)s)",
    )  # fmt: skip


def add_output(
    parser: argparse.ArgumentParser,
    help_text: str = "write to a file instead of standard output",
    *,
    metavar: str = "FILE",
    required: bool = False,
) -> None:
    """Add `-o/--output`, a path."""
    parser.add_argument("-o", "--output", type=Path, required=required, metavar=metavar, help=help_text)


def add_limit(parser: argparse.ArgumentParser, help_text: str, default: int | None = None) -> None:
    """Add `--limit`, a number from 1 on."""
    parser.add_argument("--limit", type=positive_number, default=default, metavar="N", help=help_text)


def add_time_limit(parser: argparse.ArgumentParser, default: float, what: str) -> None:
    """Add `--time-limit`, in seconds for each of `what`."""
    parser.add_argument(
        "--time-limit", type=seconds, default=default, metavar="SECONDS", help=f"{what} (default: %(default)s)"
    )


def add_full(parser: argparse.ArgumentParser, help_text: str = "show every finding, not only the first ones") -> None:
    """Add `--full`."""
    parser.add_argument("--full", action="store_true", help=help_text)


def add_bound(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--bound`, the number of names and of dates up to which cases are searched."""
    parser.add_argument("--bound", type=_bound, default=2, metavar="N", help=f"{what} (default: %(default)s)")


def add_repeatable(
    options: argparse._ActionsContainer, name: str, metavar: str, help_text: str, kind: Callable[[str], Any] = str
) -> None:
    """Add an option that may be repeated to a parser or a group. Its value is the list of the given values."""
    options.add_argument(
        name, action="append", default=[], type=kind, metavar=metavar, help=f"{help_text}; may be repeated"
    )


def add_recording_options(parser: argparse.ArgumentParser, *, caller: bool = False) -> None:
    """Add `--log` and `--text-policy`, and `--caller` for a command that has the caller's metadata at hand."""
    group = parser.add_argument_group("recording")
    group.add_argument("--log", type=Path, metavar="LOG", help="append each decision to this decision log")
    group.add_argument(
        "--text-policy", choices=("stored", "hashed", "omitted"),
        help="what the log keeps of quoted texts: the texts, their hashes or nothing (default: stored)",
    )  # fmt: skip
    if caller:
        add_repeatable(group, "--caller", "KEY=VALUE", "metadata of yours, such as the id of a session")


def check_recording_options(options: argparse.Namespace) -> None:
    """Raise UsageError for an option of recording that is given without `--log`."""
    for option, value in (("--caller", options.caller), ("--text-policy", options.text_policy)):
        if value and not options.log:
            raise UsageError(f"{option} is for --log")


def parse_key_values(values: list[str]) -> dict[str, str]:
    """The entries of an option that is given as KEY=VALUE. Raises UsageError when one has another form, or when a key
    has two values."""
    entries: dict[str, str] = {}
    for item in values:
        key, mark, value = item.partition("=")
        if not mark or not key:
            raise UsageError(f"`{item}` is not of the form KEY=VALUE")
        if entries.setdefault(key, value) != value:
            raise UsageError(f"`{key}` has two values, `{entries[key]}` and `{value}`")
    return entries


def existing_path(text: str) -> Path:
    """The path of a file or folder that exists: a type for argparse."""
    if not Path(text).exists():
        raise argparse.ArgumentTypeError(f"`{text}` does not exist")
    return Path(text)


def positive_number(text: str) -> int:
    """A whole number from 1 on: a type for argparse."""
    return int(_number(text, 1, None, whole=True))


def natural_number(text: str) -> int:
    """A whole number from 0 on: a type for argparse."""
    return int(_number(text, 0, None, whole=True))


def percent(text: str) -> float:
    """A number from 0 to 100: a type for argparse."""
    return _number(text, 0, 100)


def seconds(text: str) -> float:
    """A number above 0: a type for argparse."""
    value = _number(text, 0, None)
    if value == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number above 0")
    return value


def _bound(text: str) -> int:
    return int(_number(text, 0, _MAX_BOUND, whole=True))


def _number(text: str, lowest: int, highest: int | None, *, whole: bool = False) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = float("nan")
    if not (lowest <= value and (highest is None or value <= highest)):
        up_to = "on" if highest is None else f"to {highest}"
        raise argparse.ArgumentTypeError(f"`{text}` is not a {'whole ' if whole else ''}number from {lowest} {up_to}")
    return value
