"""The argument parser of every command: options in full, and the nearest name for one that does not exist."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from legit._util.suggest import did_you_mean, suggest
from legit._util.terminal_escape import printable
from legit.cli.exit_status import EXIT_STATUS_HELP

__all__ = ["CommandParser"]

RENAMED_COMMANDS: Final = {
    "legit ask": "interview",
    "legit bench": "eval",
    "legit log head": "checkpoint",
    "legit log check": "check-proof",
}
"""Commands of development versions, and their names today."""

RENAMED_OPTIONS: Final = {
    "--again": ("--replay-limit",),
    "--all": ("--exhaustive", "--include-base", "--include-unchanged"),
    "--as": ("--format",),
    "--by": ("--group-by",),
    "--given": ("--operator-facts",),
    "--head": ("--checkpoint",),
    "--json": ("--format json",),
    "--judge": ("--grader",),
    "--list": ("--type",),
    "--most": ("--limit",),
    "--only": ("--arm",),
    "--only-on": ("--sole-source",),
    "--out": ("--output",),
    "--question": ("--property",),
    "--rests-on": ("--needs-source",),
    "--save": ("--output",),
    "--says": ("--fact",),
    "--system": ("--system-prompt",),
    "--text": ("--placeholder",),
    "--texts": ("--text-policy",),
    "--to": ("--output",),
    "--token-file": ("--tokens",),
    "--vocabulary": ("--vocabulary-mode",),
    "--whole": ("--full",),
    "--witnesses": ("--write-cases",),
    "--words-only": ("--text-only",),
}
"""Options of development versions, and their possible names today. The parser suggests those that it has."""


class CommandParser(argparse.ArgumentParser):
    """A parser that takes no abbreviated option: a script that uses one breaks when another option begins alike."""

    def __init__(self, **settings: Any) -> None:
        settings = {
            "epilog": EXIT_STATUS_HELP, "formatter_class": argparse.RawDescriptionHelpFormatter, **settings,
        }  # fmt: skip
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """End with a usage error. It may quote a name that somebody else gave a file."""
        super().error(printable(message))

    def reject_unknown(self, arguments: Sequence[str]) -> NoReturn:
        """End with a usage error about arguments that the command does not know, and with the nearest options."""
        options = [word.partition("=")[0] for word in arguments if word.startswith("-")]
        nearest = [name for option in options for name in self._nearest_options(option)]
        self.error(f"unrecognized arguments: {' '.join(arguments)}{did_you_mean(nearest)}")

    def _nearest_options(self, option: str) -> list[str]:
        known = self._option_string_actions
        renamed = [name for name in RENAMED_OPTIONS.get(option, ()) if name.split()[0] in known]
        return renamed or list(suggest(option, (name for name in known if name.startswith("--")), limit=1))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action.choices, dict) and value not in action.choices:  # the commands of a group
            new = RENAMED_COMMANDS.get(f"{self.prog} {value}")
            nearest = [new] if new else suggest(value, action.choices)
            hint = did_you_mean(nearest) or f"; commands: {', '.join(action.choices)}"
            self.error(f"there is no command `{value}`{hint}")
        super()._check_value(action, value)
