"""Random facts and cases of any vocabulary, from any source of choices.

One generator serves two sources: hypothesis, which shrinks what it drew (`legit.testing.strategies`), and a seeded
random source, which is a hundred times faster (`legit.testing.oracle`). The simplest alternative always comes first, so
that what is left after shrinking is the smallest case and is easy to read.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Protocol, TypeVar

from legit.knowledge.case_validation import mutually_exclusive
from legit.knowledge.vocabulary import Predicate, Vocabulary
from legit.model.facts import Case, Fact, Opinion, Speaker, SpeakerKind, Truth, Value, WitnessId

T = TypeVar("T")

NAMES = ("A", "B", "C", "D")
"""Names of things, as few as chains and circles need."""

DATES = ("2012", "2013", "2012-05", "2013-05", "2012-05-31", "2014-02-28")
"""Dates that follow one another, and dates of which it is not known whether they do."""

TEXTS = ("x", "the office is gone", "clause 4 (as amended)", "it's 5%")

_TRUTHS = (*(Truth.TRUE,) * 6, Truth.FALSE, Truth.UNKNOWN)
_SPEAKERS = (
    *(Speaker(),) * 4,
    Speaker(kind=SpeakerKind.INFERRED),
    Speaker(kind=SpeakerKind.OPERATOR),
    Speaker(kind=SpeakerKind.RECORD),
    Speaker(kind=SpeakerKind.DOCUMENT),
    Speaker(kind=SpeakerKind.DOCUMENT, reference="the lease"),
)


class Choices(Protocol):
    """The source of a generator's choices."""

    def pick(self, items: Sequence[T]) -> T:
        """One of the items; the first is the simplest."""
        ...

    def integer(self, low: int, high: int) -> int:
        """A whole number in the closed range; `low` is the simplest."""
        ...

    def repeats(self, most: int) -> Iterator[int]:
        """The numbers of the rounds, from 0: at most `most` of them. No round is the simplest."""
        ...

    def text(self) -> str:
        """A text that can stand in quotation marks."""
        ...


