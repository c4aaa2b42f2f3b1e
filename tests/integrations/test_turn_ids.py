"""Each turn has an id of its own in the log, also where an agent runs within another and inherits the caller's id."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph

from legit._util.turn_ids import part_of_turn, whole_turn
from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.entries import RecordedTurn
from legit.decision_log.turn_coverage import compute_turn_coverage
from legit.integrations.langgraph import begin_turn, consulting_node
from legit.integrations.middleware import ConsultBeforeRefusing
from tests.support.agent_loops import REFUSAL, GraphState
from tests.support.scripted_model import ScriptedModel

ASKED: Any = {"messages": [HumanMessage("Help me.")]}
RUN: Any = {"configurable": {"thread_id": "c", "turn_id": "c/1"}}


def refusing(log: DecisionLog, *before: AIMessage, tools: Any = (), name: str = "agent") -> Any:
    model = ScriptedModel(*before, REFUSAL, repeat_last=True)
    return create_agent(model, list(tools), middleware=[ConsultBeforeRefusing(log=log)], name=name)


def delegating(log: DecisionLog) -> Any:
    @tool
    def delegate(task: str) -> str:
        """Ask other agents, one of them twice."""
        return "".join(helper.invoke(ASKED)["messages"][-1].text for helper in (refusing(log), refusing(log)))

    calls = [{"name": "delegate", "args": {"task": "b"}, "id": id_} for id_ in ("1", "2")]
    return refusing(log, AIMessage("", tool_calls=calls), tools=[delegate])


def two_agents(log: DecisionLog) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("first", refusing(log, name="first"))
    graph.add_node("second", refusing(log, name="second"))
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    return graph.compile()


def two_nodes(log: DecisionLog, *, begins: bool) -> Any:
    """A graph with two turns in one run, by one state."""
    graph = StateGraph(GraphState)
    for name in ("first", "second"):
        graph.add_node(name, consulting_node(ScriptedModel(REFUSAL, repeat_last=True), log=log))
    graph.add_node("begin", begin_turn)
    graph.add_edge(START, "first")
    graph.add_edge("first", "begin" if begins else "second")
    graph.add_edge("begin", "second")
    graph.add_edge("second", END)
    return graph.compile(checkpointer=InMemorySaver())


@pytest.mark.parametrize(
    ("build", "turns"),
    [
        (delegating, 5),
        (two_agents, 2),
        (lambda log: two_nodes(log, begins=False), 2),
        (lambda log: two_nodes(log, begins=True), 2),
    ],
    ids=["in a tool", "in nodes", "nodes", "nodes, begun"],
)
def test_no_refusal_of_an_agent_within_another_is_lost(tmp_path: Path, build: Any, turns: int) -> None:
    with DecisionLog(tmp_path / "decisions.log") as log:
        build(log).invoke(ASKED, RUN)
        coverage = compute_turn_coverage(LogReader(log.path), operator_turns=["c/1"])
        ids = [entry.turn for _, entry in LogReader(log.path).entries() if isinstance(entry, RecordedTurn)]
    refusals = coverage.acts["refusal"]
    assert (coverage.turns, refusals.total, dict(refusals.reasons)) == (turns, turns, {"not_consulted": turns})
    assert (coverage.missing, coverage.unknown) == ((), ())
    assert all(re.fullmatch(r"c/1(\+[0-9a-f]{12})?", turn) for turn in ids)


def test_a_second_turn_of_a_thread_under_the_same_id_is_counted(tmp_path: Path) -> None:
    with DecisionLog(tmp_path / "decisions.log") as log:
        model = ScriptedModel(REFUSAL, repeat_last=True)
        middleware = ConsultBeforeRefusing(log=log)
        agent = create_agent(model, middleware=[middleware], checkpointer=InMemorySaver())
        for _ in range(3):
            agent.invoke(ASKED, RUN)
        coverage = compute_turn_coverage(LogReader(log.path), operator_turns=["c/1"])
    assert (coverage.turns, coverage.acts["refusal"].total, coverage.unknown) == (3, 3, ())


def test_an_id_of_the_caller_that_looks_like_a_part_is_its_own(tmp_path: Path) -> None:
    part = part_of_turn("c/1", "a")
    assert (whole_turn(part), whole_turn("c/1"), whole_turn("c+1")) == ("c/1", "c/1", "c+1")
    with DecisionLog(tmp_path / "decisions.log") as log:
        refusing(log).invoke(ASKED, {"configurable": {"turn_id": part}})
        reader = LogReader(log.path)
        assert compute_turn_coverage(reader, operator_turns=[part]).unknown == ()
        assert compute_turn_coverage(reader, operator_turns=["c/1"]).missing == ()
        assert compute_turn_coverage(reader, operator_turns=["c/2"]).unknown == (part,)
