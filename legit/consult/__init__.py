"""Consulted before refusing: facts in, a short answer for a language model out. No agent framework is involved.

    >>> from legit.consult import Consultant
    >>> Consultant().consult(["The authority is a bank.", ...]).content

`Consultant` reads what can be read, judges it and says what it means; `tool_definition` describes it to a model.
"""

from __future__ import annotations

from legit.consult.consultant import Consultant, Consultation
from legit.consult.tools import CONSULT, VOCABULARY, answer, tool_definition

__all__ = ["CONSULT", "VOCABULARY", "Consultant", "Consultation", "answer", "tool_definition"]
