"""An auditor's questions over the decisions of a log: which ones, and how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from legit.decision_log.entries import Answer, Applied, Basis, Decision, Override, StatedFact
from legit.decision_log.reader import LogReader
from legit.errors import LanguageError, Problem, RecordError
from legit.judge import Judge
from legit.knowledge.toml_files import suggest
from legit.knowledge.vocabulary import QUOTED_TYPES
from legit.model.assessment import Verdict
from legit.model.facts import Truth, Value

Said = tuple[str, tuple[Value, ...], Truth]
"""What a fact says, whoever says it: predicate, arguments, truth."""

_DECIDING = ("defeats", "tied")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are asked for; whatever is empty does not matter, and all the rest must hold.

    `criteria` must each apply (`defeats`, tied or outweighed alike). `says` must each have been said, by anybody.
    `rests_on` is a kind of speaker without whose word the verdict would not be settled; `only_on` one on whose word
    alone it rests. `since` and `until` are times or dates in UTC, `until` not included.
    """

    verdicts: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    criteria: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    rights: frozenset[str] = frozenset()
    says: frozenset[Said] = frozenset()
    rests_on: str = ""
    only_on: str = ""
    since: str = ""
    until: str = ""
    caller: frozenset[tuple[str, str]] = frozenset()
    overridden: bool | None = None

    def matches(self, record: Decision, overridden: bool) -> bool:
        """Whether a decision is asked for."""
        answer = record.answer
        applied = [item for item in answer.findings if item.effect not in {"possible", "open"}]
        return (
            (not self.verdicts or answer.verdict.value in self.verdicts)
            and (not self.actions or answer.action in self.actions)
            and self.criteria <= {item.criterion for item in applied}
            and self.families <= {item.family for item in applied}
            and self.rights <= set(answer.rights)
            and (not self.says or self.says <= {(fact.predicate, fact.args, fact.truth) for fact in record.facts})
            and (not self.rests_on or self.rests_on in needed_speakers(record))
            and (not self.only_on or self.only_on == answer.alone)
            and (not self.since or record.time >= self.since)
            and (not self.until or record.time < self.until)
            and self.caller <= record.caller.items()
            and self.overridden in (None, overridden)
        )


