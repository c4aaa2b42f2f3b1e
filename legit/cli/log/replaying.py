"""The common parts of `log show`, `log explain` and `log replay`: the judge that decides again, and the replay of a
decision."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.options import add_packs

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.entries import Decision
    from legit.decision_log.replay import ReplayedCase
    from legit.judge import Judge

__all__ = ["Replay", "add_replay_base_options", "gives_base", "judge_from_options", "replayed"]


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision replayed by a judge; `uses_other_base`: by another than the one that decided."""

    replayed_case: ReplayedCase
    judge: Judge
    uses_other_base: bool


def add_replay_base_options(parser: argparse.ArgumentParser) -> None:
    """Add `--kb`, `--pack` and `--profile`. Where none is given, the log's own base decides again."""
    parser.add_argument(
        "--kb", type=Path, metavar="DIR",
        help="decide again under this base (default: the one that the log stores; the shipped one with --profile or "
        "--pack)",
    )  # fmt: skip
    add_packs(parser)
    parser.add_argument(
        "--profile", metavar="NAME", help="decide again under this profile of weights (default: that of the decision)"
    )


def gives_base(options: argparse.Namespace) -> bool:
    """Whether `--kb`, `--pack` or `--profile` is given."""
    return options.kb is not None or options.profile is not None or bool(options.pack)


def judge_from_options(options: argparse.Namespace, profile: str) -> Judge | None:
    """The judge of `--kb`, `--pack` and `--profile` for a decision under `profile`; None if no option is given."""
    from legit.judge import cached_judge

    return cached_judge(options.kb, options.profile or profile, options.pack) if gives_base(options) else None


@contextmanager
def replayed(
    log: LogReader, number: int, decision: Decision, judge_override: Judge | None, time_limit: float | None = None
) -> Iterator[Replay]:
    """Yields the decision replayed, by the base that the log stores where no judge is given.

    `time_limit` is in seconds. Raises LegitError when the log lacks the base, or the case cannot be parsed.
    """
    from legit.decision_log.replay import ArchivedJudges, replay_case
    from legit.judge import TIME_LIMIT

    uses_other_base = judge_override is not None and judge_override.base.digest != decision.provenance.base_digest
    with ArchivedJudges(log) as judges:
        judge, exact = (judge_override, True) if judge_override else judges.judge_of(decision)
        uses_other_base = uses_other_base or not exact
        limit = TIME_LIMIT if time_limit is None else time_limit
        case = replay_case(number, decision, judge, byte_exact=not uses_other_base, time_limit=limit)
        yield Replay(case, judge, uses_other_base)
