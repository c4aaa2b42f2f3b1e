"""What commands about a log share that decide again: under which judge, and one decision made again."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.entries import Decision
    from legit.decision_log.replay import Remade
    from legit.judge import Judge


@dataclass(frozen=True, slots=True)
class MadeAgain:
    """A decision made again, and by which judge; `other` says that it is not what decided then."""

    made: Remade
    judge: Judge
    other: bool


def other_judge(options: argparse.Namespace) -> Judge | None:
    """The judge under which decisions are to be made again, where the options name a base or a profile."""
    from legit.judge import cached_judge

    if options.kb is None and options.profile is None:
        return None
    return cached_judge(options.kb, options.profile or "default")


@contextmanager
def made_again(log: LogReader, number: int, record: Decision, options: argparse.Namespace) -> Iterator[MadeAgain]:
    """The decision made again. Raises LegitError where the base is not at hand or the case is not understood."""
    from legit.decision_log.replay import Judges, remake
    from legit.judge import TIME_LIMIT

    under = other_judge(options)
    other = under is not None and under.base.digest != record.origin.base_digest
    with Judges(log) as judges:
        judge = under or judges.judge(record.origin.base_digest)
        limit = getattr(options, "time_limit", TIME_LIMIT)
        yield MadeAgain(remake(number, record, judge, whole=not other, time_limit=limit), judge, other)
