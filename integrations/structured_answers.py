"""The structured answers of LangChain's agents: which one a response holds, how it is held back and given again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from langchain.agents.middleware import ModelResponse
from langchain.agents.structured_output import (
    AutoStrategy,
    OutputToolBinding,
    ProviderStrategy,
    ProviderStrategyBinding,
    ToolStrategy,
)
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage


def answer_of(response: ModelResponse[Any], message: AIMessage) -> tuple[dict[str, Any] | None, frozenset[str]]:
    """The structured answer of a response (`args`, and the name of its `tool`, empty without one), None if it has none;
    and the ids of the calls of the message that need no tool, since the response answers them itself."""
    answered = {item.tool_call_id for item in response.result if isinstance(item, ToolMessage)}
    calls = [call for call in message.tool_calls if call["id"] in answered]
    ids = frozenset(str(call["id"]) for call in calls)
    if calls:
        # An answer that is not valid is one as well: the model repairs it in the next step.
        return {"tool": calls[-1]["name"], "args": calls[-1]["args"]}, ids
    if response.structured_response is None:
        return None, ids
    try:
        args = json.loads(message.text)
    except ValueError:
        args = {"text": message.text}
    return {"tool": "", "args": args}, ids


def held_back(response: ModelResponse[Any], text: str) -> ModelResponse[Any]:
    """The response without its structured answer; its calls are answered with an error, so that the model goes on."""
    result: list[BaseMessage] = [
        item.model_copy(update={"content": text, "status": "error"}) if isinstance(item, ToolMessage) else item
        for item in response.result
    ]
    return ModelResponse(result=result)


def given_again(answer: Mapping[str, Any], response_format: Any) -> ModelResponse[Any] | None:
    """A response that gives an earlier structured answer; None if the format of the answers has no place for it."""
    try:
        return _with_tool(answer, response_format) if answer["tool"] else _by_provider(answer, response_format)
    except Exception:  # whatever a schema of the builder raises for an answer that it took before
        return None


def _with_tool(answer: Mapping[str, Any], response_format: Any) -> ModelResponse[Any] | None:
    strategy = response_format if isinstance(response_format, ToolStrategy) else ToolStrategy(_schema(response_format))
    spec = next((item for item in strategy.schema_specs if item.name == answer["tool"]), None)
    if spec is None:
        return None
    value = OutputToolBinding.from_schema_spec(spec).parse(answer["args"])
    id_ = f"legit-{uuid4().hex}"
    call = {"name": spec.name, "args": answer["args"], "id": id_}
    text = strategy.tool_message_content or f"Returning structured response: {value}"
    told = ToolMessage(content=text, tool_call_id=id_, name=spec.name)
    return ModelResponse(result=[AIMessage(content="", tool_calls=[call]), told], structured_response=value)


def _by_provider(answer: Mapping[str, Any], response_format: Any) -> ModelResponse[Any]:
    strategy = (
        response_format if isinstance(response_format, ProviderStrategy) else ProviderStrategy(_schema(response_format))
    )
    message = AIMessage(content=json.dumps(answer["args"], ensure_ascii=False))
    value = ProviderStrategyBinding.from_schema_spec(strategy.schema_spec).parse(message)
    return ModelResponse(result=[message], structured_response=value)


def _schema(response_format: Any) -> Any:
    return response_format.schema if isinstance(response_format, AutoStrategy) else response_format
