"""What may be asked of a log: names that the base or an entry has, and days and times; anything else is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.decision_log.columns import COLUMNS, Column
from legit.decision_log.entries import Decision
from legit.decision_log.filter_values import (
    filter_values_of_base,
    filter_values_of_log,
    guidance_actions,
    parse_utc,
    recorded_values,
)
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import ROOT, Capture

Log = tuple[Path, Checkpoint]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--since", "yesterday", "`yesterday` is no day or time; write 2026-01-31 or"),
        ("--until", "2026-13-45", "`2026-13-45` is no day or time"),
        ("--since", "0001-01-01T00:00+14:00", "is no day or time"),
        ("--criterion", "excesive_cost", "there is no criterion `excesive_cost`; did you mean excessive_cost"),
        ("--criterion", "foo", "there is no criterion `foo`; see `legit kb search foo`"),
        ("--family", "foo", "there is no family `foo`; there are: "),
        ("--right", "R123", "there is no right `R123`; did you mean R"),
        ("--right", "foo", "there is no right `foo`; did you mean Food?"),
        ("--criterion", "impossible to", "there is no criterion `impossible to`; did you mean Impossible to comply"),
        ("--where", "verdict=defeted", "there is no verdict value `defeted`; did you mean defeated"),
        ("--where", "stance=foo", "there is no stance value `foo`; did you mean follow?"),
        ("--where", "profile!=foo", "there is no profile value `foo`; there are: corroborated, default"),
        ("--where", "rights_touched=R530", "there is no rights_touched value `R530`; did you mean R53"),
        ("--where", "undetermined_reason=x", "value `x`; there are: corroboration, time"),
        ("--guidance", "declin", "there is no guidance `declin`; did you mean decline"),
        ("--verdict", "defeeted", "there is no verdict `defeeted`; did you mean defeated"),
        ("--needs-source", "usr", "there is no source `usr`; did you mean user"),
    ],
)
@pytest.mark.parametrize("command", ["query", "count", "replay"])
def test_what_may_not_be_asked_is_refused_with_the_nearest(
    pristine: Log, capsys: Capture, command: str, option: str, value: str, said: str
) -> None:
    assert main(["log", command, str(pristine[0]), option, value]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_a_name_that_only_a_record_has_is_known(tmp_path: Path, capsys: Capture) -> None:
    folder, name, log = tmp_path / "kb", "the_impossible", tmp_path / "log"
    shutil.copytree(ROOT / "rules_kb", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*"):
        if path.is_file() and "impossible_to_comply" in (text := path.read_text(encoding="utf-8")):
            path.write_text(text.replace("impossible_to_comply", name), encoding="utf-8")
    with DecisionLog(log) as kept:
        kept.assess((ROOT / "examples" / "01_stamp_that_nobody_can_give.legit").read_text(encoding="utf-8"),
                    judge=Judge(KnowledgeBase.load(folder)))  # fmt: skip
    assert name in filter_values_of_log(LogReader(log)).criteria
    assert main(["log", "query", str(log), "--criterion", name]) == 0
    assert "1 decision\n" in capsys.readouterr().out
    assert main(["log", "query", str(log), "--where", f"decisive_criteria={name}"]) == 0
    assert "1 decision\n" in capsys.readouterr().out
    assert main(["log", "query", str(log), "--criterion", f"{name}s"]) == 2
    assert f"did you mean {name}" in capsys.readouterr().err


def test_every_name_that_the_shipped_base_puts_on_record_is_its_own(pristine: Log, judge: Judge) -> None:
    base, recorded = filter_values_of_base(judge.base), filter_values_of_log(LogReader(pristine[0]))
    for kind in ("actions", "criteria", "families", "rights"):
        assert getattr(recorded, kind)
        assert getattr(recorded, kind) <= getattr(base, kind)
    assert guidance_actions(judge.base) == set(judge.base.caution_order["guidance"])


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.names], ids=lambda column: column.name)
def test_the_names_in_a_column_are_those_of_the_shipped_base(pristine: Log, judge: Judge, column: Column) -> None:
    names = getattr(filter_values_of_base(judge.base), column.names)
    assert recorded_values(LogReader(pristine[0]), column) <= names
    assert "" not in names


def test_a_name_of_the_base_that_no_decision_has_selects_none(pristine: Log, capsys: Capture) -> None:
    for condition in ("profile=corroborated", "undetermined_reason=time", "override_action=ask", "engine=9"):
        assert main(["log", "count", str(pristine[0]), "--where", condition]) == 0
        assert capsys.readouterr().out.startswith("0 decisions")


def test_a_key_that_no_caller_has_is_told(pristine: Log, capsys: Capture) -> None:
    assert main(["log", "query", str(pristine[0]), "--caller", "sesion=s-1"]) == 0
    assert "have the key `sesion`" in capsys.readouterr().err
    assert main(["log", "query", str(pristine[0]), "--caller", "session=s-2"]) == 0
    assert "have the key" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "as_recorded"),
    [
        ("2026", "2026-01-01"),
        ("2026-11", "2026-11-01"),
        ("2026-11-25", "2026-11-25T00:00:00.000000Z"),
        ("2026-11-25T10:00+02:00", "2026-11-25T08:00:00.000000Z"),
        ("2026-11-25T10:00:01.5Z", "2026-11-25T10:00:01.500000Z"),
        ("2026-11-25 10:00", "2026-11-25T10:00:00.000000Z"),
    ],
)
def test_days_and_times_are_compared_in_utc(given: str, as_recorded: str) -> None:
    assert parse_utc(given) == as_recorded


def test_a_time_with_a_zone_chooses_the_decisions_of_that_moment(pristine: Log, capsys: Capture) -> None:
    log = LogReader(pristine[0])
    first, decisions = log.decision(2).time, sum(isinstance(record, Decision) for _, record in log.entries())
    assert main(["log", "count", str(pristine[0]), "--until", first.replace("Z", "+00:00")]) == 0
    assert capsys.readouterr().out.startswith("0 decisions")
    assert main(["log", "count", str(pristine[0]), "--since", first.replace("Z", "+00:00")]) == 0
    assert capsys.readouterr().out.startswith(f"{decisions} decisions")
