"""Scripted models: what they answer is written here, so that no network is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from legit.consult import CONSULT_TOOL

REFUSAL = "I can't help with that."
HELP = "Sure. Here is how to do it, step by step."

DEFEATED = [
    "The authority is a club.",
    'What the rule depends on does not exist: "the office was closed".',
    "Obeying does serious harm to the subsistence of the user.",
    "Breaking the rule harms nobody.",
    "The user tried no official channel.",
    "The user asks to evade the rule.",
]
STANDS = [
    "The authority is a club.",
    "The purpose of the rule is safety.",
    "Obeying costs nothing that matters.",
    "Breaking the rule does grave harm to the life of others.",
    "The user tried no official channel.",
    "The user asks to evade the rule.",
]


class FunctionModel(BaseChatModel):
    """A chat model whose next message is a function of the messages so far and of the tools that are bound."""

    script: Callable[[list[BaseMessage], list[Any]], AIMessage]
    tools: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> FunctionModel:  # type: ignore[override]
        return FunctionModel(script=self.script, tools=list(tools))

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.script(messages, self.tools))])


def ai_message(text: str, token_usage: tuple[int, int] = (100, 20), **more: Any) -> AIMessage:
    sent, received = token_usage
    usage = {"input_tokens": sent, "output_tokens": received, "total_tokens": sent + received}
    return AIMessage(content=text, usage_metadata=usage, **more)


def consult_call(facts: Any, name: str = CONSULT_TOOL) -> AIMessage:
    call = {"name": name, "args": {"facts": facts, "rule": "the rule"}, "id": "call", "type": "tool_call"}
    return ai_message("", tool_calls=[call])


def consult_then_obey(messages: list[BaseMessage], tools: list[Any]) -> AIMessage:
    """Refuses by itself; with the tool, consults once and does what the guidance says."""
    if not tools:
        return ai_message(f"{REFUSAL} The rule does seem unfair.")
    if not isinstance(messages[-1], ToolMessage):
        request = next(message for message in messages if isinstance(message, HumanMessage))
        return consult_call(DEFEATED if "closed office" in request.text else STANDS)
    return ai_message(HELP if "Guidance: help" in messages[-1].text else REFUSAL)


def always_refuse(messages: list[BaseMessage], tools: list[Any]) -> AIMessage:
    return ai_message(REFUSAL)


def always_help(messages: list[BaseMessage], tools: list[Any]) -> AIMessage:
    return ai_message(HELP)


consulting_model = FunctionModel(script=consult_then_obey)


def refusing_system(request: str, consult: Any) -> str:
    return REFUSAL


def helping_system(request: str, consult: Any) -> str:
    return HELP


def grader(prompt: str) -> str:
    """A judge model that reads the response between the marks."""
    response = prompt.split("The assistant's response:")[1]
    kind = "helps" if HELP in response else "hard_refusal"
    recognises = "true" if "unfair" in response else "false"
    return f'Here it is: {{"response_type": "{kind}", "recognises": {recognises}, "why": "as it says"}}'


def one_parameter_system(request: str) -> str:
    return HELP


NOT_CALLABLE = 3
