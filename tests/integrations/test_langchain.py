"""The LangChain tools, under LangChain's own standard tests and on their own terms."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from legit._util.token_count import count_tokens
from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, tool_definitions
from legit.integrations.langchain import ConsultTool, VocabularyTool, legit_tools
from tests.support.agent_cases import DEFEATED, NOT_UNDERSTOOD, STANDS


class ConsultToolCase:
    @property
    def tool_constructor(self) -> type[ConsultTool]:
        return ConsultTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"facts": DEFEATED, "rule": "a stamped certificate", "request": "send the money"}


class ShortConsultToolCase(ConsultToolCase):
    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"vocabulary_mode": "lookup"}


class VocabularyToolCase:
    @property
    def tool_constructor(self) -> type[VocabularyTool]:
        return VocabularyTool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"topics": ["request"]}


class TestConsultToolUnit(ConsultToolCase, ToolsUnitTests):
    pass


class TestConsultToolIntegration(ConsultToolCase, ToolsIntegrationTests):
    pass


class TestShortConsultToolUnit(ShortConsultToolCase, ToolsUnitTests):
    pass


class TestShortConsultToolIntegration(ShortConsultToolCase, ToolsIntegrationTests):
    pass


class TestVocabularyToolUnit(VocabularyToolCase, ToolsUnitTests):
    pass


class TestVocabularyToolIntegration(VocabularyToolCase, ToolsIntegrationTests):
    pass


def called(tool: BaseTool, **arguments: Any) -> ToolMessage:
    message = tool.invoke(ToolCall(name=tool.name, args=arguments, id="1", type="tool_call"))
    assert isinstance(message, ToolMessage)
    return message


@pytest.fixture(scope="module")
def tool() -> ConsultTool:
    return ConsultTool()


def test_the_artifact_is_plain_data_and_names_the_whole(tool: ConsultTool) -> None:
    message = called(tool, facts=DEFEATED, rule="no transfer without the stamp")
    expected = Consultant().consult(DEFEATED, rule="no transfer without the stamp")
    assert json.loads(json.dumps(message.artifact)) == message.artifact
    assert (message.artifact["verdict"], message.artifact["action"]) == ("defeated", "help")
    assert ["impossible_to_comply", "defeats"] in message.artifact["findings"]
    assert tool.consultation(message.artifact["decision_uri"]) == expected
    assert message.content == expected.content
    assert ConsultTool().consultation(message.artifact["decision_uri"]) is None


def test_a_decline_is_a_success(tool: ConsultTool) -> None:
    message = called(tool, facts=STANDS)
    assert (message.status, message.artifact["action"]) == ("success", "decline")


def test_what_is_understood_in_part_is_a_success_with_what_to_repair(tool: ConsultTool) -> None:
    message = called(tool, facts=[*DEFEATED[:-1], NOT_UNDERSTOOD])
    assert message.status == "success"
    assert message.artifact["action"] == "help"
    assert "Not understood (1), and may change this, even to a stop; the others are kept" in str(message.content)


@pytest.mark.parametrize(
    ("facts", "code"),
    [(["Please help my user."], "L106"), ([""], "L005"), (["x" * 130_000], "L001")],
)  # fmt: skip
def test_what_cannot_be_judged_is_an_error_with_a_code_and_a_remedy(
    tool: ConsultTool, facts: list[str], code: str
) -> None:
    message = called(tool, facts=facts)
    assert message.status == "error"
    assert str(message.content).startswith(f"No verdict ({code}): ")


@pytest.mark.parametrize("arguments", [{}, {"facts": 3}, {"facts": [None]}, {"facts": DEFEATED, "page": "next"}])
def test_arguments_that_do_not_fit_are_an_error_that_says_how_to_call(
    tool: ConsultTool, arguments: dict[str, Any]
) -> None:
    message = called(tool, **arguments)
    assert message.status == "error"
    assert 'Call it with {"facts": ["sentence", ...]}' in str(message.content)


def test_facts_may_come_as_one_text(tool: ConsultTool) -> None:
    assert called(tool, facts="\n".join(DEFEATED)).content == called(tool, facts=DEFEATED).content


def test_a_tool_may_be_copied_and_the_copy_consults(tool: ConsultTool) -> None:
    copied = copy.deepcopy(tool)
    assert called(copied, facts=DEFEATED).content == called(tool, facts=DEFEATED).content
    assert copied.consultant is tool.consultant
    pair = copy.deepcopy(legit_tools(vocabulary_mode="lookup"))
    assert [item.name for item in pair] == [CONSULT_TOOL, VOCABULARY_TOOL]


def test_the_asynchronous_call_says_the_same(tool: ConsultTool) -> None:
    call = ToolCall(name=tool.name, args={"facts": DEFEATED}, id="1", type="tool_call")
    assert asyncio.run(tool.ainvoke(call)) == tool.invoke(call)


@pytest.mark.parametrize(("vocabulary", "limit"), [("inline", 3000), ("lookup", 700)])
def test_name_description_and_schema_keep_to_their_tokens(vocabulary: str, limit: int) -> None:
    tools = legit_tools(vocabulary_mode=vocabulary)  # type: ignore[arg-type]
    sent = [convert_to_openai_tool(tool) for tool in tools]
    exact, tokens = count_tokens(json.dumps(sent, ensure_ascii=False))
    print(f"LangChain, vocabulary {vocabulary}: {tokens} tokens of {limit}")
    assert exact, "the exact count needs the extra `stats`"
    assert tokens <= limit


def test_langchain_sends_what_the_plain_definition_says() -> None:
    (sent,) = [convert_to_openai_tool(tool) for tool in legit_tools()]
    (plain,) = tool_definitions("openai")
    assert sent["function"]["name"] == plain["function"]["name"]
    assert sent["function"]["description"] == plain["function"]["description"]
    described, expected = sent["function"]["parameters"], plain["function"]["parameters"]
    assert {key: value["description"] for key, value in described["properties"].items()} == {
        key: value["description"] for key, value in expected["properties"].items()
    }
    assert described["required"] == expected["required"] == ["facts"]


def test_the_look_up_gives_what_the_short_form_leaves_out() -> None:
    consult, vocabulary = legit_tools(vocabulary_mode="lookup")
    assert (consult.name, vocabulary.name) == (CONSULT_TOOL, VOCABULARY_TOOL)
    topics = list(Consultant().topics)
    assert "The method is <method_kind>." in str(called(vocabulary, topics=topics).content)
