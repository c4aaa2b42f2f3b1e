"""Consulted before refusing: facts in, a short answer for a language model out. No agent framework is involved.

    >>> from legit.consult import Consultant
    >>> Consultant().consult(["The authority is a bank.", ...]).content

`Consultant` reads what can be read, judges it and says what it means; `tool_definition` describes it to a model.
"""

from __future__ import annotations

from legit.consult.consultant import Consultant, Consultation
from legit.consult.tools import CONSULT_TOOL, VOCABULARY_TOOL, handle_tool_call, tool_definitions

__all__ = ["CONSULT_TOOL", "VOCABULARY_TOOL", "Consultant", "Consultation", "handle_tool_call", "tool_definitions"]
