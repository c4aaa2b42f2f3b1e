"""Describes a turn: asks the describer k times, reads the sentences, lets them be repaired once, and has them vote."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

from legit._util.token_count import count_tokens
from legit.consult.fact_intake import FactIntake
from legit.conversations import Conversation
from legit.describe.described_by import GivenDescriber
from legit.describe.describer import Describer, RawDescription
from legit.describe.prompt import DescriptionRequest, PromptWriter
from legit.describe.store import DescriptionStore
from legit.describe.usage import NOTHING_USED, Usage
from legit.describe.voting import Vote, vote
from legit.errors import DescriberError, Problem
from legit.judge import Judge, cached_judge
from legit.model.facts import Case, SpeakerKind

ALLOWED_SOURCES = frozenset(
    {SpeakerKind.USER, SpeakerKind.DOCUMENT, SpeakerKind.RECORD, SpeakerKind.OPERATOR, SpeakerKind.INFERRED}
)
"""The sources of evidence that a description may name: whatever the conversation shows. It is about what was known, and
changes nothing that anybody does."""
_EXPECTED_ANSWER_TOKENS = 250
_SPACE = re.compile(r"\W+")


@dataclass(frozen=True)
class DescriptionSettings:
    """How turns are described.

    `samples` is the number of descriptions of a turn that vote. `concurrency` is the number of questions that are open
    at once, `retries` how often one that failed is asked again, after `backoff` seconds, doubled each time.
    `max_tokens` is the budget: no question is asked once it is used up. `operator_facts` are sentences that belong to
    every case.
    """

    samples: int = 3
    concurrency: int = 8
    retries: int = 3
    backoff: float = 1.0
    max_tokens: int | None = None
    operator_facts: str = ""


@dataclass(frozen=True)
class Description:
    """One description: its sentences as they were given, the case they state, what was not understood, and the
    quotations that do not stand in the conversation."""

    sentences: tuple[str, ...]
    case: Case
    problems: tuple[Problem, ...] = ()
    unquoted: tuple[str, ...] = ()
    repaired: bool = False


@dataclass(frozen=True)
class TurnDescription:
    """The descriptions of a turn, and what they agree on. `failure` says why there is none."""

    descriptions: tuple[Description, ...] = ()
    vote: Vote | None = None
    usage: Usage = NOTHING_USED
    failure: str = ""

    @property
    def case(self) -> Case | None:
        """The case on which the descriptions agree."""
        return self.vote.case if self.vote else None


@dataclass
class Describing:
    """Describes turns under one judge with one describer, within one budget.

    `sleep` waits between two tries. Instances are for one event loop.
    """

    describer: Describer
    judge: Judge = field(default_factory=cached_judge)
    settings: DescriptionSettings = DescriptionSettings()
    store: DescriptionStore | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    used: Usage = NOTHING_USED

    @cached_property
    def prompts(self) -> PromptWriter:
        """Writes the questions."""
        return PromptWriter(self.judge)

    @cached_property
    def _intake(self) -> FactIntake:
        return FactIntake(self.judge, ALLOWED_SOURCES, self.settings.operator_facts)

    @cached_property
    def _gate(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.settings.concurrency)

    async def turn(self, conversation: Conversation, position: int, *, enforcing: bool = False) -> TurnDescription:
        """The descriptions of a turn. Nothing is raised for what a describer answers: `failure` says it."""
        wanted = [self._request(conversation, position, sample, enforcing) for sample in range(self.settings.samples)]
        try:
            made = await asyncio.gather(*(self._described(request) for request in wanted))
        except DescriberError as error:
            return TurnDescription(failure=error.problems[0].message)
        except Exception as error:
            return TurnDescription(failure=f"the describer failed: {type(error).__name__}: {error}")
        found = [description for description, _ in made if description is not None]
        usage = sum((used for _, used in made), Usage())
        if not found:
            return TurnDescription(usage=usage, failure="no description of this turn")
        useful = [description for description in found if description.case.facts]
        if not useful:
            return TurnDescription(tuple(found), usage=usage, failure="no sentence was understood")
        return TurnDescription(tuple(found), vote([description.case for description in useful]), usage)

    def given(self, conversation: Conversation, position: int) -> TurnDescription:
        """As `turn`, for given sentences: nothing is awaited."""
        given = self.describer
        if not isinstance(given, GivenDescriber):
            raise TypeError("only given sentences are there already")
        request = DescriptionRequest(conversation, position, 0, "", "")
        found = []
        for sample in range(max(self.settings.samples, 1)):
            raw = given.given(DescriptionRequest(conversation, position, sample, "", ""))
            if raw is not None:
                found.append(self._read(request, raw.sentences))
        useful = [description.case for description in found if description.case.facts]
        if not useful:
            return TurnDescription(
                tuple(found), failure="no sentence was understood" if found else "no description of this turn"
            )
        return TurnDescription(tuple(found), vote(useful))

    def estimate(self, conversation: Conversation, position: int, *, enforcing: bool = False) -> Usage:
        """What the descriptions of a turn are likely to use: those that are kept already cost nothing."""
        total = Usage(reported=False)
        for sample in range(self.settings.samples if self.describer.calls_model else 0):
            request = self._request(conversation, position, sample, enforcing)
            if self.store is None or self.store.get(request.digest(self.describer.name)) is None:
                tokens = count_tokens(request.prompt)[1]
                total += Usage(calls=1, input_tokens=tokens, output_tokens=_EXPECTED_ANSWER_TOKENS, reported=False)
        return total

    def _request(self, conversation: Conversation, position: int, sample: int, enforcing: bool) -> DescriptionRequest:
        return self.prompts.request(conversation, position, sample=sample, enforcing=enforcing)

    async def _described(self, request: DescriptionRequest) -> tuple[Description | None, Usage]:
        digest = request.digest(self.describer.name)
        kept = self.store.get(digest) if self.store is not None else None
        if kept is not None:
            return self._read(request, kept), Usage()
        raw, usage = await self._asked(request)
        if raw is None:
            return None, usage
        description = self._read(request, raw.sentences)
        if description.problems and not isinstance(self.describer, GivenDescriber):
            repaired, more = await self._repaired(request, description)
            usage += more
            if repaired is not None and len(repaired.problems) < len(description.problems):
                description = repaired
        if self.store is not None:
            self.store.put(digest, self.describer.name, description.sentences)
        return description, usage

    async def _repaired(self, request: DescriptionRequest, first: Description) -> tuple[Description | None, Usage]:
        told = [str(problem) for problem in first.problems[:20]]
        try:
            raw, usage = await self._asked(self.prompts.repaired(request, first.sentences, told))
        except DescriberError:
            return None, Usage()
        if raw is None:
            return None, usage
        read = self._read(request, raw.sentences)
        return Description(read.sentences, read.case, read.problems, read.unquoted, repaired=True), usage

    async def _asked(self, request: DescriptionRequest) -> tuple[RawDescription | None, Usage]:
        """The answer of the describer, asked again where it fails. Raises DescriberError (V105) past the budget."""
        for attempt in range(self.settings.retries + 1):
            budget = self.settings.max_tokens
            if budget is not None and self.describer.calls_model and self.used.tokens >= budget:
                raise DescriberError(Problem("V105", f"the budget of {budget} tokens is used up"))
            try:
                async with self._gate:
                    raw = await self.describer.describe(request)
            except Exception as error:
                if isinstance(error, DescriberError):  # an answer came, and holds no sentences: it was paid for
                    self.used += self._counted(request, RawDescription(()))
                if attempt == self.settings.retries:
                    raise
                await self.sleep(self.settings.backoff * 2**attempt)
                continue
            usage = Usage() if raw is None else raw.usage or self._counted(request, raw)
            self.used += usage
            return raw, usage
        raise AssertionError("unreachable: the last try returns or raises")

    def _counted(self, request: DescriptionRequest, raw: RawDescription) -> Usage:
        if not self.describer.calls_model:
            return Usage(calls=1)
        return Usage(
            calls=1,
            input_tokens=count_tokens(request.prompt)[1],
            output_tokens=count_tokens("\n".join(raw.sentences))[1],
            reported=False,
        )

    def _read(self, request: DescriptionRequest, sentences: tuple[str, ...]) -> Description:
        case, problems, _ = self._intake.build_case("\n".join(" ".join(item.split()) for item in sentences))
        said = _plain(
            " ".join([request.conversation.operator_prompt, *(turn.text for turn in request.conversation.turns)])
        )
        quoted = dict.fromkeys(fact.detail for fact in case.facts if fact.detail)
        unquoted = tuple(detail for detail in quoted if _plain(detail) not in said)
        return Description(sentences, case, problems, unquoted)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()


def describe(
    conversation: Conversation,
    position: int,
    describer: Describer,
    *,
    judge: Judge | None = None,
    settings: DescriptionSettings = DescriptionSettings(),
    store: DescriptionStore | None = None,
    enforcing: bool = False,
) -> TurnDescription:
    """The descriptions of the turn at a position of a conversation. Not for use inside a running event loop: there,
    await `Describing.turn`."""
    describing = Describing(describer, judge or cached_judge(), settings, store)
    return asyncio.run(describing.turn(conversation, position, enforcing=enforcing))
