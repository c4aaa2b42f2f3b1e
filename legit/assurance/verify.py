"""Checks properties over all cases of a space by exhaustive search; gives a witness case for a property that does not
hold."""

from __future__ import annotations

import time
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from legit.assurance.case_search import CaseSearch
from legit.assurance.case_space import CaseSpace
from legit.assurance.concrete_case import ConcreteCase, build_concrete_case
from legit.assurance.property_rules import FIRING_MARK, property_rules
from legit.engine.case_encoder import CaseEncoder
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.errors import DecisionTimeoutError, KnowledgeBaseError, Problem
from legit.judge import Judge
from legit.knowledge.properties import Property
from legit.messages import message

MAX_COUNTEREXAMPLES = 3
"""So many witnesses are given for one question."""


class Counterexample(BaseModel):
    """Evidence against the expected answer: the instance, and a case if there is one to show."""

    model_config = ConfigDict(frozen=True)

    instance: str
    case: ConcreteCase | None = None


class PropertyResult(BaseModel):
    """The answer to one question. `holds` is true if it is the expected answer, apart from the argued exceptions.

    `confirmed_exceptions` are the argued exceptions that occur, with their reasons. `stale_exceptions` no longer occur.
    `instance_count` is the number of arguments asked about, `case_count` the number of cases searched. `conclusive` is
    False when the time limit was exceeded.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    expected: str
    holds: bool
    conclusive: bool = True
    counterexamples: tuple[Counterexample, ...] = ()
    confirmed_exceptions: dict[str, str] = {}
    stale_exceptions: tuple[str, ...] = ()
    instance_count: int = 1
    case_count: str
    seconds: float


class Verifier:
    """Answers questions about the cases of one knowledge base within bounds of names and dates."""

    def __init__(self, judge: Judge, bounds: Bounds) -> None:
        self.judge = judge
        self.program = Program(judge.base, bounds)
        self.space = CaseSpace(judge.base, self.program)

    def check(self, item: Property, limit: float) -> PropertyResult:
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
                against = list(self._opinion_counterexamples(sentences))
                instances = len(sentences)
            else:
                search = self._search(item)
                asked = (search.derivable_arguments("asked") or {""}) if item.answer == "yes" else set(search.instances)
                instances = max(len(asked), 1)
                reached = search.reachable_instances(asked, deadline)
                other = asked - reached if item.answer == "yes" else reached
                excepted = other & item.exceptions.keys()
                if item.answer == "yes":
                    against = [Counterexample(instance=text) for text in sorted(other - excepted)]
                else:
                    against = self._counterexamples(search, item, other - excepted, deadline)
                stale = item.exceptions.keys() - excepted
        except DecisionTimeoutError:
            settled = False
        return PropertyResult(
            id=item.id, question=item.question, expected=item.answer,
            holds=settled and not against and not stale, conclusive=settled,
            counterexamples=tuple(against),
            confirmed_exceptions={name: item.exceptions[name] for name in sorted(excepted)},
            stale_exceptions=tuple(sorted(stale)),
            instance_count=instances, case_count=format_count(self.space.count),
            seconds=round(time.monotonic() - started, 2),
        )  # fmt: skip

    def _search(self, item: Property) -> CaseSearch:
        rules = property_rules(item)
        search = CaseSearch([self.space] * (2 if item.compares else 1), rules.text, item.path)
        fires = search.derivable_arguments(FIRING_MARK)
        dead = [rule for number, rule in enumerate(rules.rules) if str(number) not in fires]
        if dead:
            help_ = "look for a misspelt value; a question that cannot be met by any case asks nothing"
            raise KnowledgeBaseError(
                *(Problem("K605", f"no case fires the rule `{rule}`", source=item.path, help=help_) for rule in dead)
            )
        if not search.instances:
            raise KnowledgeBaseError(Problem("K605", "no rule concludes `found`", source=item.path))
        return search

    def _counterexamples(
        self, search: CaseSearch, item: Property, instances: Iterable[str], deadline: float
    ) -> list[Counterexample]:
        names = ("before", "after") if item.compares else (item.id.replace("_", " "),)
        judges = [self.judge] * len(names)
        left = set(instances)
        found: list[Counterexample] = []
        while left and len(found) < MAX_COUNTEREXAMPLES:
            instance = min(left)
            left.remove(instance)
            model = search.find_case(instance, deadline)
            if model is not None:
                left -= model.instances
                shown = build_concrete_case(judges, [self.space] * len(names), model, names)
                found.append(Counterexample(instance=instance, case=shown))
        return found

    def _opinion_counterexamples(self, symbols: Iterable[str]) -> Iterable[Counterexample]:
        """The sentences that would leave a fact behind when they are only believed."""
        encoder = CaseEncoder(self.judge.base)
        for symbol in symbols:
            (fact,) = self.space.case([symbol]).facts
            sentence = self.judge.writer.sentence(fact)
            believed = f"The user believes that {sentence[:1].lower()}{sentence[1:]}"
            case = self.judge.parse_case(believed)
            inputs = encoder.encode(case)
            if case.facts or inputs.true_inputs or inputs.open_inputs or len(case.opinions) != 1:
                shown = ConcreteCase(
                    text=believed + "\n", outcomes=(message("assurance.opinion_leaves_fact"),), replayed=True
                )
                yield Counterexample(instance=symbol, case=shown)


def format_count(count: int) -> str:
    """A number of cases, as a power of ten where it is long."""
    digits = len(str(count))
    return f"{count:,}" if digits <= 9 else message("assurance.more_cases_than", power=digits - 1)
