"""The consultant of an agent: parses what can be parsed, judges the case, and gives a short answer."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from legit.consult.answer_lines import AnswerComposer
from legit.consult.arguments import read_sentences
from legit.consult.fact_intake import FactIntake
from legit.consult.paging import paginate
from legit.consult.reason_lines import CriterionLines
from legit.consult.token_budget import replace_unencodable
from legit.consult.tracing import consultation_span
from legit.consult.turning_facts import turning_facts
from legit.errors import DecisionLogError, LegitError, Problem
from legit.judge import TIME_LIMIT, Judge, cached_judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.messages import message
from legit.model.assessment import Assessment
from legit.model.facts import Case, Fact, SpeakerKind
from legit.render.vocabulary import VocabularyPages

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.model.explanation import Explanation

MAX_QUOTED_CHARACTERS = 20_000
"""The most characters that are kept of a quoted rule or request."""

_MAX_REMEMBERED = 256
"""The number of recorded decisions that are remembered, so that a further page is not recorded again."""

_MAX_COMPOSED = 64
"""The number of answers whose pages are kept, so that a further page needs no second judgement."""

_LOGGER = logging.getLogger(__name__)
_DEFAULT_ALLOWED_SOURCES = frozenset({SpeakerKind.USER, SpeakerKind.DOCUMENT, SpeakerKind.INFERRED})


class Consultation(BaseModel):
    """The result of a consultation.

    `content` is one page for the model (`page` of `pages`). `assessment` is the whole answer, None when nothing could
    be judged. `problems` are the sentences that were not understood or contradict each other. `accepted_facts` are the
    sentences that were understood, as they were understood, each with its source of evidence. `adjustments` are the
    other changes that were made to the facts before the case was judged. `rule` and `request` are the quoted texts.
    They are kept and do not influence the verdict. `entry` is the number of the decision in the log, None without a
    log. `declines` is whether the guidance says not to do what is requested, `about_enforcing` whether the requested
    act enforces the rule on somebody, both by `turn_roles` of the knowledge base.
    """

    model_config = ConfigDict(frozen=True)

    content: str
    assessment: Assessment | None = None
    problems: tuple[Problem, ...] = ()
    accepted_facts: tuple[str, ...] = ()
    adjustments: tuple[str, ...] = ()
    page: int = 1
    pages: int = 1
    rule: str = ""
    request: str = ""
    entry: int | None = None
    declines: bool = False
    about_enforcing: bool = False

    @property
    def complete(self) -> bool:
        """Whether every sentence was understood and judged. Otherwise a correction can still change the answer."""
        return self.assessment is not None and not self.problems

    @property
    def action(self) -> str:
        """The action of the guidance, as the knowledge base names it; empty without an assessment."""
        return self.assessment.guidance.action if self.assessment else ""


class _Composed(NamedTuple):
    """An answer with all of its pages."""

    pages: tuple[str, ...]
    assessment: Assessment | None
    problems: tuple[Problem, ...]
    accepted_facts: tuple[str, ...]
    adjustments: tuple[str, ...]
    entry: int | None


class Consultant:
    """Answers consultations under one knowledge base and profile. Instances may be shared between threads and tasks.

    `base` is a loaded knowledge base, a folder, or None for the shipped base. `profile` applies when a folder or None
    is given. `operator_facts` are sentences that the operator attests, with any sources of evidence; a sentence
    without a mark is the operator's own word. They are part of every consultation. `allowed_sources` are the kinds of
    sources of evidence that the model may name in a mark. A sentence with another mark, or without a mark, counts as an
    inference of the model. `time_limit` is in seconds.
    `log` is a decision log, or its file: every decision is then recorded before the answer is given. If a decision
    cannot be recorded, no answer is given, and the reason is in `problems` and in Python's `logging`.

    Raises LanguageError or CaseError when `operator_facts` is not understood, KnowledgeBaseError when the base is not
    valid, both at the first use.
    """

    def __init__(
        self,
        *,
        profile: str = DEFAULT_PROFILE,
        base: KnowledgeBase | str | Path | None = None,
        operator_facts: str = "",
        allowed_sources: Iterable[SpeakerKind | str] = _DEFAULT_ALLOWED_SOURCES,
        time_limit: float = TIME_LIMIT,
        log: DecisionLog | str | Path | None = None,
    ) -> None:
        self._base = base
        self._profile = profile
        self._operator_facts = operator_facts
        self._allowed_sources = frozenset(SpeakerKind(kind) for kind in allowed_sources) | {SpeakerKind.INFERRED}
        self._time_limit = time_limit
        self._log = open_log(log)
        self._entries: OrderedDict[str, int] = OrderedDict()
        self._composed: OrderedDict[str, _Composed] = OrderedDict()

    def __deepcopy__(self, memo: dict[int, object]) -> Consultant:
        """The same consultant: its caches and its log are made to be shared."""
        return self

    @property
    def log(self) -> DecisionLog | None:
        """The decision log, if there is one."""
        return self._log

    def with_log(self, log: DecisionLog | str | Path) -> Consultant:
        """The same consultant, with a decision log."""
        other = copy.copy(self)
        other._log = open_log(log)
        other._entries, other._composed = OrderedDict(), OrderedDict()
        return other

    @cached_property
    def judge(self) -> Judge:
        """The judge, made at the first use."""
        if isinstance(self._base, KnowledgeBase):
            return Judge(self._base)
        return cached_judge(Path(self._base) if self._base else None, self._profile)

    @cached_property
    def _intake(self) -> FactIntake:
        return FactIntake(self.judge, self._allowed_sources, self._operator_facts)

    @cached_property
    def _criterion_lines(self) -> CriterionLines:
        return CriterionLines()

    @cached_property
    def _vocabulary_pages(self) -> VocabularyPages:
        return VocabularyPages(self.judge.base.vocabulary, self.judge.base.prompt_guide)

    def consult(
        self,
        facts: str | Sequence[str],
        *,
        rule: str = "",
        request: str = "",
        page: int = 1,
        caller: dict[str, str] | None = None,
    ) -> Consultation:
        """Judge the facts, given as sentences in one text or a list, and formulate the answer.

        Nothing is raised for the content of the sentences: `problems` has those that were not understood, and the
        others are judged. `page` counts from 1; a number past the end gives the last page. `caller` is metadata, such
        as ids of a session or a request, that is recorded with the decision. Further pages of a decision are not
        recorded again. Where OpenTelemetry is installed, a span `legit.consult` has what was decided
        (`legit.consult.tracing`).
        """
        with consultation_span() as span:
            found = self._consult(_as_text(facts), rule, request, page, caller or {})
            span.report(found)
            return found

    def _consult(self, text: str, rule: str, request: str, page: int, caller: dict[str, str]) -> Consultation:
        # A further page belongs to the answer whose first page was given; only first pages are judged and recorded.
        composed = self._composed.get(text) if page > 1 else None
        if composed is None:
            composed = self._compose(text, page, caller)
            self._composed[text] = composed
            while len(self._composed) > _MAX_COMPOSED:
                self._composed.popitem(last=False)
        page = min(max(page, 1), len(composed.pages))
        assessment, roles = composed.assessment, self.judge.base.manifest.turn_roles
        return Consultation(
            content=composed.pages[page - 1],
            assessment=assessment,
            problems=composed.problems,
            accepted_facts=composed.accepted_facts,
            adjustments=composed.adjustments,
            page=page,
            pages=len(composed.pages),
            rule=replace_unencodable(rule)[:MAX_QUOTED_CHARACTERS],
            request=replace_unencodable(request)[:MAX_QUOTED_CHARACTERS],
            entry=composed.entry,
            declines=assessment is not None and assessment.guidance.action in roles.declining_actions,
            about_enforcing=assessment is not None and assessment.guidance.stance in roles.enforcing_acts,
        )

    def _compose(self, text: str, page: int, caller: dict[str, str]) -> _Composed:
        """Judge a text, record the decision if there is a log, and compose all pages."""
        case, problems, notes = self._intake.build_case(text)
        assessment, entry = None, None
        if case.facts:
            try:
                assessment, entry = self._assess_and_record(case, page, caller)
            except DecisionLogError as error:
                _LOGGER.error("a decision was not given, since it could not be put on record: %s", error)
                problems = (*problems, *error.problems)
            except LegitError as error:
                problems = (*problems, *error.problems)
        turning = turning_facts(self.judge, case, assessment.verdict) if assessment else None
        composer = AnswerComposer(
            self.judge.base, self.judge.writer, case, assessment, text, problems, notes, self._criterion_lines, turning
        )
        pages = paginate(composer.lines(), message("consult.boundary"))
        accepted = tuple(self._fact_text(fact) for fact in case.facts)
        return _Composed(pages, assessment, problems, accepted, notes, entry)

    def _assess_and_record(self, case: Case, page: int, caller: dict[str, str]) -> tuple[Assessment, int | None]:
        """Judge a case, and record it if there is a log. Returns the assessment and the number of the entry, or
        None."""
        if self._log is None:
            return self.judge.assess(case, time_limit=self._time_limit), None
        key = case.model_dump_json()
        if page > 1 and key in self._entries:
            return self.judge.assess(case, time_limit=self._time_limit), self._entries[key]
        assessment, number = self._log.assess_and_record(
            case, judge=self.judge, caller=caller, time_limit=self._time_limit
        )
        self._entries[key] = number
        while len(self._entries) > _MAX_REMEMBERED:
            self._entries.popitem(last=False)
        return assessment, number

    def explain(self, facts: str | Sequence[str]) -> Explanation | None:
        """The explanation of the facts that are understood; None when nothing can be judged. It is not recorded."""
        case, _, _ = self._intake.build_case(_as_text(facts))
        try:
            return self.judge.explain(case, time_limit=self._time_limit) if case.facts else None
        except LegitError:
            return None

    async def aconsult(
        self,
        facts: str | Sequence[str],
        *,
        rule: str = "",
        request: str = "",
        page: int = 1,
        caller: dict[str, str] | None = None,
    ) -> Consultation:
        """As `consult`, in a thread, so that the event loop is not blocked."""
        return await asyncio.to_thread(self.consult, facts, rule=rule, request=request, page=page, caller=caller)

    @property
    def topics(self) -> dict[str, str]:
        """The topics of the vocabulary, with their titles."""
        return self.judge.base.vocabulary.topics

    def vocabulary(self, topics: Iterable[str] = ()) -> str:
        """The sentences that are understood, for a model: all with the guide, or those of some topics.

        Topics that do not exist are named in the answer, beside those that do.
        """
        wanted = list(dict.fromkeys(topics))
        unknown = [topic for topic in wanted if topic not in self.topics]
        known = [topic for topic in wanted if topic in self.topics]
        if not wanted:
            return self._vocabulary_pages.for_agents()
        text = self._vocabulary_pages.for_agents(known) if known else ""
        if unknown:
            names = ", ".join(f"`{replace_unencodable(topic)[:40]}`" for topic in unknown[:5])
            text += message("consult.no_topic", names=names, topics=", ".join(self.topics)) + "\n"
        return text

    def _fact_text(self, fact: Fact) -> str:
        return f"{self.judge.writer.sentence(fact)} [{fact.speaker}]"


def resolve_consultant(consultant: Consultant | None, log: DecisionLog | str | Path | None = None) -> Consultant:
    """The given consultant, or one for the shipped base if none is given. If a log is given, it is attached."""
    chosen = consultant or Consultant()
    return chosen if log is None else chosen.with_log(log)


def _as_text(facts: str | Sequence[str]) -> str:
    """The facts as one text, a sentence a line. A line break within a quotation of an item begins no other sentence."""
    return replace_unencodable(facts if isinstance(facts, str) else "\n".join(read_sentences(list(facts))))


def open_log(log: DecisionLog | str | Path | None) -> DecisionLog | None:
    """The log of a file, or the log that is given."""
    if isinstance(log, (str, Path)):
        from legit.decision_log import DecisionLog

        return DecisionLog(log)
    return log
