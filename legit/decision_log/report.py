"""The figures of a report: what was decided in a period, on whose word, under which versions."""

from __future__ import annotations

import datetime
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from legit.decision_log.checkpoint import TreeHead
from legit.decision_log.entries import Decision, Origin, Override, Redaction
from legit.decision_log.filters import Found, Wanted, deciding, needed_speakers, values
from legit.decision_log.reader import LogReader
from legit.model.assessment import Verdict

MOST_OVERRIDES = 100
"""The number of overrides that are listed one by one, and of redactions; the others are counted."""


@dataclass(slots=True)
class Group:
    """Decisions that have something in common, counted; `alone` is by the speaker on whose word alone they rest."""

    decisions: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    overridden: int = 0
    first: str = ""
    last: str = ""

    def count(self, found: Found) -> None:
        """Count one decision."""
        record = found.record
        self.decisions += 1
        self.verdicts[record.answer.verdict.value] += 1
        self.alone[record.answer.alone] += 1
        self.overridden += found.override is not None
        self.first = min(self.first or record.time, record.time)
        self.last = max(self.last, record.time)

    def merge(self, other: Group) -> None:
        """Count the decisions of another group as well."""
        self.decisions += other.decisions
        self.verdicts += other.verdicts
        self.alone += other.alone
        self.overridden += other.overridden
        self.first = min(filter(None, (self.first, other.first)), default="")
        self.last = max(self.last, other.last)


Groups = dict[str, Group]


@dataclass(slots=True)
class Figures:
    """Everything that is counted. A decision is in one group of a kind, but for families and what is said, where it may
    be in several. `made` holds the numbers of the decisions by the digest of their knowledge base and profile."""

    head: TreeHead
    whole: Group = field(default_factory=Group)
    guidance: Groups = field(default_factory=dict)
    stances: Groups = field(default_factory=dict)
    families: Groups = field(default_factory=dict)
    effects: dict[str, Counter[str]] = field(default_factory=dict)
    criteria: Groups = field(default_factory=dict)
    said: dict[str, Groups] = field(default_factory=dict)
    speakers: Groups = field(default_factory=dict)
    needed: Groups = field(default_factory=dict)
    harm: Groups = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    overrides: list[Found] = field(default_factory=list)
    redactions: list[tuple[int, Redaction]] = field(default_factory=list)
    redacted: int = 0
    versions: dict[str, tuple[Origin, Group]] = field(default_factory=dict)
    days: dict[datetime.date, Group] = field(default_factory=dict)
    made: dict[str, array[int]] = field(default_factory=dict)


def figures(
    log: LogReader, wanted: Wanted, by: Iterable[str] = (), step: Callable[[int, int], None] = lambda done, total: None
) -> Figures:
    """Count the decisions that are asked for, as the log is now, also by the values of some predicates."""
    head = log.head()
    result = Figures(head, said={predicate: {} for predicate in by})
    overridden: dict[int, Override] = {}
    redactions: dict[int, list[tuple[int, Redaction]]] = {}
    for number, record in log.notes():
        if isinstance(record, Override) and number < head.size:
            overridden[record.of] = record
        if isinstance(record, Redaction) and number < head.size:
            redactions.setdefault(record.of, []).append((number, record))
    for number, record in log.records(0, head.size):
        if isinstance(record, Decision) and wanted.matches(record, number in overridden):
            _count(result, Found(number, record, overridden.get(number)))
            result.redacted += number in redactions
            left = MOST_OVERRIDES - len(result.redactions)
            result.redactions += redactions.get(number, [])[:left]
        step(number + 1, head.size)
    return result


def _count(result: Figures, found: Found) -> None:
    record, answer = found.record, found.record.answer
    result.whole.count(found)
    _add(result.guidance, found, answer.action)
    _add(result.stances, found, answer.stance)
    _add(result.families, found, *(item.family for item in answer.findings))
    for family, effect in {(item.family, str(item.effect)) for item in answer.findings}:
        result.effects.setdefault(family, Counter())[effect] += 1
    _add(result.criteria, found, *(item.criterion for item in deciding(record)))
    for predicate, groups in result.said.items():
        _add(groups, found, *(values(record, predicate) or ["not said"]))
    _add(result.speakers, found, *(fact.speaker for fact in record.facts))
    _add(result.needed, found, *needed_speakers(record))
    _add(result.harm, found, answer.harm or "not examined")
    if answer.verdict is Verdict.UNDETERMINED:
        result.reasons[answer.reason] += 1
        result.questions.update({item.text for item in answer.questions if item.decisive})
    if found.override:
        result.changed[answer.action, found.override.action] += 1
        if len(result.overrides) < MOST_OVERRIDES:
            result.overrides.append(found)
    digest = record.origin.base_digest
    result.versions.setdefault(digest, (record.origin, Group()))[1].count(found)
    result.made.setdefault(digest, array("q")).append(found.number)
    if day := _day(record.time):
        result.days.setdefault(day, Group()).count(found)


def _add(groups: Groups, found: Found, *names: str) -> None:
    for name in set(names):
        groups.setdefault(name, Group()).count(found)


def _day(time: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(time[:10])
    except ValueError:
        return None


# Days in groups that fit on a page: unit, the most days for which it is taken, the first day of its group.
_UNITS: tuple[tuple[str, int, Callable[[datetime.date], datetime.date]], ...] = (
    ("day", 31, lambda day: day),
    ("week", 7 * 35, lambda day: day - datetime.timedelta(day.weekday())),
    ("month", 366 * 3, lambda day: day.replace(day=1)),
    ("year", 366 * 100, lambda day: day.replace(month=1, day=1)),
)


def over_time(days: dict[datetime.date, Group]) -> tuple[str, Groups]:
    """The days in groups of one length, those without a decision among them; the length, and each by its first day."""
    if not days:
        return "day", {}
    first, last = min(days), max(days)
    for unit, most, begin in _UNITS:
        if (last - first).days < most:
            groups: Groups = {begin(day).isoformat(): Group() for day in _every(first, last)}
            for day, group in days.items():
                groups[begin(day).isoformat()].merge(group)
            return unit, groups
    return "day", {}  # a clock was off by more than a century


def _every(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    for number in range((last - first).days + 1):
        yield first + datetime.timedelta(number)
