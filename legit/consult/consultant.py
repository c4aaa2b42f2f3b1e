"""The consultant: reads what can be read, judges it, and says it in few words."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from legit.assessment import Assessment
from legit.consult.budget import encodable
from legit.consult.content import BOUNDARY, Brief
from legit.consult.paging import paged
from legit.errors import LegitError, Problem
from legit.facts import Case, Fact, Speaker, SpeakerKind, Truth
from legit.judge import TIME_LIMIT, Judge, judge_for
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.conformity import case_problems
from legit.language.page import VocabularyPages

MAX_CHARACTERS = 20_000
"""The most characters that the facts of one consultation may have."""

MAX_QUOTED = 20_000
"""The most characters that are kept of a quoted rule or request."""

_INFERRED = Speaker(kind=SpeakerKind.INFERRED)
_CLAIMABLE = frozenset({SpeakerKind.USER, SpeakerKind.DOCUMENT, SpeakerKind.INFERRED})


class Consultation(BaseModel):
    """What came of a consultation.

    `content` is one page for the model (`page` of `pages`); `assessment` the whole answer, None when nothing could be
    judged; `problems` the sentences that were not understood or contradict each other; `understood` the sentences that
    were, as they were understood, with who vouches for them; `notes` what else was changed; `rule` and `request` the
    quoted texts, kept for the record and never read.
    """

    model_config = ConfigDict(frozen=True)

    content: str
    assessment: Assessment | None = None
    problems: tuple[Problem, ...] = ()
    understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    page: int = 1
    pages: int = 1
    rule: str = ""
    request: str = ""

    @property
    def settled(self) -> bool:
        """Whether all that was said was understood and judged; otherwise what was not may still change the answer."""
        return self.assessment is not None and not self.problems

    @property
    def action(self) -> str:
        """The guidance in one word, as the knowledge base names it; empty without an assessment."""
        return self.assessment.guidance.action if self.assessment else ""


class Consultant:
    """Answers consultations under one knowledge base and profile. Instances may be shared between threads and tasks.

    `base` is a knowledge base, its folder, or None for the shipped one (`profile` then says with which weights).
    `given` are sentences that the builder vouches for, with whatever speakers; they are part of every consultation.
    `speakers` are the kinds of speakers that the describing model may name: what it marks otherwise counts as its own
    inference, as does what it does not mark. `time_limit` is in seconds.

    Raises LanguageError or CaseError when `given` is not understood, KnowledgeBaseError when the base is not valid,
    both at the first use.
    """

    def __init__(
        self,
        *,
        profile: str = DEFAULT_PROFILE,
        base: KnowledgeBase | str | Path | None = None,
        given: str = "",
        speakers: Iterable[SpeakerKind | str] = _CLAIMABLE,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._base = base
        self._profile = profile
        self._stated = given
        self._claimable = frozenset(SpeakerKind(kind) for kind in speakers) | {SpeakerKind.INFERRED}
        self._time_limit = time_limit

    @cached_property
    def judge(self) -> Judge:
        """The judge, made at the first use."""
        if isinstance(self._base, KnowledgeBase):
            return Judge(self._base)
        return judge_for(Path(self._base) if self._base else None, self._profile)

    @cached_property
    def _given(self) -> tuple[Fact, ...]:
        return self.judge.read_one(self._stated).facts if self._stated.strip() else ()

    @cached_property
    def _pages(self) -> VocabularyPages:
        return VocabularyPages(self.judge.base.vocabulary, self.judge.base.guide)

    def consult(self, facts: str | Sequence[str], *, rule: str = "", request: str = "", page: int = 1) -> Consultation:
        """Judge the facts, sentences of the vocabulary in one text or a list, and say what it means.

        Never raises for what the sentences hold: what is not understood is named in `problems`, and everything else is
        judged. `page` counts from 1; a number past the end gives the last page.
        """
        text = encodable(facts if isinstance(facts, str) else "\n".join(facts))
        case, problems, notes = self._case(text)
        assessment = None
        if case.facts:
            try:
                assessment = self.judge.assess(case, time_limit=self._time_limit)
            except LegitError as error:
                problems = (*problems, *error.problems)
        brief = Brief(self.judge.base, self.judge.writer, case, assessment, text, problems, notes)
        pages = paged(brief.lines(), BOUNDARY)
        page = min(max(page, 1), len(pages))
        return Consultation(
            content=pages[page - 1],
            assessment=assessment,
            problems=problems,
            understood=tuple(self._said(fact) for fact in case.facts),
            notes=notes,
            page=page,
            pages=len(pages),
            rule=encodable(rule)[:MAX_QUOTED],
            request=encodable(request)[:MAX_QUOTED],
        )

    async def aconsult(
        self, facts: str | Sequence[str], *, rule: str = "", request: str = "", page: int = 1
    ) -> Consultation:
        """As `consult`, in a thread, so that an event loop goes on meanwhile."""
        return await asyncio.to_thread(self.consult, facts, rule=rule, request=request, page=page)

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
            return self._pages.for_agents()
        text = self._pages.for_agents(known) if known else ""
        if unknown:
            names = ", ".join(f"`{encodable(topic)[:40]}`" for topic in unknown[:5])
            text += f"No topic {names}; the topics are: {', '.join(self.topics)}.\n"
        return text

    def _case(self, text: str) -> tuple[Case, tuple[Problem, ...], tuple[str, ...]]:
        if len(text) > MAX_CHARACTERS:
            message = f"the facts have {len(text)} characters; at most {MAX_CHARACTERS} are read"
            return Case(), (Problem("L001", message, help="say only what bears on the rule"),), ()
        cases, problems = self.judge.reader.read(text)
        if len(cases) > 1:
            message = f"{len(cases)} cases where one is expected"
            return Case(), (*problems, Problem("L005", message, help="ask about one rule at a time")), ()
        case = cases[0] if cases else Case()
        if not case.facts and not problems:
            problems = (Problem("L005", "no sentence where one case is expected", help="say who made the rule"),)
        if not case.facts:
            return case, problems, ()
        vouched, notes = self._vouched(case.facts)
        kept, clashes = self._reconciled([*self._given, *vouched])
        return case.model_copy(update={"facts": tuple(kept)}), (*problems, *clashes), notes

    def _vouched(self, facts: tuple[Fact, ...]) -> tuple[list[Fact], tuple[str, ...]]:
        """The facts with the speakers that the describer may name; whatever else is its own inference."""
        result = []
        refused: dict[str, None] = {}
        for fact in facts:
            if not _marked(fact):
                fact = fact.model_copy(update={"speaker": _INFERRED})
            elif fact.speaker.kind not in self._claimable:
                refused[fact.speaker.kind.value] = None
                fact = fact.model_copy(update={"speaker": _INFERRED})
            result.append(fact)
        notes = tuple(f"the mark [{kind}] is not the describer's to give; counted as [inferred]." for kind in refused)
        return result, notes

    def _reconciled(self, facts: list[Fact]) -> tuple[list[Fact], tuple[Problem, ...]]:
        """The facts, with those of one speaker that contradict each other left open, and the contradictions."""
        vocabulary = self.judge.base.vocabulary
        problems = case_problems(vocabulary, Case(facts=tuple(facts)))
        if not problems:
            return facts, ()
        clashing = set()
        for number, fact in enumerate(facts):
            for other, rival in enumerate(facts[:number]):
                if case_problems(vocabulary, Case(facts=(rival, fact))):
                    clashing |= {number, other}
        left = [
            fact.model_copy(update={"truth": Truth.UNKNOWN}) if number in clashing else fact
            for number, fact in enumerate(facts)
        ]
        return left, tuple(dataclasses.replace(problem, help="") for problem in problems)

    def _said(self, fact: Fact) -> str:
        return f"{self.judge.writer.sentence(fact)} [{fact.speaker}]"


def _marked(fact: Fact) -> bool:
    """Whether the sentence names its speaker: only a speaker's mark can end a sentence with a bracket."""
    return fact.place is not None and fact.place.text.rstrip(" .!?;").endswith("]")