class RandomChoices:
    """Choices of a random source; the same seed gives the same choices."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._random.random() * len(items))]

    def integer(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def repeats(self, most: int) -> Iterator[int]:
        return iter(range(self.integer(0, most)))

    def text(self) -> str:
        return self.pick(TEXTS)


class CaseGenerator:
    """Makes facts and cases of one vocabulary.

    `topics` and `predicates` limit the predicates of the facts; by default all are used. Raises ValueError when one of
    them is not in the vocabulary, or when no predicate is left.
    """

    def __init__(self, vocabulary: Vocabulary, topics: Collection[str] = (), predicates: Collection[str] = ()) -> None:
        for known, wanted, what in (
            (vocabulary.topics, topics, "topic"),
            (vocabulary.predicates, predicates, "predicate"),
        ):
            for name in wanted:
                if name not in known:
                    raise ValueError(f"there is no {what} `{name}`; there are {', '.join(sorted(known))}")
        self.vocabulary = vocabulary
        found = [
            predicate
            for predicate in vocabulary.predicates.values()
            if (not topics or predicate.topic in topics) and (not predicates or predicate.id in predicates)
        ]
        if not found:
            raise ValueError("no predicate is left to speak of")
        self.predicates = sorted(found, key=lambda item: (item.arity, item.detail_required, item.id))
        self._values: dict[str, list[str]] = {name: sorted(enum.values) for name, enum in vocabulary.types.items()}

    @cached_property
    def _by_topic(self) -> list[list[Predicate]]:
        found: dict[str, list[Predicate]] = {}
        for predicate in self.predicates:
            found.setdefault(predicate.topic, []).append(predicate)
        return list(found.values())

    @cached_property
    def _predicates_by_answered_topic(self) -> dict[str, list[Predicate]]:
        """The predicates that answer each mandatory topic."""
        found: dict[str, list[Predicate]] = {}
        for predicate in self.predicates:
            if predicate.spec.answers_topic:
                found.setdefault(predicate.spec.answers_topic, []).append(predicate)
        return found

    def value(self, choices: Choices, type_name: str) -> Value:
        """A value of a type."""
        values = self._values.get(type_name)
        if values:
            return choices.pick(values)
        if type_name == "name":
            return choices.pick(NAMES)
        if type_name == "text":
            return choices.text()
        if type_name == "date":
            return choices.pick(DATES)
        # The bounds of the bands and their neighbours: where criteria can change their mind.
        bounds = self.vocabulary.lexicon.bands[type_name]
        return max(0, choices.pick((0, *bounds)) + choices.pick((0, 1)))

    def fact(self, choices: Choices, predicate: Predicate | None = None) -> Fact:
        """A fact of a predicate, or of any of the generator's: every topic is as likely as another."""
        predicate = predicate or choices.pick(choices.pick(self._by_topic))
        return Fact.model_construct(
            predicate=predicate.id,
            args=tuple(self.value(choices, argument.type) for argument in predicate.args),
            truth=choices.pick(_TRUTHS),
            speaker=choices.pick(_SPEAKERS),
            detail=choices.text() if predicate.detail_required or choices.integer(0, 7) == 7 else None,
            span=None,
        )

    def case(self, choices: Choices, max_facts: int = 14, *, max_unknown: int = 6) -> Case:
        """A case without contradictions, of at most `size` facts. At most `unknown` facts are left open.

        Of the mandatory topics that the predicates can answer, three in four are answered.
        """
        draft = CaseDraft(self.vocabulary, max_unknown)
        for predicates in self._predicates_by_answered_topic.values():
            if choices.integer(0, 3):
                draft.add(self.fact(choices, choices.pick(predicates)))
        for _ in choices.repeats(max(0, max_facts - len(draft.facts))):
            draft.add(self.fact(choices))
        opinions = [Opinion(text=choices.text()) for _ in range(choices.integer(0, 9) == 9)]
        name = choices.text() if choices.integer(0, 7) == 7 else ""
        return Case.model_construct(name=name, facts=tuple(draft.facts), opinions=tuple(opinions))

    def varied_case(self, choices: Choices, case: Case, *, max_unknown: int = 6) -> Case:
        """A case near another one: up to three facts are left out, up to three others put in."""
        facts = list(case.facts)
        for _ in range(min(choices.integer(0, 3), len(facts))):
            facts.remove(choices.pick(facts))
        draft = CaseDraft(self.vocabulary, max_unknown)
        for fact in (*facts, *(self.fact(choices) for _ in range(choices.integer(0, 3)))):
            draft.add(fact)
        return case.model_copy(update={"facts": tuple(draft.facts)})


class CaseDraft:
    """A case in the making: `add` keeps a fact only if the case then has no contradiction."""

    def __init__(self, vocabulary: Vocabulary, max_unknown: int = 6) -> None:
        self.facts: list[Fact] = []
        self._vocabulary = vocabulary
        self._unknown_left = max_unknown
        self._truths: dict[tuple[object, ...], Truth] = {}
        self._affirmed: dict[tuple[str, WitnessId], list[Fact]] = {}
        self._exclusive_predicates: dict[str, list[str]] = {}
        for predicate in vocabulary.predicates.values():
            for other in predicate.spec.excludes:
                self._exclusive_predicates.setdefault(predicate.id, []).append(other)
                self._exclusive_predicates.setdefault(other, []).append(predicate.id)

    def add(self, fact: Fact) -> bool:
        """Whether the fact was kept."""
        voice = fact.speaker.witness_id
        key = (fact.predicate, fact.args, voice)
        if self._truths.get(key, fact.truth) is not fact.truth:
            return False
        if fact.truth is Truth.UNKNOWN:
            if not self._unknown_left:
                return False
            self._unknown_left -= 1
        if fact.truth is Truth.TRUE:
            same = self._affirmed.get((fact.predicate, voice), [])
            single = self._vocabulary.predicates[fact.predicate].spec.functional
            if single and any(other.args != fact.args for other in same):
                return False
            for rival in self._exclusive_predicates.get(fact.predicate, ()):
                for other in self._affirmed.get((rival, voice), ()):
                    if mutually_exclusive(self._vocabulary, other.atom, fact.atom):
                        return False
            self._affirmed.setdefault((fact.predicate, voice), []).append(fact)
        self._truths[key] = fact.truth
        self.facts.append(fact)
        return True
