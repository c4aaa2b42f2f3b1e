"""What is optional: one clear sentence where an extra is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from legit.errors import LegitError, Problem

DISTRIBUTION = "legit-rules"


class MissingExtraError(LegitError, ImportError):
    """Something was asked for that an extra brings, and the extra is not installed (X001)."""


def missing_extra_error(extra: str, purpose: str) -> MissingExtraError:
    """The error that says which extra `purpose` needs."""
    return MissingExtraError(
        Problem("X001", f"{purpose} needs the extra `{extra}`", help=f"pip install '{DISTRIBUTION}[{extra}]'")
    )


def import_optional(module: str, extra: str, purpose: str) -> ModuleType:
    """The module, imported. Raises MissingExtraError (X001) that names the extra when it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise missing_extra_error(extra, purpose) from None
