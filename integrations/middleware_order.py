"""Orders of LangChain middleware in which a turn cannot be kept, told when the agent is made (extra `agents`).

>>> agent = create_agent(model, tools, middleware=checked_order([summaries, ConsultBeforeRefusing()]))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL
from legit.integrations.middleware import (
    AgentMiddleware,
    ConsultBeforeRefusing,
)
from legit.messages import message

__all__ = ["checked_order"]

_RUN_CALLS_AS_THEY_ARE = frozenset({"ToolRetryMiddleware", "ToolErrorMiddleware"})
"""Middleware of LangChain that wraps calls of tools and changes none of them."""


def checked_order(middleware: Sequence[AgentMiddleware[Any, Any, Any]]) -> list[AgentMiddleware[Any, Any, Any]]:
    """The middleware as it is, for `create_agent`, which does not tell one middleware of the others.

    Raises ValueError when `ConsultBeforeRefusing` is not in the list, or cannot do its work there: the tools of the
    consultation are emulated or selected away, or middleware behind it can change a call that it has let through.
    """
    chain = list(middleware)
    place = next((number for number, item in enumerate(chain) if isinstance(item, ConsultBeforeRefusing)), None)
    if place is None:
        raise ValueError(message("integrations.order_missing"))
    for number, item in enumerate(chain):
        if _emulates(item):
            raise ValueError(message("integrations.order_emulated", name=item.name, tool=CONSULT_TOOL))
        if _selects_away(item, {tool.name for tool in chain[place].tools}):
            raise ValueError(message("integrations.order_selected_away", name=item.name, tool=CONSULT_TOOL))
        if number > place and _wraps_tools(item) and type(item).__name__ not in _RUN_CALLS_AS_THEY_ARE:
            raise ValueError(message("integrations.order_behind", name=item.name))
    return chain


def _wraps_tools(item: AgentMiddleware[Any, Any, Any]) -> bool:
    return any(
        getattr(type(item), name) is not getattr(AgentMiddleware, name)
        for name in ("wrap_tool_call", "awrap_tool_call")
    )


def _emulates(item: Any) -> bool:
    """Whether LangChain's emulator of tools would answer in place of the consultation."""
    if type(item).__name__ != "LLMToolEmulator":
        return False
    return bool(item.emulate_all) or bool({CONSULT_TOOL, VOCABULARY_TOOL} & set(item.tools_to_emulate))


def _selects_away(item: Any, tools: set[str]) -> bool:
    """Whether LangChain's selection of tools may leave out the tools of the consultation."""
    return type(item).__name__ == "LLMToolSelectorMiddleware" and not tools <= set(item.always_include)
