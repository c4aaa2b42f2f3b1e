"""The facade of the package: text or case in, assessment out.

Each public method of `Judge` is one use case. It parses or validates the case, decides it with an engine, and
formulates the answer with `legit.explain`. `EnginePool` keeps the engines.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from legit._version import __version__
from legit.engine.case_encoder import CaseEncoder
from legit.engine.decided_case import DecidedCase
from legit.engine.engine import Engine
from legit.engine.engine_pool import EnginePool
from legit.engine.ground_rule import Bounds
from legit.engine.scenarios import Consequences
from legit.errors import CaseError, DecisionTimeoutError, LanguageError, Problem
from legit.explain.applicable_law import citations_of
from legit.explain.assessment_builder import AssessmentBuilder
from legit.explain.case_edit import apply_edits
from legit.explain.citation_cache import CitationCache
from legit.explain.open_questions import OpenQuestionFinder
from legit.explain.radius import DegreeShifts
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.case_validation import validate_case
from legit.knowledge.languages import (
    LanguageHead,
    declared_language,
    guessed_language,
    language_heads,
    language_tag,
)
from legit.knowledge.layers import Layers
from legit.language.grammar import Grammar
from legit.language.reader import ParsedText, Reader
from legit.language.writer import Writer
from legit.messages import speaking
from legit.model.assessment import Assessment, Decision, Provenance, Question
from legit.model.facts import Case, Fact, Statement
from legit.render.vocabulary import VocabularyPages

if TYPE_CHECKING:
    from legit.explain.explanation_context import ExplanationContext
    from legit.explain.verbalizer import AtomVerbalizer
    from legit.language.completion import Completer
    from legit.model.explanation import Difference, Explanation, WhyNot

TIME_LIMIT = 5.0
"""The default time limit of a decision, in seconds."""


class Judge:
    """Reads and judges cases under one knowledge base. Instances may be shared between threads.

    `engines` decide encoded cases.

    The same case gives the same bytes. If only the order of the sentences differs, only the line numbers of the
    evidence differ.
    """

    def __init__(self, base: KnowledgeBase | None = None, *, engines: EnginePool | None = None) -> None:
        self.base = base or KnowledgeBase.load()
        self.engines = engines or EnginePool(self.base)
        self._by_profile: dict[str, Judge] = {}
        self._by_language: dict[str, Judge] = {self.base.language: self}
        self.missing_phrases: tuple[Problem, ...] = ()
        """What the language of its words lacks, and says in English (K802)."""

    @cached_property
    def grammar(self) -> Grammar:
        """The grammar of the base's vocabulary."""
        return Grammar(self.base.vocabulary)

    @cached_property
    def reader(self) -> Reader:
        """Reads sentences into cases."""
        return Reader(self.grammar, self.language)

    @cached_property
    def completer(self) -> Completer:
        """Completes sentences as they are written."""
        from legit.language.completion import Completer  # only editors need it

        return Completer(self.grammar, self.reader)

    @cached_property
    def writer(self) -> Writer:
        """Writes cases as sentences."""
        return Writer(self.base.vocabulary, self.reader)

    @cached_property
    def _citations(self) -> CitationCache:
        return CitationCache(self.base)

    @cached_property
    def _degree_shifts(self) -> DegreeShifts:
        return DegreeShifts(self.base)

    @cached_property
    def _atom_verbalizer(self) -> AtomVerbalizer:
        from legit.explain.verbalizer import AtomVerbalizer  # only explanations need it

        return AtomVerbalizer(self.base, self.writer)

    @cached_property
    def encoder(self) -> CaseEncoder:
        """Encodes cases as inputs of the engines in `engines`."""
        return CaseEncoder(self.base)

    def with_profile(self, profile: str) -> Judge:
        """The judge for the same base under another of its profiles. Raises KnowledgeBaseError when there is none."""
        if profile == self.base.profile.id:
            return self
        if profile not in self._by_profile:
            self._by_profile[profile] = Judge(self.base.with_profile(profile))
        return self._by_profile[profile]

    def in_language(self, tag: str) -> Judge:
        """The judge whose words are those of a language, named by its tag or its name. The engines are the same.

        It reads texts in any language of the base, and answers in this one. Raises LanguageError (L008) when the base
        does not have the language, and KnowledgeBaseError when the files of the language are not valid.
        """
        found = language_tag(self.base.layers, tag)
        if found not in self._by_language:
            translation = self.base.translation(found)
            made = Judge(translation.base, engines=self.engines)
            made.missing_phrases = translation.missing
            made._by_language = self._by_language
            self._by_language[found] = made
        return self._by_language[found]

    @cached_property
    def vocabulary_pages(self) -> VocabularyPages:
        """The vocabulary as text, for people and for models."""
        return VocabularyPages(self.base.vocabulary, self.base.prompt_guide)

    @property
    def language(self) -> str:
        """The tag of the language in which it answers."""
        return self.base.language

    @property
    def head(self) -> LanguageHead:
        """What is said of the language in which it answers."""
        return language_heads(self.base.layers)[self.language]

    def speaking(self) -> AbstractContextManager[None]:
        """A context in which messages are in the language in which this judge answers, as far as they are translated.

        What an assessment is rendered with belongs into it.
        """
        return speaking(self.language)

    def answering(self, case: str | Case, language: str | None = None) -> tuple[Judge, Case]:
        """The judge that answers in a language, by default in that of the text, and the case of the text.

        A `Case` is in no language: without `language` this judge answers. Raises as `read` and `in_language` do, and
        LanguageError (L005) when the text has no case or more than one.
        """
        chosen = self.in_language(language) if language else self
        if not isinstance(case, str):
            return chosen, chosen._validated(case)
        found, cases = chosen.read(case)
        return chosen if language else found, _only(cases, "")

    def language_of(self, text: str) -> tuple[str, str]:
        """The tag of the language of a text, and the text without the line that declares it.

        The language is the one that the text declares by a line `Language: sv`. Without that line it is the language of
        this judge, or the one by whose frequent words the text is found and of which more is understood. Raises
        LanguageError (L008) when the text declares a language that the base does not have.
        """
        declared, rest = declared_language(self.base.layers, text)
        if declared:
            return declared, rest
        guessed = guessed_language(self.base.layers, text)
        if guessed in ("", self.language):
            return self.language, text
        own = self.reader.parse(text, strict=False)
        other = self.in_language(guessed).reader.parse(text, strict=False)
        better = len(other.problems) < len(own.problems) or _understood(other) > _understood(own)
        return (guessed if better else self.language), text

    def reading(self, text: str) -> tuple[Judge, str, tuple[Problem, ...]]:
        """The judge whose language a text is in that is still being written, and the text without the line that
        declares it. Raises no LanguageError: a declaration of an unknown language (L008) is given as a problem."""
        try:
            tag, rest = self.language_of(text)
        except LanguageError as error:
            lines = text.splitlines(keepends=True)
            lines[error.problems[0].line - 1] = "\n"
            return self, "".join(lines), error.problems
        return self.in_language(tag), rest, ()

    def read(self, text: str, source: str = "") -> tuple[Judge, tuple[Case, ...]]:
        """The cases of a text, each free of contradictions, and the judge whose language the text is in.

        `language_of` says how that is found. Raises LanguageError or CaseError with every problem, in the language of
        the text.
        """
        tag, text = self.language_of(text)
        judge = self.in_language(tag)
        return judge, judge._accepted(judge.reader.parse(text, source, strict=False), source)

    def parse_cases(self, text: str, source: str = "") -> tuple[Case, ...]:
        """The cases of a text in any language of the base, each free of contradictions. Raises as `read` does."""
        return self.read(text, source)[1]

    def _accepted(self, parsed: ParsedText, source: str) -> tuple[Case, ...]:
        cases, unread = parsed
        with self.speaking():
            found = [problem for case in cases for problem in validate_case(self.base.vocabulary, case)]
        problems = (*unread, *(dataclasses.replace(problem, source=source) for problem in found))
        if unread:
            raise LanguageError(*sorted(problems, key=lambda problem: (problem.line, problem.column)))
        if problems:
            raise CaseError(*problems)
        return cases

    def parse_case(self, text: str, source: str = "") -> Case:
        """The only case of a text. Raises LanguageError (L005) when there is none or more than one."""
        return _only(self.parse_cases(text, source), source)

    def assess(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Assessment:
        """Judge one case, with reasons.

        `time_limit` is in seconds; when it is reached the verdict is `undetermined` with `undetermined_reason` "time".
        The harm of the method is derived apart from the verdict, and is given then too.
        Raises LanguageError for a text that cannot be parsed, and CaseError for a case that contradicts itself or does
        not fit the vocabulary.
        """
        with self.speaking():
            return self._assessment(self._decide_case(self._validated(case), time_limit))

    def what_if(
        self, case: str | Case, assume: str = "", without: str = "", *, time_limit: float = TIME_LIMIT
    ) -> tuple[Assessment, Difference]:
        """Judge a case with the sentences of `assume` added and those of `without` left out.

        Facts that contradict an added sentence are left out too. Returns the assessment of the changed case and the
        difference between it and the assessment of the original case.

        Raises as `assess` does, LanguageError (L005) when `assume` or `without` has a heading, and CaseError (C301)
        when the case does not state a sentence of `without`. `Problem.source` is then "assume" or "without".
        """
        from legit.explain.assessment_difference import difference  # imported here: it loads the models of explanations

        case = self._validated(case)
        added, gone = self.parse_statements(assume, "assume"), self.parse_statements(without, "without")
        other = apply_edits(self.base.vocabulary, case, added, gone)
        before, after = (self.assess(item, time_limit=time_limit) for item in (case, other))
        return after, difference(before, after)

    def parse_statements(self, text: str, source: str = "") -> tuple[Statement, ...]:
        """The statements of a text. Raises as `parse_cases` does, and LanguageError (L005) when it has a heading."""
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
        """Judge one case and explain it: proof, evidence basis, counterfactuals, radius, sensitivity to weights.

        With `counterfactuals=False`, counterfactuals and sensitivity are left out. They take most of the time. With
        `exhaustive` every cheapest set of changes is written out, not only the first of its kind. Raises as `assess`.
        """
        from legit.explain.explainer import explanation  # only explanations need it

        decided = self._decide_case(self._validated(case), time_limit)
        bounds = dataclasses.replace(decided.engine.program.bounds, variable_weights=True)
        weight_engine = self.engines.within(bounds) if counterfactuals else None
        with self.speaking():
            context = self._explanation_context(decided, exhaustive=exhaustive)
            return explanation(context, self._assessment(decided), self._degree_shifts, weight_engine)

    def why_not(
        self, case: str | Case, target: str, *, exhaustive: bool = False, time_limit: float = TIME_LIMIT
    ) -> WhyNot:
        """Why a criterion does not defeat the rule, or why the verdict is not `target`.

        `target` is the id of a criterion or a verdict. With `exhaustive` every cheapest set of changes that leads to
        `target` is written out. Raises as `assess` does, and CaseError (C302) for a name that is neither.
        """
        from legit.explain.why_not import why_not

        decided = self._decide_case(self._validated(case), time_limit)
        with self.speaking():
            return why_not(self._explanation_context(decided, exhaustive=exhaustive), target)

    def next_questions(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> tuple[Question, ...]:
        """The questions whose answer can still change the verdict, in the order in which to ask. Raises as `assess`."""
        decided = self._decide_case(self._validated(case), time_limit)
        with self.speaking():
            questions = OpenQuestionFinder(self.base, self.writer).find(decided)
        return tuple(question for question in questions if question.decisive)

    def decide(self, case: str | Case, *, time_limit: float = TIME_LIMIT) -> Decision:
        """Judge one case without explaining it. Raises as `assess` does."""
        decided = self._decide_case(self._validated(case), time_limit)
        return decided.decision(decided.verdict, decided.effects())

    def _decide_case(self, case: Case, time_limit: float) -> DecidedCase:
        encoded = self.encoder.encode(case)
        if encoded.exceeds_limits:
            raise CaseError(self.encoder.excess_problem(case))
        engine = self.engines.for_case(encoded)
        try:
            consequences: Consequences | None = engine.decide(encoded, time_limit)
        except DecisionTimeoutError:
            consequences = None
        return DecidedCase(self.base, engine, case, encoded, consequences)

    def _assessment(self, decided: DecidedCase) -> Assessment:
        builder = AssessmentBuilder(self.writer, self._citations, self._degree_shifts, self.encoder, decided)
        return builder.build(self._provenance(decided.engine))

    def _explanation_context(self, decided: DecidedCase, *, exhaustive: bool) -> ExplanationContext:
        from legit.explain.explanation_context import ExplanationContext  # only explanations need it

        citations = citations_of(decided, self._citations)
        return ExplanationContext.for_case(self._atom_verbalizer, citations, decided, exhaustive=exhaustive)

    def bears_on_harm(self, fact: Fact) -> bool:
        """Whether a harm of the method can rest on a fact, alone or with others."""
        return fact.predicate in self.engines.within(Bounds()).method_harm.predicates

    def problems(self, case: Case) -> list[Problem]:
        """The problems of a case (C101 to C203); empty when it can be judged."""
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


def _only(cases: tuple[Case, ...], source: str) -> Case:
    """The only one of some cases. Raises LanguageError (L005) when there is none or more than one."""
    if len(cases) != 1:
        found = "no sentence" if not cases else f"{len(cases)} cases"
        raise LanguageError(Problem("L005", f"{found} where one case is expected", source=source))
    return cases[0]


def _understood(parsed: ParsedText) -> int:
    return sum(len(case.statements) for case in parsed.cases)


def cached_judge(folder: Path | None = None, profile: str = DEFAULT_PROFILE, packs: Sequence[str | Path] = ()) -> Judge:
    """The judge for a knowledge base with packs, loaded once in a process. Raises as `KnowledgeBase.load` does."""
    return _cached_judge(folder, profile, tuple(sorted(set(packs), key=str)))


@lru_cache(maxsize=8)
def _cached_judge(folder: Path | None, profile: str, packs: tuple[str | Path, ...]) -> Judge:
    return Judge(KnowledgeBase.load(folder, profile, packs))


@lru_cache(maxsize=8)
def judge_of_layers(layers: Layers, profile: str) -> Judge:
    """The judge for what the layers of a base hold, loaded once in a process."""
    return Judge(KnowledgeBase.load_layers(layers, profile))
