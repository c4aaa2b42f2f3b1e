"""The open questions of a case, those first whose answer determines the verdict at the least cost.

A question is decisive when its answer can change the verdict: two scenarios that differ in this answer alone have
different verdicts.
"""

from __future__ import annotations

from legit.engine.case_encoder import EncodedCase
from legit.engine.decided_case import DecidedCase
from legit.engine.scenarios import Dimension, Scenarios, predicate_of
from legit.knowledge.base import KnowledgeBase
from legit.language.writer import Writer
from legit.model.assessment import Question
from legit.model.facts import Fact, SpeakerKind, text_order


class OpenQuestionFinder:
    """Finds the open questions of cases under one knowledge base."""

    def __init__(self, base: KnowledgeBase, writer: Writer) -> None:
        self._base = base
        self._writer = writer

    def find(self, decided: DecidedCase) -> tuple[Question, ...]:
        """The open questions of a case, the decisive ones first, each group in the order in which to ask.

        `settling_share` is the share of the scenarios in which the answer alone determines the verdict. The order is
        by gain for cost: the gain is the decrease of the Gini impurity of the verdict once the answer is known, the
        cost is the asking cost of the vocabulary times the effort of the profile for who has to be asked.
        """
        inputs, settled = decided.inputs, decided.consequences
        if decided.undetermined_reason == "corroboration":
            return self._corroboration_questions(decided)
        if settled is None:
            return ()
        scenarios = settled.scenarios
        found: list[tuple[float, Question]] = []
        told: set[str] = set()
        if scenarios is not None:
            verdicts = list(scenarios.result_masks("verdict").values())
            before = _gini_impurity([mask.bit_count() for mask in verdicts])
            for number, dimension in enumerate(scenarios.dimensions):
                told.add(dimension.symbol)
                decisive, settles, after = _information_value(scenarios, verdicts, number)
                question = self._dimension_question(dimension, inputs, decisive, settles)
                worth = (before - after) / (question.asking_cost * self._effort(question.answerable_by) or 1)
                found.append((worth, question))
        # An open input that is no dimension of the scenarios affects no verdict. After a search, each one may be
        # decisive.
        varies = scenarios is None and len(settled.brave.get("verdict", ())) > 1
        if scenarios is None:
            for topic in {args[0] for args in settled.brave.get("assumed", ())}:
                found.append((0.0, Question(text=self._base.mandatory_questions[topic], topic=topic, decisive=varies)))
        for symbol in inputs.open_inputs:
            if symbol not in told:
                found.append((0.0, self._fact_question(inputs.facts[symbol][0], varies, 0.0)))
        found.sort(key=lambda item: (not item[1].decisive, -round(item[0], 9), text_order(item[1].text)))
        return tuple(question for _, question in found)

    def _corroboration_questions(self, decided: DecidedCase) -> tuple[Question, ...]:
        """Who else can confirm a fact of the smallest sufficient set: any one of these questions will do."""
        facts = decided.inputs.stated_facts(decided.sufficient_sets.sets[0])
        return tuple(
            Question(
                text=self._base.phrases["corroborate"].format(sentence=self._writer.sentence(fact)),
                fact=fact.model_copy(update={"span": None}),
                answerable_by=SpeakerKind.RECORD,
            )
            for fact in facts
        )

    def _dimension_question(
        self, dimension: Dimension, inputs: EncodedCase, decisive: bool, settling_share: float
    ) -> Question:
        if dimension.symbol:
            said = inputs.facts.get(dimension.symbol)
            if said:
                return self._fact_question(said[0], decisive, settling_share)
            predicate = self._base.vocabulary.predicates[predicate_of(dimension.symbol)]
            return Question(
                text=predicate.placeholder_question(), decisive=decisive, settling_share=settling_share,
                answerable_by=predicate.spec.answerable_by, asking_cost=predicate.spec.asking_cost,
            )  # fmt: skip
        topic = next(item.args[0] for way in dimension.alternatives for item in way)
        return Question(
            text=self._base.mandatory_questions[topic], topic=topic, decisive=decisive, settling_share=settling_share
        )

    def _fact_question(self, fact: Fact, decisive: bool, settling_share: float) -> Question:
        stated = self._base.vocabulary.predicates[fact.predicate].spec
        return Question(
            text=self._writer.question(fact), fact=fact.model_copy(update={"span": None}),
            decisive=decisive, settling_share=settling_share,
            answerable_by=stated.answerable_by, asking_cost=stated.asking_cost,
        )  # fmt: skip

    def _effort(self, speaker: SpeakerKind) -> int:
        return self._base.profile.effort(speaker.value)


def _information_value(scenarios: Scenarios, verdicts: list[int], dimension: int) -> tuple[bool, float, float]:
    """Whether a dimension can change the verdict, the share of scenarios in which its value settles it, and the mean
    impurity that is left once its value is known."""
    space = scenarios.space
    decisive = any(space.exists(mask, dimension) != space.for_all(mask, dimension) for mask in verdicts)
    settling = 0
    left = 0.0
    for value in range(space.sizes[dimension]):
        slice_ = space.mask_where(dimension, value)
        counts = [count for mask in verdicts if (count := (mask & slice_).bit_count())]
        if len(counts) == 1:
            settling += counts[0]
        left += _gini_impurity(counts) * sum(counts) / space.count
    return decisive, round(settling / space.count, 3), left


def _gini_impurity(counts: list[int]) -> float:
    total = sum(counts)
    return 1 - sum((count / total) ** 2 for count in counts) if total else 0.0
