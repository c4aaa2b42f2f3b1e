"""Filters and counts of the decisions of a log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from legit._util.suggest import suggest
from legit.decision_log.entries import (
    Decision,
    Override,
    RecordedAnswer,
    RecordedCriterion,
    RecordedFinding,
    StatedFact,
)
from legit.decision_log.reader import LogReader, parse_entry
from legit.errors import DecisionLogError, LanguageError, Problem
from legit.judge import Judge
from legit.knowledge.vocabulary import QUOTED_TYPES
from legit.model.assessment import Verdict
from legit.model.facts import Truth, Value

if TYPE_CHECKING:
    from legit.decision_log.columns import ColumnCondition

Key = TypeVar("Key", str, tuple[str, str])

FactContent = tuple[str, tuple[Value, ...], Truth]
"""The content of a fact without its source: predicate, arguments, truth."""

TABLES = (
    "verdict", "guidance", "stance", "method_harm", "decisive_family", "decisive_criterion", "source", "sole_source",
    "needs_source", "open_question", "undetermined_reason", "knowledge_base", "profile", "engine", "override",
)  # fmt: skip
"""The ids of the tables of `count_decisions`; the heading of each is the message `log.table_...`."""

_DECISIVE_EFFECTS = ("defeats", "tied")


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions to select. An empty field selects all; all other fields must hold.

    `criteria`: each must apply (it defeats, is tied or is outweighed). `facts`: each must be stated, by any speaker.
    `needs_sources`: kinds of speakers who are in every sufficient set. `sole_source`: the only source of evidence.
    `since` and `until` are times or dates in UTC; `until` is excluded. `where`: each condition on a column must hold.
    """

    verdicts: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    criteria: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    rights: frozenset[str] = frozenset()
    facts: frozenset[FactContent] = frozenset()
    needs_sources: frozenset[str] = frozenset()
    sole_source: str = ""
    since: str = ""
    until: str = ""
    caller: frozenset[tuple[str, str]] = frozenset()
    overridden: bool | None = None
    where: frozenset[ColumnCondition] = frozenset()

    def selects(self, match: Match) -> bool:
        """Whether the filter selects a decision."""
        decision, answer = match.decision, match.decision.answer
        applied = [item for item in answer.findings if item.effect not in {"possible", "open"}]
        return (
            (not self.verdicts or answer.verdict.value in self.verdicts)
            and (not self.actions or answer.action in self.actions)
            and self.criteria <= {item.criterion for item in applied}
            and self.families <= {item.family for item in applied}
            and self.rights <= set(answer.rights_touched)
            and (not self.facts or self.facts <= {(fact.predicate, fact.args, fact.truth) for fact in decision.facts})
            and (not self.needs_sources or self.needs_sources <= needed_sources(decision))
            and (not self.sole_source or self.sole_source == answer.sole_source)
            and (not self.since or decision.time >= self.since)
            and (not self.until or decision.time < self.until)
            and self.caller <= decision.caller.items()
            and self.overridden in (None, match.override is not None)
            and all(condition.holds(match) for condition in self.where)
        )


class DecisionLike(Protocol):
    """A decided case, recorded or not: its facts, and the answer, which names facts by number."""

    @property
    def facts(self) -> tuple[StatedFact, ...]: ...

    @property
    def answer(self) -> RecordedAnswer: ...


@dataclass(frozen=True, slots=True)
class Match:
    """A selected decision, with its last override, if there is one."""

    number: int
    decision: Decision
    override: Override | None


def latest_overrides(log: LogReader) -> dict[int, Override]:
    """The overrides of a log, by the number of the decision; the last one if there are several."""
    return {record.decision_number: record for _, record in log.non_decision_entries() if isinstance(record, Override)}


def filter_decisions(log: LogReader, decision_filter: DecisionFilter) -> Iterator[Match]:
    """The selected decisions, in their order, one at a time."""
    overridden = latest_overrides(log)
    for number, record in log.entries():
        if isinstance(record, Decision):
            match = Match(number, record, overridden.get(number))
            if decision_filter.selects(match):
                yield match


def selected_entries(log: LogReader, decision_filter: DecisionFilter) -> Iterator[tuple[int, bytes]]:
    """The numbers and bytes of the entries in which the selected decisions are. Without a condition all entries are
    given, also those of other kinds: they are not parsed."""
    if decision_filter == DecisionFilter():
        yield from log.raw_entries()
        return
    overridden = latest_overrides(log)
    for number, body in log.raw_entries():
        record = parse_entry(number, body, log.path)
        if isinstance(record, Decision) and decision_filter.selects(Match(number, record, overridden.get(number))):
            yield number, body


def decisive_criteria(decision: DecisionLike) -> tuple[RecordedCriterion, ...]:
    """The decisive criteria: those that defeat the rule or tie with it, or the justifications of a rule that stands."""
    if decision.answer.verdict is Verdict.STANDS:
        return decision.answer.justifications
    return decisive_findings(decision)


