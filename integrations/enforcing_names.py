"""The names of the tools that enforce a rule on somebody, as an agent's builder gives them. It knows no framework."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from typing import Any

from legit._util.suggest import suggest
from legit.messages import message

__all__ = ["enforcing_names", "nearest_tool", "warn_of_unknown"]

_LOGGER = logging.getLogger(__name__)

_TOLD: set[str] = set()
"""The names that were warned of in this process."""


def enforcing_names(enforces: Any) -> frozenset[str]:
    """The names in `enforces`: of tools, given by their names or as the tools themselves. One alone may stand for
    itself, and None for none.

    Raises ValueError for anything else: no call has such a name, so that no call would be held.
    """
    if enforces is None:
        return frozenset()
    alone = (
        isinstance(enforces, str)
        or not isinstance(enforces, Iterable)
        or isinstance(getattr(enforces, "name", None), str)  # tools of LangChain can be iterated over
    )
    return frozenset(_checked_name(item) for item in ([enforces] if alone else enforces))


def warn_of_unknown(enforces: Collection[str], offered: Collection[str]) -> None:
    """Log a warning for each name that no offered tool has, with the nearest one: once a process for each name. It is
    no error, because the tool may be offered to another agent, or in a later call."""
    for name in sorted(set(enforces) - set(offered) - _TOLD):
        _TOLD.add(name)
        _LOGGER.warning("%s", message("integrations.enforces_unknown", name=name) + nearest_tool(name, offered))


def nearest_tool(name: str, offered: Collection[str]) -> str:
    """The end of a message about a name that no tool has: the name that may be meant. Empty if none is near."""
    near = suggest(name, offered, limit=1)
    return message("integrations.nearest_tool", name=near[0]) if near else ""


def _checked_name(item: Any) -> str:
    name = item if isinstance(item, str) else _name(item)
    if not name:
        raise ValueError(message("integrations.enforces_no_name", given=repr(item)[:80]))
    return name


def _name(item: Any) -> str:
    """The name of a tool, or of a function that becomes one."""
    found = getattr(item, "name", None) or getattr(item, "__name__", None)
    return found if isinstance(found, str) else ""
