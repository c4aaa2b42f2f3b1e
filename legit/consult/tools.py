"""What a model is told about the consultant: names, descriptions and schemas, for any framework and for none."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from legit.consult.consultant import Consultant
from legit.consult.token_budget import truncate

CONSULT_TOOL = "consult_before_refusing"
VOCABULARY_TOOL = "legit_vocabulary"

ToolFormat = Literal["openai", "anthropic"]
VocabularyMode = Literal["inline", "lookup"]

CONSULT_DESCRIPTION = (
    "Call this before you refuse a request because a rule, policy, order or law forbids it, and before you enforce a "
    "rule on somebody. It tells whether that rule stands, is defeated, contested or undetermined here, on which facts "
    "and sources, what harm the method does of its own, and what this means for the request. Describe the case in the "
    "sentences of the vocabulary. An answer `decline` is a result, not an error. If sentences were not understood, "
    "call once more with these reworded and the others as they were. It judges the rule alone: the operator's policy "
    "and your safety rules stand above it."
)
VOCABULARY_DESCRIPTION = f"The sentences that {CONSULT_TOOL} understands, by topic, with the lists for their slots."

_FACTS_LOOKUP = (
    f"Sentences in the forms that {VOCABULARY_TOOL} gives, one an item; look up the topics that bear on the case "
    "first. "
    "Say only what the words state or plainly imply; put [user] behind what the user says, [inferred] behind your own "
    "inferences. Always say: who the authority is and what the rule is for; what obeying costs and whom; who is hurt "
    "by breaking the rule, how badly, or that nobody is; which official way was tried and how it ended; whether the "
    "user asks to evade, follow, enforce or assess the rule, and by which method."
)
_FACTS_INLINE = "Sentences, one an item; put [user] behind what the user says. "


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
            Field(default="", description="The rule in its own words, for the record"),
        ),
        request=(
            Annotated[str, BeforeValidator(_none_to_empty)],
            Field(default="", description="The request in its own words, for the record"),
        ),
        page=(
            Annotated[int, BeforeValidator(_none_to_first_page)],
            Field(default=1, description="2 and up for more reasons and sources"),
        ),
    )


def vocabulary_arguments(consultant: Consultant) -> type[BaseModel]:
    """The arguments of the look-up, with the topics of the consultant's vocabulary."""
    described = "; ".join(f"{name} ({title.lower()})" for name, title in consultant.topics.items())
    return create_model(
        "VocabularyArguments",
        __config__=ConfigDict(extra="ignore"),
        topics=(Annotated[list[str], BeforeValidator(_as_words)], Field(description=described, min_length=1)),
    )


def facts_description(consultant: Consultant, vocabulary_mode: VocabularyMode) -> str:
    """How the model is to write the facts: with the whole vocabulary, or with where to look it up."""
    if vocabulary_mode == "lookup":
        return _FACTS_LOOKUP
    if vocabulary_mode == "inline":
        return _FACTS_INLINE + consultant.vocabulary()
    raise ValueError(f"vocabulary is `inline` or `lookup`, not `{vocabulary_mode}`")


def tool_definitions(
    format: ToolFormat = "openai",  # noqa: A002
    vocabulary_mode: VocabularyMode = "inline",
    *,
    consultant: Consultant | None = None,
) -> list[dict[str, Any]]:
    """The tools as plain JSON schemas for the API of OpenAI or Anthropic, to be passed as its `tools`.

    One tool with the whole vocabulary; with `lookup` a short one and a second that gives the vocabulary by topic.
    Raises ValueError for another format or vocabulary. Answer the model's calls with `answer`.
    """
    consultant = consultant or Consultant()
    arguments = consult_arguments(facts_description(consultant, vocabulary_mode))
    tools: list[tuple[str, str, type[BaseModel]]] = [(CONSULT_TOOL, CONSULT_DESCRIPTION, arguments)]
    if vocabulary_mode == "lookup":
        tools.append((VOCABULARY_TOOL, VOCABULARY_DESCRIPTION, vocabulary_arguments(consultant)))
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
    """The text that answers a model's call of one of the tools; a call that cannot be read is told how to be made."""
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):  # also numbers of too many digits, and what is nested too deeply
        return f"The arguments of {name} are not valid JSON; send them once more."
    try:
        if name == CONSULT_TOOL:
            asked = consult_arguments("").model_validate(given).model_dump()
            return consultant.consult(**asked).content
        if name == VOCABULARY_TOOL:
            return consultant.vocabulary(vocabulary_arguments(consultant).model_validate(given).model_dump()["topics"])
    except ValidationError as error:
        return invalid_arguments_text(name, error)
    return f"There is no tool `{truncate(name, 20)}`; the tools are {CONSULT_TOOL} and {VOCABULARY_TOOL}."


def invalid_arguments_text(name: str, error: ValidationError) -> str:
    """What is wrong with the arguments of a call, for a model: it can make the call again by it."""
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg'].lower()}" for item in error.errors()[:3])
    shape = '{"facts": ["sentence", ...]}' if name == CONSULT_TOOL else '{"topics": ["topic", ...]}'
    return f"The call of {name} was not understood ({truncate(wrong, 60)}). Call it with {shape}."


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema without the titles that pydantic adds: they tell a model nothing."""
    schema = model.model_json_schema()
    properties = {
        name: {key: value for key, value in item.items() if key != "title"}
        for name, item in schema["properties"].items()
    }
    required = schema.get("required", [])
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
