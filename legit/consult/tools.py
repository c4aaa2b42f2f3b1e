"""The tools as a model sees them: names, descriptions and schemas, with or without a framework."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from legit.consult.arguments import load_json, none_as_empty, none_as_first_page, read_sentences, read_words
from legit.consult.consultant import Consultant
from legit.consult.token_budget import truncate
from legit.consult.turn_state import ConsultationResult
from legit.messages import language, message, title_within_sentence

CONSULT_TOOL = "consult_before_refusing"
VOCABULARY_TOOL = "legit_vocabulary"

ToolFormat = Literal["openai", "openai-responses", "anthropic", "gemini"]
VocabularyMode = Literal["inline", "lookup"]

Sentences = Annotated[list[str], BeforeValidator(read_sentences)]
"""Sentences of a case, in any form in which a model writes a list."""
Names = Annotated[list[str], BeforeValidator(read_words)]
"""Names, in any form in which a model writes a list."""
Text = Annotated[str, BeforeValidator(none_as_empty)]
"""A text that may be null."""
PageNumber = Annotated[int, BeforeValidator(none_as_first_page)]
"""The number of a page, from 1, that may be null."""


def consult_description() -> str:
    """The description, for a model, of the tool that is consulted before refusing."""
    return message("consult.tool_consult")


def vocabulary_description() -> str:
    """The description, for a model, of the tool that gives the vocabulary by topic."""
    return message("consult.tool_vocabulary", tool=CONSULT_TOOL)


def consult_arguments(description: str) -> type[BaseModel]:
    """The arguments of the consultation, with `facts` as the description of the sentences."""
    return _consult_arguments(description, language())


@lru_cache(maxsize=16)
def _consult_arguments(description: str, _language: str) -> type[BaseModel]:
    return create_model(
        "ConsultArguments",
        __config__=ConfigDict(extra="ignore"),
        facts=(Sentences, Field(description=description, min_length=1)),
        rule=(Text, Field(default="", description=message("consult.argument_rule"))),
        request=(Text, Field(default="", description=message("consult.argument_request"))),
        page=(PageNumber, Field(default=1, description=message("consult.argument_page"))),
    )


def vocabulary_arguments(consultant: Consultant) -> type[BaseModel]:
    """The arguments of the look-up, with the topics of the consultant's vocabulary."""
    topics = consultant.topics.items()
    described = "; ".join(
        message("consult.topic", name=name, title=title_within_sentence(title)) for name, title in topics
    )
    return _vocabulary_arguments(described)


