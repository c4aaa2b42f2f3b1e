"""Makes a conversation of its turns: ids, the operator's prompt, and what only one field tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from legit.conversations.conversation import Conversation, Tool, Turn
from legit.conversations.names import filled


def build(
    turns: Iterable[Turn],
    *,
    id: str = "",  # noqa: A002 - the name of the field
    operator_prompt: str = "",
    tools: Sequence[Tool] = (),
    language: str = "",
    time: str = "",
    model: str = "",
    extra: dict[str, Any] | None = None,
) -> Conversation:
    """A conversation. The system messages before the first turn are the operator's prompt. A turn without an id, or
    with that of another, gets one by its position."""
    said = list(turns)
    prompts = [operator_prompt] if operator_prompt else []
    more: list[dict[str, Any]] = []
    while said and said[0].role == "system":
        first = said.pop(0)
        if first.text and first.text not in prompts:
            prompts.append(first.text)
        rest = filled({"id": first.id, "time": first.time, **first.extra})
        if rest:
            more.append(rest)
    seen: set[str] = set()
    numbered = []
    for at, turn in enumerate(said, start=1):
        if not turn.id or turn.id in seen:
            changed = {"id": f"t{at}"} | ({"extra": {**turn.extra, "given_id": turn.id}} if turn.id else {})
            turn = turn.model_copy(update=changed)
        seen.add(turn.id)
        numbered.append(turn)
    kept = dict(extra or {})
    if more:
        kept["system_messages"] = more
    return Conversation(
        id=id,
        turns=tuple(numbered),
        operator_prompt="\n\n".join(prompts),
        tools=tuple(tools),
        language=language,
        time=time or next((turn.time for turn in numbered if turn.time), ""),
        model=model or next((turn.model for turn in numbered if turn.model), ""),
        extra=filled(kept),
    )


def joined(known: Sequence[Turn], new: Sequence[Turn]) -> list[Turn]:
    """A conversation so far, and a call of a model that repeats what was said before: the turns of both, each once.

    A new turn that stands in the known ones, behind those that were found before it, is a repetition. One that does not
    is put before the next repetition, or at the end. No turn is lost, also where a call left out or edited an old one.
    """
    turns, marks = list(known), [_mark(turn) for turn in known]
    at = 0
    fresh: list[Turn] = []
    for turn in new:
        mark = _mark(turn)
        try:
            found = marks.index(mark, at)
        except ValueError:
            fresh.append(turn)
            continue
        if turn.descriptions and not turns[found].descriptions:
            turns[found] = turns[found].model_copy(update={"descriptions": turn.descriptions})
        turns[found:found] = fresh
        marks[found:found] = [_mark(item) for item in fresh]
        at, fresh = found + len(fresh) + 1, []
    return [*turns, *fresh]


def _mark(turn: Turn) -> tuple[Any, ...]:
    return turn.role, turn.text, turn.refusal, turn.answers, tuple((call.id, call.name) for call in turn.calls)
