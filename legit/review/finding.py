"""Finds the turns of a conversation that decline or enforce, and on which words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from legit.consult import CONSULT_TOOL
from legit.conversations import Conversation, Turn
from legit.refusals import PatternReader, Reply, ReplyKind, ReplyReader, ReplyReading, reply_of
from legit.review.records import Looked


@dataclass(frozen=True, slots=True)
class FoundTurn:
    """A turn of the assistant and what is read of it."""

    position: int
    turn: Turn
    reading: ReplyReading
    enforces: bool
    looked: Looked

    @property
    def acts(self) -> bool:
        """Whether it declines or enforces."""
        return self.enforces or self.reading.kind is not ReplyKind.COMPLIES

    @property
    def kind(self) -> str:
        """What it does, as a value of `ReplyKind`."""
        return ReplyKind.ENFORCES.value if self.enforces else self.reading.kind.value


@dataclass(frozen=True)
class TurnFinder:
    """Finds turns with a refusal test.

    `enforcing_tools` are the names of tools whose call enforces a rule on somebody. `consult_tools` are those whose
    call is a consultation.
    """

    reader: ReplyReader = PatternReader()  # noqa: RUF009 - it is frozen, and made once
    enforcing_tools: Collection[str] = ()
    consult_tools: Collection[str] = (CONSULT_TOOL,)

    def turns(self, conversation: Conversation) -> Iterator[FoundTurn]:
        """The turns of the assistant that say something or call an enforcing tool."""
        for position, turn in conversation.assistant_turns():
            enforcing = any(call.name in self.enforcing_tools for call in turn.calls)
            if not (turn.text or turn.refusal or turn.finish_reason or turn.kind or enforcing):
                continue
            reading = self._read(turn)
            enforces = enforcing or reading.enforces
            yield FoundTurn(position, turn, reading, enforces, self._looked(conversation, position))

    def _read(self, turn: Turn) -> ReplyReading:
        """The reading of a turn. What a labelled file says of the kind counts; the words are still read."""
        plain = reply_of(turn.text)
        marked = reply_of({"role": "assistant", "content": "", "finish_reason": turn.finish_reason})
        reply = Reply(turn.text or turn.refusal, turn.refusal, marked.finish_reason, plain.data)
        reading = self.reader(reply)
        if turn.kind in set(ReplyKind):
            return ReplyReading(
                ReplyKind(turn.kind), reading.language, reading.cues, reading.rule_words, reading.signal
            )
        return reading

    def _looked(self, conversation: Conversation, position: int) -> Looked:
        """What the assistant did since it was last spoken to, before it answered."""
        checked = False
        for turn in reversed(conversation.turns[: position + 1]):
            if turn.role == "user":
                break
            for call in turn.calls:
                if call.name in self.consult_tools:
                    return "consulted"
                checked = checked or call.name not in self.enforcing_tools
        return "checked" if checked else "no"
