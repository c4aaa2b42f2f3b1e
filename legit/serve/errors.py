"""What is told of an error of the program: its place to the operator, and no word of the request to anybody."""

from __future__ import annotations

import logging
from typing import Final

from legit.errors import Problem

INTERNAL: Final = Problem("H015", "an error of the service")
_LOGGER: Final = logging.getLogger("legit.serve")


def tell_error(error: Exception) -> None:
    """Log the type of an error, and where it was raised."""
    _LOGGER.error("%s at %s", type(error).__name__, _place(error))


def _place(error: Exception) -> str:
    """The file and line in which an error was raised."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "?"
