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
from legit.engine.case_encoder import Encoder, Inputs
from legit.engine.decided_case import Judged
from legit.engine.engine import Engine
from legit.engine.limits import OutOfTimeError
from legit.engine.program import Bounds
from legit.engine.scenarios import Settled
from legit.errors import CaseError, LanguageError, Problem
from legit.explain.assessment_builder import AnswerBuilder
from legit.explain.case_edit import Difference, changed, difference
from legit.explain.citation_cache import Citer
from legit.explain.open_questions import Questioner
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.case_validation import case_problems
from legit.language.grammar import Grammar
from legit.language.reader import Reader
from legit.language.writer import Writer
from legit.model.assessment import Assessment, Effect, Provenance, Question, Verdict
from legit.model.facts import Case, Said

if TYPE_CHECKING:
    from legit.explain.verbalizer import Phrasebook
    from legit.model.explanation import Explanation, WhyNot

TIME_LIMIT = 5.0
"""Seconds after which a case is given up as undetermined, with its own reason."""

_MOST_NAMES = 24


class Decision(BaseModel):
    """A decision without its explanation: what `Judge.decide` gives where an answer is needed at once."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    stance: str
    action: str
    harm: str
    findings: tuple[tuple[str, Effect], ...]


class Judge:
    """Reads and judges cases under one knowledge base. Instances may be shared between threads.

    The same case gives the same assessment, byte for byte, whatever the order of its sentences in it; only the line
    numbers of the grounds follow the text.
    """

    def __init__(self, base: KnowledgeBase | None = None) -> None:
        self.base = base or KnowledgeBase.load()
        self._engines: dict[Bounds, Engine] = {}
        self._under: dict[str, Judge] = {}
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
    def _citer(self) -> Citer:
        return Citer(self.base)

    @cached_property
    def _phrasebook(self) -> Phrasebook:
        from legit.explain.verbalizer import Phrasebook  # only explanations need it

        return Phrasebook(self.base, self.writer)

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(self.base)

    def under(self, profile: str) -> Judge:
        """The judge for the same base under another of its profiles. Raises KnowledgeBaseError when there is none."""
        if profile == self.base.profile.id:
            return self
        if profile not in self._under:
            self._under[profile] = Judge(self.base.under(profile))
        return self._under[profile]

    def read(self, text: str, source: str = "") -> tuple[Case, ...]:
        """The cases of a text, each free of contradictions. Raises LanguageError or CaseError with every problem."""
        cases, unread = self.reader.read(text, source)
        found = [problem for case in cases for problem in case_problems(self.base.vocabulary, case)]
        problems = (*unread, *(dataclasses.replace(problem, source=source) for problem in found))
        if unread:
            raise LanguageError(*sorted(problems, key=lambda problem: (problem.line, problem.column)))
        if problems:
            raise CaseError(*problems)
        return cases

    def read_one(self, text: str, source: str = "") -> Case:
        """The only case of a text. Raises LanguageError (L005) when there is none or more than one."""
        cases = self.read(text, source)
        if len(cases) != 1:
            found = "no sentence" if not cases else f"{len(cases)} cases"
            raise LanguageError(Problem("L005", f"{found} where one case is expected", source=source))
        return cases[0]

    def assess(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Assessment:
        """Judge one case, with reasons. Raises LanguageError or CaseError when it cannot be understood.

        `time_limit` is in seconds; when it is reached the verdict is `undetermined` with reason `time`.
        """
        judged = self._judged(self._checked(case), time_limit)
        return AnswerBuilder(self.writer, self._citer, judged).build(self._provenance(judged.engine))

    def what_if(
        self, case: str | Case, assume: str = "", without: str = "", *, time_limit: float = TIME_LIMIT
    ) -> tuple[Assessment, Difference]:
        """Judge a case with the sentences of `assume` added, in place of what contradicts them, and those of `without`
        left out; the assessment of the changed case, and its difference from the case as it is.

        Raises as `assess` does, LanguageError (L005) when `assume` or `without` has a heading, and CaseError (C301)
        when the case does not state what is to be left out; `assume` or `without` is the source of such problems.
        """
        case = self._checked(case)
        added, gone = self.sentences(assume, "assume"), self.sentences(without, "without")
        other = changed(self.base.vocabulary, case, added, gone)
        before, after = (self.assess(item, time_limit=time_limit) for item in (case, other))
        return after, difference(before, after)

    def sentences(self, text: str, source: str = "") -> tuple[Said, ...]:
        """What the sentences of a text say. Raises as `read` does, and LanguageError (L005) when it has a heading."""
        cases = self.read(text, source)
        if len(cases) > 1 or any(case.name for case in cases):
            raise LanguageError(Problem("L005", "a case where only sentences are expected", source=source))
        return cases[0].said if cases else ()

    def explain(
        self, case: str | Case, *, beyond: bool = True, every: bool = False, time_limit: float = TIME_LIMIT
    ) -> Explanation:
        """Judge one case and explain it: proof, reliance, what would change it, sensitivity. Raises as `assess`.

        Without `beyond` what would change the verdict is left out, which takes most of the time; with `every` each way
        to change it is written out, and not only the first of its kind.
        """
        from legit.explain.explainer import Explainer  # only explanations need it

        judged = self._judged(self._checked(case), time_limit)
        assessment = AnswerBuilder(self.writer, self._citer, judged).build(self._provenance(judged.engine))
        bounds = dataclasses.replace(judged.engine.program.bounds, moving=True)
        moving = self._engine_within(bounds) if beyond else None
        return Explainer(self._phrasebook, self._citer, judged, every=every).explanation(assessment, moving)

    def why_not(self, case: str | Case, asked: str, *, every: bool = False, time_limit: float = TIME_LIMIT) -> WhyNot:
        """Why a criterion does not defeat the rule, or the verdict is not another one.

        `asked` is the id of a criterion or a verdict. Raises as `assess` does, and CaseError (C302) for a name that is
        neither. With `every` each way to it is written out.
        """
        from legit.explain.explainer import Explainer

        judged = self._judged(self._checked(case), time_limit)
        return Explainer(self._phrasebook, self._citer, judged, every=every).why_not(asked)

    def next_questions(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> tuple[Question, ...]:
        """The questions whose answer can still change the verdict, in the order in which to ask. Raises as `assess`."""
        judged = self._judged(self._checked(case), time_limit)
        asked = Questioner(self.base, self.writer).questions(judged)
        return tuple(question for question in asked if question.decisive)

    def decide(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Decision:
        """Judge one case without explaining it. Raises as `assess` does."""
        found = self._judged(self._checked(case), time_limit)
        return Decision(
            verdict=found.verdict,
            stance=found.stance,
            action=found.action,
            harm=found.harm_level,
            findings=tuple(found.effects()),
        )

    def _judged(self, case: Case, limit: float) -> Judged:
        inputs = self._encoder.encode(case)
        if _too_many(inputs):
            raise CaseError(self._one_too_many(case))
        engine = self._engine(inputs)
        try:
            settled: Settled | None = engine.settle(inputs, limit)
        except OutOfTimeError:
            settled = None
        return Judged(self.base, engine, case, inputs, settled)

    def problems(self, case: Case) -> list[Problem]:
        """What is wrong with a case, empty when it can be judged."""
        return case_problems(self.base.vocabulary, case)

    def _checked(self, case: str | Case) -> Case:
        if isinstance(case, str):
            return self.read_one(case)
        if not isinstance(case, Case):
            raise TypeError(f"a case is a text or a legit.Case, not {type(case).__name__}")
        problems = self.problems(case)
        if problems:
            raise CaseError(*problems)
        return case

    def _engine(self, inputs: Inputs) -> Engine:
        """The engine whose bounds hold the case; larger ones are grounded when a case needs them."""
        return self._engine_within(Bounds.for_case(len(inputs.named), inputs.dates))

    def _one_too_many(self, case: Case) -> Problem:
        """The problem (C104) of a case with too many names or dates, at the first fact that has one too many."""
        at = bisect_left(
            range(len(case.facts)),
            True,
            key=lambda last: _too_many(self._encoder.encode(case.model_copy(update={"facts": case.facts[: last + 1]}))),
        )
        place = case.facts[at].place
        return Problem(
            "C104",
            f"more than {_MOST_NAMES} different names or dates in one case",
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
def judge_for(folder: Path | None = None, profile: str = DEFAULT_PROFILE) -> Judge:
    """The judge for a knowledge base, loaded once in a process."""
    return Judge(KnowledgeBase.load(folder, profile))


def _too_many(inputs: Inputs) -> bool:
    return len(inputs.named) > _MOST_NAMES or inputs.dates > _MOST_NAMES
