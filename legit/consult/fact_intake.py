"""Builds the case to judge from the sentences of a model: sets sources of evidence, and leaves contradictions open."""

from __future__ import annotations

import dataclasses

from legit.errors import Problem
from legit.judge import Judge
from legit.knowledge.case_validation import validate_case
from legit.messages import message
from legit.model.facts import Case, Fact, Speaker, SpeakerKind, Truth

MAX_FACTS_CHARACTERS = 20_000
"""The most characters that the facts of one consultation may have."""

_INFERRED = Speaker(kind=SpeakerKind.INFERRED)


class FactIntake:
    """Builds cases for one judge.

    `allowed_sources` are the kinds of sources of evidence that a model may name. `operator_facts` are sentences that
    belong to every case.

    Raises LanguageError or CaseError when `operator_facts` is not understood.
    """

    def __init__(self, judge: Judge, allowed_sources: frozenset[SpeakerKind], operator_facts: str) -> None:
        self._judge = judge
        self._allowed_sources = allowed_sources
        self._operator_facts = judge.parse_case(operator_facts).facts if operator_facts.strip() else ()

    def build_case(self, text: str) -> tuple[Case, tuple[Problem, ...], tuple[str, ...]]:
        """The case of a text, without facts where none can be judged; every problem; and the changes that were made."""
        if len(text) > MAX_FACTS_CHARACTERS:
            message = f"the facts have {len(text)} characters; at most {MAX_FACTS_CHARACTERS} are read"
            return Case(), (Problem("L001", message, help="say only what bears on the rule"),), ()
        cases, problems = self._judge.reader.parse(text, strict=False)
        if len(cases) > 1:
            message = f"{len(cases)} cases where one is expected"
            return Case(), (*problems, Problem("L005", message, help="ask about one rule at a time")), ()
        case = cases[0] if cases else Case()
        if not case.facts and not problems:
            problems = (Problem("L005", "no sentence where one case is expected", help="say who made the rule"),)
        if not case.facts:
            return case, problems, ()
        vouched, notes = self._attributed(case.facts)
        kept, clashes = self._with_contradictions_open([*self._operator_facts, *vouched])
        return case.model_copy(update={"facts": tuple(kept)}), (*problems, *clashes), notes

    def _attributed(self, facts: tuple[Fact, ...]) -> tuple[list[Fact], tuple[str, ...]]:
        """The facts with the speakers that a model may name; every other fact counts as inferred by the model."""
        result = []
        refused: dict[str, None] = {}
        for fact in facts:
            if not _names_speaker(fact):
                fact = fact.model_copy(update={"speaker": _INFERRED})
            elif fact.speaker.kind not in self._allowed_sources:
                refused[fact.speaker.kind.value] = None
                fact = fact.model_copy(update={"speaker": _INFERRED})
            result.append(fact)
        adjustments = tuple(message("consult.mark_refused", mark=kind) for kind in refused)
        return result, adjustments

    def _with_contradictions_open(self, facts: list[Fact]) -> tuple[list[Fact], tuple[Problem, ...]]:
        """The facts, with those of one speaker that contradict each other left open, and the contradictions."""
        vocabulary = self._judge.base.vocabulary
        problems = validate_case(vocabulary, Case(facts=tuple(facts)))
        if not problems:
            return facts, ()
        clashing = set()
        for number, fact in enumerate(facts):
            for other, rival in enumerate(facts[:number]):
                if validate_case(vocabulary, Case(facts=(rival, fact))):
                    clashing |= {number, other}
        left = [
            fact.model_copy(update={"truth": Truth.UNKNOWN}) if number in clashing else fact
            for number, fact in enumerate(facts)
        ]
        return left, tuple(dataclasses.replace(problem, help="") for problem in problems)


def _names_speaker(fact: Fact) -> bool:
    """Whether the sentence names its speaker: only a speaker's mark can end a sentence with a bracket."""
    return fact.span is not None and fact.span.text.rstrip(" .!?;").endswith("]")
