"""`legit eval agent` and `legit eval report`, and the HTML report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from legit.cli import main
from legit.consult import Consultant
from legit.evals.metrics import compute_metrics
from legit.evals.report_html import render_eval_html
from legit.evals.report_text import render_eval_text
from legit.evals.run_log import read_run_log
from legit.evals.systems import (
    CallableSystem,
)
from tests.evals.evaluation import CASES, report, run
from tests.support import scripted_systems as measured


@pytest.fixture
def cases_file(tmp_path: Path) -> Path:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case.model_dump(mode="json") for case in CASES]))
    return path


def test_commands(cases_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run.jsonl"
    command = [
        "eval",
        "agent",
        "tests.support.scripted_systems:consulting_model",
        "--cases",
        str(cases_file),
        "--output",
        str(out),
    ]
    command += ["--grader", "tests.support.scripted_systems:grader"]
    assert main([*command, "--limit", "5"]) == 0
    assert "10 answers" in capsys.readouterr().out
    assert main(command) == 0
    assert "36 answers" in capsys.readouterr().out
    assert main(["eval", "report", str(out), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["overall"]["arms"]["tool"]["helps_defeated"]["hits"] == 12
    assert data["run"]["grader"] == "tests.support.scripted_systems:grader"
    assert main(["eval", "report", str(out)]) == 0
    assert "with legit: Discriminates" in capsys.readouterr().out
    html = tmp_path / "run.html"
    assert main(["eval", "report", str(out), "--format", "html", "--output", str(html)]) == 0
    assert html.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (["--limit", "0"], 2),
        (["--concurrency", "0"], 2),
        (["--system-prompt", "no such file"], 2),
        (["--grader", "nobody"], 2),
    ],
)
def test_wrong_usage(cases_file: Path, tmp_path: Path, more: list[str], status: int) -> None:
    command = [
        "eval",
        "agent",
        "tests.support.scripted_systems:helping_system",
        "--cases",
        str(cases_file),
        "--output",
        str(tmp_path / "run"),
    ]
    assert main([*command, *more]) == status
    assert not (tmp_path / "run").exists()


def test_a_report_of_nothing(tmp_path: Path) -> None:
    assert main(["eval", "report", str(tmp_path / "none")]) == 2


# The page


def test_the_page_stands_alone_and_escapes_what_it_is_given(tmp_path: Path, consultant: Consultant) -> None:
    cases = [case.model_copy(update={"authority_type": "<script>alert(1)</script>"}) for case in CASES]
    out = tmp_path / "run"
    run(CallableSystem(measured.helping_system, "<b>model</b>"), out, consultant, cases)
    found = render_eval_html(compute_metrics(*read_run_log(out)))
    assert "<script" not in found
    assert "<b>" not in found
    assert "&lt;script&gt;" in found
    for outside in ("http://", "https://", "url(", "@import", "src=", '<link rel="style'):
        assert outside not in found
    assert '<meta name="viewport"' in found
    assert "@media print" in found
    assert found.count("<svg") >= 8


def test_one_condition_alone_is_reported_without_a_change(tmp_path: Path, consultant: Consultant) -> None:
    found = report(CallableSystem(measured.helping_system, "h"), tmp_path / "run", consultant, arms=("tool",))
    assert list(found.overall.arms) == ["tool"]
    assert found.overall.difference.defeated_pairs == 0
    for shown in (render_eval_text(found), render_eval_html(found)):
        assert "without legit" not in shown.replace("Help, without and with legit", "")
