"""How many refusals and enforcements of agents were preceded by a consultation, by the turns that a log holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from legit._util.turn_ids import whole_turn
from legit.decision_log.entries import RecordedAct, RecordedTurn
from legit.decision_log.filters import DecisionFilter
from legit.decision_log.reader import LogReader
from legit.messages import message


@dataclass(slots=True)
class ActCounts:
    """The acts of one kind: how many there are, how many were consulted, and why the others were not."""

    total: int = 0
    consulted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    overrides: int = 0


@dataclass(slots=True)
class TurnCoverage:
    """The turns of a log. `unfinished` have no last entry: the agent stopped in them. `failed` counts consultations
    that gave no answer.

    With the ids that the operator counted, `missing` are those that the log does not have, and `unknown` those of the
    log that the operator does not have, unless they are parts of a turn that the operator has.
    """

    turns: int = 0
    unfinished: int = 0
    answered: int = 0
    failed: int = 0
    acts: dict[str, ActCounts] = field(default_factory=lambda: {"refusal": ActCounts(), "enforcement": ActCounts()})
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def compute_turn_coverage(
    log: LogReader, decision_filter: DecisionFilter | None = None, operator_turns: Collection[str] | None = None
) -> TurnCoverage:
    """Count the turns of a log once each, whatever the number of their entries. The filter selects by time and caller.

    `operator_turns` are the ids of all turns of the period by the operator's own count.
    """
    latest: dict[str, RecordedTurn] = {}
    acts: dict[str, dict[str, RecordedAct]] = {}
    for _, entry in log.non_decision_entries():
        if isinstance(entry, RecordedTurn) and _selects(decision_filter, entry):
            latest[entry.turn] = entry
            acts.setdefault(entry.turn, {}).update({act.id: act for act in entry.acts})
    result = TurnCoverage(turns=len(latest))
    for turn, entry in latest.items():
        result.unfinished += not entry.finished
        result.answered += entry.answered
        result.failed += entry.failed
        for act in acts[turn].values():
            _count(result.acts[act.kind], act)
    if operator_turns is not None:
        given = set(operator_turns)
        named = {turn: turn if turn in given else whole_turn(turn) for turn in latest}
        result.missing = tuple(sorted(given - set(named.values())))
        result.unknown = tuple(sorted(turn for turn, whole in named.items() if whole not in given))
    return result


def reason_words(why: str) -> str:
    """Why an act was not consulted, in words; as it was recorded if there are none."""
    try:
        return message(f"log.unconsulted_{why}")
    except KeyError:
        return why


def _selects(decision_filter: DecisionFilter | None, entry: RecordedTurn) -> bool:
    if decision_filter is None:
        return True
    since, until = decision_filter.since, decision_filter.until
    in_time = (not since or entry.time >= since) and (not until or entry.time < until)
    return in_time and decision_filter.caller <= entry.caller.items()


def _count(counts: ActCounts, act: RecordedAct) -> None:
    counts.total += 1
    counts.consulted += act.consulted
    counts.overrides += act.override
    if not act.consulted:
        counts.reasons[act.why] += 1
