"""The formats of which no library is at hand, files of one's own, and input that cannot be read."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.conversations import Conversation, load_field_map, read_conversations, read_records
from legit.errors import ConversationError, Problem
from tests.conversations.leaves import lost

REFUSAL = "I'm sorry, our policy does not allow that."


def read(path: Path, *records: Any, **options: Any) -> list[Conversation]:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return list(read_conversations(path, **options))


def test_messages_and_sharegpt(tmp_path: Path) -> None:
    messages = {
        "id": "m1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": REFUSAL},
        ],
        "lang": "en",
    }
    sharegpt = {
        "id": "s1",
        "conversations": [
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "Hi"},
            {"from": "gpt", "value": REFUSAL},
        ],
    }
    for conversation in read(tmp_path / "a.jsonl", messages, sharegpt):
        assert [turn.role for turn in conversation.turns] == ["user", "assistant"]
        assert conversation.operator_prompt == "Be brief."
        assert conversation.turns[1].text == REFUSAL
        assert conversation.turns[1].id == "t2"
    first, second = read(tmp_path / "a.jsonl", messages, sharegpt)
    assert (first.id, first.language, second.id) == ("m1", "en", "s1")


def test_what_a_labelled_record_says_of_its_answer(tmp_path: Path) -> None:
    said = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": REFUSAL},
        {"role": "user", "content": "Oh."},
    ]
    facts = ["The authority is a shop.", "The user asks to evade the rule."]
    (whole,) = read(tmp_path / "a.jsonl", {"messages": said, "kind": "refuses", "facts": facts})
    (turn,) = read(
        tmp_path / "b.jsonl", {"messages": [said[0], {**said[1], "kind": "refuses", "facts": "\n".join(facts)}]}
    )
    (several,) = read(tmp_path / "c.jsonl", {"messages": said, "descriptions": [facts, facts[:1]]})
    assert whole.turns[1].kind == turn.turns[1].kind == "refuses"
    assert whole.turns[1].descriptions == turn.turns[1].descriptions == (tuple(facts),)
    assert several.turns[1].descriptions == (tuple(facts), tuple(facts[:1]))


def test_a_gemini_response(tmp_path: Path) -> None:
    record = {
        "contents": [{"role": "user", "parts": [{"text": "Refund me."}]}],
        "system_instruction": {"parts": [{"text": "You serve Acme."}]},
        "response": {
            "candidates": [
                {
                    "content": {
                        "role": "model",
                        "parts": [{"text": REFUSAL}, {"functionCall": {"name": "log", "args": {"a": 1}}}],
                    },
                    "finishReason": "SAFETY",
                }
            ]
        },
    }
    (conversation,) = read(tmp_path / "a.jsonl", record)
    assert [turn.text for turn in conversation.turns] == ["Refund me.", REFUSAL]
    assert conversation.turns[1].finish_reason == "SAFETY"
    assert conversation.turns[1].calls[0].arguments == {"a": 1}
    assert conversation.operator_prompt == "You serve Acme."
    assert lost(record, conversation) == set()


def test_langfuse(tmp_path: Path) -> None:
    said = [{"role": "system", "content": "You serve Acme."}, {"role": "user", "content": "Refund me."}]
    generation = {
        "id": "o1", "type": "GENERATION", "traceId": "tr1", "startTime": "2026-01-01T10:00:00Z", "endTime": "2026-01-01T10:00:01Z", "model": "gpt-x",
        "input": {"messages": said, "tools": [{"type": "function", "function": {"name": "look_up"}}]}, "output": {"role": "assistant", "content": REFUSAL}, "usage": {"input": 9},
    }  # fmt: skip
    trace = {"id": "tr1", "sessionId": "se1", "timestamp": "2026-01-01T10:00:00Z", "name": "chat", "userId": "u1", "input": said, "output": REFUSAL,
             "metadata": {"language": "en"}, "observations": [generation]}  # fmt: skip
    later = {
        "id": "tr2",
        "sessionId": "se1",
        "timestamp": "2026-01-01T10:05:00Z",
        "input": "And now?",
        "output": "Now it works.",
        "observations": [],
    }
    (conversation,) = read(tmp_path / "a.jsonl", later, trace)
    assert conversation.id == "se1"
    assert [turn.text for turn in conversation.turns] == ["Refund me.", REFUSAL, "And now?", "Now it works."]
    assert (conversation.operator_prompt, conversation.model, conversation.language) == (
        "You serve Acme.",
        "gpt-x",
        "en",
    )
    assert conversation.tools[0].name == "look_up"
    assert lost([trace, later], conversation) == set()
    (alone,) = read(tmp_path / "b.jsonl", generation)
    assert (alone.id, len(alone.turns)) == ("tr1", 2)
    (listed,) = read(tmp_path / "c.jsonl", {"data": [trace], "meta": {"page": 1}})
    assert listed.id == "se1"


def test_atif(tmp_path: Path) -> None:
    record = {
        "schema_version": "ATIF-v1.4", "session_id": "s1",
        "agent": {"name": "clerk", "version": "1.0", "model_name": "gpt-x", "tool_definitions": [{"type": "function", "function": {"name": "look_up"}}]},
        "steps": [
            {"step_id": 1, "source": "system", "message": "You serve Acme."},
            {"step_id": 2, "timestamp": "2026-01-01T10:00:00Z", "source": "user", "message": "Refund me."},
            {"step_id": 3, "timestamp": "2026-01-01T10:00:02Z", "source": "agent", "model_name": "gpt-x", "message": "", "reasoning_content": "Look first.",
             "tool_calls": [{"tool_call_id": "c1", "function_name": "look_up", "arguments": {"order": 7}}],
             "observation": {"results": [{"source_call_id": "c1", "content": "delivered"}]}, "metrics": {"prompt_tokens": 9}},
            {"step_id": 4, "source": "agent", "message": REFUSAL},
        ],
        "final_metrics": {"total_steps": 4}, "notes": "a test",
    }  # fmt: skip
    path = tmp_path / "trajectory.json"
    path.write_text(json.dumps(record, indent=1), encoding="utf-8")
    (conversation,) = read_conversations(path)
    assert conversation.id == "s1"
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "tool", "assistant"]
    assert conversation.turns[1].calls[0].name == "look_up"
    assert conversation.turns[2].answers == "c1"
    assert conversation.operator_prompt == "You serve Acme."
    assert lost(record, conversation) == set()


def test_a_transcript_of_claude_code(tmp_path: Path) -> None:
    base = {
        "sessionId": "s1",
        "cwd": "/w",
        "version": "2.0.1",
        "gitBranch": "main",
        "userType": "external",
        "isSidechain": False,
    }
    lines = [
        {"type": "summary", "summary": "A refund", "leafUuid": "u9", "sessionId": "s1"},
        {**base, "type": "user", "uuid": "u1", "parentUuid": None, "timestamp": "2026-01-01T10:00:00.000Z", "message": {"role": "user", "content": "Delete the log."}},
        {**base, "type": "assistant", "uuid": "u2", "parentUuid": "u1", "timestamp": "2026-01-01T10:00:01.000Z", "requestId": "r1",
         "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [{"type": "text", "text": "Let me look."}], "stop_reason": None}},
        {**base, "type": "assistant", "uuid": "u3", "parentUuid": "u2", "timestamp": "2026-01-01T10:00:02.000Z", "requestId": "r1",
         "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [{"type": "tool_use", "id": "tu1", "name": "Bash", "input": {"command": "ls"}}], "stop_reason": "tool_use"}},
        {**base, "type": "user", "uuid": "u4", "parentUuid": "u3", "timestamp": "2026-01-01T10:00:03.000Z",
         "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "tu1", "content": "app.log"}]}, "toolUseResult": {"stdout": "app.log"}},
        {**base, "type": "assistant", "uuid": "u5", "parentUuid": "u4", "timestamp": "2026-01-01T10:00:04.000Z",
         "message": {"id": "msg_2", "type": "message", "role": "assistant", "model": "claude-x", "content": [{"type": "text", "text": REFUSAL}], "stop_reason": "end_turn"}},
        {**base, "isSidechain": True, "type": "user", "uuid": "v1", "timestamp": "2026-01-01T10:00:02.000Z", "message": {"role": "user", "content": "A task for the sub-agent."}},
    ]  # fmt: skip
    main, side = read(tmp_path / "session.jsonl", *lines)
    assert [turn.role for turn in main.turns] == ["user", "assistant", "tool", "assistant"]
    assert (main.turns[1].text, main.turns[1].calls[0].name, main.turns[1].id) == ("Let me look.", "Bash", "u2")
    assert main.turns[3].finish_reason == "end_turn"
    assert (main.id, side.id, main.model) == ("s1", "s1/side", "claude-x")
    assert side.turns[0].text == "A task for the sub-agent."
    assert lost(lines, main, side, but=("tool_use", "tool_result", "u3")) == set()


def test_tables_of_questions_and_of_turns(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    with pairs.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["id", "question", "answer", "shop"], ["a", "Refund\nme, please.", REFUSAL, "Acme"]]
        )
    (conversation,) = read_conversations(pairs)
    assert [turn.text for turn in conversation.turns] == ["Refund\nme, please.", REFUSAL]
    assert (conversation.id, conversation.extra) == ("a", {"shop": "Acme"})
    rows = tmp_path / "turns.tsv"
    rows.write_text(
        "conversation_id\trole\tcontent\ttimestamp\nc1\tuser\tHi\t2026-01-01\nc2\tuser\tHo\t2026-01-01\nc1\tassistant\tNo.\t2026-01-02\n",
        encoding="utf-8",
    )
    first, second = read_conversations(rows)
    assert ([turn.text for turn in first.turns], first.id, second.id) == (["Hi", "No."], "c1", "c2")
    assert first.time == "2026-01-01"


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(
        pa.Table.from_pylist(
            [{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": REFUSAL}], "id": "p1"}]
        ),
        path,
    )
    (conversation,) = read_conversations(path)
    assert (conversation.id, conversation.turns[1].text) == ("p1", REFUSAL)


def test_a_folder_and_a_name_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    read(tmp_path / "inner" / "b.jsonl", {"prompt": "Hi", "response": "Ho"})
    read(tmp_path / "a.jsonl", {"messages": [{"role": "user", "content": "Hi"}]})
    (tmp_path / "readme.txt").write_text("nothing", encoding="utf-8")
    assert [conversation.id for conversation in read_conversations(tmp_path)] == ["a:1", "b:1"]
    with pytest.raises(ConversationError, match=r"V008: no format `langsmit`(.|\n)*did you mean: langsmith"):
        list(read_conversations(tmp_path, format="langsmit"))


OWN = {
    "key": "x9",
    "log": {
        "entries": [
            {"who": "client", "said": {"words": "Hi"}},
            {"who": "machine", "said": {"words": REFUSAL}, "at": 1764000000},
        ]
    },
    "shop": "Acme",
}
MAP = """
[conversation]
id = "key"
turns = "log.entries"
[turn]
role = "who"
text = "said.words"
time = "at"
[roles]
assistant = ["machine"]
"""


def test_a_format_of_ones_own_is_told_and_then_mapped(tmp_path: Path) -> None:
    with pytest.raises(ConversationError) as caught:
        read(tmp_path / "own.jsonl", OWN)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("V002", 1)
    assert "key, log.entries, shop" in problem.help
    assert "--map" in problem.help
    file = tmp_path / "map.toml"
    file.write_text(MAP, encoding="utf-8")
    (conversation,) = read(tmp_path / "own.jsonl", OWN, field_map=load_field_map(file))
    assert [(turn.role, turn.text) for turn in conversation.turns] == [("user", "Hi"), ("assistant", REFUSAL)]
    assert conversation.turns[1].time == "2025-11-24T16:00:00+00:00"
    assert (conversation.id, conversation.extra) == ("x9", {"shop": "Acme"})


def test_maps_of_pairs_and_of_rows(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text('[turn]\nquestion = "q"\nanswer = "a"\nkind = "does"\n', encoding="utf-8")
    (pair,) = read(tmp_path / "a.jsonl", {"q": "Hi", "a": "No.", "does": "refuses"}, field_map=load_field_map(file))
    assert (pair.turns[1].text, pair.turns[1].kind) == ("No.", "refuses")
    file.write_text('[conversation]\nid = "k"\n[turn]\nrole = "r"\ntext = "t"\n', encoding="utf-8")
    rows = [{"k": 1, "r": "user", "t": "Hi"}, {"k": 2, "r": "user", "t": "Ho"}, {"k": 1, "r": "bot", "t": "No."}]
    assert [len(item.turns) for item in read(tmp_path / "a.jsonl", *rows, field_map=load_field_map(file))] == [2, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[turn", "V005: the mapping file cannot be read"),
        ('[turn]\nrol = "r"\n', "did you mean: role"),
        ('[turn]\nrole = "r"\n', "neither where the turns are"),
        ("[conversation]\nturns = 3\n", "`conversation.turns`"),
    ],
)
def test_a_mapping_file_that_is_not_valid(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConversationError) as caught:
        load_field_map(file)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"log": {}}, "V006", "no field `log.entries` (conversation.turns)"),
        ({"log": {"entries": "x"}}, "V007", "`log.entries` is no list of turns"),
        ({"log": {"entries": [3]}}, "V007", "a turn is an object with fields"),
        ({"log": {"entries": [{"who": "oracle", "said": {"words": "x"}}]}}, "V007", "`oracle` is no known role"),
        ({"log": {"entries": [{"who": "client"}]}}, "V006", "no field `said.words`"),
    ],
)
def test_a_record_that_the_map_does_not_fit(tmp_path: Path, change: dict[str, Any], code: str, words: str) -> None:
    file = tmp_path / "map.toml"
    file.write_text(MAP, encoding="utf-8")
    found: list[Problem] = []
    (good,) = read(
        tmp_path / "own.jsonl", {**OWN, **change}, OWN, field_map=load_field_map(file), on_problem=found.append
    )
    assert good.id == "x9"
    assert [(problem.code, problem.line) for problem in found] == [(code, 1)]
    assert words in found[0].message


def test_what_cannot_be_read_is_told_with_its_place_and_the_rest_is_read(tmp_path: Path) -> None:
    good = json.dumps({"messages": [{"role": "user", "content": "Hi"}]})
    path = tmp_path / "a.jsonl"
    path.write_text(
        f'{good}\n{{broken\n\n7\n{{"messages": [{{"role": "wizard", "content": "x"}}]}}\n{good}\n', encoding="utf-8"
    )
    found: list[Problem] = []
    assert [conversation.line for conversation in read_conversations(path, on_problem=found.append)] == [1, 6]
    assert [(problem.code, problem.line) for problem in found] == [("V004", 2), ("V004", 4), ("V003", 5)]
    for name, content, code in (
        ("no.jsonl", None, "V001"),
        ("b.json", b"\xff\xfe", "V001"),
        ("c.eval", b"PK no", "V001"),
        ("d.jsonl.gz", b"x", "V001"),
        ("e.json", b"[" * 100_000, "V004"),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ConversationError) as caught:
            list(read_conversations(tmp_path / name))
        assert caught.value.problems[0].code == code


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["role", "content", "messages", "from", "value", "run_type", "inputs", "outputs", "trace_id", "observations", "input", "output",
                     "type", "sessionId", "uuid", "message", "steps", "agent", "context", "span_id", "attributes", "events", "resourceSpans", "choices",
                     "tool_calls", "function", "id", "text", "conversation_id", "epoch", "target", "extra", "metadata", "kwargs", "data", "parts"]), inner, max_size=5), max_leaves=12)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.dictionaries(st.sampled_from(["messages", "run_type", "inputs", "trace_id", "observations", "type", "sessionId", "message", "uuid", "steps",
                                                 "agent", "context", "attributes", "events", "resourceSpans", "choices", "epoch", "target", "input", "output", "prompt", "response"]), JSON, max_size=6), max_size=4))  # fmt: skip
def test_no_record_gives_another_error(records: list[dict[str, Any]]) -> None:
    found: list[Problem] = []
    for conversation in read_records(records, on_problem=found.append):
        assert Conversation.model_validate(conversation.model_dump()) == conversation
    assert all(problem.code in ("V002", "V003") for problem in found)
