"""A turn for agents of any framework: reads what a model drafts, asks it again, and keeps what tools report.

The integrations of frameworks other than LangChain are made of it. It knows no framework.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Admission, Draft, Step, ToolAnswer, ToolCall, Turn
from legit.integrations.enforcing_names import enforcing_names
from legit.refusals import read_reply

__all__ = ["Settled", "TextPredicate", "TurnKeeper", "reads_as_refusal"]

Response = TypeVar("Response")

TextPredicate = Callable[[str], bool]
"""A question about the text of a draft."""


def reads_as_refusal(text: str) -> bool:
    """Whether a text declines, or announces that something is done to the person because of a rule, by the refusal test
    (`legit.refusals`). One hint suffices: a false positive costs one more call of the model and changes no answer.
    """
    reading = read_reply(text, strictness="sensitive")
    return reading.declines or reading.enforces


@dataclass(frozen=True)
class Settled(Generic[Response]):
    """What a model was brought to: the step, and the response that is sent. `response` is None where the step sends
    what no response of this call said: the refusal of an earlier step, or a text of ours.
    """

    step: Step
    response: Response | None
    latest: Response


@dataclass
class TurnKeeper:
    """One turn, with what decides what a draft is.

    `enforces` are the tools that enforce a rule on somebody, or their names. `refuses` says whether a text is a
    refusal, `exempt` whether it is the operator's own policy.
    """

    turn: Turn = field(default_factory=Turn)
    enforces: Collection[Any] | str = ()
    refuses: TextPredicate = reads_as_refusal
    exempt: TextPredicate | None = None

    def __post_init__(self) -> None:
        self.enforces = enforcing_names(self.enforces)

    def call(self, identity: str, name: str, arguments: str | Mapping[str, Any] | None) -> ToolCall:
        """A tool call. Arguments that are no JSON object are kept as a text."""
        enforces = name in self.enforces and name not in (CONSULT_TOOL, VOCABULARY_TOOL)
        return ToolCall(id=identity, name=name, args=_as_object(arguments), enforces=enforces)

    def draft(
        self,
        text: str,
        calls: Iterable[ToolCall] = (),
        answer: Mapping[str, Any] | None = None,
        *,
        refused: bool = False,
    ) -> Draft:
        """What a model drafts. `answer` is a structured answer that would end the turn, `refused` whether the provider
        marks a refusal.
        """
        drafted = tuple(calls)
        ends = answer is not None or not drafted
        texts = [item for item in (text, *_own_texts(answer or {})) if item.strip()]
        return Draft(
            text=text,
            calls=drafted,
            answer=dict(answer) if answer is not None else None,
            refuses=ends and (refused or any(self.refuses(item) for item in texts)),
            exempt=self.exempt is not None and any(self.exempt(item) for item in texts),
        )

    async def settle(
        self, ask: Callable[[str], Awaitable[Response]], read: Callable[[Response], Draft], *, offered: bool
    ) -> Settled[Response]:
        """Call the model until what it says can be sent. `ask` is given the note for the call, empty for the first.

        Raises what the first call raises. A second call that fails leaves the first draft.
        """
        came: list[Response] = []
        note = ""
        while True:
            try:
                response = await ask(note)
            except Exception:
                if not note:
                    raise
                step = self.turn.failed()
            else:
                came.append(response)
                step = self.turn.next(read(response), offered=offered)
            if step.action == "send":
                chosen = {"draft": came[-1], "first": came[0]}.get(step.sends)
                return Settled(step, chosen, came[-1])
            note = step.note

    def settle_sync(
        self, ask: Callable[[str], Response], read: Callable[[Response], Draft], *, offered: bool
    ) -> Settled[Response]:
        """As `settle`, for a model that is called without an event loop."""

        async def asked(note: str) -> Response:
            return ask(note)

        try:
            self.settle(asked, read, offered=offered).send(None)
        except StopIteration as done:
            settled: Settled[Response] = done.value
            return settled
        raise RuntimeError("a call that waits for nothing was suspended")

    def admit(self, call: ToolCall) -> Admission:
        """Whether a call may run: see `Turn.admit`."""
        return self.turn.admit(call)

    def carried_out(self, call: ToolCall, admission: Admission) -> None:
        """Take in that a call has run."""
        if call.enforces:
            self.turn.carried_out(call, admission)

    def not_received(self) -> None:
        """Take in that what was sent last has reached nobody, because it was not valid: it is no act."""
        state = self.turn.state
        kept = tuple(act for act in state.acts if act.id != f"{state.drafts}/text")
        self.turn.state = state.model_copy(update={"acts": kept})

    def answered(self, answer: ToolAnswer) -> str:
        """Take in the answer of one of the tools. Returns its text."""
        if answer.result is not None:
            self.turn.finish(answer.result)
        return answer.text


def _as_object(arguments: str | Mapping[str, Any] | None) -> dict[str, Any]:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return {"arguments": arguments}
    return dict(arguments) if isinstance(arguments, Mapping) else {} if arguments is None else {"arguments": arguments}


def _own_texts(answer: Mapping[str, Any]) -> list[str]:
    """The texts of a structured answer itself. What stands deeper may be quoted."""
    return [value for value in answer.values() if isinstance(value, str)]
