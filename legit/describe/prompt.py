"""What a describer is asked: the vocabulary for agents, the conversation as material, and which turn it is about."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from legit.conversations import Conversation, Turn
from legit.judge import Judge
from legit.messages import message

MAX_TURN_CHARACTERS = 6_000
"""The most characters of a turn that a describer is shown: the beginning and the end of a longer one."""
MAX_CONVERSATION_CHARACTERS = 60_000
"""The most characters of a conversation that a describer is shown; the oldest turns are left out first."""


@dataclass(frozen=True)
class DescriptionRequest:
    """One description that is wanted.

    `system` is what to do, with the vocabulary; `material` the conversation between marks; `problems` what was wrong
    with the first answer, when it is to be repaired. `sample` numbers the descriptions of one turn from 0.
    """

    conversation: Conversation
    position: int
    sample: int
    system: str
    material: str
    problems: str = ""

    @property
    def turn(self) -> Turn:
        """The turn that the description is about."""
        return self.conversation.turns[self.position]

    @property
    def prompt(self) -> str:
        """The whole question as one text."""
        return "\n\n".join(part for part in (self.system, self.material, self.problems) if part)

    def digest(self, describer: str) -> str:
        """The SHA-256 digest of all that an answer rests on: the describer, the question, the number of the sample."""
        parts = [describer, str(self.sample), self.system, self.material]
        return hashlib.sha256("\x1e".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class PromptWriter:
    """Writes requests under one knowledge base. `enforcing` of a request says that the turn enforces something."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def request(
        self, conversation: Conversation, position: int, *, sample: int = 0, enforcing: bool = False
    ) -> DescriptionRequest:
        """The request for a description of the turn at a position."""
        shown = self._shown(conversation, position)
        mark = _mark_outside(shown)
        system = message("describe.system", vocabulary=self._judge.vocabulary_pages.for_agents(), mark=mark)
        about = message("describe.about_enforcement") if enforcing else message("describe.about_refusal")
        material = f"<{mark}>\n{shown}\n</{mark}>\n\n{about}"
        return DescriptionRequest(conversation, position, sample, system, material)

    def repaired(self, request: DescriptionRequest, answer: tuple[str, ...], problems: list[str]) -> DescriptionRequest:
        """The request to repair an answer."""
        told = message("describe.repair", answer=json.dumps(answer, ensure_ascii=False), problems="\n".join(problems))
        return DescriptionRequest(
            request.conversation, request.position, request.sample, request.system, request.material, told
        )

    def _shown(self, conversation: Conversation, position: int) -> str:
        """The conversation up to the turn, as lines of JSON: no text of a turn can look like another turn."""
        lines: list[str] = []
        room = MAX_CONVERSATION_CHARACTERS
        for turn in reversed(conversation.turns[: position + 1]):
            said: dict[str, object] = {"role": turn.role, "text": _shortened(turn.text or turn.refusal)}
            if turn.calls:
                said["calls"] = [{"name": call.name, "arguments": call.arguments} for call in turn.calls]
            line = json.dumps(said, ensure_ascii=False, default=str)[: MAX_TURN_CHARACTERS * 2]
            room -= len(line)
            if room < 0 and lines:
                lines.append(json.dumps({"left_out": "older turns"}))
                break
            lines.append(line)
        if conversation.operator_prompt:
            lines.append(
                json.dumps({"role": "operator", "text": _shortened(conversation.operator_prompt)}, ensure_ascii=False)
            )
        return "\n".join(reversed(lines))


def _shortened(text: str) -> str:
    if len(text) <= MAX_TURN_CHARACTERS:
        return text
    half = MAX_TURN_CHARACTERS // 2
    return f"{text[:half]} […] {text[-half:]}"


def _mark_outside(text: str) -> str:
    """A mark that does not occur in a text, so that nothing in the text can end the material. The same text gets the
    same mark."""
    number = 0
    while True:
        mark = f"material-{hashlib.sha256(f'{number}{text}'.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        if mark not in text:
            return mark
        number += 1
