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
    from legit.record.questions import Wanted

_FEW = 40
_WIDTHS = {"number": 6, "time": 27, "verdict": 12, "guidance": 14, "decided_by": 40}


def wanted(options: argparse.Namespace) -> Wanted:
    """Which decisions the options ask for."""
    from legit.assessment import Verdict
    from legit.facts import SpeakerKind
    from legit.record.questions import Wanted, said

    for value in options.verdict:
        _one_of("verdict", value, list(Verdict))
    for value in filter(None, (options.rests_on, options.only_on)):
        _one_of("speaker", value, list(SpeakerKind))
    _named(options)
    judge = (
        open_judge(argparse.Namespace(kb=options.kb, profile=options.profile or "default")) if options.says else None
    )
    return Wanted(
        verdicts=frozenset(options.verdict),
        actions=frozenset(options.guidance),
        criteria=frozenset(options.criterion),
        families=frozenset(options.family),
        rights=frozenset(options.right),
        says=frozenset(item for sentence in options.says if judge for item in said(judge, sentence)),
        rests_on=options.rests_on,
        only_on=options.only_on,
        since=_time(options.since),
        until=_time(options.until),
        caller=frozenset(key_values(options.caller).items()),
        overridden=options.overridden,
    )


def _named(options: argparse.Namespace) -> None:
    """Raises UsageError when the options ask for a name that neither the base nor any record has."""
    from legit.record import LogReader
    from legit.record.known import of_base, of_log

    asked = [
        ("guidance", "actions", options.guidance),
        ("criterion", "criteria", options.criterion),
        ("family", "families", options.family),
        ("right", "rights", options.right),
    ]
    if not any(values for _, _, values in asked):
        return
    base = of_base(open_judge(argparse.Namespace(kb=options.kb, profile=options.profile or "default")).base)
    missing = [
        (what, kind, value) for what, kind, values in asked for value in values if value not in getattr(base, kind)
    ]
    recorded = of_log(LogReader(options.log)) if missing else base
    for what, kind, value in missing:
        _one_of(what, value, getattr(base, kind) | getattr(recorded, kind))


def _one_of(what: str, value: str, known: Iterable[str]) -> None:
    """Raises UsageError with the nearest of the known values, or all of them where they are few."""
    from legit.knowledge.files import nearest

    names = sorted(map(str, known))
    if value in names:
        return
    if close := nearest(value, names):
        hint = f"; did you mean {', '.join(close)}?"
    else:
        hint = f"; there are: {', '.join(names)}" if len(names) <= _FEW else f"; see `legit kb search {value}`"
    raise UsageError(f"there is no {what} `{value}`{hint}")


def _time(value: str) -> str:
    from legit.record.known import utc

    try:
        return utc(value) if value else ""
    except ValueError as error:
        raise UsageError(
            f"`{value}` is no day or time; write 2026-01-31 or 2026-01-31T18:00 (in UTC, or with its zone, as +02:00)"
        ) from error


def print_table(form: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]], none: str) -> None:
    """Print rows as text, JSON or CSV; as text, `none` where there is no row."""
    if form == "json":
        print_json_rows(rows)
    elif form == "csv":
        print_csv(columns, rows)
    else:
        number = 0
        for line in rows:
            if not number:
                print("  ".join(f"{column:<{_WIDTHS.get(column, 0)}}" for column in columns))
            number += 1
            cells = (f"{_short(line[column]):<{_WIDTHS.get(column, 0)}}" for column in columns)
            print("  ".join(cells).rstrip())
        print(f"{number} decision{'s' if number != 1 else ''}" if number else none)


def _short(value: str | int) -> str:
    """A field of which the first of many words says enough."""
    words = str(value).split()
    return " ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "") or "-"


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
