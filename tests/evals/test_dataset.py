"""Scoring labelled cases, on labels and descriptions made up here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from legit.cli import main
from legit.errors import DatasetError
from legit.evals.dataset import Labels, load_cases, score_encodings, split_cases, summarise
from legit.judge import Judge
from legit.render.dataset_scores import render_dataset_scores

CASES = [
    {"id": "c1", "defeat_type": "control", "defeat_subtype": "no_defeat_anything", "authority_type": "club"},
    {
        "id": "d1",
        "defeat_type": "application_defeat",
        "defeat_subtype": "Rule applied retroactively",
        "authority_type": "club",
    },
    {"id": "d2", "defeat_type": "content_defeat", "defeat_subtype": "obsolete", "authority_type": "club"},
    {"id": "d3", "defeat_type": "content_defeat", "defeat_subtype": "obsolete", "authority_type": "club"},
]
ANSWERED = "Obeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\nThe user asks to evade the rule.\n"
DESCRIBED = f"""
Case "c1".
{ANSWERED}
Case "d1".
The rule is applied retroactively.
{ANSWERED}
Case "d2".
{ANSWERED}
Case "d3".
The rule is a bit silly.
Case "unknown".
{ANSWERED}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    cases, encodings = tmp_path / "cases.json", tmp_path / "encodings"
    cases.write_text(json.dumps(CASES))
    encodings.mkdir()
    (encodings / "all.legit").write_text(DESCRIBED)
    return cases, encodings


def test_measures(judge: Judge, files: tuple[Path, Path]) -> None:
    figures = summarise(score_encodings(judge, load_cases(files[0]), files[1]))
    assert figures["controls_stand"] == {"hits": 1, "total": 1, "share": 1.0}
    assert figures["defeated_found"] == {"hits": 1, "total": 3, "share": 0.3333}
    assert figures["subtype_found"]["hits"] == 1
    assert figures["not_understood"]["hits"] == 1
    assert figures["controls_helped"]["hits"] == 0
    assert [(miss["id"], miss["verdict"]) for miss in figures["misses"]] == [("d2", "stands"), ("d3", "not_understood")]
    assert figures["confusion"]["content_defeat"] == {"not_understood": 1, "stands": 1}
    assert "labelled subtype among the findings" in render_dataset_scores(figures)


def test_the_original_folder_layout_is_read(tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        (tmp_path / f"part_{number}.json").write_text(json.dumps([case]))
    assert [case.id for case in load_cases(tmp_path)] == ["c1", "d1", "d2", "d3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "D001"),
        ("[" * 5_000, "D001"),
        ("9" * 5_000, "D001"),
        ('[{"id": "x"}]', "D002"),
        ("[1]", "D002"),
        ("3", "D002"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(DatasetError) as caught:
        load_cases(path)
    assert caught.value.problems[0].code == code


def test_descriptions_of_other_cases_are_refused(judge: Judge, tmp_path: Path, files: tuple[Path, Path]) -> None:
    other = tmp_path / "other.legit"
    other.write_text('Case "zz".\nThe authority is a club.\n')
    with pytest.raises(DatasetError) as caught:
        score_encodings(judge, load_cases(files[0]), other)
    assert caught.value.problems[0].code == "D003"


def test_command(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "dataset", "--cases", str(files[0]), "--encodings", str(files[1]), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["defeated_found"]["total"] == 3
    assert main(["eval", "dataset", "--cases", "none", "--encodings", str(files[1])]) == 2


@pytest.mark.parametrize(
    ("spelled", "subtype"),
    [
        ("Rule applied retroactively", "applied_retroactively"),
        ("no_prospect_of_punishment", "no_enforcement_prospect"),
        ("against the letter but not the spirit", "letter_not_spirit"),
        ("dead_letter", "dead_letter"),
    ],
)
def test_spellings_of_labels(spelled: str, subtype: str) -> None:
    assert Labels().canonical_subtype(spelled) == subtype


def test_descriptions_are_cut_where_the_reader_ends_lines() -> None:
    text = 'Case "a\x0bb".\r\nThe rule forbids "x\u2028Case "".\rCase: \u201cc "d"\u201d\rThe user is a tenant.\ncase "e ""f""".'
    assert split_cases(text) == [
        ("a\x0bb", 'Case "a\x0bb".\nThe rule forbids "x\u2028Case "".\n'),
        ('c "d"', 'Case: \u201cc "d"\u201d\nThe user is a tenant.\n'),
        ('e "f"', 'case "e ""f""".\n'),
    ]


def test_a_second_case_within_a_line_is_not_lost(judge: Judge, files: tuple[Path, Path]) -> None:
    (files[1] / "all.legit").write_text(f'Case "c1". Case "c2".\n{ANSWERED}')
    (scored,) = score_encodings(judge, load_cases(files[0]), files[1])
    assert (scored.verdict, scored.problem) == (
        "not_understood",
        "all.legit: L005: a second case begins within a line",
    )


def test_descriptions_that_are_no_text(judge: Judge, files: tuple[Path, Path]) -> None:
    (files[1] / "all.legit").write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError) as caught:
        score_encodings(judge, load_cases(files[0]), files[1])
    assert [problem.code for problem in caught.value.problems] == ["D001"]
