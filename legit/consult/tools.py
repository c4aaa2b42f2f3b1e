"""The tools as a model sees them: names, descriptions and schemas, with or without a framework."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from legit.consult.consultant import Consultant
from legit.consult.token_budget import truncate
from legit.messages import message

CONSULT_TOOL = "consult_before_refusing"
VOCABULARY_TOOL = "legit_vocabulary"

ToolFormat = Literal["openai", "anthropic"]
VocabularyMode = Literal["inline", "lookup"]


def consult_description() -> str:
    """The description, for a model, of the tool that is consulted before refusing."""
    return message("consult.tool_consult")


def vocabulary_description() -> str:
    """The description, for a model, of the tool that gives the vocabulary by topic."""
    return message("consult.tool_vocabulary", tool=CONSULT_TOOL)


def _as_lines(value: Any) -> Any:
    return value.splitlines() if isinstance(value, str) else value


def _as_words(value: Any) -> Any:
    return re.findall(r"\w+", value) if isinstance(value, str) else value


def _none_to_empty(value: Any) -> Any:
    return "" if value is None else value


def _none_to_first_page(value: Any) -> Any:
    return 1 if value is None else value


@lru_cache(maxsize=16)
def consult_arguments(description: str) -> type[BaseModel]:
    """The arguments of the consultation, with `facts` as the description of the sentences."""
    return create_model(
        "ConsultArguments",
        __config__=ConfigDict(extra="ignore"),
        facts=(Annotated[list[str], BeforeValidator(_as_lines)], Field(description=description, min_length=1)),
        rule=(
            Annotated[str, BeforeValidator(_none_to_empty)],
            Field(default="", description=message("consult.argument_rule")),
        ),
        request=(
            Annotated[str, BeforeValidator(_none_to_empty)],
            Field(default="", description=message("consult.argument_request")),
        ),
        page=(
            Annotated[int, BeforeValidator(_none_to_first_page)],
            Field(default=1, description=message("consult.argument_page")),
        ),
    )


def vocabulary_arguments(consultant: Consultant) -> type[BaseModel]:
    """The arguments of the look-up, with the topics of the consultant's vocabulary."""
    topics = consultant.topics.items()
    described = "; ".join(message("consult.topic", name=name, title=title.lower()) for name, title in topics)
    return create_model(
        "VocabularyArguments",
        __config__=ConfigDict(extra="ignore"),
        topics=(Annotated[list[str], BeforeValidator(_as_words)], Field(description=described, min_length=1)),
    )


def facts_description(
    consultant: Consultant, vocabulary_mode: VocabularyMode, vocabulary_tool: str = VOCABULARY_TOOL
) -> str:
    """How the model is to write the facts: with the whole vocabulary, or with the tool that gives it.

    Raises ValueError for another mode.
    """
    if vocabulary_mode == "lookup":
        return message("consult.argument_facts_lookup", vocabulary_tool=vocabulary_tool)
    if vocabulary_mode == "inline":
        return message("consult.argument_facts_inline", vocabulary=consultant.vocabulary())
    raise ValueError(f"vocabulary is `inline` or `lookup`, not `{vocabulary_mode}`")


def tool_definitions(
    format: ToolFormat = "openai",  # noqa: A002
    vocabulary_mode: VocabularyMode = "inline",
    *,
    consultant: Consultant | None = None,
) -> list[dict[str, Any]]:
    """The tools as plain JSON schemas for the API of OpenAI or Anthropic, to be passed as its `tools`.

    With `vocabulary_mode="inline"` there is one tool with the whole vocabulary. With `"lookup"` there is a short one,
    and a second tool that gives the vocabulary by topic. Raises ValueError for another format or mode. Answer the calls
    of the model with `handle_tool_call`.
    """
    consultant = consultant or Consultant()
    arguments = consult_arguments(facts_description(consultant, vocabulary_mode))
    tools: list[tuple[str, str, type[BaseModel]]] = [(CONSULT_TOOL, consult_description(), arguments)]
    if vocabulary_mode == "lookup":
        tools.append((VOCABULARY_TOOL, vocabulary_description(), vocabulary_arguments(consultant)))
    schemas = [(name, description, _schema(model)) for name, description, model in tools]
    if format == "openai":
        return [
            {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}
            for name, description, schema in schemas
        ]
    if format == "anthropic":
        return [
            {"name": name, "description": description, "input_schema": schema} for name, description, schema in schemas
        ]
    raise ValueError(f"format is `openai` or `anthropic`, not `{format}`")


def handle_tool_call(consultant: Consultant, name: str, arguments: str | dict[str, Any]) -> str:
    """The text that answers a model's call of one of the tools. For invalid arguments it says how to make the call."""
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (
        ValueError,
        RecursionError,
    ):  # also for numbers with too many digits, and for JSON that is nested too deeply
        return message("consult.not_json", tool=name)
    try:
        if name == CONSULT_TOOL:
            asked = consult_arguments("").model_validate(given).model_dump()
            return consultant.consult(**asked).content
        if name == VOCABULARY_TOOL:
            return consultant.vocabulary(vocabulary_arguments(consultant).model_validate(given).model_dump()["topics"])
    except ValidationError as error:
        return invalid_arguments_text(name, error)
    return message(
        "consult.no_tool", name=truncate(name, 20), consult_tool=CONSULT_TOOL, vocabulary_tool=VOCABULARY_TOOL
    )


def invalid_arguments_text(name: str, error: ValidationError) -> str:
    """The errors in the arguments of a call, in words with which a model can correct the call."""
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg'].lower()}" for item in error.errors()[:3])
    shape = "facts" if name == CONSULT_TOOL else "topics"
    return message(f"consult.call_{shape}", tool=name, wrong=truncate(wrong, 60))


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema without the titles that pydantic adds: they tell a model nothing."""
    schema = model.model_json_schema()
    properties = {
        name: {key: value for key, value in item.items() if key != "title"}
        for name, item in schema["properties"].items()
    }
    required = schema.get("required", [])
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
