"""Imports of optional dependencies. A missing one is reported with the extra that brings it."""

from __future__ import annotations

import importlib
from functools import lru_cache
from importlib.util import find_spec
from types import ModuleType

from legit.errors import MissingExtraError, Problem

DISTRIBUTION = "legit-rules"


def missing_extra_error(extra: str, purpose: str) -> MissingExtraError:
    """The error that names the extra which `purpose` needs."""
    help_ = f"pip install '{DISTRIBUTION}[{extra}]', or in a copy of the repository: pip install '.[{extra}]'"
    return MissingExtraError(Problem("X001", f"{purpose} needs the extra `{extra}`", help=help_))


def import_optional(module: str, extra: str, purpose: str) -> ModuleType:
    """Import a module. Raises MissingExtraError (X001), which names the extra, when it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise
        raise missing_extra_error(extra, purpose) from None


@lru_cache(maxsize=64)
def is_installed(module: str) -> bool:
    """Whether a module can be imported, without importing it."""
    return find_spec(module) is not None
