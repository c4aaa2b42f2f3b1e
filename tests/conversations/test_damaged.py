"""Transcripts with a damaged part: the part is told, nothing else is changed, and nothing stops the rest."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from legit.conversations import Conversation, read_conversations
from legit.conversations import sources as sources_module
from legit.errors import Problem
from legit.review import load_review, review


def read(path: Path) -> tuple[list[Conversation], list[Problem]]:
    found: list[Problem] = []
    return list(read_conversations(path, on_problem=found.append)), found


def written(path: Path, records: Iterable[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def rows(thread: str, *texts: str) -> list[dict[str, Any]]:
    roles = ("user", "assistant")
    return [{"conversation_id": thread, "role": roles[place % 2], "content": text} for place, text in enumerate(texts)]


def run(trace: str, number: int, asked: Any) -> dict[str, Any]:
    answer = {"messages": [{"role": "assistant", "content": f"answer {number}"}]}
    about = {"run_type": "llm", "trace_id": trace, "id": f"{trace}{number}", "dotted_order": str(number)}
    return {**about, "inputs": {"messages": asked}, "outputs": answer}


GOOD = [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_row_that_cannot_be_read_leaves_the_conversations_of_the_others_whole(place: int, tmp_path: Path) -> None:
    good = [*rows("A", "one", "two"), *rows("B", "three", "four")]
    bad = {"conversation_id": "B", "role": "martian", "content": "x"}
    path = written(tmp_path / "rows.jsonl", [*good[:place], bad, *good[place:]])
    found: list[Problem] = []
    read = list(read_conversations(path, format="turns", on_problem=found.append))
    assert {item.id: [turn.text for turn in item.turns] for item in read} == {
        "A": ["one", "two"], "B": ["three", "four"],
    }  # fmt: skip
    assert [item.id for item in read] == list(dict.fromkeys(item.id for item in read))
    assert [(problem.code, problem.line) for problem in found] == [("V003", place + 1)]


def test_a_run_that_cannot_be_read_leaves_the_other_traces_whole(tmp_path: Path) -> None:
    good = [run("A", 1, GOOD), run("A", 2, [*GOOD, {"role": "user", "content": "More"}])]
    (whole,), problems = read(written(tmp_path / "good.jsonl", good))
    assert not problems
    wrong = run("B", 1, [[]] * 2 + [{"kwargs": {}, "id": ["x"]}])
    found, problems = read(written(tmp_path / "bad.jsonl", [*good, wrong]))
    assert [(item.id, item.turns) for item in found] == [("A", whole.turns)]
    assert [(problem.code, problem.line) for problem in problems] == [("V003", 3)]


HALVES = ["\ud83d", "a\udc00b", "\udc00\ud83d", "\ud83d\ud83d\ude00"]


@pytest.mark.parametrize("half", HALVES)
def test_a_text_that_was_cut_within_a_character_is_reviewed_and_written(half: str, tmp_path: Path) -> None:
    said = f"I'm sorry, our policy {half} does not allow that."
    call = {"id": "1", "function": {"name": "look_up", "arguments": json.dumps({half: half})}}
    record = {
        "id": f"c{half}", "model": half, "custom": {half: [half]},
        "messages": [
            {"role": "system", "content": f"Be {half}"}, {"role": "user", "content": half},
            {"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "assistant", "content": said},
        ],
    }  # fmt: skip
    path = written(tmp_path / "a.jsonl", [record])
    (conversation,), problems = read(path)
    assert not problems
    conversation.model_dump_json().encode()
    shown = half.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert conversation.turns[-1].text == said.replace(half, shown)
    assert conversation.turns[1].calls[0].arguments == {shown: shown}
    out = tmp_path / "review.jsonl"
    review(path, lambda _: ["The authority is a bank."], out=out)
    (line,) = load_review(out).conversations()
    assert line.turns[0].said == said.replace(half, shown)


def test_a_text_that_is_whole_is_not_changed(tmp_path: Path) -> None:
    text = "\U0001f600 \u00e5 \ufffd \u2028"
    (conversation,), _ = read(written(tmp_path / "a.jsonl", [{"messages": [{"role": "user", "content": text}]}]))
    assert conversation.turns[0].text == text


def test_a_compressed_file_may_be_damaged_anywhere(tmp_path: Path) -> None:
    dice = random.Random(1)
    lines = [json.dumps({"messages": [{"role": "user", "content": str(dice.random())}]}) for _ in range(200)]
    data = gzip.compress("\n".join(lines).encode(), mtime=0)
    path = tmp_path / "a.jsonl.gz"
    for place in range(10, len(data), len(data) // 60):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        _, problems = read(path)
        assert {problem.code for problem in problems} <= {"V001", "V002", "V003", "V004"}
        assert problems


@pytest.mark.parametrize(
    ("content", "code"), [("{no", "V004"), ("[1]", "V004"), ("7", "V004"), ("[" * 9_000, "V004"), ("{}", "V002")]
)
def test_a_sample_of_inspect_that_is_none(
    content: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources_module, "is_installed", lambda _: False)
    path = tmp_path / "a.eval"
    good = {"messages": GOOD, "epoch": 1, "target": "", "id": "s"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("samples/a.json", content)
        archive.writestr("samples/b.json", json.dumps(good))
    found, problems = read(path)
    assert [item.line for item in found] == [2]
    assert [problem.code for problem in problems] == [code]


@pytest.mark.parametrize("depth", [100, 400, 900])
def test_what_is_nested_deeply_stops_nothing(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    nested = f"{'[' * depth}1{']' * depth}"
    good = json.dumps({"messages": GOOD})
    path.write_text(f'{{"messages": [{{"role": "user", "content": "x", "more": {nested}}}]}}\n{good}\n')
    found, problems = read(path)
    assert found[-1].line == 2
    assert len(found) + len(problems) == 2
    assert {problem.code for problem in problems} <= {"V003", "V004"}
