"""`dataset check` proves again, and finds what was tampered with: each kind of fault has its code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.cli import main
from legit.dataset.card import write_card
from legit.dataset.check import FEWEST_OF_A_KIND, MOST_OF_A_PATTERN, check_rows
from legit.dataset.make import DatasetOptions
from legit.dataset.near_duplicates import jaccard, near_duplicates, word_ngrams
from legit.dataset.rows import DatasetRow, read_rows, write_rows
from legit.errors import DatasetError
from legit.judge import Judge


def test_what_was_made_is_proved_again(judge: Judge, rows: list[DatasetRow]) -> None:
    found = check_rows(judge, rows)
    assert (found.proved, found.problems) == (len(rows), ())
    assert found.near_duplicates == ()
    assert found.balance["verdict"]["defeated"] == found.balance["verdict"]["stands"]
    assert found.pattern_share > MOST_OF_A_PATTERN  # so few rows: the bound is for thousands


def _first(rows: list[DatasetRow], verdict: str) -> DatasetRow:
    return next(row for row in rows if row.verdict == verdict)


TAMPERINGS: dict[str, Callable[[list[DatasetRow]], list[DatasetRow]]] = {
    "E001": lambda rows: [rows[0].model_copy(update={"case": "The athority is a bank.\n"}), *rows[1:]],
    "E002": lambda rows: [
        row.model_copy(update={"verdict": "defeated"}) if row is _first(rows, "contested") else row for row in rows
    ],
    "E003": lambda rows: [row.model_copy(update={"prompt": "Help me, please.", "operator": ""}) for row in rows],
    "E004": lambda rows: [*rows, rows[0]],
    "E005": lambda rows: [rows[0].model_copy(update={"canary": ""}), *rows[1:]],
    "E006": lambda rows: [row for row in rows if row is not _first(rows, "defeated")],
    "E008": lambda rows: [
        row.model_copy(update={"split": "other"}) if row is _first(rows, "stands") else row for row in rows
    ],
}


@pytest.mark.parametrize("code", TAMPERINGS)
def test_each_tampering_is_found(code: str, judge: Judge, rows: list[DatasetRow]) -> None:
    found = check_rows(judge, TAMPERINGS[code](rows))
    assert code in {problem.code for problem in found.problems}
    assert not found.sound


def test_a_pair_that_is_two_facts_apart_is_found(judge: Judge, rows: list[DatasetRow]) -> None:
    row = _first(rows, "defeated")
    others = [item for item in rows if item.verdict == "stands" and item.situation != row.situation]
    mixed = [row, others[0].model_copy(update={"pair": row.pair})]
    assert [problem.code for problem in check_rows(judge, mixed).problems] == ["E007"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_rows_are_read_as_they_were_written(name: str, rows: list[DatasetRow], tmp_path: Path) -> None:
    write_rows(rows, tmp_path / name)
    assert read_rows(tmp_path / name) == rows


@pytest.mark.parametrize("text", ["", '{"id": "x"}\n', "[1]\n"])
def test_what_is_no_row_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(DatasetError) as caught:
        read_rows(path)
    assert caught.value.problems[0].code == "D025"


def test_the_metadata_are_valid_croissant(rows: list[DatasetRow], tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    path = tmp_path / "rows.jsonl"
    write_rows(rows, path)
    _, metadata = write_card(rows, DatasetOptions(), path)
    dataset = mlcroissant.Dataset(jsonld=str(metadata))
    first = next(iter(dataset.records("prompts")))
    assert first["prompts/prompt"].decode() == rows[0].prompt


def test_the_card_has_the_digest_and_not_the_withheld_seed(rows: list[DatasetRow], tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(rows, path)
    files = write_card(rows, DatasetOptions(withheld_seed="our secret"), path)
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "our secret" not in text
        assert len(json.dumps(text)) > 500


def test_near_duplicates_are_those_above_the_threshold() -> None:
    words = [f"word{number}" for number in range(60)]
    base, changed, other = " ".join(words), " ".join([*words[:58], "a", "b"]), " ".join(reversed(words))
    assert jaccard(word_ngrams(base), word_ngrams(base)) == 1
    assert [pair[:2] for pair in near_duplicates([base, other, changed], 0.8)] == [(0, 2)]
    assert list(near_duplicates([base, other], 0.8)) == []


def test_the_commands_make_and_check_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.jsonl"
    options = ["--size", "10", "--domain", "fintech", "--stance", "evade", "--seed", "t"]
    assert main(["dataset", "make", "--out", str(path), *options]) == 0
    assert path.with_suffix(".md").exists()
    assert path.with_suffix(".croissant.json").exists()
    assert main(["dataset", "check", str(path)]) == 0
    assert "proved: 10 of 10" in capsys.readouterr().out
    path.write_text(path.read_text(encoding="utf-8").replace('"harm":"none"', '"harm":"stop"'), encoding="utf-8")
    assert main(["dataset", "check", str(path), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "E002"
    assert main(["dataset", "make", "--out", str(tmp_path / "rows.txt")]) == 2


def test_a_right_that_occurs_often_is_not_called_rare(judge: Judge, rows: list[DatasetRow]) -> None:
    row = next(row for row in rows if row.rights)
    often, seldom = (set(check_rows(judge, [row] * times).never["right"]) for times in (FEWEST_OF_A_KIND, 1))
    assert seldom == set(judge.base.bibliography.rights)
    assert seldom - often == set(row.rights)


def test_a_priority_that_decides_no_case_is_told(judge: Judge, rows: list[DatasetRow]) -> None:
    standing = next(row for row in rows if row.verdict == "stands")
    found = check_rows(judge, [standing] * FEWEST_OF_A_KIND)
    never = {name.split(": ", 1)[1] for name in found.never["priority"]}
    assert "verdict(defeated) :- defeats(_)." in never
    assert "verdict(stands) :- not verdict(defeated), not verdict(contested)." not in never
