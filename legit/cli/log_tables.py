"""What the commands about a log share: which decisions are asked for, and how a table is printed."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from legit.cli.common import UsageError, key_values, open_judge, print_json

if TYPE_CHECKING:
    from legit.record.questions import Wanted


def wanted(options: argparse.Namespace) -> Wanted:
    """Which decisions the options ask for."""
    from legit.assessment import Verdict
    from legit.facts import SpeakerKind
    from legit.record.questions import Wanted, said

    for value in options.verdict:
        _one_of("verdict", value, list(Verdict))
    for value in filter(None, (options.rests_on, options.only_on)):
        _one_of("speaker", value, list(SpeakerKind))
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
        since=options.since,
        until=options.until,
        caller=frozenset(key_values(options.caller).items()),
        overridden=options.overridden,
    )


def _one_of(what: str, value: str, known: Iterable[str]) -> None:
    if value not in {str(item) for item in known}:
        raise UsageError(f"there is no {what} `{value}`; there are: {', '.join(map(str, known))}")


def print_table(form: str, columns: tuple[str, ...], rows: Iterable[dict[str, Any]], none: str) -> None:
    """Print rows as text, JSON or CSV; as text, `none` where there is no row."""
    if form == "json":
        print_json(list(rows))
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        number = 0
        for line in rows:
            number += 1
            print("  ".join(_short(line[column]) for column in columns))
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
