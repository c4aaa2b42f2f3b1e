"""The knowledge base that the options of a command name, and the names of its entries."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from legit._util.suggest import did_you_mean, suggest
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.catalogue.entries import Entries
    from legit.catalogue.entry import Entry
    from legit.judge import Judge
    from legit.knowledge.base import KnowledgeBase

__all__ = [
    "open_base", "open_entries", "open_judge", "require_entry", "require_known", "suggestion_text", "tell_missing",
]  # fmt: skip

_TOLD: set[str] = set()
"""The languages whose missing phrases were told."""

_MAX_LISTED_VALUES = 40
_MAX_LISTED_ENTRIES = 5


def open_judge(options: argparse.Namespace) -> Judge:
    """The judge for the base, packs, profile and language of the options; by default the default profile, English.

    What a language lacks, and says in English, is counted on standard error.
    """
    from legit.judge import cached_judge

    judge = cached_judge(options.kb, getattr(options, "profile", None) or "default", options.pack)
    language = getattr(options, "language", "")
    return tell_missing(judge.in_language(language)) if language else judge


def tell_missing(judge: Judge) -> Judge:
    """The judge; how many phrases its language lacks is told on standard error, once in a process."""
    if judge.language not in _TOLD and (missing := judge.missing_phrases):
        _TOLD.add(judge.language)
        head = judge.head
        print(message("cli.language_incomplete", language=head.english_name, count=len(missing)), file=sys.stderr)
    return judge


def open_base(options: argparse.Namespace) -> KnowledgeBase:
    """The knowledge base of the options, as for `open_judge`."""
    from legit.knowledge.base import KnowledgeBase

    return KnowledgeBase.load(options.kb, getattr(options, "profile", None) or "default", options.pack)


def open_entries(options: argparse.Namespace) -> Entries:
    """The entries of the knowledge base of the options."""
    from legit.catalogue.entries import Entries

    return Entries(open_base(options))


def require_entry(entries: Entries, name: str, kinds: tuple[str, ...]) -> Entry:
    """The one entry of some kinds that has an id or name. Raises UsageError when there is none, or several."""
    from legit.catalogue.kinds import kind_name

    matches = entries.lookup_kind(name, kinds)
    if not matches:
        kind_names = " or ".join(map(kind_name, kinds))
        raise UsageError(f"there is no {kind_names} `{name}`{suggestion_text(entries.suggest(name, kinds))}")
    if len(matches) > 1:
        several = ", ".join(f"{entry.id} ({entry.title})" for entry in matches[:_MAX_LISTED_ENTRIES])
        raise UsageError(f"`{name}` may be {several}: give one of these ids")
    return matches[0]


def require_known(kind: str, value: str, known: Iterable[str], plural: str = "") -> None:
    """Raises UsageError for an unknown value, with the nearest values, or with all values if they are few."""

    names = sorted(map(str, known))
    if value in names:
        return
    if nearest := suggest(value, names):
        hint = did_you_mean(nearest)
    elif len(names) <= _MAX_LISTED_VALUES:
        hint = f"; {plural or 'there are'}: {', '.join(names)}"
    else:
        hint = f"; see `legit kb search {value}`"
    raise UsageError(f"there is no {kind} `{value}`{hint}")


def suggestion_text(suggestions: Sequence[str]) -> str:
    """The end of a message about a name that does not exist: the nearest names, or where to look."""
    return did_you_mean(suggestions) or "; see `legit kb list` and `legit kb search`"
