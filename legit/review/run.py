"""Runs a review: conversations in, a line for each out, in order. One that was stopped goes on where it stopped."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit.conversations import Conversation, FieldMap, read_conversations
from legit.describe import (
    Describer,
    Describing,
    DescriptionSettings,
    DescriptionStore,
    GivenDescriber,
    TurnDescription,
    Usage,
    as_describer,
)
from legit.errors import Problem
from legit.judge import Judge, cached_judge
from legit.refusals import PatternReader, ReplyReader
from legit.review.finding import FoundTurn, TurnFinder
from legit.review.judging import TurnJudge, shortened
from legit.review.records import Header, OtherTurn, ReviewedConversation, ReviewedTurn
from legit.review.resuming import begin, done_again, replace_failed
from legit.review.reviewed import Review, read_lines

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

_OTHERS_SHARE = 0.05
"""The share of the other turns that are kept for people to check the refusal test, drawn by the digest of their id."""
_WINDOW = 4
"""How many conversations are described at once, for each open question to the describer."""

Progress = Callable[[int, int], None]


@dataclass
class ReviewSettings:
    """What a review looks at.

    `strictness` is that of the refusal test, `reader` another test. `all_refusals` judges refusals that name no rule
    too. `enforcing_tools` and `consult_tools` are the names of tools that enforce a rule, or consult a judge of rules.
    `format` and `field_map` are for transcripts whose format is not found by itself.
    """

    descriptions: DescriptionSettings = field(default_factory=DescriptionSettings)
    strictness: Any = "balanced"
    reader: ReplyReader | None = None
    all_refusals: bool = False
    enforcing_tools: tuple[str, ...] = ()
    consult_tools: tuple[str, ...] = ()
    format: str | None = None
    field_map: FieldMap | None = None


@dataclass
class Reviewer:
    """Reviews conversations with one describer under one judge."""

    describer: Describer
    judge: Judge
    settings: ReviewSettings
    store: DescriptionStore | None = None
    log: DecisionLog | None = None
    caller: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    known: dict[str, ReviewedTurn] = field(default_factory=dict)
    """Turns that have a verdict already, by id: they are not described and judged again."""

    def __post_init__(self) -> None:
        chosen = self.settings
        reader = chosen.reader or PatternReader(strictness=chosen.strictness)
        extra = {"consult_tools": chosen.consult_tools} if chosen.consult_tools else {}
        self.finder = TurnFinder(reader, chosen.enforcing_tools, **extra)
        self.turn_judge = TurnJudge(self.judge, self.log, caller=self.caller)
        self.describing = Describing(self.describer, self.judge, chosen.descriptions, self.store)

    @property
    def header(self) -> Header:
        """The header of the lines."""
        base, chosen = self.judge.base, self.settings
        return Header(
            base=base.name, base_version=base.version, base_digest=base.digest, profile=base.profile.name,
            describer=self.describer.name, samples=chosen.descriptions.samples,
            strictness=str(chosen.strictness if chosen.reader is None else "own"), all_refusals=chosen.all_refusals,
            operator_facts=chosen.descriptions.operator_facts,
        )  # fmt: skip

    def conversations(self, transcripts: str | Path | Iterable[Conversation]) -> Iterator[Conversation]:
        """The conversations of transcripts; records that cannot be read are kept in `problems`."""
        if isinstance(transcripts, str | Path):
            chosen = self.settings
            yield from read_conversations(
                transcripts, format=chosen.format, field_map=chosen.field_map, on_problem=self.problems.append
            )
        else:
            yield from transcripts

    def reviewed(self, conversations: Iterable[Conversation]) -> Iterator[ReviewedConversation]:
        """The lines of conversations, in order."""
        if isinstance(self.describer, GivenDescriber):
            yield from (self._with_given(conversation) for conversation in conversations)
        else:
            yield from _iterate(self._reviewed(conversations))

    def estimate(self, conversations: Iterable[Conversation]) -> tuple[int, Usage]:
        """The number of turns that would be described, and what that is likely to use."""
        turns, usage = 0, Usage(reported=False)
        for conversation in conversations:
            for found in self.finder.turns(conversation):
                if self._is_judged(conversation, found):
                    turns += 1
                    usage += self.describing.estimate(conversation, found.position, enforcing=found.enforces)
        return turns, usage

    def _is_judged(self, conversation: Conversation, found: FoundTurn) -> bool:
        if f"{conversation.id}#{found.turn.id}" in self.known:
            return False
        return found.acts and bool(found.enforces or self.settings.all_refusals or found.reading.rule_words)

    def _with_given(self, conversation: Conversation) -> ReviewedConversation:
        turns = list(self.finder.turns(conversation))
        described = [
            self.describing.given(conversation, found.position) if self._is_judged(conversation, found) else None
            for found in turns
        ]
        return self._line(conversation, turns, described)

    async def _reviewed(self, conversations: Iterable[Conversation]) -> AsyncIterator[ReviewedConversation]:
        waiting: list[asyncio.Task[ReviewedConversation]] = []
        for conversation in conversations:
            waiting.append(asyncio.create_task(self._one(conversation)))
            if len(waiting) >= _WINDOW * self.settings.descriptions.concurrency:
                yield await waiting.pop(0)
        for task in waiting:
            yield await task

    async def _one(self, conversation: Conversation) -> ReviewedConversation:
        turns = list(self.finder.turns(conversation))
        wanted = [found for found in turns if self._is_judged(conversation, found)]
        made = await asyncio.gather(
            *(self.describing.turn(conversation, found.position, enforcing=found.enforces) for found in wanted)
        )
        by_position = {found.position: item for found, item in zip(wanted, made, strict=True)}
        return self._line(conversation, turns, [by_position.get(found.position) for found in turns])

    def _line(
        self, conversation: Conversation, turns: list[FoundTurn], described: list[TurnDescription | None]
    ) -> ReviewedConversation:
        languages = Counter(found.reading.language for found in turns if found.reading.language != "und")
        language = conversation.language or (languages.most_common(1)[0][0] if languages else "")
        acted = [
            self.known.get(f"{conversation.id}#{found.turn.id}") or self.turn_judge.reviewed(conversation, found, item)
            for found, item in zip(turns, described, strict=True)
            if found.acts
        ]
        others = [self._other(conversation, found) for found in turns if not found.acts]
        return ReviewedConversation(
            conversation=conversation.id, source=Path(conversation.source).name, line=conversation.line,
            model=conversation.model, language=language, day=conversation.time[:10],
            kinds=dict(sorted(Counter(found.kind for found in turns).items())), turns=tuple(acted),
            others=tuple(item for item in others if draw(item.id) < _OTHERS_SHARE),
            tokens=sum(item.usage.tokens for item in described if item is not None),
        )  # fmt: skip

    def _other(self, conversation: Conversation, found: FoundTurn) -> OtherTurn:
        record = self.turn_judge.unjudged(conversation, found)
        return OtherTurn(id=record.id, said=shortened(record.said), asked=shortened(record.asked))


def draw(key: str) -> float:
    """A number from 0 to 1 that depends on a key alone: turns are drawn by it, the same ones each time."""
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:7], "big") / 2**56


def review(
    transcripts: str | Path | Iterable[Conversation],
    describer: Any = "given",
    *,
    out: str | Path | None = None,
    judge: Judge | None = None,
    settings: ReviewSettings | None = None,
    store: DescriptionStore | None = None,
    log: DecisionLog | None = None,
    caller: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Review:
    """Review conversations: a file, a folder, or conversations in memory.

    `describer` is a describer, a chat model, a function of a request, or a name (`legit.describe.load_describer`).
    `out` is the file of JSON lines; a review of the same transcripts that was stopped there goes on, and turns that
    got no verdict are described and judged again. Without it the lines are kept in memory. With `log` each decision
    goes on record, with the metadata of `caller`.

    Raises ConversationError for transcripts that are not there, ReviewError (V201) when `out` holds another review.
    """
    reviewer = Reviewer(
        as_describer(describer), judge or cached_judge(), settings or ReviewSettings(), store, log, caller or {}
    )
    conversations = reviewer.conversations(transcripts)
    if out is None:
        lines = list(reviewer.reviewed(_counted(conversations, progress)))
        return Review(reviewer.header, lines=lines, problems=tuple(reviewer.problems))
    path = Path(out)
    done = begin(path, reviewer.header)
    failed = done_again(conversations, done, path)
    if any(known.failed for known in done):
        replace_failed(path, done, reviewer.known, reviewer.reviewed(failed))
    else:
        deque(failed, maxlen=0)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for line in reviewer.reviewed(_counted(conversations, progress, len(done))):
            file.write(line.to_line())
            file.flush()
    return Review(reviewer.header, path=path, problems=tuple(reviewer.problems))


def _counted(items: Iterable[Conversation], progress: Progress | None, begin: int = 0) -> Iterator[Conversation]:
    for number, item in enumerate(items, start=begin + 1):
        yield item
        if progress is not None:
            progress(number, 0)


def _iterate(items: AsyncIterator[ReviewedConversation]) -> Iterator[ReviewedConversation]:
    """The items of an asynchronous iterator, each as soon as it is there."""
    with asyncio.Runner() as runner:
        while True:
            try:
                yield runner.run(anext(items))  # type: ignore[arg-type]
            except StopAsyncIteration:
                return


__all__ = ["ReviewSettings", "Reviewer", "draw", "read_lines", "review"]
