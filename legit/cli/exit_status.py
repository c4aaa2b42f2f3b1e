"""The exit statuses of the command line. Scripts rely on them: a number never changes its meaning."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BASE_INVALID", "DONE", "EXIT_STATUS_HELP", "INTERRUPTED", "LOG_INVALID", "NOT_UNDERSTOOD", "OVER_LIMIT",
    "TIMED_OUT", "USAGE", "VERDICT_STATUS",
]  # fmt: skip

DONE: Final = 0
NOT_UNDERSTOOD: Final = 1
USAGE: Final = 2
BASE_INVALID: Final = 3
TIMED_OUT: Final = 4
LOG_INVALID: Final = 5
OVER_LIMIT: Final = 6
"""A share is over the limit that was given: `legit review --fail-over`."""
INTERRUPTED: Final = 130
"""Stopped by the keyboard: 128 and the number of the signal, as shells count it."""

VERDICT_STATUS: Final = {"stands": 0, "defeated": 10, "contested": 11, "undetermined": 12}
"""The status of `assess --exit-status` by verdict."""

EXIT_STATUS_HELP: Final = """exit status:
  0 done, whatever the verdict      3 the knowledge base is invalid
  1 the input was not understood    4 not decided in time
  2 wrong usage                     5 the log is not valid, or replays otherwise
  with `assess --exit-status`: 0 stands, 10 defeated, 11 contested, 12 undetermined"""
"""The statuses as every `--help` shows them."""
