"""JSON lines are read as they were written, whatever characters their texts hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from legit._util.json_lines import numbered_lines
from legit.conversations import Conversation, Turn
from legit.dataset.rows import DatasetRow, read_rows, write_rows
from legit.describe import DescriptionRequest, read_given
from legit.review import Answer, load_review
from legit.review.records import Header, ReviewedConversation, ReviewedTurn

BREAKS = ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r\n", "\n"]
"""Characters at which `str.splitlines` breaks a line."""


@pytest.mark.parametrize("character", BREAKS)
def test_a_line_ends_at_a_line_feed_alone(character: str) -> None:
    values = [f"one{character}two", "", f"{character}three"]
    text = "\n\n".join(json.dumps(value, ensure_ascii=False) for value in values) + "\n"
    assert [(number, json.loads(line)) for number, line in numbered_lines(text)] == list(
        zip((1, 3, 5), values, strict=True)
    )


@pytest.mark.parametrize("character", BREAKS)
def test_an_answer_of_a_person_is_read_back(character: str, tmp_path: Path) -> None:
    path = tmp_path / "review.jsonl"
    header = Header(
        base="b", base_version="1", base_digest="d", profile="p", describer="given", samples=1, strictness="balanced"
    )
    turn = ReviewedTurn(id="c#t", turn="t", position=1, kind="refuses", act="refusal", invokes_rule=True, judged=True)
    path.write_text(header.model_dump_json() + "\n" + ReviewedConversation(conversation="c", turns=(turn,)).to_line())
    answer = Answer(id="c#t", outcome="blind", by="reader", note=f"one{character}two")
    load_review(path).answer([answer])
    assert load_review(path).answers == {"c#t": answer}


@pytest.mark.parametrize("character", BREAKS)
def test_given_descriptions_are_read_back(character: str, tmp_path: Path) -> None:
    path, sentence = tmp_path / "given.jsonl", f'The rule requires "one{character}two".'
    record = {"conversation": "c", "turn": "t", "facts": [sentence]}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    conversation = Conversation(id="c", turns=(Turn(id="t", role="assistant", text="No."),))
    found = read_given(path).given(DescriptionRequest(conversation, 0, 0, "", ""))
    assert found is not None
    assert found.sentences == (sentence,)


@pytest.mark.parametrize("character", BREAKS)
def test_rows_of_a_dataset_are_read_back(character: str, tmp_path: Path) -> None:
    words = dict.fromkeys(
        ("id", "split", "language", "domain", "situation", "authority", "stance", "voice", "case", "verdict", "harm",
         "guidance", "base"), "x",
    )  # fmt: skip
    rows = [DatasetRow(prompt=f"one{character}two", **words)]
    write_rows(rows, tmp_path / "rows.jsonl")
    assert read_rows(tmp_path / "rows.jsonl") == rows
