"""What is still to be asked: the open points of a case, those first whose answer settles the verdict soonest.

A point is decisive when its answer can change the verdict, the other open points being what they may: when two
scenarios that differ in it alone lead to different verdicts.
"""

from __future__ import annotations

from legit.engine.case_encoder import Inputs
from legit.engine.decided_case import Judged, said
from legit.engine.scenarios import Dimension, Scenarios
from legit.knowledge.base import KnowledgeBase
from legit.language.writer import Writer
from legit.model.assessment import Question
from legit.model.facts import Fact, SpeakerKind


class Questioner:
    """Asks in the words of one knowledge base."""

    def __init__(self, base: KnowledgeBase, writer: Writer) -> None:
        self._base = base
        self._writer = writer

    def questions(self, judged: Judged) -> tuple[Question, ...]:
        """The open points of a case as questions, the decisive ones first, each group in the order in which to ask.

        `settles` is the share of the scenarios in which the answer alone would settle the verdict. Among decisive ones
        the order is by what is gained for the cost of asking: the gain is how much less the verdict varies once the
        answer is known (Gini impurity), the cost is the vocabulary's, times the profile's for whoever has to be asked.
        """
        inputs, settled = judged.inputs, judged.settled
        if judged.reason == "corroboration":
            return self._corroborating(judged)
        if settled is None:
            return ()
        scenarios = settled.scenarios
        found: list[tuple[float, Question]] = []
        told: set[str] = set()
        if scenarios is not None:
            verdicts = list(scenarios.values("verdict").values())
            before = _impurity([mask.bit_count() for mask in verdicts])
            for number, dimension in enumerate(scenarios.dimensions):
                told.add(dimension.symbol)
                decisive, settles, after = _weighed(scenarios, verdicts, number)
                question = self._question(dimension, inputs, decisive, settles)
                worth = (before - after) / (question.cost * self._effort(question.known_by) or 1)
                found.append((worth, question))
        # Points that make no scenario bear on nothing; where a search decided, each may be decisive.
        varies = scenarios is None and len(settled.possibly.get("verdict", ())) > 1
        if scenarios is None:
            for topic in {args[0] for args in settled.possibly.get("assumed", ())}:
                found.append((0.0, Question(text=self._base.questions[topic], topic=topic, decisive=varies)))
        for symbol in inputs.open:
            if symbol not in told:
                found.append((0.0, self._asked(inputs.facts[symbol][0], varies, 0.0)))
        found.sort(key=lambda item: (not item[1].decisive, -round(item[0], 9), item[1].text))
        return tuple(question for _, question in found)

    def _corroborating(self, judged: Judged) -> tuple[Question, ...]:
        """Who else can confirm one of the facts of the smallest set: any one will do."""
        facts = said(judged.inputs, judged.sets.sets[0])
        return tuple(
            Question(
                text=self._base.phrases["corroborate"].format(sentence=self._writer.sentence(fact)),
                about=fact.model_copy(update={"place": None}),
                known_by=SpeakerKind.RECORD,
            )
            for fact in facts
        )

    def _question(self, dimension: Dimension, inputs: Inputs, decisive: bool, settles: float) -> Question:
        if dimension.symbol:
            said = inputs.facts.get(dimension.symbol)
            if said:
                return self._asked(said[0], decisive, settles)
            predicate = self._base.vocabulary.predicates[dimension.symbol.partition("(")[0]]
            return Question(
                text=predicate.question(), decisive=decisive, settles=settles,
                known_by=predicate.stated.known_by, cost=predicate.stated.cost,
            )  # fmt: skip
        topic = next(item.args[0] for way in dimension.ways for item in way)
        return Question(text=self._base.questions[topic], topic=topic, decisive=decisive, settles=settles)

    def _asked(self, fact: Fact, decisive: bool, settles: float) -> Question:
        stated = self._base.vocabulary.predicates[fact.predicate].stated
        fact = fact.model_copy(update={"place": None})
        return Question(
            text=self._writer.question(fact), about=fact, decisive=decisive, settles=settles,
            known_by=stated.known_by, cost=stated.cost,
        )  # fmt: skip

    def _effort(self, who: SpeakerKind) -> int:
        return self._base.profile.effort(who.value)


def _weighed(scenarios: Scenarios, verdicts: list[int], number: int) -> tuple[bool, float, float]:
    """Whether a dimension can change the verdict, the share of scenarios in which its value settles it, and the mean
    impurity that is left once its value is known."""
    space = scenarios.space
    decisive = any(space.ever(mask, number) != space.always(mask, number) for mask in verdicts)
    settling = 0
    left = 0.0
    for value in range(space.sizes[number]):
        slice_ = space.where(number, value)
        counts = [count for mask in verdicts if (count := (mask & slice_).bit_count())]
        if len(counts) == 1:
            settling += counts[0]
        left += _impurity(counts) * sum(counts) / space.count
    return decisive, round(settling / space.count, 3), left


def _impurity(counts: list[int]) -> float:
    total = sum(counts)
    return 1 - sum((count / total) ** 2 for count in counts) if total else 0.0
