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
from legit.consult.arguments import MAX_PAGE, read_sentences
from legit.consult.fact_intake import MAX_EXAMINED_CHARACTERS, FactIntake
from legit.consult.paging import paginate
from legit.consult.reason_lines import CriterionLines, speaker_mark
from legit.consult.token_budget import replace_unencodable
from legit.consult.tracing import consultation_span
from legit.consult.turning_facts import hold_attested_verdict
from legit.errors import DecisionLogError, LegitError, Problem
from legit.judge import TIME_LIMIT, Judge, cached_judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.messages import message
from legit.model.assessment import Assessment
from legit.model.facts import Case, Fact, SpeakerKind

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
    act enforces the rule on somebody, both by `turn_roles` of the knowledge base. `language` is the tag of the language
    of the answer.
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
    language: str = "en"
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

    @property
    def out_of_time(self) -> bool:
        """Whether another attempt may come to another answer."""
        return self.assessment is not None and self.assessment.undetermined_reason == "time"


class Consultant:
    """Answers consultations under one knowledge base and profile. Instances may be shared between threads and tasks.

    `base` is a loaded knowledge base, a folder, or None for the shipped base. `profile` and `packs`, names of packs or
    their folders, apply when a folder or None is given. `operator_facts` are sentences that the operator attests, with
    any sources of evidence; a sentence without a mark is the operator's own word. They are part of every consultation.
    `allowed_sources` are the kinds of sources of evidence that the model may name in a mark. A sentence with another
    mark, or without a mark, counts as an inference of the model. `time_limit` is in seconds.
    `language` is the tag or name of the language of all answers; without it each is in the language of its facts.
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
        packs: Sequence[str | Path] = (),
        operator_facts: str = "",
        allowed_sources: Iterable[SpeakerKind | str] = _DEFAULT_ALLOWED_SOURCES,
        time_limit: float = TIME_LIMIT,
        log: DecisionLog | str | Path | None = None,
        language: str = "",
    ) -> None:
        self._base = base
        self._language = language
        self._by_language: dict[str, Consultant] = {}
        self._profile = profile
        self._packs = tuple(packs)
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
        other._entries, other._composed, other._by_language = OrderedDict(), OrderedDict(), {}
        return other

    def with_language(self, language: str) -> Consultant:
        """The same consultant, with all answers in one language, named by its tag or name.

        Raises LanguageError (L008) when the base does not have the language.
        """
        judge = self.judge.in_language(language)
        if self._language and judge is self.judge:
            return self
        other = self._by_language.get(judge.language)
        if other is None:
            other = copy.copy(self)
            # What is made of the judge at the first use is not shared.
            for made in ("_intake", "_criterion_lines"):
                vars(other).pop(made, None)
            other.judge = judge
            other._language, other._by_language = judge.language, {}
            other._entries, other._composed = OrderedDict(), OrderedDict()
            self._by_language[judge.language] = other
        return other

    def _answering(self, text: str) -> Consultant:
        """The consultant that answers facts in their language, where no language was chosen."""
        if self._language:
            return self
        try:
            tag, _ = self.judge.language_of(text[:MAX_EXAMINED_CHARACTERS])
        except LegitError:
            return self  # the problem is in the answer
        return self if tag == self.judge.language else self.with_language(tag)

    @cached_property
    def judge(self) -> Judge:
        """The judge, made at the first use."""
        if isinstance(self._base, KnowledgeBase):
            judge = Judge(self._base)
        else:
            judge = cached_judge(Path(self._base) if self._base else None, self._profile, self._packs)
        return judge.in_language(self._language) if self._language else judge

    @cached_property
    def _intake(self) -> FactIntake:
        return FactIntake(self.judge, self._allowed_sources, self._operator_facts)

    @cached_property
    def _criterion_lines(self) -> CriterionLines:
        return CriterionLines()

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
        others are judged. `page` counts from 1; a number past the end gives the last page, and says so. `caller` is
        metadata, such as ids of a session or a request, that is recorded with the decision. Further pages of a decision
        are not recorded again. Where OpenTelemetry is installed, a span `legit.consult` has what was decided
        (`legit.consult.tracing`).
        """
        with consultation_span() as span:
            text = _as_text(facts)
            answering = self._answering(text)
            with answering.judge.speaking():
                found = answering._consult(text, rule, request, page, caller or {})
            span.report(found)
            return found

    def _consult(self, text: str, rule: str, request: str, page: int, caller: dict[str, str]) -> Consultation:
        # A further page belongs to the answer whose first page was given; only first pages are judged and recorded.
        # Without a log the same sentences have the same answer, and are not judged again.
        composed = self._composed.get(text) if page > 1 or self._log is None else None
        if composed is None:
            composed = self._compose(text, page, caller)
            if not composed.out_of_time:
                self._composed[text] = composed
            while len(self._composed) > _MAX_COMPOSED:
                self._composed.popitem(last=False)
        asked, page = min(page, MAX_PAGE), min(max(page, 1), len(composed.pages))
        beyond = message("consult.page_beyond", number=asked) + "\n" if asked > page else ""
        assessment, roles = composed.assessment, self.judge.base.manifest.turn_roles
        return Consultation(
            content=beyond + composed.pages[page - 1],
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
            language=self.judge.language,
            about_enforcing=assessment is not None and assessment.guidance.stance in roles.enforcing_acts,
        )

    def _compose(self, text: str, page: int, caller: dict[str, str]) -> _Composed:
        """Judge a text, record the decision if there is a log, and compose all pages."""
        case, problems, notes = self._intake.build_case(text)
        assessment, entry, turning = None, None, None
        accepted = tuple(self._fact_text(fact) for fact in case.facts)
        if case.facts:
            case, turning = hold_attested_verdict(self.judge, case, self._time_limit)
            try:
                assessment, entry = self._assess_and_record(case, page, caller)
            except DecisionLogError as error:
                _LOGGER.error("a decision was not given, since it could not be put on record: %s", error)
                problems = (*problems, *error.problems)
            except LegitError as error:
                problems = (*problems, *error.problems)
        composer = AnswerComposer(
            self.judge.base, self.judge.writer, case, assessment, text, problems, notes, self._criterion_lines, turning
        )
        pages = paginate(composer.lines(), message("consult.boundary"))
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
        text = _as_text(facts)
        answering = self._answering(text)
        case, _, _ = answering._intake.build_case(text)
        if not case.facts:
            return None
        case, _ = hold_attested_verdict(answering.judge, case, self._time_limit)
        try:
            return answering.judge.explain(case, time_limit=self._time_limit)
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
        with self.judge.speaking():
            return self._vocabulary(list(dict.fromkeys(topics)))

    def _vocabulary(self, wanted: list[str]) -> str:
        unknown = [topic for topic in wanted if topic not in self.topics]
        known = [topic for topic in wanted if topic in self.topics]
        if not wanted:
            return self.judge.vocabulary_pages.for_agents()
        text = self.judge.vocabulary_pages.for_agents(known) if known else ""
        if unknown:
            names = ", ".join(f"`{replace_unencodable(topic)[:40]}`" for topic in unknown[:5])
            text += message("consult.no_topic", names=names, topics=", ".join(self.topics)) + "\n"
        return text

    def _fact_text(self, fact: Fact) -> str:
        return f"{self.judge.writer.sentence(fact)} [{speaker_mark(fact.speaker)}]"


def resolve_consultant(consultant: Consultant | None, log: DecisionLog | str | Path | None = None) -> Consultant:
    """The given consultant, or one for the shipped base if none is given. If a log is given, it is attached.

    Raises TypeError when something else is given as the consultant."""
    if consultant is not None and not isinstance(consultant, Consultant):
        raise TypeError(message("consult.no_consultant", given=repr(consultant)[:80]))
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
