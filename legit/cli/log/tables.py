"""What the commands about a log share: which decisions are asked for, and how a table is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from legit.cli.common import UsageError, open_judge, parse_key_values, print_csv, print_json_rows

if TYPE_CHECKING:
    from legit.decision_log.filters import DecisionFilter
    from legit.knowledge.base import KnowledgeBase

_MAX_LISTED_VALUES = 40


def filter_from_options(options: argparse.Namespace) -> DecisionFilter:
    """Which decisions the options ask for."""
    from legit.decision_log.filters import DecisionFilter, parse_fact_filter
    from legit.model.assessment import Verdict
    from legit.model.facts import SpeakerKind

    for value in options.verdict:
        _require_known("verdict", value, list(Verdict))
    for value in filter(None, (options.rests_on, options.only_on)):
        _require_known("speaker", value, list(SpeakerKind))
    named = _resolve_names(options)
    judge = (
        open_judge(argparse.Namespace(kb=options.kb, profile=options.profile or "default")) if options.says else None
    )
    return DecisionFilter(
        verdicts=frozenset(options.verdict),
        actions=named["actions"],
        criteria=named["criteria"],
        families=named["families"],
        rights=named["rights"],
        facts=frozenset(item for sentence in options.says if judge for item in parse_fact_filter(judge, sentence)),
        needs_source=options.rests_on,
        sole_source=options.only_on,
        since=_parse_time(options.since),
        until=_parse_time(options.until),
        caller=frozenset(parse_key_values(options.caller).items()),
        overridden=options.overridden,
    )


def _resolve_names(options: argparse.Namespace) -> dict[str, frozenset[str]]:
    """The ids that are asked for, by what they are ids of; a criterion or right may be named as `kb show` names it.

    Raises UsageError when the options ask for a name that neither the base nor any record has.
    """
    from legit.decision_log import LogReader
    from legit.decision_log.filter_values import filter_values_of_base, filter_values_of_log

    asked = {
        "actions": ("guidance", options.guidance),
        "criteria": ("criterion", options.criterion),
        "families": ("family", options.family),
        "rights": ("right", options.right),
    }
    found = {kind: set[str]() for kind in asked}
    if any(values for _, values in asked.values()):
        base = open_judge(argparse.Namespace(kb=options.kb, profile=options.profile or "default")).base
        known, recorded = filter_values_of_base(base), None
        for kind, (what, values) in asked.items():
            for value in values:
                if value not in getattr(known, kind):
                    recorded = recorded or filter_values_of_log(LogReader(options.log))
                    names = getattr(known, kind) | getattr(recorded, kind)
                    found[kind].add(value if value in names else _resolve_name(base, what, value, names))
                else:
                    found[kind].add(value)
    return {kind: frozenset(ids) for kind, ids in found.items()}


def _resolve_name(base: KnowledgeBase, what: str, value: str, known: Iterable[str]) -> str:
    """The id of what has a name in the base."""
    if what not in {"criterion", "right"}:
        _require_known(what, value, known)
        return value
    from legit.catalogue.entries import Entries
    from legit.cli.kb.entry_names import require_entry
    from legit.knowledge.toml_files import suggest

    entries = Entries(base)
    if not entries.lookup_kind(value, (what,)) and (suggest(value, known) or not entries.suggest(value, (what,))):
        _require_known(what, value, known)
    return require_entry(entries, value, (what,)).id


def _require_known(what: str, value: str, known: Iterable[str]) -> None:
    """Raises UsageError with the nearest of the known values, or all of them where they are few."""
    from legit.knowledge.toml_files import suggest

    names = sorted(map(str, known))
    if value in names:
        return
    if close := suggest(value, names):
        hint = f"; did you mean {', '.join(close)}?"
    else:
        hint = (
            f"; there are: {', '.join(names)}"
            if len(names) <= _MAX_LISTED_VALUES
            else f"; see `legit kb search {value}`"
        )
    raise UsageError(f"there is no {what} `{value}`{hint}")


def _parse_time(value: str) -> str:
    from legit.decision_log.filter_values import parse_utc

    try:
        return parse_utc(value) if value else ""
    except ValueError as error:
        raise UsageError(
            f"`{value}` is no day or time; write 2026-01-31 or 2026-01-31T18:00 (in UTC, or with its zone, as +02:00)"
        ) from error


def print_rows(output_format: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    """Print rows as JSON or CSV."""
    if output_format == "json":
        print_json_rows(rows)
    else:
        print_csv(columns, rows)


@contextmanager
def open_output(path: Path | None, mode: str) -> Iterator[IO[Any]]:
    """A file to write, or standard output. Raises UsageError when it cannot be written."""
    if path is None:
        yield sys.stdout.buffer if "b" in mode else sys.stdout
        return
    try:
        with path.open(mode, encoding=None if "b" in mode else "utf-8", newline=None if "b" in mode else "") as file:
            yield file
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from error
