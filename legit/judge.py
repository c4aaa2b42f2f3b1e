"""The one place where language, knowledge and engine meet: text or case in, assessment out."""

from __future__ import annotations

import dataclasses
import threading
from bisect import bisect_left
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from legit._version import __version__
from legit.engine.case_encoder import CaseEncoder, EncodedCase
from legit.engine.decided_case import DecidedCase
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.engine.scenarios import Consequences
from legit.errors import CaseError, DecisionTimeoutError, LanguageError, Problem
from legit.explain.assessment_builder import AssessmentBuilder
from legit.explain.case_edit import Difference, apply_edits, difference
from legit.explain.citation_cache import CitationCache
from legit.explain.open_questions import OpenQuestionFinder
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.case_validation import validate_case
from legit.language.grammar import Grammar
from legit.language.reader import Reader
from legit.language.writer import Writer
from legit.model.assessment import Assessment, Effect, Provenance, Question, Verdict
from legit.model.facts import Case, Statement

if TYPE_CHECKING:
    from legit.explain.verbalizer import AtomVerbalizer
    from legit.model.explanation import Explanation, WhyNot

TIME_LIMIT = 5.0
"""Seconds after which a case is given up as undetermined, with its own reason."""

_MAX_NAMES = 24


class Decision(BaseModel):
    """A decision without its explanation: what `Judge.decide` gives where an answer is needed at once."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    stance: str
    action: str
    method_harm: str
    findings: tuple[tuple[str, Effect], ...]


class Judge:
    """Reads and judges cases under one knowledge base. Instances may be shared between threads.

    The same case gives the same assessment, byte for byte, whatever the order of its sentences in it; only the line
    numbers of the grounds follow the text.
    """

    def __init__(self, base: KnowledgeBase | None = None) -> None:
        self.base = base or KnowledgeBase.load()
        self._engines: dict[Bounds, Engine] = {}
        self._by_profile: dict[str, Judge] = {}
        self._lock = threading.Lock()

    @cached_property
    def grammar(self) -> Grammar:
        """The grammar of the base's vocabulary."""
        return Grammar(self.base.vocabulary)

    @cached_property
    def reader(self) -> Reader:
        """Reads sentences into cases."""
        return Reader(self.grammar)

    @cached_property
    def writer(self) -> Writer:
        """Writes cases as sentences."""
        return Writer(self.base.vocabulary)

    @cached_property
    def _citations(self) -> CitationCache:
        return CitationCache(self.base)

    @cached_property
    def _atom_verbalizer(self) -> AtomVerbalizer:
        from legit.explain.verbalizer import AtomVerbalizer  # only explanations need it

        return AtomVerbalizer(self.base, self.writer)

    @cached_property
    def _encoder(self) -> CaseEncoder:
        return CaseEncoder(self.base)

    def with_profile(self, profile: str) -> Judge:
        """The judge for the same base under another of its profiles. Raises KnowledgeBaseError when there is none."""
        if profile == self.base.profile.id:
            return self
        if profile not in self._by_profile:
            self._by_profile[profile] = Judge(self.base.with_profile(profile))
        return self._by_profile[profile]

    def parse_cases(self, text: str, source: str = "") -> tuple[Case, ...]:
        """The cases of a text, each free of contradictions. Raises LanguageError or CaseError with every problem."""
        cases, unread = self.reader.parse_with_problems(text, source)
        found = [problem for case in cases for problem in validate_case(self.base.vocabulary, case)]
        problems = (*unread, *(dataclasses.replace(problem, source=source) for problem in found))
        if unread:
            raise LanguageError(*sorted(problems, key=lambda problem: (problem.line, problem.column)))
        if problems:
            raise CaseError(*problems)
        return cases

    def parse_case(self, text: str, source: str = "") -> Case:
        """The only case of a text. Raises LanguageError (L005) when there is none or more than one."""
        cases = self.parse_cases(text, source)
        if len(cases) != 1:
            found = "no sentence" if not cases else f"{len(cases)} cases"
            raise LanguageError(Problem("L005", f"{found} where one case is expected", source=source))
        return cases[0]

    def assess(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Assessment:
        """Judge one case, with reasons. Raises LanguageError or CaseError when it cannot be understood.

        `time_limit` is in seconds; when it is reached the verdict is `undetermined` with reason `time`.
        """
        judged = self._decide_case(self._validated(case), time_limit)
        return AssessmentBuilder(self.writer, self._citations, judged).build(self._provenance(judged.engine))

    def what_if(
        self, case: str | Case, assume: str = "", without: str = "", *, time_limit: float = TIME_LIMIT
    ) -> tuple[Assessment, Difference]:
        """Judge a case with the sentences of `assume` added, in place of what contradicts them, and those of `without`
        left out; the assessment of the changed case, and its difference from the case as it is.

        Raises as `assess` does, LanguageError (L005) when `assume` or `without` has a heading, and CaseError (C301)
        when the case does not state what is to be left out; `assume` or `without` is the source of such problems.
        """
        case = self._validated(case)
        added, gone = self.parse_statements(assume, "assume"), self.parse_statements(without, "without")
        other = apply_edits(self.base.vocabulary, case, added, gone)
        before, after = (self.assess(item, time_limit=time_limit) for item in (case, other))
        return after, difference(before, after)

    def parse_statements(self, text: str, source: str = "") -> tuple[Statement, ...]:
        """What the sentences of a text say. Raises as `read` does, and LanguageError (L005) when it has a heading."""
        cases = self.parse_cases(text, source)
        if len(cases) > 1 or any(case.name for case in cases):
            raise LanguageError(Problem("L005", "a case where only sentences are expected", source=source))
        return cases[0].statements if cases else ()

    def explain(
        self,
        case: str | Case,
        *,
        counterfactuals: bool = True,
        exhaustive: bool = False,
        time_limit: float = TIME_LIMIT,
    ) -> Explanation:
        """Judge one case and explain it: proof, reliance, what would change it, sensitivity. Raises as `assess`.

        Without `beyond` what would change the verdict is left out, which takes most of the time; with `every` each way
        to change it is written out, and not only the first of its kind.
        """
        from legit.explain.explainer import Explainer  # only explanations need it

        judged = self._decide_case(self._validated(case), time_limit)
        assessment = AssessmentBuilder(self.writer, self._citations, judged).build(self._provenance(judged.engine))
        bounds = dataclasses.replace(judged.engine.program.bounds, variable_weights=True)
        moving = self._engine_within(bounds) if counterfactuals else None
        return Explainer(self._atom_verbalizer, self._citations, judged, exhaustive=exhaustive).explanation(
            assessment, moving
        )

    def why_not(
        self, case: str | Case, target: str, *, exhaustive: bool = False, time_limit: float = TIME_LIMIT
    ) -> WhyNot:
        """Why a criterion does not defeat the rule, or the verdict is not another one.

        `asked` is the id of a criterion or a verdict. Raises as `assess` does, and CaseError (C302) for a name that is
        neither. With `every` each way to it is written out.
        """
        from legit.explain.explainer import Explainer

        judged = self._decide_case(self._validated(case), time_limit)
        return Explainer(self._atom_verbalizer, self._citations, judged, exhaustive=exhaustive).why_not(target)

    def next_questions(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> tuple[Question, ...]:
        """The questions whose answer can still change the verdict, in the order in which to ask. Raises as `assess`."""
        judged = self._decide_case(self._validated(case), time_limit)
        asked = OpenQuestionFinder(self.base, self.writer).find(judged)
        return tuple(question for question in asked if question.decisive)

    def decide(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Decision:
        """Judge one case without explaining it. Raises as `assess` does."""
        found = self._decide_case(self._validated(case), time_limit)
        return Decision(
            verdict=found.verdict,
            stance=found.stance,
            action=found.action,
            method_harm=found.harm_level,
            findings=tuple(found.effects()),
        )

    def _decide_case(self, case: Case, limit: float) -> DecidedCase:
        inputs = self._encoder.encode(case)
        if _exceeds_name_limit(inputs):
            raise CaseError(self._excess_name_problem(case))
        engine = self._engine(inputs)
        try:
            settled: Consequences | None = engine.decide(inputs, limit)
        except DecisionTimeoutError:
            settled = None
        return DecidedCase(self.base, engine, case, inputs, settled)

    def problems(self, case: Case) -> list[Problem]:
        """What is wrong with a case, empty when it can be judged."""
        return validate_case(self.base.vocabulary, case)

    def _validated(self, case: str | Case) -> Case:
        if isinstance(case, str):
            return self.parse_case(case)
        if not isinstance(case, Case):
            raise TypeError(f"a case is a text or a legit.Case, not {type(case).__name__}")
        problems = self.problems(case)
        if problems:
            raise CaseError(*problems)
        return case

    def _engine(self, inputs: EncodedCase) -> Engine:
        """The engine whose bounds hold the case; larger ones are grounded when a case needs them."""
        return self._engine_within(Bounds.for_case(len(inputs.names), inputs.date_count))

    def _excess_name_problem(self, case: Case) -> Problem:
        """The problem (C104) of a case with too many names or dates, at the first fact that has one too many."""
        at = bisect_left(
            range(len(case.facts)),
            True,
            key=lambda last: _exceeds_name_limit(
                self._encoder.encode(case.model_copy(update={"facts": case.facts[: last + 1]}))
            ),
        )
        place = case.facts[at].span
        return Problem(
            "C104",
            f"more than {_MAX_NAMES} different names or dates in one case",
            place.line if place else 0,
            place.column if place else 0,
            help="leave out what does not bear on the rule",
        )

    def _engine_within(self, bounds: Bounds) -> Engine:
        with self._lock:
            if bounds not in self._engines:
                self._engines[bounds] = Engine(self.base, bounds)
            return self._engines[bounds]

    def _provenance(self, engine: Engine) -> Provenance:
        bounds = engine.program.bounds
        return Provenance(
            engine=__version__,
            base=self.base.name,
            base_version=self.base.version,
            base_digest=self.base.digest,
            profile=self.base.profile.name,
            profile_version=self.base.profile.version,
            bounds="" if bounds == Bounds() else f"names {bounds.names}, dates {bounds.dates}",
        )


@lru_cache(maxsize=8)
def cached_judge(folder: Path | None = None, profile: str = DEFAULT_PROFILE) -> Judge:
    """The judge for a knowledge base, loaded once in a process."""
    return Judge(KnowledgeBase.load(folder, profile))


def _exceeds_name_limit(inputs: EncodedCase) -> bool:
    return len(inputs.names) > _MAX_NAMES or inputs.date_count > _MAX_NAMES
