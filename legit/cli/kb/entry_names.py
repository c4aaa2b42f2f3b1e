"""Names that people give for what a knowledge base holds, as `kb show` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legit.cli.common import UsageError

if TYPE_CHECKING:
    from legit.catalogue.entries import Entries
    from legit.catalogue.entry import Entry


def require_entry(entries: Entries, name: str, kinds: tuple[str, ...]) -> Entry:
    """The one entry of some kinds that a name stands for. Raises UsageError where there is none, or several."""
    from legit.catalogue.kinds import kind_name

    found = entries.lookup_kind(name, kinds)
    if not found:
        raise UsageError(
            f"there is no {' or '.join(map(kind_name, kinds))} `{name}`{suggestion_text(entries.suggest(name, kinds))}"
        )
    if len(found) > 1:
        several = ", ".join(f"{entry.id} ({entry.title})" for entry in found[:5])
        raise UsageError(f"`{name}` may be {several}: give one of these ids")
    return found[0]


def suggestion_text(suggestions: list[str]) -> str:
    """What to say after that a name is not there."""
    return f"; did you mean {', '.join(suggestions)}?" if suggestions else "; see `legit kb list` and `legit kb search`"