@lru_cache(maxsize=16)
def _vocabulary_arguments(described: str) -> type[BaseModel]:
    return create_model(
        "VocabularyArguments",
        __config__=ConfigDict(extra="ignore"),
        topics=(Names, Field(description=described, min_length=1)),
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
    raise ValueError(f"`vocabulary_mode` is `inline` or `lookup`, not `{vocabulary_mode}`")


def tool_definitions(
    format: ToolFormat = "openai",  # noqa: A002
    vocabulary_mode: VocabularyMode = "inline",
    *,
    strict: bool = False,
    consultant: Consultant | None = None,
) -> list[dict[str, Any]]:
    """The tools as plain JSON schemas for the API of a provider, to be passed as its `tools`.

    `format` is `openai` (Chat Completions), `openai-responses` (Responses), `anthropic` (Messages) or `gemini`
    (generateContent). With `vocabulary_mode="inline"` there is one tool with the whole vocabulary. With `"lookup"`
    there is a short one, and a second tool that gives the vocabulary by topic. No schema has a `default`: an argument
    that is not required may be left out or null.

    `strict` is for providers that hold a call to its schema (`strict` of OpenAI and Anthropic): every argument is then
    required, and null stands for what is left out. Gemini has no such form.

    Raises ValueError for another format or mode, and for a strict form of Gemini. Answer the calls of the model with
    `handle_tool_call`.
    """
    if format not in get_args(ToolFormat):
        raise ValueError(f"format is {_listed(get_args(ToolFormat))}, not `{format}`")
    if strict and format == "gemini":
        raise ValueError("`strict` is for formats of OpenAI and Anthropic, not `gemini`")
    consultant = consultant or Consultant()
    with consultant.judge.speaking():
        return _tool_definitions(format, vocabulary_mode, strict, consultant)


def _tool_definitions(
    format_: ToolFormat, vocabulary_mode: VocabularyMode, strict: bool, consultant: Consultant
) -> list[dict[str, Any]]:
    arguments = consult_arguments(facts_description(consultant, vocabulary_mode))
    tools: list[tuple[str, str, type[BaseModel]]] = [(CONSULT_TOOL, consult_description(), arguments)]
    if vocabulary_mode == "lookup":
        tools.append((VOCABULARY_TOOL, vocabulary_description(), vocabulary_arguments(consultant)))
    schemas = [(name, description, plain_schema(model, strict=strict)) for name, description, model in tools]
    if format_ == "gemini":
        return [
            {
                "functionDeclarations": [
                    {"name": name, "description": description, "parameters": _gemini_schema(schema)}
                    for name, description, schema in schemas
                ]
            }
        ]
    return [_definition(format_, name, description, schema, strict) for name, description, schema in schemas]


def _definition(format_: str, name: str, description: str, schema: dict[str, Any], strict: bool) -> dict[str, Any]:
    """One tool as OpenAI or Anthropic take it. The Responses API is strict unless it is told otherwise."""
    marked = {"strict": strict} if strict or format_ == "openai-responses" else {}
    if format_ == "anthropic":
        return {"name": name, "description": description, "input_schema": schema, **marked}
    function = {"name": name, "description": description, "parameters": schema, **marked}
    return (
        {"type": "function", **function}
        if format_ == "openai-responses"
        else {"type": "function", "function": function}
    )


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f"`{name}`" for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


class ToolAnswer(NamedTuple):
    """The answer to a model's call of one of the tools.

    `text` is for the model. `result` is how a consultation ended, for `Turn.finish`; None for a look-up.
    """

    text: str
    result: ConsultationResult | None


def answer_tool_call(consultant: Consultant, name: str, arguments: str | dict[str, Any]) -> ToolAnswer:
    """Answer a model's call of one of the tools. For invalid arguments the text says how to make the call, and the
    consultation has failed.
    """
    failed = ConsultationResult(status="failed") if name == CONSULT_TOOL else None
    try:
        given = load_json(arguments) if isinstance(arguments, str) else arguments
        given = load_json(given) if isinstance(given, str) else given  # some send JSON in a JSON string
    except ValueError:
        return ToolAnswer(message("consult.not_json", tool=name), failed)
    try:
        if name == CONSULT_TOOL:
            asked = consult_arguments("").model_validate(given).model_dump()
            found = consultant.consult(**asked)
            return ToolAnswer(found.content, ConsultationResult.of(found))
        if name == VOCABULARY_TOOL:
            topics = vocabulary_arguments(consultant).model_validate(given).model_dump()["topics"]
            return ToolAnswer(consultant.vocabulary(topics), None)
    except ValidationError as error:
        return ToolAnswer(invalid_arguments_text(name, error), failed)
    text = message(
        "consult.no_tool", name=truncate(name, 20), consult_tool=CONSULT_TOOL, vocabulary_tool=VOCABULARY_TOOL
    )
    return ToolAnswer(text, None)


def handle_tool_call(consultant: Consultant, name: str, arguments: str | dict[str, Any]) -> str:
    """The text of `answer_tool_call`."""
    return answer_tool_call(consultant, name, arguments).text


def invalid_arguments_text(name: str, error: ValidationError) -> str:
    """The errors in the arguments of a call, in words with which a model can correct the call."""
    wrong = "; ".join(f"`{'.'.join(map(str, item['loc']))}`: {item['msg'].lower()}" for item in error.errors()[:3])
    shape = "facts" if name == CONSULT_TOOL else "topics"
    return message(f"consult.call_{shape}", tool=name, wrong=truncate(wrong, 60))


def plain_schema(model: type[BaseModel], *, strict: bool = False) -> dict[str, Any]:
    """The schema of arguments without titles and defaults: they tell a model nothing, and strict providers refuse them.

    The strict form requires every argument, and lets those with a default be null.
    """
    schema = model.model_json_schema()
    required = schema.get("required", [])
    properties = {
        name: {key: value for key, value in item.items() if key not in {"title", "default"}}
        for name, item in schema["properties"].items()
    }
    if strict:
        for name in properties.keys() - set(required):
            properties[name]["type"] = [properties[name]["type"], "null"]
        required = list(properties)
        for item in properties.values():
            item.pop("minItems", None)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _gemini_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema in the subset of OpenAPI that Gemini's function declarations take: no `additionalProperties`, and
    types as the names of its enumeration.
    """
    found = {key: value for key, value in schema.items() if key != "additionalProperties"}
    found["type"] = schema["type"].upper()
    if "properties" in found:
        found["properties"] = {name: _gemini_schema(item) for name, item in found["properties"].items()}
    if "items" in found:
        found["items"] = _gemini_schema(found["items"])
    return found