def decisive_findings(decision: DecisionLike) -> tuple[RecordedFinding, ...]:
    """The findings that defeat the rule or tie with it."""
    return tuple(item for item in decision.answer.findings if item.effect in _DECISIVE_EFFECTS)


def any_sources(decision: DecisionLike) -> set[str]:
    """The kinds of sources of evidence that are in some of the sufficient sets that were found."""
    return {decision.facts[at].speaker_kind for facts in decision.answer.sufficient_sets for at in facts}


def needed_sources(decision: DecisionLike) -> set[str]:
    """The kinds of sources of evidence that are in each of the sufficient sets that were found."""
    each = [{decision.facts[at].speaker_kind for at in facts} for facts in decision.answer.sufficient_sets]
    return set.intersection(*each) if each else set()


def parse_fact_filter(judge: Judge, sentence: str) -> frozenset[FactContent]:
    """The fact that a sentence states, as a filter.

    Raises LanguageError or CaseError when the sentence is not understood, and DecisionLogError (R112) when it has a
    quoted text, since entries hold no texts.
    """
    facts = judge.parse_case(sentence).facts
    if not facts:
        raise LanguageError(Problem("L005", f"`{sentence}` states no fact"))
    for fact in facts:
        types = (argument.type for argument in judge.base.vocabulary.predicates[fact.predicate].args)
        if QUOTED_TYPES.intersection(types):
            raise DecisionLogError(
                Problem("R112", f"`{sentence}` names a text, and entries hold no texts", help="ask without quotations")
            )
    return frozenset((fact.predicate, fact.args, fact.truth) for fact in facts)


@dataclass(slots=True)
class Counts:
    """Counts of decisions. A decision may be in several rows of a table.

    `tables` has a table for each id of `TABLES`; `by_predicate` has one for each predicate to group by.
    """

    decisions: int = 0
    overridden: int = 0
    first: str = ""
    last: str = ""
    tables: dict[str, Counter[str]] = field(default_factory=lambda: {table: Counter() for table in TABLES})
    by_predicate: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, table: str, *rows: str) -> None:
        """Count a decision in rows of a table, once in each."""
        self.tables[table].update(set(rows))


def ranked(counter: Counter[Key]) -> list[tuple[Key, int]]:
    """The rows of a table with their counts, the largest first, and equal ones by name: the same on every run."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def count_decisions(log: LogReader, decision_filter: DecisionFilter, group_by: tuple[str, ...] = ()) -> Counts:
    """Count the selected decisions, also by the values of some predicates of the vocabulary."""
    counts = Counts(by_predicate={predicate: Counter() for predicate in group_by})
    for found in filter_decisions(log, decision_filter):
        record, answer = found.decision, found.decision.answer
        counts.decisions += 1
        counts.overridden += found.override is not None
        counts.first = min(counts.first or record.time, record.time)
        counts.last = max(counts.last, record.time)
        counts.add("verdict", answer.verdict.value)
        counts.add("guidance", answer.action)
        counts.add("stance", answer.stance)
        counts.add("method_harm", answer.method_harm)
        counts.add("decisive_family", *(item.family for item in decisive_findings(record)))
        counts.add("decisive_criterion", *(item.criterion for item in decisive_findings(record)))
        counts.add("source", *(fact.speaker_kind for fact in record.facts))
        counts.add("sole_source", *([answer.sole_source] if answer.sole_source else []))
        counts.add("needs_source", *needed_sources(record))
        counts.add("open_question", *(item.text for item in answer.questions if item.decisive))
        counts.add("undetermined_reason", *([answer.undetermined_reason] if answer.undetermined_reason else []))
        counts.add(
            "knowledge_base",
            f"{record.provenance.base} {record.provenance.base_version} {record.provenance.base_digest[:12]}",
        )
        counts.add("profile", f"{record.provenance.profile} {record.provenance.profile_version}")
        counts.add("engine", record.provenance.engine)
        if found.override:
            counts.add("override", f"{answer.action}->{found.override.action}")
        for predicate in group_by:
            counts.by_predicate[predicate].update(set(predicate_values(record, predicate)))
    return counts


def require_predicates(judge: Judge, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if the vocabulary has them. Raises DecisionLogError (R110) otherwise."""
    for name in names:
        if name not in judge.base.vocabulary.predicates:
            raise DecisionLogError(
                Problem(
                    "R110",
                    f"the vocabulary has no predicate `{name}`",
                    help="see `legit vocabulary`",
                    nearest=suggest(name, judge.base.vocabulary.predicates),
                )
            )
    return names


def predicate_values(
    decision: DecisionLike, predicate: str, format_value: Callable[[int, Value], str] = lambda _, value: str(value)
) -> list[str]:
    """The facts of a decision with one predicate. `word` gives the words of an argument by its place; by default its
    id."""
    truths = {Truth.TRUE: "", Truth.FALSE: "not ", Truth.UNKNOWN: "unknown whether "}
    return [
        truths[fact.truth] + (", ".join(format_value(*arg) for arg in enumerate(fact.args)) or predicate)
        for fact in decision.facts
        if fact.predicate == predicate
    ]
