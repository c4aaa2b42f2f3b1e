"""What a change of the knowledge base did: decisions of earlier versions, made again under the latest one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from legit.decision_log.entries import Origin
from legit.decision_log.reader import LogReader
from legit.decision_log.replay import Judges, Replayed, again
from legit.decision_log.report import Figures
from legit.errors import LegitError

MOST_LISTED = 50
"""The number of decisions that are listed one by one; the others are counted."""


@dataclass(slots=True)
class Drift:
    """Decisions of earlier versions under the version of the last decision: how many there are and were made again,
    what became of them, and why they could not be made again, if so."""

    latest: Origin | None = None
    earlier: int = 0
    tried: int = 0
    same: int = 0
    other_verdict: Counter[tuple[str, str]] = field(default_factory=Counter)
    other_guidance: int = 0
    not_decided: int = 0
    listed: list[Replayed] = field(default_factory=list)
    problem: str = ""


def drift(log: LogReader, counted: Figures, most: int) -> Drift:
    """Make at most `most` decisions of earlier versions again, evenly spread over all of them."""
    if not counted.versions:
        return Drift()
    latest, _ = max(counted.versions.values(), key=lambda item: (item[1].last, item[0].base_digest))
    numbers = sorted(number for digest, made in counted.made.items() if digest != latest.base_digest for number in made)
    result = Drift(latest, len(numbers))
    tried = min(most, len(numbers))
    if not tried:
        return result
    with Judges(log) as judges:
        try:
            judge = judges.judge(latest.base_digest)
        except LegitError as error:
            result.problem = "; ".join(f"{item.message} ({item.code})" for item in error.problems[:3])
            return result
        for at in range(tried):
            number = numbers[at * len(numbers) // tried]
            _count(result, again(number, log.decision(number), judge))
    return result


def _count(result: Drift, replayed: Replayed) -> None:
    before, after = replayed.before, replayed.after
    result.tried += 1
    if after is None:
        result.not_decided += 1
    elif before.verdict != after.verdict:
        result.other_verdict[before.verdict.value, after.verdict.value] += 1
    elif before.action != after.action:
        result.other_guidance += 1
    else:
        result.same += 1
        return
    if len(result.listed) < MOST_LISTED:
        result.listed.append(replayed)
