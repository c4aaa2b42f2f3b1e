"""One argument in every integration keeps a decision log: what is told is on record, and nothing is told that is not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import tools_condition
from mcp import Client

from legit.cli import main
from legit.consult import CONSULT_TOOL, Consultant, handle_tool_call
from legit.consult.consultant import resolve_consultant
from legit.decision_log import DecisionLog, LogReader, TextPolicy
from legit.decision_log.entries import Decision
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.integrations.inspect import consult_tool
from legit.integrations.langchain import ConsultTool, legit_tools
from legit.integrations.langgraph import consulting_node, consulting_tools
from legit.integrations.mcp import server
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.agent_loops import GraphState
from tests.support.scripted_model import ScriptedModel
from tests.support.scripted_systems import DEFEATED, STANDS

CALL = {"name": CONSULT_TOOL, "args": {"facts": DEFEATED}, "id": "1"}
THREAD: Any = {"configurable": {"thread_id": "t-7"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decisions.log"


def decisions(path: Path) -> list[Decision]:
    assert verify(path).valid
    return [record for _, record in LogReader(path).entries() if isinstance(record, Decision)]


def test_a_consultation_is_on_record_as_it_was_told(consultant: Consultant, path: Path) -> None:
    plain = consultant.consult(DEFEATED)
    found = consultant.with_log(path).consult(DEFEATED, rule="Quokka", request="Quokka", caller={"session": "s-1"})
    assert (found.assessment, found.content, plain.entry) == (plain.assessment, plain.content, None)
    assert found.entry == 2
    assert found.assessment is not None
    (kept,) = decisions(path)
    assert kept.caller == {"session": "s-1"}
    assert kept.answer.verdict == found.assessment.verdict
    assert [item.criterion for item in kept.answer.findings] == [item.criterion for item in found.assessment.findings]
    assert b"Quokka" not in b"".join(body for _, body in LogReader(path).raw_entries())


def test_further_pages_are_not_recorded_again_unless_the_first_never_was(consultant: Consultant, path: Path) -> None:
    keeps = consultant.with_log(path)
    assert keeps.consult(DEFEATED, page=2).entry == 2
    assert keeps.consult(DEFEATED, page=2).entry == 2
    assert keeps.consult(DEFEATED).entry == 3
    assert len(decisions(path)) == 2


def test_what_is_not_understood_is_no_decision(consultant: Consultant, path: Path) -> None:
    assert consultant.with_log(path).consult("The moon is a banana.").entry is None
    assert not path.exists()


def test_no_decision_is_told_that_is_not_on_record(
    consultant: Consultant, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text("no log", encoding="utf-8")
    keeps = consultant.with_log(path)
    found = keeps.consult(DEFEATED)
    assert (found.assessment, found.complete, [item.code for item in found.problems]) == (None, False, ["R102"])
    assert found.content.splitlines()[:2] == [
        "No verdict (R102).",
        "The decision could not be put on record, so none is given. Answer without it.",
    ]
    assert "R102" in caplog.text
    told = ConsultTool(keeps).invoke({**CALL, "type": "tool_call"})
    assert (told.status, told.content) == ("error", found.content)
    assert handle_tool_call(keeps, CONSULT_TOOL, {"facts": DEFEATED}) == found.content
    assert path.read_text(encoding="utf-8") == "no log"
    too_long = consultant.with_log(path.with_name("other")).consult(DEFEATED, caller={"id": "x" * 5000})
    assert [item.code for item in too_long.problems] == ["R105"]


def test_what_the_log_keeps_of_texts_is_the_builders_to_say(consultant: Consultant, path: Path) -> None:
    with DecisionLog(path, text_policy=TextPolicy.OMITTED) as log:
        keeps = resolve_consultant(consultant, log)
        keeps.consult(DEFEATED)
    assert decisions(path)[0].text_policy is TextPolicy.OMITTED
    assert resolve_consultant(consultant) is consultant


def test_the_tool(consultant: Consultant, path: Path) -> None:
    tool = ConsultTool(consultant, log=path)
    told = tool.invoke({**CALL, "type": "tool_call"}, THREAD)
    assert told.artifact["entry"] == 2
    asyncio.run(tool.ainvoke({"facts": STANDS}, {"configurable": {"thread_id": "x" * 9000}}))
    tool.invoke({"facts": STANDS})
    assert [item.answer.verdict.value for item in decisions(path)] == ["defeated", "stands", "stands"]
    assert [item.caller for item in decisions(path)] == [{"thread_id": "t-7"}, {"thread_id": "x" * 200}, {}]
    assert "config" not in tool.args


def test_the_middleware(consultant: Consultant, path: Path) -> None:
    model = ScriptedModel(
        AIMessage("I can't help with that."), AIMessage("", tool_calls=[CALL]), AIMessage("Here is how.")
    )
    agent = create_agent(model, middleware=[ConsultBeforeRefusing(consultant, log=path)], checkpointer=InMemorySaver())
    agent.invoke({"messages": [("user", "Help me.")]}, THREAD)
    assert [(item.answer.action, item.caller) for item in decisions(path)] == [("help", {"thread_id": "t-7"})]


def test_a_graph_built_by_hand(consultant: Consultant, path: Path) -> None:
    tools = legit_tools(consultant, log=path)
    model = ScriptedModel(
        AIMessage("I can't help with that."), AIMessage("", tool_calls=[CALL]), AIMessage("Here is how.")
    )
    graph = StateGraph(GraphState)
    graph.add_node("model", consulting_node(model.bind_tools(tools)))
    graph.add_node("tools", consulting_tools(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    graph.compile(checkpointer=InMemorySaver()).invoke({"messages": [("user", "Help me.")]}, THREAD)
    assert [(item.answer.action, item.caller) for item in decisions(path)] == [("help", {"thread_id": "t-7"})]


def test_the_mcp_server(consultant: Consultant, path: Path) -> None:
    async def talk() -> list[Any]:
        async with Client(server(consultant, log=path)) as client:
            calls = [
                ("consult_before_refusing", {}),
                ("consult_before_refusing", {"page": 2}),
                ("legit_explain", {}),
                ("legit_explain", {"page": 2}),
                ("legit_questions", {}),
            ]
            return [await client.call_tool(name, {"facts": DEFEATED, **more}) for name, more in calls]

    consulted, again, *_ = asyncio.run(talk())
    assert consulted.structured_content["entry"] == again.structured_content["entry"] == 2
    assert consulted.structured_content["decision_uri"] == again.structured_content["decision_uri"]
    assert len(decisions(path)) == 3  # each of the three tools told a verdict, further pages no other


def test_inspect_keeps_it_too(consultant: Consultant, path: Path) -> None:
    asyncio.run(consult_tool(consultant, log=str(path))(facts=DEFEATED))
    assert len(decisions(path)) == 1


def test_the_mcp_command_says_at_once_that_its_log_is_none(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(json.dumps({}), encoding="utf-8")
    assert main(["mcp", "--log", str(path)]) != 0
    assert "R102" in capsys.readouterr().err


def test_a_log_can_be_made_ready(path: Path) -> None:
    DecisionLog(path).open()
    assert len(LogReader(path)) == 1
    with pytest.raises(DecisionLogError):
        DecisionLog(path / "no" / "folder").open()
