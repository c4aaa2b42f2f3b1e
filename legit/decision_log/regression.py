"""Decisions of earlier versions of a knowledge base, replayed under the latest one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from legit.decision_log.entries import RecordedProvenance
from legit.decision_log.metrics import LogMetrics
from legit.decision_log.reader import LogReader
from legit.decision_log.replay import ArchivedJudges, ReplayResult, replay_one
from legit.errors import LegitError

MAX_LISTED_CHANGES = 50
"""The number of decisions that are listed one by one; the others are counted."""


@dataclass(slots=True)
class Regression:
    """Decisions of earlier versions, replayed under the version of the last decision: counts, results and changes.

    `problem` says why nothing could be replayed.
    """

    latest: RecordedProvenance | None = None
    earlier_count: int = 0
    replayed_count: int = 0
    unchanged_count: int = 0
    verdict_transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    guidance_change_count: int = 0
    failed_count: int = 0
    listed_changes: list[ReplayResult] = field(default_factory=list)
    problem: str = ""


def replay_under_latest(log: LogReader, metrics: LogMetrics, limit: int) -> Regression:
    """Replay at most `limit` decisions of earlier versions, evenly spread over all of them."""
    if not metrics.versions:
        return Regression()
    latest, _ = max(metrics.versions.values(), key=lambda item: (item[1].last, item[0].base_digest))
    numbers = sorted(
        number for digest, made in metrics.decision_numbers.items() if digest != latest.base_digest for number in made
    )
    result = Regression(latest, len(numbers))
    tried = min(limit, len(numbers))
    if not tried:
        return result
    with ArchivedJudges(log) as judges:
        try:
            judge, _ = judges.judge_for(latest)
        except LegitError as error:
            result.problem = "; ".join(f"{item.message} ({item.code})" for item in error.problems[:3])
            return result
        for at in range(tried):
            number = numbers[at * len(numbers) // tried]
            decision = log.decision(number)
            try:
                judges.try_case(latest.base_digest, decision)
            except LegitError as error:
                result.problem = "; ".join(f"{item.message} ({item.code})" for item in error.problems[:3])
                return result
            _count_result(result, replay_one(number, decision, judge))
    return result


def _count_result(regression: Regression, result: ReplayResult) -> None:
    before, after = result.before, result.after
    regression.replayed_count += 1
    if after is None:
        regression.failed_count += 1
    elif before.verdict != after.verdict:
        regression.verdict_transitions[before.verdict.value, after.verdict.value] += 1
    elif before.action != after.action:
        regression.guidance_change_count += 1
    else:
        regression.unchanged_count += 1
        return
    if len(regression.listed_changes) < MAX_LISTED_CHANGES:
        regression.listed_changes.append(result)
