"""The figures of a report: the decisions of a period, their sources of evidence, and the versions that decided."""

from __future__ import annotations

import datetime
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.entries import Decision, Override, RecordedProvenance, Redaction
from legit.decision_log.filters import DecisionFilter, Match, decisive_findings, needed_sources, predicate_values
from legit.decision_log.reader import LogReader
from legit.model.assessment import Verdict

MAX_LISTED_ANNOTATIONS = 100
"""The number of overrides that are listed one by one, and of redactions; the others are counted."""


@dataclass(slots=True)
class DecisionGroup:
    """Counts of decisions that have something in common. `sole_sources` counts them by sole source of evidence."""

    decisions: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    sole_sources: Counter[str] = field(default_factory=Counter)
    overridden: int = 0
    first: str = ""
    last: str = ""

    def count(self, match: Match) -> None:
        """Count one decision."""
        record = match.decision
        self.decisions += 1
        self.verdicts[record.answer.verdict.value] += 1
        self.sole_sources[record.answer.sole_source] += 1
        self.overridden += match.override is not None
        self.first = min(self.first or record.time, record.time)
        self.last = max(self.last, record.time)

    def merge(self, other: DecisionGroup) -> None:
        """Count the decisions of another group as well."""
        self.decisions += other.decisions
        self.verdicts += other.verdicts
        self.sole_sources += other.sole_sources
        self.overridden += other.overridden
        self.first = min(filter(None, (self.first, other.first)), default="")
        self.last = max(self.last, other.last)


DecisionGroups = dict[str, DecisionGroup]


@dataclass(slots=True)
class LogMetrics:
    """All counts. A decision is in one group of each kind. Only for families and stated values it may be in several.
    `made` holds the numbers of the decisions by the digest of their knowledge base and profile."""

    checkpoint: Checkpoint
    total: DecisionGroup = field(default_factory=DecisionGroup)
    guidance: DecisionGroups = field(default_factory=dict)
    stances: DecisionGroups = field(default_factory=dict)
    families: DecisionGroups = field(default_factory=dict)
    effects: dict[str, Counter[str]] = field(default_factory=dict)
    decisive_criteria: DecisionGroups = field(default_factory=dict)
    stated_values: dict[str, DecisionGroups] = field(default_factory=dict)
    sources: DecisionGroups = field(default_factory=dict)
    needed_sources: DecisionGroups = field(default_factory=dict)
    method_harm: DecisionGroups = field(default_factory=dict)
    undetermined_reasons: Counter[str] = field(default_factory=Counter)
    open_questions: Counter[str] = field(default_factory=Counter)
    override_transitions: Counter[tuple[str, str]] = field(default_factory=Counter)
    overrides: list[tuple[Match, Override]] = field(default_factory=list)
    override_count: int = 0
    redactions: list[tuple[int, Redaction]] = field(default_factory=list)
    redacted_count: int = 0
    versions: dict[str, tuple[RecordedProvenance, DecisionGroup]] = field(default_factory=dict)
    by_day: dict[datetime.date, DecisionGroup] = field(default_factory=dict)
    decision_numbers: dict[str, array[int]] = field(default_factory=dict)


def compute_log_metrics(
    log: LogReader,
    decision_filter: DecisionFilter,
    group_by: Iterable[str] = (),
    step: Callable[[int, int], None] = lambda done, total: None,
) -> LogMetrics:
    """Count the decisions that are asked for, as the log is now, also by the values of some predicates."""
    head = log.checkpoint()
    result = LogMetrics(head, stated_values={predicate: {} for predicate in group_by})
    overrides: dict[int, list[Override]] = {}
    redactions: dict[int, list[tuple[int, Redaction]]] = {}
    for number, record in log.non_decision_entries():
        if isinstance(record, Override) and number < head.size:
            overrides.setdefault(record.decision_number, []).append(record)
        if isinstance(record, Redaction) and number < head.size:
            redactions.setdefault(record.decision_number, []).append((number, record))
    for number, record in log.entries(0, head.size):
        given = overrides.get(number, [])
        match = Match(number, record, given[-1] if given else None) if isinstance(record, Decision) else None
        if match and decision_filter.selects(match):
            _count_match(result, match)
            result.override_count += len(given)
            left = MAX_LISTED_ANNOTATIONS - len(result.overrides)
            result.overrides += [(match, override) for override in given[:left]]
            result.redacted_count += number in redactions
            left = MAX_LISTED_ANNOTATIONS - len(result.redactions)
            result.redactions += redactions.get(number, [])[:left]
        step(number + 1, head.size)
    return result


def _count_match(metrics: LogMetrics, match: Match) -> None:
    record, answer = match.decision, match.decision.answer
    metrics.total.count(match)
    _count_in_groups(metrics.guidance, match, answer.action)
    _count_in_groups(metrics.stances, match, answer.stance)
    _count_in_groups(metrics.families, match, *(item.family for item in answer.findings))
    for family, effect in sorted({(item.family, str(item.effect)) for item in answer.findings}):
        metrics.effects.setdefault(family, Counter())[effect] += 1
    _count_in_groups(metrics.decisive_criteria, match, *(item.criterion for item in decisive_findings(record)))
    for predicate, groups in metrics.stated_values.items():
        _count_in_groups(groups, match, *(predicate_values(record, predicate) or ["not said"]))
    _count_in_groups(metrics.sources, match, *(fact.speaker_kind for fact in record.facts))
    _count_in_groups(metrics.needed_sources, match, *needed_sources(record))
    _count_in_groups(metrics.method_harm, match, answer.method_harm or "not examined")
    if answer.verdict is Verdict.UNDETERMINED:
        metrics.undetermined_reasons[answer.undetermined_reason] += 1
        metrics.open_questions.update({item.text for item in answer.questions if item.decisive})
    if match.override:
        metrics.override_transitions[answer.action, match.override.action] += 1
    digest = record.provenance.base_digest
    metrics.versions.setdefault(digest, (record.provenance, DecisionGroup()))[1].count(match)
    metrics.decision_numbers.setdefault(digest, array("q")).append(match.number)
    if day := _parse_day(record.time):
        metrics.by_day.setdefault(day, DecisionGroup()).count(match)


def _count_in_groups(groups: DecisionGroups, match: Match, *names: str) -> None:
    for name in sorted(set(names)):
        groups.setdefault(name, DecisionGroup()).count(match)


def _parse_day(time: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(time[:10])
    except ValueError:
        return None


# Days in groups that fit on a page: unit, the most days for which it is taken, the first day of its group.
_TIME_UNITS: tuple[tuple[str, int, Callable[[datetime.date], datetime.date]], ...] = (
    ("day", 31, lambda day: day),
    ("week", 7 * 35, lambda day: day - datetime.timedelta(day.weekday())),
    ("month", 366 * 3, lambda day: day.replace(day=1)),
    ("year", 366 * 100, lambda day: day.replace(month=1, day=1)),
)


def bucket_by_time(days: dict[datetime.date, DecisionGroup]) -> tuple[str, DecisionGroups]:
    """The days in groups of one length, also groups without a decision. Returns the length, and each group by its first
    day."""
    if not days:
        return "day", {}
    first, last = min(days), max(days)
    for unit, most, begin in _TIME_UNITS:
        if (last - first).days < most:
            groups: DecisionGroups = {begin(day).isoformat(): DecisionGroup() for day in _days_between(first, last)}
            for day, group in days.items():
                groups[begin(day).isoformat()].merge(group)
            return unit, groups
    return "day", {}  # a clock was off by more than a century


def _days_between(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    for number in range((last - first).days + 1):
        yield first + datetime.timedelta(number)
