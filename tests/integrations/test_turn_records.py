"""Every turn of an agent leaves a trace in the log, and the coverage that is reported is the true one."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import tools_condition

from legit.cli import main
from legit.consult import Consultant
from legit.decision_log import LogReader
from legit.decision_log.entries import Decision, Override, RecordedTurn
from legit.decision_log.turn_coverage import compute_turn_coverage
from legit.decision_log.verify import verify
from legit.integrations.langchain import legit_tools
from legit.integrations.langgraph import Reconsideration, consulting_node, consulting_tools
from legit.integrations.middleware import ConsultBeforeRefusing
from legit.messages import message
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, LAWFUL
from tests.support.agent_loops import ENDINGS, HELP, REFUSAL, GraphState, consult, suspend, suspend_account, told
from tests.support.scripted_model import ScriptedModel

POLICY = AIMessage("I can't talk about that. [policy 7]")
TURNS = int(os.environ.get("LEGIT_COVERAGE_TURNS", "24"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decisions.log"


def turns(path: Path) -> list[RecordedTurn]:
    assert verify(path).valid
    return [entry for _, entry in LogReader(path).entries() if isinstance(entry, RecordedTurn)]


def acts(entry: RecordedTurn) -> list[tuple[str, bool, str, str, bool]]:
    return [(act.kind, act.consulted, act.why, act.sent, act.override) for act in entry.acts]


def agent(model: ScriptedModel, path: Path, consultant: Consultant, **more: Any) -> Any:
    middleware = ConsultBeforeRefusing(
        consultant, log=path, enforces={"suspend_account"}, exempt=lambda draft: "[policy" in draft.text, **more
    )
    return create_agent(model, [suspend_account], middleware=[middleware], checkpointer=InMemorySaver())


@pytest.mark.parametrize(
    ("lines", "noted"),
    [
        ([HELP], []),
        ([REFUSAL, REFUSAL], [("refusal", False, "not_consulted", "draft", False)]),
        ([REFUSAL, HELP], [("refusal", False, "not_consulted", "draft", False)]),
        ([REFUSAL, consult(["The moon is a banana."]), REFUSAL], [("refusal", False, "failure", "draft", False)]),
        ([REFUSAL, consult(DEFEATED), REFUSAL], [("refusal", True, "", "draft", False)]),
        ([POLICY], [("refusal", False, "policy", "draft", False)]),
        ([consult(LAWFUL), suspend(), HELP], [("enforcement", True, "", "draft", False)]),
        ([suspend(), consult(ENFORCEMENT), suspend(), HELP], []),
    ],
)
def test_what_a_turn_leaves(
    path: Path, consultant: Consultant, lines: list[AIMessage], noted: list[tuple[str, bool, str, str, bool]]
) -> None:
    run: Any = {"configurable": {"thread_id": "t", "turn_id": "turn-1"}}
    agent(ScriptedModel(*lines), path, consultant).invoke({"messages": [HumanMessage("Go on.")]}, run)
    last = turns(path)[-1]
    assert acts(last) == noted
    assert (last.turn, last.finished, last.caller) == ("turn-1", True, {"thread_id": "t"})
    decisions = {number for number, entry in LogReader(path).entries() if isinstance(entry, Decision)}
    assert {number for act in last.acts for number in act.decisions} == (decisions if noted and noted[0][1] else set())
    assert REFUSAL.text.encode() not in b"".join(body for _, body in LogReader(path).raw_entries())


def test_an_enforcement_is_on_record_before_it_is_carried_out(path: Path, consultant: Consultant) -> None:
    ENDINGS.clear()
    found: list[int] = []

    def look(_: Any) -> AIMessage:
        found.append(len(turns(path)))
        return HELP

    model = ScriptedModel(consult(ENFORCEMENT), suspend(), look)
    asyncio.run(
        agent(model, path, consultant, allow_override=True).ainvoke(
            {"messages": [HumanMessage("Go on.")]}, {"configurable": {"thread_id": "t"}}
        )
    )
    assert (ENDINGS, found) == (["u1"], [1])
    before, after = turns(path)
    assert (before.finished, after.finished, before.turn) == (False, True, after.turn)
    assert acts(before) == acts(after) == [("enforcement", True, "", "draft", True)]
    (override,) = [entry for _, entry in LogReader(path).entries() if isinstance(entry, Override)]
    assert (override.decision_number, override.action) == (before.acts[0].decisions[0], "help")
    coverage = compute_turn_coverage(LogReader(path))
    assert (coverage.turns, coverage.acts["enforcement"].total, coverage.acts["enforcement"].overrides) == (1, 1, 1)


def test_what_cannot_be_recorded_is_not_carried_out(
    path: Path, consultant: Consultant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from legit.decision_log import DecisionLog
    from legit.errors import DecisionLogError, Problem

    def broken(*_: Any, **__: Any) -> int:
        raise DecisionLogError(Problem("R101", "the disk is full"))

    ENDINGS.clear()
    model = ScriptedModel(consult(LAWFUL), suspend(), HELP)
    monkeypatch.setattr(DecisionLog, "record_turn", broken)
    result = agent(model, path, consultant).invoke(
        {"messages": [HumanMessage("Go on.")]}, {"configurable": {"thread_id": "t"}}
    )
    assert ENDINGS == []
    assert told(result["messages"]).text == message("turn.not_recorded")
    assert result["messages"][-1].text == HELP.text


def test_a_graph_built_by_hand_leaves_the_same(path: Path, consultant: Consultant) -> None:
    tools = [suspend_account, *legit_tools(consultant, log=path)]
    model = ScriptedModel(REFUSAL, consult(DEFEATED), REFUSAL, consult(LAWFUL), suspend(), HELP)
    settings = Reconsideration(enforces={"suspend_account"})
    graph = StateGraph(GraphState)
    graph.add_node("model", consulting_node(model.bind_tools(tools), settings, log=path))
    graph.add_node("tools", consulting_tools(tools, settings, log=path))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    compiled = graph.compile(checkpointer=InMemorySaver())
    for text in ("Help me.", "Enforce it."):
        compiled.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": "t"}})
    finished = [entry for entry in turns(path) if entry.finished]
    assert [acts(entry) for entry in finished] == [
        [("refusal", True, "", "draft", False)],
        [("enforcement", True, "", "draft", False)],
    ]


def test_the_coverage_of_an_agent_of_known_truth(
    path: Path, consultant: Consultant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = itertools.cycle(
        [
            [HELP],
            [REFUSAL, consult(DEFEATED), HELP],
            [REFUSAL, consult(DEFEATED), REFUSAL],
            [REFUSAL, HELP],
            [consult(LAWFUL), suspend(), HELP],
            [POLICY],
        ]
    )
    lines = [line for _, kind in zip(range(TURNS), kinds, strict=False) for line in kind]
    running = agent(ScriptedModel(*lines), path, consultant)
    ids = [f"turn-{number}" for number in range(TURNS)]
    for number, turn in enumerate(ids):
        run: Any = {"configurable": {"thread_id": str(number), "turn_id": turn}}
        running.invoke({"messages": [HumanMessage("Go on.")]}, run)
    of_each = TURNS // 6
    count = tmp_path / "turns.txt"
    count.write_text("\n".join([*ids[1:], "lost"]), encoding="utf-8")
    assert main(["log", "coverage", str(path), "--turns", str(count), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["turns"], said["unfinished"]) == (TURNS, 0)
    assert said["refusal"] | {"low": 0, "high": 0} == {
        "total": 3 * of_each,
        "consulted": of_each,
        "share": 1 / 3,
        "low": 0,
        "high": 0,
        "overrides": 0,
        "not_consulted": {"not_consulted": of_each, "policy": of_each},
    }
    assert said["refusal"]["low"] < 1 / 3 < said["refusal"]["high"]
    assert (said["enforcement"]["total"], said["enforcement"]["consulted"]) == (of_each, of_each)
    assert (said["missing"], said["unknown"]) == (["lost"], ["turn-0"])
    assert main(["log", "coverage", str(path), "--turns", str(count)]) == 0
    text = capsys.readouterr().out
    assert f"{3 * of_each} refusals were sent" in text
    assert "33.3% (" in text
    page = tmp_path / "report.html"
    assert main(["log", "report", str(path), "--turns", str(count), "--output", str(page)]) == 0
    html = page.read_text(encoding="utf-8")
    assert "Turns of agents" in html
    assert "33.3% (" in html
    assert "1 turn of the operator&#39;s count is not in the log" in html
