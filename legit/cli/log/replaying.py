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
    from legit.decision_log.replay import ReplayedCase
    from legit.judge import Judge


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again, and by which judge; `other` says that it is not what decided then."""

    replayed_case: ReplayedCase
    judge: Judge
    uses_other_base: bool


def judge_from_options(options: argparse.Namespace) -> Judge | None:
    """The judge under which decisions are to be made again, where the options name a base or a profile."""
    from legit.judge import cached_judge

    if options.kb is None and options.profile is None:
        return None
    return cached_judge(options.kb, options.profile or "default")


@contextmanager
def replayed(log: LogReader, number: int, decision: Decision, options: argparse.Namespace) -> Iterator[Replay]:
    """The decision made again. Raises LegitError where the base is not at hand or the case is not understood."""
    from legit.decision_log.replay import ArchivedJudges, replay_case
    from legit.judge import TIME_LIMIT

    under = judge_from_options(options)
    other = under is not None and under.base.digest != decision.provenance.base_digest
    with ArchivedJudges(log) as judges:
        judge = under or judges.judge(decision.provenance.base_digest)
        limit = getattr(options, "time_limit", TIME_LIMIT)
        yield Replay(replay_case(number, decision, judge, byte_exact=not other, time_limit=limit), judge, other)
