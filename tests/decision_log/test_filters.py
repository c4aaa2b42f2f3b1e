"""The auditor's questions give the decisions that they ask for, as tables and as counts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from legit.decision_log import Checkpoint, LogReader
from legit.decision_log.columns import COLUMNS, Column, ColumnCondition, decision_row
from legit.decision_log.entries import Decision
from legit.decision_log.export import export_lines, verify_export, write_csv, write_parquet
from legit.decision_log.filters import (
    DecisionFilter,
    any_sources,
    count_decisions,
    decisive_findings,
    filter_decisions,
    needed_sources,
    parse_fact_filter,
    require_predicates,
)  # fmt: skip
from legit.errors import DecisionLogError, LanguageError
from legit.judge import Judge
from legit.model.facts import Truth

Log = tuple[Path, Checkpoint]


@pytest.fixture
def log(pristine: Log) -> LogReader:
    return LogReader(pristine[0])


def matching_numbers(log: LogReader, **wanted: object) -> list[int]:
    return [found.number for found in filter_decisions(log, DecisionFilter(**wanted))]  # type: ignore[arg-type]


def decisions_by_number(log: LogReader) -> dict[int, Decision]:
    return {number: record for number, record in log.entries() if isinstance(record, Decision)}


def test_by_outcome(log: LogReader) -> None:
    assert matching_numbers(log) == list(range(2, 15))
    assert matching_numbers(log, verdicts=frozenset({"stands"})) == [6, 8, 13]
    assert matching_numbers(log, verdicts=frozenset({"contested", "undetermined"})) == [10, 11]
    assert matching_numbers(log, actions=frozenset({"ask"})) == [10]
    assert matching_numbers(log, actions=frozenset({"ask", "explain"})) == [4, 10]
    assert matching_numbers(log, actions=frozenset({"weigh"})) == []  # asking is open where heavy goods balance, too
    assert matching_numbers(log, verdicts=frozenset({"contested"}), actions=frozenset({"help"})) == [11]
    assert matching_numbers(log, verdicts=frozenset({"stands"}), actions=frozenset({"help"})) == []


def test_by_what_applied(log: LogReader) -> None:
    assert matching_numbers(log, criteria=frozenset({"impossible_to_comply"})) == [
        number for number, record in decisions_by_number(log).items()
        if any(item.criterion == "impossible_to_comply" and item.effect in {"defeats", "tied", "outweighed"}
               for item in record.answer.findings)
    ]  # fmt: skip
    both = frozenset({"impossible_to_comply", "no_appeal"})
    assert set(matching_numbers(log, criteria=both)) < set(matching_numbers(log, criteria=frozenset({"no_appeal"})))
    assert matching_numbers(log, families=frozenset({"illegitimate_authority"})) == [3]
    assert 2 in matching_numbers(log, rights=frozenset({"R53"}))


def test_by_what_was_said(log: LogReader, judge: Judge) -> None:
    assert matching_numbers(log, facts=parse_fact_filter(judge, "The authority is a bank.")) == [2, 6]
    assert (
        matching_numbers(
            log, facts=parse_fact_filter(judge, "The authority is a bank. The purpose of the rule is appearance.")
        )
        == []
    )
    assert matching_numbers(log, facts=parse_fact_filter(judge, "The authority is not a bank.")) == []
    denied = parse_fact_filter(judge, "It is unknown whether the rule reaches into the inside of the home.")
    assert {truth for _, _, truth in denied} == {Truth.UNKNOWN}
    assert matching_numbers(log, facts=denied) == [
        number for number, record in decisions_by_number(log).items()
        if denied <= {(fact.predicate, fact.args, fact.truth) for fact in record.facts}
    ]  # fmt: skip
    with pytest.raises(DecisionLogError, match="R112"):
        parse_fact_filter(judge, 'The rule requires "a stamp".')
    with pytest.raises(LanguageError, match="L005"):
        parse_fact_filter(judge, "The user believes that it is absurd.")
    with pytest.raises(LanguageError, match="L105"):
        parse_fact_filter(judge, "The authority is a banana.")


def test_by_whose_word_it_rests_on(log: LogReader, judge: Judge) -> None:
    for number, record in decisions_by_number(log).items():
        reliance = judge.assess(log.case_text(number)).evidence_basis
        assert (number in matching_numbers(log, sole_source="user")) is (reliance.sole_source == "user")
        each = [{ground.speaker.kind for ground in item.facts} for item in reliance.sufficient_sets]
        needed = bool(each) and all("user" in kinds for kinds in each)
        assert (number in matching_numbers(log, needs_sources=frozenset({"user"}))) is needed
        assert any_sources(record) == {kind.value for kinds in each for kind in kinds}
        assert needed_sources(record) <= any_sources(record)
    assert matching_numbers(log, sole_source="user", verdicts=frozenset({"defeated"}))
    assert 3 not in matching_numbers(log, sole_source="user")  # there a public record is needed, or suffices


def test_by_time_caller_and_override(log: LogReader) -> None:
    times = [record.time for record in decisions_by_number(log).values()]
    assert matching_numbers(log, since=times[3]) == list(range(5, 15))
    assert matching_numbers(log, until=times[3]) == [2, 3, 4]
    assert matching_numbers(log, since=times[0][:10], until="9999") == list(range(2, 15))
    assert matching_numbers(log, caller=frozenset({("session", "s-1")})) == list(range(2, 15))
    assert matching_numbers(log, caller=frozenset({("session", "s-2")})) == []
    assert matching_numbers(log, overridden=True) == [5]
    assert 5 not in matching_numbers(log, overridden=False)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_selects_the_decisions_that_hold_a_value(log: LogReader, column: Column) -> None:
    matches = list(filter_decisions(log, DecisionFilter()))
    shown = {match.number: column.value(match) for match in matches}
    values = {number: value if isinstance(value, tuple) else (str(value),) for number, value in shown.items()}
    for wanted in {text for texts in values.values() for text in texts}:
        assert matching_numbers(log, where=frozenset({ColumnCondition(column, wanted)})) == [
            number for number, texts in values.items() if wanted in texts
        ]
    without = [number for number, texts in values.items() if texts in ((), ("",))]
    if column.type is int:
        assert not without
        for wrong in ("nothing of the kind", "", "1.5", "9" * 30):
            with pytest.raises(DecisionLogError, match=f"R122: the column `{column.name}` holds numbers, and `"):
                ColumnCondition(column, wrong)
        return
    assert matching_numbers(log, where=frozenset({ColumnCondition(column, "nothing of the kind")})) == []
    assert matching_numbers(log, where=frozenset({ColumnCondition(column, "")})) == without
    assert matching_numbers(log, where=frozenset({ColumnCondition(column, "", "!=")})) == [
        number for number in values if number not in without
    ]
    with pytest.raises(DecisionLogError, match=r"R122: .* holds no numbers, and `>` compares numbers"):
        ColumnCondition(column, "1", ">")


@pytest.mark.parametrize(
    ("sign", "numbers"),
    [("=", [9]), ("!=", [2, 3, 10]), (">", [10]), (">=", [9, 10]), ("<", [2, 3]), ("<=", [2, 3, 9])],
)
def test_a_column_of_numbers_is_compared_as_numbers(log: LogReader, sign: str, numbers: list[int]) -> None:
    number = next(column for column in COLUMNS if column.name == "number")
    chosen = matching_numbers(log, where=frozenset({ColumnCondition(number, "9", sign)}))
    assert [item for item in chosen if item in (2, 3, 9, 10)] == numbers


def test_counts_agree_with_the_list(log: LogReader, judge: Judge) -> None:
    counts = count_decisions(log, DecisionFilter(), require_predicates(judge, ("authority",)))
    assert (counts.decisions, counts.overridden) == (13, 1)
    for verdict, number in counts.tables["verdict"].items():
        assert number == len(matching_numbers(log, verdicts=frozenset({verdict})))
    assert sum(counts.tables["verdict"].values()) == 13
    for criterion, number in counts.tables["decisive_criterion"].items():
        assert number == sum(
            criterion in {item.criterion for item in decisive_findings(record)}
            for record in decisions_by_number(log).values()
        )
    assert counts.tables["override"] == {"help->help": 1}
    assert counts.by_predicate["authority"]["creditor_insurer"] == 2
    assert counts.tables["sole_source"]["user"] == len(matching_numbers(log, sole_source="user"))
    assert count_decisions(log, DecisionFilter(verdicts=frozenset({"stands"}))).decisions == 3
    with pytest.raises(DecisionLogError, match="R110"):
        require_predicates(judge, ("nothing",))


def test_a_table_holds_every_decision(log: LogReader, tmp_path: Path) -> None:
    text = io.StringIO()
    write_csv(filter_decisions(log, DecisionFilter()), text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue())))
    assert tuple(rows[0]) == tuple(column.name for column in COLUMNS)
    assert [int(line["number"]) for line in rows] == list(range(2, 15))
    expected = [decision_row(found) for found in filter_decisions(log, DecisionFilter())]
    assert rows == [{key: str(value) for key, value in line.items()} for line in expected]
    assert rows[3]["override_action"] == "help"
    arrow = pytest.importorskip("pyarrow.parquet", reason="an optional form")
    write_parquet(filter_decisions(log, DecisionFilter()), tmp_path / "d.parquet")
    assert arrow.read_table(tmp_path / "d.parquet").to_pylist() == expected


def test_parquet_without_its_library_is_one_sentence(
    log: LogReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(DecisionLogError, match="R111"):
        write_parquet(filter_decisions(log, DecisionFilter()), tmp_path / "d.parquet")


def test_exported_records_are_verified_to_the_byte(log: LogReader, pristine: Log, tmp_path: Path) -> None:
    path, head = tmp_path / "records.jsonl", pristine[1]
    data = b"".join(export_lines(log))
    path.write_bytes(data)
    found = verify_export(path, [head, log.checkpoint(5)])
    assert found.valid
    assert (found.checkpoint, found.notes) == (head, [])
    for at in range(0, len(data), max(1, len(data) // 400)):
        for changed in (
            data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[:at] + b"x" + data[at:],
            data[:at],
        ):
            path.write_bytes(changed)
            assert not verify_export(path, [head]).valid, at
    records = data.splitlines(keepends=True)
    for at in range(len(records)):
        for other in (records[:at] + records[at + 1 :], [*records[:at], records[0], *records[at:]]):
            path.write_bytes(b"".join(other))
            assert not verify_export(path, [head]).valid, at
        swapped = [*records[:at], *records[at : at + 2][::-1], *records[at + 2 :]]
        path.write_bytes(b"".join(swapped))
        assert verify_export(path, [head]).valid is (swapped == records)


def test_exported_records_hold_no_text(log: LogReader, examples: list[object]) -> None:
    data = b"".join(export_lines(log)).decode()
    for number in decisions_by_number(log):
        for text in log.stored_texts(number).values():
            assert text not in data
