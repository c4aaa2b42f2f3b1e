"""The consultation of an agent: facts in, a short answer for a language model out. No agent framework is needed.

    >>> from legit.consult import Consultant
    >>> Consultant().consult(["The authority is a bank.", ...]).content

`Consultant` parses the sentences, judges the case and composes the answer. `tool_definitions` describes it to a model.
`Turn` says what to do with what the model drafts.
"""

from __future__ import annotations

from legit.consult.consultant import Consultant, Consultation
from legit.consult.tools import (
    CONSULT_TOOL,
    VOCABULARY_TOOL,
    ToolAnswer,
    answer_tool_call,
    handle_tool_call,
    tool_definitions,
)
from legit.consult.turn import Admission, Step, Turn, TurnLimits
from legit.consult.turn_state import Act, ConsultationResult, Draft, ToolCall, TurnState

__all__ = [
    "CONSULT_TOOL", "VOCABULARY_TOOL", "Act", "Admission", "Consultant", "Consultation", "ConsultationResult", "Draft",
    "Step", "ToolAnswer", "ToolCall", "Turn", "TurnLimits", "TurnState", "answer_tool_call", "handle_tool_call",
    "tool_definitions",
]  # fmt: skip
