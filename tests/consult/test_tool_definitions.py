"""The definitions of the tools, as each provider takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from legit._util.token_count import count_tokens
from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, handle_tool_call, tool_definitions
from legit.consult.tools import ToolFormat
from tests.support.agent_cases import DEFEATED

FORMATS = get_args(ToolFormat)
STRICT = ("openai", "openai-responses", "anthropic")


def functions(format_: Any, **options: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, description and schema of each tool, from where a provider looks for them."""
    found = []
    for tool in tool_definitions(format_, **options):
        if format_ == "gemini":
            found += [(item["name"], item["description"], item["parameters"]) for item in tool["functionDeclarations"]]
        elif format_ == "anthropic":
            found.append((tool["name"], tool["description"], tool["input_schema"]))
        else:
            assert tool["type"] == "function"
            item = tool["function"] if format_ == "openai" else tool
            found.append((item["name"], item["description"], item["parameters"]))
    return found


def schemas_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "type" in value:
            yield value
        for name, item in value.items():
            yield from (
                schemas_in(item) if name != "properties" else (s for inner in item.values() for s in schemas_in(inner))
            )


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("vocabulary", "limit"), [("inline", 3000), ("lookup", 700)])
def test_they_keep_to_their_tokens(format_: Any, vocabulary: Any, limit: int) -> None:
    tools = tool_definitions(format_, vocabulary)
    exact, tokens = count_tokens(json.dumps(tools, ensure_ascii=False))
    print(f"{format_}, vocabulary {vocabulary}: {tokens} tokens of {limit}")
    assert exact, "the exact count needs the extra `stats`"
    assert tokens <= limit


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("format_", FORMATS)
def test_each_provider_finds_name_description_and_schema(format_: str, strict: bool) -> None:
    if strict and format_ not in STRICT:
        with pytest.raises(ValueError, match="not `gemini`"):
            tool_definitions(format_, strict=True)  # type: ignore[arg-type]
        return
    ((name, description, schema),) = functions(format_, strict=strict)
    assert name == CONSULT_TOOL
    assert len(description) <= 1024  # what OpenAI's API takes
    assert "The authority is <authority_kind>." in schema["properties"]["facts"]["description"]
    pair = functions(format_, vocabulary_mode="lookup", strict=strict)
    assert [item[0] for item in pair] == [CONSULT_TOOL, VOCABULARY_TOOL]
    assert "<authority_kind>" not in json.dumps(pair)
    for _, _, schema in pair:
        for part in schemas_in(schema):
            assert not {"default", "title", "$ref", "anyOf"} & part.keys()


@pytest.mark.parametrize("format_", STRICT)
def test_the_strict_form_requires_all_and_lets_the_optional_be_null(format_: str) -> None:
    for _, _, schema in functions(format_, vocabulary_mode="lookup", strict=True):
        assert schema["required"] == list(schema["properties"])
        assert schema["additionalProperties"] is False
    _, _, consult = functions(format_, strict=True)[0]
    assert {name: item["type"] for name, item in consult["properties"].items()} == {
        "facts": "array", "rule": ["string", "null"], "request": ["string", "null"], "page": ["integer", "null"],
    }  # fmt: skip
    definition = tool_definitions(format_, strict=True)[0]  # type: ignore[arg-type]
    assert (definition["function"] if format_ == "openai" else definition)["strict"] is True


@pytest.mark.parametrize("format_", FORMATS)
def test_only_the_facts_are_required_without_it(format_: str) -> None:
    ((_, _, schema),) = functions(format_)
    assert schema["required"] == ["facts"]


def test_the_responses_api_is_told_that_it_is_not_strict() -> None:
    assert tool_definitions("openai-responses")[0]["strict"] is False  # it would be strict where nothing is said


def test_gemini_gets_its_subset_of_openapi() -> None:
    for _, _, schema in functions("gemini", vocabulary_mode="lookup"):
        for part in schemas_in(schema):
            assert part["type"] in {"OBJECT", "ARRAY", "STRING", "INTEGER"}
            assert part.keys() <= {"type", "description", "properties", "required", "items", "minItems"}


def test_openai_accepts_the_strict_schema_as_it_is() -> None:
    strict_schema = pytest.importorskip("agents.strict_schema", reason="openai-agents is not installed")
    for _, _, schema in functions("openai-responses", vocabulary_mode="lookup", strict=True):
        assert strict_schema.ensure_strict_json_schema(json.loads(json.dumps(schema))) == schema


def test_openais_package_takes_the_definitions() -> None:
    responses = pytest.importorskip("openai.types.responses", reason="openai is not installed")
    chat = pytest.importorskip("openai.types.chat", reason="openai is not installed")
    from pydantic import TypeAdapter

    for strict in (False, True):
        for tool in tool_definitions("openai-responses", "lookup", strict=strict):
            assert TypeAdapter(responses.FunctionToolParam).validate_python(tool)["name"] in {
                CONSULT_TOOL,
                VOCABULARY_TOOL,
            }
        for tool in tool_definitions("openai", "lookup", strict=strict):
            assert TypeAdapter(chat.ChatCompletionFunctionToolParam).validate_python(tool)["function"]["parameters"]


def test_anthropics_package_takes_the_definitions() -> None:
    types = pytest.importorskip("anthropic.types", reason="anthropic is not installed")
    from pydantic import TypeAdapter

    for strict in (False, True):
        for tool in tool_definitions("anthropic", "lookup", strict=strict):
            assert TypeAdapter(types.ToolParam).validate_python(tool)["input_schema"]["properties"]


def test_googles_package_takes_the_definitions() -> None:
    types = pytest.importorskip("google.genai.types", reason="google-genai is not installed")
    for vocabulary in ("inline", "lookup"):
        for tool in tool_definitions("gemini", vocabulary):  # type: ignore[arg-type]
            declared = types.Tool.model_validate(tool).function_declarations
            assert declared[0].parameters.properties["facts"].items.type == types.Type.STRING


def test_another_format_or_mode_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="`openai`, `openai-responses`, `anthropic` or `gemini`, not `cohere`"):
        tool_definitions("cohere")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`inline` or `lookup`, not `none`"):
        tool_definitions(vocabulary_mode="none")  # type: ignore[arg-type]


def test_a_call_by_the_strict_form_is_answered(consultant: Consultant) -> None:
    ((_, _, schema),) = functions("openai", strict=True)
    call = dict.fromkeys(schema["required"]) | {"facts": DEFEATED}
    assert handle_tool_call(consultant, CONSULT_TOOL, json.dumps(call)) == consultant.consult(DEFEATED).content
