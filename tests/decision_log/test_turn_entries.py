"""The turns of agents on record: counted whatever their metadata and ids say, and shown whatever words they have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from legit.cli import main
from legit.decision_log import DecisionLog, LogReader
from legit.decision_log.entries import RecordedAct, RecordedTurn, to_bytes
from legit.decision_log.filters import DecisionFilter
from legit.decision_log.store import PendingEntry
from legit.decision_log.turn_coverage import compute_turn_coverage
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge
from tests.conftest import Capture

BANK = "The authority is a bank."
ACT: dict[str, Any] = {
    "id": "a", "kind": "refusal", "consulted": False, "why": "not_consulted", "sent": "draft", "override": False,
    "decisions": (),
}  # fmt: skip


def record_turn(log: DecisionLog, turn: str, caller: dict[str, str] | None = None, **changes: object) -> int:
    return log.record_turn(turn, acts=[{**ACT, **changes}], answered=0, failed=0, caller=caller)


@pytest.mark.parametrize(
    "caller",
    [
        {"kind": "decision"},
        {"kind": "decision", "line_numbers": "["},
        {"answer": "{", "kind": "decision"},
        {'{"answer":': '{"answer":{'},
    ],
)
def test_no_metadata_hide_a_turn(tmp_path: Path, judge: Judge, caller: dict[str, str]) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge, caller=caller)
        number = record_turn(log, "t", caller)
        assert verify(log.path).entry_counts == {"opened": 1, "base": 1, "decision": 1, "turn": 1}
        kinds = {at: entry.kind for at, entry in log.non_decision_entries()}
        assert kinds == {0: "opened", 1: "base", number: "turn"}
        for chosen in (None, DecisionFilter(caller=frozenset(caller.items()))):
            coverage = compute_turn_coverage(log, chosen, ["t"])
            assert (coverage.turns, coverage.missing, coverage.acts["refusal"].total) == (1, (), 1)


@pytest.mark.parametrize("turn", ["", " ", " t", "t\t", "a\nb", "a\rb", "t\x1c"])
def test_an_id_that_cannot_stand_in_a_line_is_refused(tmp_path: Path, turn: str) -> None:
    log = DecisionLog(tmp_path / "log")
    with pytest.raises(DecisionLogError) as error:
        record_turn(log, turn)
    assert error.value.problems[0].code == "R105"
    assert not log.path.exists()


def test_every_turn_that_is_missing_is_named_as_it_was_written(tmp_path: Path, capsys: Capture) -> None:
    ids = ["a\u2028b", "x\x1cy", "c\x85d", "e f"]
    with DecisionLog(tmp_path / "log") as log:
        for turn in ids:
            record_turn(log, turn)
    given = tmp_path / "ids"
    given.write_text("\r\n".join([*ids, *(f"t-{number}" for number in range(25))]), encoding="utf-8", newline="")
    assert main(["log", "coverage", str(log.path), "--turns", str(given)]) == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line.startswith("  t-")] == sorted(
        f"  t-{number}" for number in range(25)
    )
    assert "25 turns of the operator's count" in said
    assert "0 turns of the log are not" in said


@pytest.mark.parametrize("change", [{"sent": "yes"}, {"why": "no time"}, {"why": ""}])
def test_an_act_without_words_is_not_recorded_and_yet_shown(
    tmp_path: Path, capsys: Capture, change: dict[str, str]
) -> None:
    log = DecisionLog(tmp_path / "log")
    with pytest.raises(ValueError, match="NewAct"):
        record_turn(log, "t", **change)
    act = RecordedAct(**{**ACT, **change})
    turn = RecordedTurn(
        time="2026-01-01T00:00:00Z", turn="t", caller={}, finished=True, answered=0, failed=0, acts=(act,)
    )
    number = log._group_commit.append([PendingEntry(to_bytes(turn))])[0]
    log.close()
    assert isinstance(LogReader(log.path).entry(number), RecordedTurn)
    for command in (["show", str(log.path), str(number)], ["coverage", str(log.path)], ["report", str(log.path)]):
        assert main(["log", *command]) == 0
        said = capsys.readouterr().out
        if command[0] == "show" or "why" in change:
            assert next(iter(change.values())) in said
