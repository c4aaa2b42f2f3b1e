"""Figures are given of a valid log only: what counts, lists or decides again stops where an entry does not check."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader, PrivateKey
from legit.decision_log.entries import Decision
from legit.decision_log.entry_integrity import visible_annotations
from legit.decision_log.filters import DecisionFilter, count_decisions
from legit.decision_log.merkle import leaf_hash
from legit.errors import DecisionLogError
from legit.judge import Judge
from tests.conftest import Capture

Log = tuple[Path, Checkpoint]

FIGURES = {
    "count": "log count LOG",
    "count as JSON": "log count LOG --format json",
    "query": "log query LOG",
    "query as CSV": "log query LOG --format csv",
    "export": "log export LOG",
    "export as CSV": "log export LOG --format csv",
    "replay": "log replay LOG",
    "kb query": "kb query how many cases are defeated --log LOG",
    "kb query of a program": "kb query --asp answer(C):-verdict(C,defeated). --log LOG",
}


def run_sql(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement, values)
    connection.close()


def other_verdict(path: Path) -> None:
    """The change that an auditor made: figures gave one decision more that stands."""
    run_sql(
        path,
        'update entries set data = cast(replace(cast(data as text), \'"verdict":"defeated"\','
        ' \'"verdict":"stands"\') as blob) where number = 2',
    )


def other_verdict_and_leaf(path: Path) -> None:
    other_verdict(path)
    connection = sqlite3.connect(path)
    data = connection.execute("select data from entries where number = 2").fetchone()[0]
    connection.close()
    run_sql(path, "update nodes set hash = ? where level = 0 and position = 2", values=(leaf_hash(data),))


def entry_gone(path: Path) -> None:
    run_sql(path, "delete from entries where number = 4")


def last_entry_gone(path: Path) -> None:
    run_sql(path, "delete from entries where number = (select max(number) from entries)")


def entry_more(path: Path) -> None:
    run_sql(
        path, "insert into entries select (select max(number) + 1 from entries), data from entries where number = 2"
    )


def entry_of_text(path: Path) -> None:
    run_sql(path, "update entries set data = cast(data as text) where number = 3")


def node_gone(path: Path) -> None:
    run_sql(path, "delete from nodes where level = 1 and position = 0")


def node_more(path: Path) -> None:
    run_sql(path, "insert into nodes values (9, 0, zeroblob(32))")


CHANGES: dict[Callable[[Path], None], str] = {
    other_verdict: "R204",
    other_verdict_and_leaf: "R205",
    entry_gone: "R203",
    last_entry_gone: "R205",
    entry_more: "R204",
    entry_of_text: "R204",
    node_gone: "R205",
    node_more: "R205",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_command_counts_what_does_not_check(copied: Log, capsys: Capture, change: Callable[[Path], None]) -> None:
    path, _ = copied
    change(path)
    for name, command in FIGURES.items():
        words = [str(path) if word == "LOG" else word for word in command.split()]
        assert main(words) == 5, name
        shown = capsys.readouterr()
        assert not shown.out.strip(), name
        assert CHANGES[change] in shown.err, name
    assert main(["log", "report", str(path)]) == 5
    page = capsys.readouterr().out
    assert "no figure" in page
    assert '<ul class="key">' not in page
    assert "<svg" not in page
    with pytest.raises(DecisionLogError) as error:
        count_decisions(LogReader(path), DecisionFilter())
    assert error.value.problems[0].code == CHANGES[change]


def test_a_command_says_whether_a_checkpoint_was_given(copied: Log, tmp_path: Path, capsys: Capture) -> None:
    path, checkpoint = copied
    (tmp_path / "now").write_text(str(checkpoint))
    for name, command in FIGURES.items():
        words = [str(path) if word == "LOG" else word for word in command.split()]
        assert main(words) == 0, name
        without = capsys.readouterr()
        assert "checked against its own tree only" in without.err, name
        assert main([*words, "--checkpoint", str(tmp_path / "now")]) == 0, name
        shown = capsys.readouterr()
        assert "its own tree only" not in shown.err, name
        assert shown.out == without.out, name


def test_a_rewritten_log_gives_no_figure_against_a_checkpoint(
    copied: Log, judge: Judge, tmp_path: Path, capsys: Capture
) -> None:
    """Another log in its place, whose tree fits its entries."""
    path, checkpoint = copied
    key = PrivateKey.generate(checkpoint.log_name)
    public = key.write(tmp_path / "key")
    (tmp_path / "signed").write_text(key.sign(checkpoint))
    (tmp_path / "unsigned").write_text(str(checkpoint))
    path.unlink()
    with DecisionLog(path) as log:
        for _ in range(20):
            log.assess("The authority is a bank.", judge=judge)
    count = ["log", "count", str(path), "--public-key", str(public), "--checkpoint"]
    assert main([*count, str(tmp_path / "signed")]) == 5
    shown = capsys.readouterr()
    assert not shown.out
    assert "R209" in shown.err
    assert main([*count, str(tmp_path / "unsigned")]) != 0
    assert "R118" in capsys.readouterr().err


def test_overrides_are_counted_although_the_index_hides_them(copied: Log, capsys: Capture) -> None:
    """An index that was built for another condition has no row for an override; figures do not ask it."""
    path, _ = copied
    assert main(["log", "count", str(path), "--format", "json"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert before["overridden"] == 1
    for first, second in (("= 0", "= 5"), ("= 5", "= 0")):
        run_sql(
            path,
            "pragma writable_schema = on",
            f"update sqlite_schema set sql = replace(sql, '{first}', '{second}') where name = 'non_decisions'",
        )
        if second == "= 5":
            run_sql(path, "reindex non_decisions")
    assert not list(LogReader(path).indexed_non_decisions())
    assert main(["log", "count", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == before


def test_an_override_that_was_changed_is_not_shown_with_its_decision(copied: Log) -> None:
    path, _ = copied
    number = next(n for n, entry in LogReader(path).indexed_non_decisions() if entry.kind == "override")
    run_sql(
        path, f"update entries set data = cast(replace(data, 'the desk', 'a friend') as blob) where number = {number}"
    )
    with pytest.raises(DecisionLogError) as error:
        LogReader(path).annotations_of(5)
    assert error.value.problems[0].code == "R204"
    annotations, problems = visible_annotations(LogReader(path), 5)
    assert not annotations
    assert "is not the one that was recorded" in problems[0]


def test_a_snapshot_is_one_state_while_others_write(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess("The authority is a bank.", judge=judge)
        with LogReader(log.path).snapshot([log.checkpoint()]) as snapshot:
            log.assess("The authority is a bank.", judge=judge)
            assert len(snapshot) == 3
            assert sum(isinstance(entry, Decision) for _, entry in snapshot.entries()) == 1
            assert [number for number, _ in snapshot.non_decision_entries()] == [0, 1]
        assert len(log) == 4
