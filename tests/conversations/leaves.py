"""What a file holds, and what a conversation holds: every text and number, to compare the two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from legit.conversations import Conversation


def leaves(value: Any) -> Iterator[str]:
    """Every text and number in JSON data. JSON that is written as a text counts as data."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            yield from leaves(json.loads(value))
        except ValueError:
            yield value
    elif value not in (None, "", True, False):
        yield str(value)


def lost(record: Any, *conversations: Conversation, but: tuple[str, ...] = ()) -> set[str]:
    """The texts and numbers of a record that no conversation holds, except for names of roles and of types (`but`)."""
    kept = set()
    for conversation in conversations:
        kept |= set(leaves(conversation.model_dump(mode="json")))
    names = {
        "user",
        "assistant",
        "system",
        "tool",
        "human",
        "ai",
        "text",
        "message",
        "function",
        "tool_call",
        "developer",
        "model",
        "agent",
    }
    whole = "\x00".join(kept)
    return {
        leaf
        for leaf in leaves(record)
        if leaf not in kept and leaf not in names and leaf not in but and leaf not in whole
    }
