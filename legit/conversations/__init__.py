"""Conversations with an assistant, read from the formats that people have: `read_conversations`.

    >>> from legit.conversations import read_conversations
    >>> for conversation in read_conversations("export.jsonl"):
    ...     conversation.id, len(conversation.turns)

A conversation keeps ids, turns, tools, language, time, model and the operator's prompt. What a record holds beside
them is kept in `extra`.
"""

from __future__ import annotations

from legit.conversations.conversation import Conversation, Tool, ToolCall, Turn
from legit.conversations.field_map import FieldMap, load_field_map
from legit.conversations.reader import format_names, read_conversations, read_records

__all__ = [
    "Conversation", "FieldMap", "Tool", "ToolCall", "Turn", "format_names", "load_field_map", "read_conversations",
    "read_records",
]  # fmt: skip
