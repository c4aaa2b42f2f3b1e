"""What the commands about a log share: which decisions are asked for, and how a table is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from legit.cli.common import UsageError, key_values, open_judge, print_csv, print_json_rows

if TYPE_CHECKING:
    from legit.decision_log.filters import Wanted
    from legit.knowledge.base import KnowledgeBase

_FEW = 40


def wanted(options: argparse.Namespace) -> Wanted:
    """Which decisions the options ask for."""
    from legit.decision_log.filters import Wanted, said
    from legit.model.assessment import Verdict
    from legit.model.facts import SpeakerKind

    for value in options.verdict:
        _one_of("verdict", value, list(Verdict))
    for value in filter(None, (options.rests_on, options.only_on)):
        _one_of("speaker", value, list(SpeakerKind))
    named = _named(options)
    judge = (
        open_judge(argparse.Namespace(kb=options.kb, profile=options.profile or "default")) if options.says else None
    )
    return Wanted(
        verdicts=frozenset(options.verdict),
        actions=named["actions"],
        criteria=named["criteria"],
        families=named["families"],
        rights=named["rights"],
        says=frozenset(item for sentence in options.says if judge for item in said(judge, sentence)),
        rests_on=options.rests_on,
        only_on=options.only_on,
        since=_time(options.since),
        until=_time(options.until),
        caller=frozenset(key_values(options.caller).items()),
        overridden=options.overridden,
    )


def _named(options: argparse.Namespace) -> dict[str, frozenset[str]]:
    """The ids that are asked for, by what they are ids of; a criterion or right may be named as `kb show` names it.

    Raises UsageError when the options ask for a name that neither the base nor any record has.
    """
    from legit.decision_log import LogReader
    from legit.decision_log.filter_values import of_base, of_log

    asked = {
        "actions": ("guidance", options.guidance),
        "criteria": ("criterion", options.criterion),
        "families": ("family", options.family),
        "rights": ("right", options.right),
    }
    found = {kind: set[str]() for kind in asked}
    if any(values for _, values in asked.values()):
        base = open_judge(argparse.Namespace(kb=options.kb, profile=options.profile or "default")).base
        known, recorded = of_base(base), None
        for kind, (what, values) in asked.items():
            for value in values:
                if value not in getattr(known, kind):
                    recorded = recorded or of_log(LogReader(options.log))
                    names = getattr(known, kind) | getattr(recorded, kind)
                    found[kind].add(value if value in names else _by_name(base, what, value, names))
                else:
                    found[kind].add(value)
    return {kind: frozenset(ids) for kind, ids in found.items()}


def _by_name(base: KnowledgeBase, what: str, value: str, known: Iterable[str]) -> str:
    """The id of what has a name in the base."""
    if what not in {"criterion", "right"}:
        _one_of(what, value, known)
        return value
    from legit.catalogue.entries import Entries
    from legit.cli.kb.entry_names import named_entry
    from legit.knowledge.toml_files import suggest

    entries = Entries(base)
    if not entries.lookup_kind(value, (what,)) and (suggest(value, known) or not entries.suggest(value, (what,))):
        _one_of(what, value, known)
    return named_entry(entries, value, (what,)).id


def _one_of(what: str, value: str, known: Iterable[str]) -> None:
    """Raises UsageError with the nearest of the known values, or all of them where they are few."""
    from legit.knowledge.toml_files import suggest

    names = sorted(map(str, known))
    if value in names:
        return
    if close := suggest(value, names):
        hint = f"; did you mean {', '.join(close)}?"
    else:
        hint = f"; there are: {', '.join(names)}" if len(names) <= _FEW else f"; see `legit kb search {value}`"
    raise UsageError(f"there is no {what} `{value}`{hint}")


def _time(value: str) -> str:
    from legit.decision_log.filter_values import utc

    try:
        return utc(value) if value else ""
    except ValueError as error:
        raise UsageError(
            f"`{value}` is no day or time; write 2026-01-31 or 2026-01-31T18:00 (in UTC, or with its zone, as +02:00)"
        ) from error


def print_table(form: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    """Print rows as JSON or CSV."""
    if form == "json":
        print_json_rows(rows)
    else:
        print_csv(columns, rows)


@contextmanager
def output(path: Path | None, mode: str) -> Iterator[IO[Any]]:
    """A file to write, or standard output. Raises UsageError when it cannot be written."""
    if path is None:
        yield sys.stdout.buffer if "b" in mode else sys.stdout
        return
    try:
        with path.open(mode, encoding=None if "b" in mode else "utf-8", newline=None if "b" in mode else "") as file:
            yield file
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from error
