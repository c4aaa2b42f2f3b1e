"""A case as the workbench shows it while it is written: its facts, its problems with repairs, and the answer."""

from __future__ import annotations

from functools import cached_property, lru_cache

from legit.catalogue.entries import Entries
from legit.catalogue.relations import EntryKey
from legit.errors import CaseError, Problem
from legit.judge import TIME_LIMIT, Judge
from legit.messages import message
from legit.model.assessment import FrozenModel
from legit.model.facts import Case, Fact, SourceSpan, Speaker, Truth
from legit.site.urls import Urls
from legit.workbench.answer_view import AnswerChoice, AnswerView, AnswerViews

_MAX_REPAIRS = 3
_MAX_KEPT = 64


class FactView(FrozenModel):
    """A fact of a case: where it stands, what was written, and the sentences that say it as true, false or unknown.

    `line` and `column` count from 1; `text` is the sentence as written. `fact` is the fact as data.
    """

    line: int
    column: int
    text: str
    sentences: dict[str, str]
    fact: Fact


class ProblemView(FrozenModel):
    """A problem of the text, with whole sentences that may take the place of the one at fault."""

    code: str
    message: str
    line: int
    column: int
    help: str
    sentence: str
    repairs: tuple[str, ...]


class CaseView(FrozenModel):
    """A text as it stands: the facts that were understood, the problems, and the answer to the facts.

    There is no answer where the facts contradict one another, or where the text has more than one case. `digest` is
    that of the base under the profile, `language` the tag of the language in which the text was read.
    """

    name: str
    facts: tuple[FactView, ...]
    problems: tuple[ProblemView, ...]
    answer: AnswerView | None
    profile: str
    digest: str
    language: str


class CaseViews:
    """Makes the views of cases under one base and profile. Instances may be shared between threads."""

    def __init__(self, judge: Judge, urls: Urls | None = None) -> None:
        self.judge = judge
        self._given_urls = urls
        # While a sentence is being written, the facts and their lines stay as they are.
        self._answer = lru_cache(maxsize=_MAX_KEPT)(self._new_answer)

    @cached_property
    def urls(self) -> Urls:
        """The pages of the entries of the base."""
        return self._given_urls or Urls(Entries(self.judge.base).all)

    @cached_property
    def answers(self) -> AnswerViews:
        """Makes the answers."""
        return AnswerViews(self.judge.base.manifest.scopes, self._topics(), self.judge.writer, self._href)

    def of(self, text: str, wrong: tuple[Problem, ...] = (), *, time_limit: float = TIME_LIMIT) -> CaseView:
        """The view of a text. Nothing in a text makes it fail; what is wrong is among the problems, and so is `wrong`,
        which is known of it already."""
        cases, unread = self.judge.reader.parse(text, strict=False)
        problems = [*wrong, *unread]
        if len(cases) > 1:
            told = message("workbench.several_cases", count=len(cases))
            problems.append(Problem("L005", told, *_place_of(cases[1])))
        case = cases[0] if cases else Case()
        found = self.judge.problems(case)
        answer = None
        if len(cases) < 2 and not found and (case.facts or case.opinions):
            try:
                answer = self._answer(case, tuple(fact.span for fact in case.facts), time_limit)
            except CaseError as error:
                found = list(error.problems)
        lines = text.splitlines()
        return CaseView(
            name=case.name,
            facts=tuple(self._fact(fact) for fact in case.facts if fact.span),
            problems=tuple(self._problem(problem, lines) for problem in (*problems, *found)),
            answer=answer,
            profile=self.judge.base.profile.id,
            digest=self.judge.base.digest,
            language=self.judge.language,
        )

    def _new_answer(self, case: Case, _: tuple[SourceSpan | None, ...], time_limit: float) -> AnswerView:
        return self.answers.of(self.judge.assess(case, time_limit=time_limit))

    def _fact(self, fact: Fact) -> FactView:
        assert fact.span is not None
        own = fact.model_copy(update={"speaker": Speaker(), "span": None})
        writer = self.judge.writer
        sentences = {truth.value: writer.sentence(own.model_copy(update={"truth": truth})) for truth in Truth}
        mark = writer.fact(fact).removeprefix(writer.sentence(fact))
        return FactView(
            line=fact.span.line,
            column=fact.span.column,
            text=fact.span.text,
            sentences={truth: f"{sentence}{mark}" for truth, sentence in sentences.items()},
            fact=fact.model_copy(update={"span": None}),
        )

    def _problem(self, problem: Problem, lines: list[str]) -> ProblemView:
        line = lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""
        sentence = self._sentence_at(line, problem.column).encode(errors="replace").decode()  # half a surrogate pair
        repairs: list[str] = []
        if sentence and problem.code.startswith("L"):
            repairs = [item.insert for item in self.judge.completer.nearest(sentence, _MAX_REPAIRS)]
        return ProblemView(
            code=problem.code, message=problem.message, line=problem.line, column=problem.column, help=problem.help,
            sentence=sentence, repairs=tuple(repairs),
        )  # fmt: skip

    def _sentence_at(self, line: str, column: int) -> str:
        """The sentence of a line in which a column lies."""
        found = ""
        for start, text in self.judge.reader.sentences_of_line(line):
            if start < column:
                found = text
        return found

    def _topics(self) -> dict[str, list[AnswerChoice]]:
        """The sentences that answer each mandatory topic, with their slots in angle brackets."""
        found: dict[str, list[AnswerChoice]] = {}
        for predicate in self.judge.base.vocabulary.predicates.values():
            if predicate.spec.answers_topic:
                slots = tuple(argument.name for argument in predicate.args)
                sentence = f"{predicate.placeholder_sentence()}."
                choice = AnswerChoice(label=sentence, sentence=sentence, slots=slots)
                found.setdefault(predicate.spec.answers_topic, []).append(choice)
        return found

    def _href(self, key: EntryKey) -> str:
        return self.urls.of(key)


def _place_of(case: Case) -> tuple[int, int]:
    span = next((fact.span for fact in case.facts if fact.span), None)
    return (span.line, span.column) if span else (1, 1)
