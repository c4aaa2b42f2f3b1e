"""Builds the case to judge from the sentences of a model: sets sources of evidence, and leaves contradictions open.

What was understood is kept when a limit is met. Past a limit, the facts that bear on the harm of the method are kept
too, so that no amount of text moves a harm out of sight. Given facts stand: what unsays one of them is left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from legit.consult.open_harm import OWN_WORD, keep_harm_open
from legit.consult.second_reading import read_again
from legit.consult.token_budget import truncate
from legit.engine.case_encoder import CaseEncoder
from legit.errors import Problem
from legit.judge import Judge
from legit.knowledge.case_validation import contradicting_facts, unsays, validate_case
from legit.knowledge.lookalike_names import lookalike_names
from legit.messages import message
from legit.model.facts import Case, Fact, Speaker, SpeakerKind, Truth

MAX_FACTS_CHARACTERS = 20_000
"""The most characters of the facts of one consultation that are judged."""
MAX_EXAMINED_CHARACTERS = 100_000
"""The most characters that are read for facts that bear on the harm of the method. Of a longer text nothing is read."""

_INFERRED = Speaker(kind=SpeakerKind.INFERRED)
_OPERATOR = Speaker(kind=SpeakerKind.OPERATOR)
_SENTENCE_TOKENS = 30
_NO_LINE = 1 << 30


class FactIntake:
    """Builds cases for one judge.

    `allowed_sources` are the kinds of sources of evidence that a model may name. `operator_facts` are sentences that
    belong to every case.

    Raises LanguageError or CaseError when `operator_facts` is not understood.
    """

    def __init__(self, judge: Judge, allowed_sources: frozenset[SpeakerKind], operator_facts: str) -> None:
        self._judge = judge
        self._encoder = CaseEncoder(judge.base)
        self._allowed_sources = allowed_sources
        self._operator_facts = _given_facts(judge, operator_facts)

    def build_case(self, text: str) -> tuple[Case, tuple[Problem, ...], tuple[str, ...]]:
        """The case of a text, without facts where none can be judged; every problem; and the changes that were made."""
        if len(text) > MAX_EXAMINED_CHARACTERS:
            return Case(), (_too_long(text, MAX_EXAMINED_CHARACTERS),), ()
        case, problems, read = self._read(text)
        if not case.facts and not problems:
            problems = (Problem("L005", "no sentence where one case is expected", help="say who made the rule"),)
        if not case.facts:
            return case, problems, read
        vouched, notes = self._attributed(case.facts)
        vouched, unsaid = self._without_unsaid(vouched)
        kept, clashes = self._with_contradictions_open([*self._operator_facts, *vouched])
        kept, excess = self._within_limits(kept)
        kept = keep_harm_open(self._judge, kept)
        notes = (*read, *notes, *unsaid, *self._lookalikes(kept))
        return case.model_copy(update={"facts": tuple(kept)}), (*problems, *clashes, *excess), notes

    def _read(self, text: str) -> tuple[Case, tuple[Problem, ...], tuple[str, ...]]:
        """The first case of a text, with the facts of the rest that bear on harm; problems; and notes."""
        judge, text, undeclared = self._judge.reading(text)
        cases, problems = judge.reader.parse(text, strict=False, past_problems=True)
        rest: list[Fact] = []
        notes: tuple[str, ...] = ()
        if problems or not text.isascii() or "#" in text or any(case.opinions for case in cases):
            again = read_again(judge, text, (fact for case in cases for fact in case.facts))
            problems = tuple(problem for problem in problems if problem.line not in again.understood)
            cases = _with_facts(cases, again.facts)
            notes = again.notes
        problems = (*undeclared, *problems)
        if len(text) > MAX_FACTS_CHARACTERS:
            last = text.count("\n", 0, MAX_FACTS_CHARACTERS)  # of a line that crosses the limit nothing is judged
            rest = [fact for case in cases for fact in case.facts if _line(fact) > last]
            cases = tuple(
                case.model_copy(update={"facts": tuple(fact for fact in case.facts if _line(fact) <= last)})
                for case in cases
            )
            problems = (
                *(problem for problem in problems if problem.line <= last),
                _too_long(text, MAX_FACTS_CHARACTERS),
            )
        if len(cases) > 1:
            said = f"{len(cases)} cases where one is expected"
            problems = (*problems, Problem("L005", said, help="ask about one rule at a time"))
            cases = tuple(case for case in cases if case.facts)
            rest += [fact for case in cases[1:] for fact in case.facts]
        case = cases[0] if cases else Case()
        # A denial removes no harm that was stated within the limit.
        harmful = [fact for fact in rest if fact.truth is not Truth.FALSE and self._judge.bears_on_harm(fact)]
        return case.model_copy(update={"facts": (*case.facts, *harmful)}), problems, notes

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

    def _without_unsaid(self, facts: Sequence[Fact]) -> tuple[list[Fact], tuple[str, ...]]:
        """The facts without those that unsay a given one, and a note about these."""
        vocabulary = self._judge.base.vocabulary
        given = [fact for fact in self._operator_facts if fact.truth is not Truth.UNKNOWN]
        gone = [fact for fact in facts if any(unsays(vocabulary, fact, stands) for stands in given)]
        if not gone:
            return list(facts), ()
        shown = truncate(self._judge.writer.sentence(gone[0]), _SENTENCE_TOKENS)
        note = message("consult.unsays_given", sentence=shown, count=len(gone))
        return [fact for fact in facts if fact not in gone], (note,)

    def _with_contradictions_open(self, facts: list[Fact]) -> tuple[list[Fact], tuple[Problem, ...]]:
        """The facts, with those of one speaker that contradict each other left open, and the contradictions."""
        vocabulary = self._judge.base.vocabulary
        problems = validate_case(vocabulary, Case(facts=tuple(facts)))
        if not problems:
            return facts, ()
        given = len(self._operator_facts)
        # What a speaker contradicts is settled by nobody else: an inference would choose between the two.
        numbers = {number for number in contradicting_facts(vocabulary, facts) if number >= given}
        atoms = {(facts[number].predicate, facts[number].args) for number in numbers}
        # Nor does another one's denial set a harm aside, which it would not if the speaker had not taken it back.
        harms = {
            (facts[number].predicate, facts[number].args)
            for number in numbers
            if facts[number].truth is Truth.TRUE and self._judge.bears_on_harm(facts[number])
        }

        def is_open(number: int, fact: Fact) -> bool:
            atom = fact.predicate, fact.args
            own = fact.speaker.kind in OWN_WORD
            return number in numbers or (number >= given and ((own and atom in atoms) or atom in harms))

        left = [
            fact.model_copy(update={"truth": Truth.UNKNOWN}) if is_open(number, fact) else fact
            for number, fact in enumerate(facts)
        ]
        return left, tuple(dataclasses.replace(problem, help="") for problem in problems)

    def _lookalikes(self, facts: list[Fact]) -> tuple[str, ...]:
        """A note on each two names or references that look alike and count as different."""
        return tuple(
            message("consult.look_alike", one=truncate(one, _SENTENCE_TOKENS), other=truncate(other, _SENTENCE_TOKENS))
            for one, other in lookalike_names(self._judge.base.vocabulary, facts)
        )

    def _within_limits(self, facts: list[Fact]) -> tuple[list[Fact], tuple[Problem, ...]]:
        """The facts without those that have one name or date too many (C104), which cannot be judged."""
        case = Case(facts=tuple(facts))
        if not self._encoder.encode(case).exceeds_limits:
            return facts, ()
        at = self._encoder.first_excess(facts)
        kept = facts[:at] + [fact for fact in facts[at:] if not self._encoder.has_name_or_date(fact)]
        return kept, (self._encoder.excess_problem(case),)


def _given_facts(judge: Judge, operator_facts: str) -> tuple[Fact, ...]:
    """The facts of the operator. A sentence that names no source is the operator's own word."""
    facts = judge.parse_case(operator_facts).facts if operator_facts.strip() else ()
    return tuple(fact if _names_speaker(fact) else fact.model_copy(update={"speaker": _OPERATOR}) for fact in facts)


def _too_long(text: str, limit: int) -> Problem:
    said = f"the facts have {len(text)} characters; at most {limit} are read"
    return Problem("L001", said, help="say only what bears on the rule")


def _with_facts(cases: tuple[Case, ...], facts: Sequence[Fact]) -> tuple[Case, ...]:
    """The cases with further facts, each in the last case that begins before it."""
    if not facts or not cases:
        return (Case(facts=tuple(facts)),) if facts else cases
    begins = [min((_line(fact) for fact in case.facts), default=_NO_LINE) for case in cases]
    found = [list(case.facts) for case in cases]
    for fact in facts:
        at = max((number for number, line in enumerate(begins) if line <= _line(fact)), default=0)
        found[at].append(fact)
    return tuple(case.model_copy(update={"facts": tuple(facts)}) for case, facts in zip(cases, found, strict=True))


def _line(fact: Fact) -> int:
    return fact.span.line if fact.span else 0


def _names_speaker(fact: Fact) -> bool:
    """Whether the sentence names its speaker: only a speaker's mark can end a sentence with a bracket."""
    return fact.span is not None and fact.span.text.rstrip(" .!?;").endswith("]")
