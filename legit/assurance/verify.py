"""Answers to questions about all cases of a space, by exhaustive search, with a witness where the answer is another."""

from __future__ import annotations

import time
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from legit.assurance.case_search import CaseSearch
from legit.assurance.case_space import CaseSpace
from legit.assurance.properties import MARK, Property, property_rules
from legit.assurance.witness import Witness, witness
from legit.engine.case_encoder import Encoder
from legit.engine.limits import OutOfTimeError
from legit.engine.program import Bounds, Program
from legit.errors import KnowledgeBaseError, Problem
from legit.judge import Judge

MOST_WITNESSES = 3
"""So many witnesses are given for one question."""


class Counterexample(BaseModel):
    """What is against the expected answer: for which instance, and the case where there is one to show."""

    model_config = ConfigDict(frozen=True)

    instance: str
    witness: Witness | None = None


class Answer(BaseModel):
    """The answer to one question. It `holds` where it is the expected one, apart from the argued exceptions.

    `excepted` are the exceptions that are so, with their arguments; `stale` those that are not so any more.
    `instances` is the number of things asked about, `cases` the number of cases gone through, `settled` is false where
    time ran out.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    expected: str
    holds: bool
    settled: bool = True
    against: tuple[Counterexample, ...] = ()
    excepted: dict[str, str] = {}
    stale: tuple[str, ...] = ()
    instances: int = 1
    cases: str
    seconds: float


class Verifier:
    """Answers questions about the cases of one knowledge base within bounds of names and dates."""

    def __init__(self, judge: Judge, bounds: Bounds) -> None:
        self.judge = judge
        self.program = Program(judge.base, bounds)
        self.space = CaseSpace(judge.base, self.program)

    def answer(self, item: Property, limit: float) -> Answer:
        """The answer to one question within a number of seconds.

        Raises KnowledgeBaseError: K501 or K502 where the rules of the question are no valid program, K605 where one of
        them can fire in no case at all, as with a misspelt value.
        """
        started = time.monotonic()
        deadline = started + limit
        settled = True
        against: list[Counterexample] = []
        excepted: set[str] = set()
        stale: set[str] = set()
        instances = 1
        try:
            if item.about == "opinions":
                sentences = self.space.sample()
                against = list(self._opinions(sentences))
                instances = len(sentences)
            else:
                search = self._search(item)
                asked = (search.atoms("asked") or {""}) if item.answer == "yes" else set(search.instances)
                instances = max(len(asked), 1)
                reached = search.sweep(asked, deadline)
                other = asked - reached if item.answer == "yes" else reached
                excepted = other & item.exceptions.keys()
                if item.answer == "yes":
                    against = [Counterexample(instance=text) for text in sorted(other - excepted)]
                else:
                    against = self._against(search, item, other - excepted, deadline)
                stale = item.exceptions.keys() - excepted
        except OutOfTimeError:
            settled = False
        return Answer(
            id=item.id, question=item.question, expected=item.answer,
            holds=settled and not against and not stale, settled=settled, against=tuple(against),
            excepted={name: item.exceptions[name] for name in sorted(excepted)}, stale=tuple(sorted(stale)),
            instances=instances, cases=rounded(self.space.count), seconds=round(time.monotonic() - started, 2),
        )  # fmt: skip

    def _search(self, item: Property) -> CaseSearch:
        rules = property_rules(item)
        search = CaseSearch([self.space] * (2 if item.compares else 1), rules.text, item.path)
        fires = search.atoms(MARK)
        dead = [rule for number, rule in enumerate(rules.rules) if str(number) not in fires]
        if dead:
            help_ = "look for a misspelt value; a question that cannot be met by any case asks nothing"
            raise KnowledgeBaseError(
                *(Problem("K605", f"no case fires the rule `{rule}`", source=item.path, help=help_) for rule in dead)
            )
        if not search.instances:
            raise KnowledgeBaseError(Problem("K605", "no rule concludes `found`", source=item.path))
        return search

    def _against(
        self, search: CaseSearch, item: Property, instances: Iterable[str], deadline: float
    ) -> list[Counterexample]:
        names = ("before", "after") if item.compares else (item.id.replace("_", " "),)
        judges = [self.judge] * len(names)
        left = set(instances)
        found: list[Counterexample] = []
        while left and len(found) < MOST_WITNESSES:
            instance = min(left)
            left.remove(instance)
            model = search.find(instance, deadline)
            if model is not None:
                left -= model.instances
                shown = witness(judges, [self.space] * len(names), model, names)
                found.append(Counterexample(instance=instance, witness=shown))
        return found

    def _opinions(self, symbols: Iterable[str]) -> Iterable[Counterexample]:
        """The sentences that would leave a fact behind when they are only believed."""
        encoder = Encoder(self.judge.base)
        for symbol in symbols:
            (fact,) = self.space.case([symbol]).facts
            sentence = self.judge.writer.sentence(fact)
            believed = f"The user believes that {sentence[:1].lower()}{sentence[1:]}"
            case = self.judge.read_one(believed)
            inputs = encoder.encode(case)
            if case.facts or inputs.true or inputs.open or len(case.opinions) != 1:
                shown = Witness(text=believed + "\n", says=("leaves a fact behind",), replayed=True)
                yield Counterexample(instance=symbol, witness=shown)


def rounded(count: int) -> str:
    """A number of cases, as a power of ten where it is long."""
    digits = len(str(count))
    return f"{count:,}" if digits <= 9 else f"more than 10^{digits - 1}"