class Decided(Protocol):
    """A case that was decided, on record or not: its facts, and the answer that counts them by number."""

    @property
    def facts(self) -> tuple[StatedFact, ...]: ...

    @property
    def answer(self) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A decision that was asked for, and the last time that somebody decided otherwise, if anybody did."""

    number: int
    record: Decision
    override: Override | None


def overrides(log: LogReader) -> dict[int, Override]:
    """The overrides of a log, by the number of the decision; the last one where there are several."""
    return {record.of: record for _, record in log.notes() if isinstance(record, Override)}


def select(log: LogReader, wanted: Wanted) -> Iterator[Found]:
    """The decisions that are asked for, in their order, one at a time."""
    overridden = overrides(log)
    for number, record in log.records():
        if isinstance(record, Decision) and wanted.matches(record, number in overridden):
            yield Found(number, record, overridden.get(number))


def cases(log: LogReader) -> Iterator[tuple[int, str, str]]:
    """The cases that were decided, in sentences with stand-ins for texts: number, case, digest of the base used."""
    for number, record in log.records():
        if isinstance(record, Decision):
            yield number, record.case, record.origin.base_digest


def basis(record: Decided) -> tuple[Basis, ...]:
    """What decided: the findings that defeat the rule or tie with it, or what speaks for a rule that stands."""
    if record.answer.verdict is Verdict.STANDS:
        return record.answer.for_the_rule
    return deciding(record)


def deciding(record: Decided) -> tuple[Applied, ...]:
    """The findings that defeat the rule or tie with it."""
    return tuple(item for item in record.answer.findings if item.effect in _DECIDING)


def speakers(record: Decided) -> set[str]:
    """The kinds of speakers of all facts on which the verdict rests."""
    return {record.facts[at].speaker for facts in record.answer.reliance for at in facts}


def needed_speakers(record: Decided) -> set[str]:
    """The kinds of speakers without whose word the verdict would not be settled, in every way that was found."""
    each = [{record.facts[at].speaker for at in facts} for facts in record.answer.reliance]
    return set.intersection(*each) if each else set()


def said(judge: Judge, sentence: str) -> frozenset[Said]:
    """What a sentence says, to be asked for. Raises LanguageError or CaseError when it is not understood, and
    RecordError (R112) when it asks for a quoted text, of which a record only knows that it is there.
    """
    facts = judge.parse_case(sentence).facts
    if not facts:
        raise LanguageError(Problem("L005", f"`{sentence}` states no fact"))
    for fact in facts:
        types = (argument.type for argument in judge.base.vocabulary.predicates[fact.predicate].args)
        if QUOTED_TYPES.intersection(types):
            raise RecordError(
                Problem("R112", f"`{sentence}` names a text, and records hold no texts", help="ask without quotations")
            )
    return frozenset((fact.predicate, fact.args, fact.truth) for fact in facts)


@dataclass(slots=True)
class Counts:
    """How many decisions there are of what; each table counts decisions, and one decision may be in several rows."""

    decisions: int = 0
    overridden: int = 0
    first: str = ""
    last: str = ""
    tables: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, table: str, *rows: str) -> None:
        """Count a decision in rows of a table, once in each."""
        self.tables.setdefault(table, Counter()).update(set(rows))


def count(log: LogReader, wanted: Wanted, by: tuple[str, ...] = ()) -> Counts:
    """Count the decisions that are asked for, also by the values of some predicates of the vocabulary."""
    counts = Counts()
    for found in select(log, wanted):
        record, answer = found.record, found.record.answer
        counts.decisions += 1
        counts.overridden += found.override is not None
        counts.first = min(counts.first or record.time, record.time)
        counts.last = max(counts.last, record.time)
        counts.add("verdict", answer.verdict.value)
        counts.add("guidance", answer.action)
        counts.add("asked to", answer.stance)
        counts.add("harm apart", answer.harm)
        counts.add("family of what decided", *(item.family for item in deciding(record)))
        counts.add("criterion that decided", *(item.criterion for item in deciding(record)))
        counts.add("speaker", *(fact.speaker for fact in record.facts))
        counts.add("on one speaker's word alone", *([answer.alone] if answer.alone else []))
        counts.add("not without the word of", *needed_speakers(record))
        counts.add("open question", *(item.text for item in answer.questions if item.decisive))
        counts.add("not decided", *([answer.reason] if answer.reason else []))
        counts.add(
            "knowledge base", f"{record.origin.base} {record.origin.base_version} {record.origin.base_digest[:12]}"
        )
        counts.add("profile", f"{record.origin.profile} {record.origin.profile_version}")
        counts.add("engine", record.origin.engine)
        if found.override:
            counts.add("overridden", f"{answer.action} to {found.override.action}")
        for predicate in by:
            counts.add(predicate, *values(record, predicate))
    return counts


def known_predicates(judge: Judge, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, if the vocabulary has them. Raises RecordError (R110) otherwise."""
    for name in names:
        if name not in judge.base.vocabulary.predicates:
            raise RecordError(
                Problem(
                    "R110",
                    f"the vocabulary has no predicate `{name}`",
                    help="see `legit parse --format json`",
                    nearest=suggest(name, judge.base.vocabulary.predicates),
                )
            )
    return names


def values(
    record: Decided, predicate: str, word: Callable[[int, Value], str] = lambda _, value: str(value)
) -> list[str]:
    """What a decision says with a predicate, its arguments as `word` puts them by their place: by default as ids."""
    truths = {Truth.TRUE: "", Truth.FALSE: "not ", Truth.UNKNOWN: "unknown whether "}
    return [
        truths[fact.truth] + (", ".join(word(*arg) for arg in enumerate(fact.args)) or predicate)
        for fact in record.facts
        if fact.predicate == predicate
    ]
