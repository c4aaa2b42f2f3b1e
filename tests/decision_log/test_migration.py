"""A log of schema 2, written by the code before the fields were renamed, becomes a log of the current schema.

`data/schema2.log` holds 12 decisions (the first 12 examples; texts stored, of one hashed, of one omitted), an override and
a redaction. The program that wrote it is no longer in the repository.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import DecisionLog, LogReader, merkle
from legit.decision_log.entries import BaseStored, Decision, LogOpened
from legit.decision_log.entry_builder import record_facts
from legit.decision_log.file_digest import file_digest
from legit.decision_log.migration import migrate
from legit.decision_log.replay import parse_recorded_case, replay
from legit.decision_log.schema2 import convert_entry, predicate_names
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge

DATA = Path(__file__).parent / "data"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / "schema2.log", tmp_path / "old.log"))


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    migrate(old, tmp_path / "new.log")
    return tmp_path / "new.log"


def raw(path: Path) -> list[bytes]:
    with sqlite3.connect(path) as connection:
        rows = [data for (data,) in connection.execute("SELECT body FROM records ORDER BY number")]
    connection.close()
    return rows


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_every_other_command_refuses_it_and_says_how_to_go_on(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["verify", old], ["show", old, "2"], ["query", old], ["replay", old]):
        assert main(["log", *map(str, command)]) != 0
        printed = capsys.readouterr()
        told = printed.out + printed.err
        assert "R102" in told
        assert "the log has schema 2" in told
        assert "`legit log migrate OLD NEW`" in told
    with pytest.raises(DecisionLogError, match="schema 2"), DecisionLog(old) as log:
        log.open()


def test_every_entry_keeps_its_number_time_and_content(old: Path, new: Path) -> None:
    before, after = [json.loads(data) for data in raw(old)], [entry for _, entry in LogReader(new).entries()]
    assert [entry.kind for entry in after] == [entry["kind"] for entry in before]
    assert [entry.time for entry in after[1:]] == [entry["time"] for entry in before[1:]]
    for earlier, entry in zip(before, after, strict=True):
        if isinstance(entry, Decision):
            assert entry.case == earlier["case"]
            assert entry.commitments == earlier["texts"]
            assert (entry.answer.verdict, entry.answer.action) == (
                earlier["answer"]["verdict"],
                earlier["answer"]["action"],
            )
            assert [item.criterion for item in entry.answer.findings] == [
                item["criterion"] for item in earlier["answer"]["findings"]
            ]
            assert entry.caller == earlier["caller"]
    assert verify(new).problems == []


def test_the_first_entry_names_the_old_log(old: Path, new: Path) -> None:
    entry = LogReader(new).entry(0)
    assert isinstance(entry, LogOpened)
    source = entry.migrated_from
    assert source is not None
    frontier = merkle.Frontier()
    for data in raw(old):
        frontier.append(merkle.leaf_hash(data))
    opened = json.loads(raw(old)[0])
    digest = file_digest(old)
    assert digest is not None
    assert (source.log_name, source.opened, source.schema_version) == (opened["log"], opened["time"], "2")
    assert (source.size, source.root, source.file_digest) == (16, frontier.root().hex(), digest.hex())
    assert entry.log_name != source.log_name


def test_recorded_facts_are_those_that_the_case_states_now(new: Path, judge: Judge) -> None:
    decisions = [entry for _, entry in LogReader(new).entries() if isinstance(entry, Decision)]
    assert len(decisions) == 12
    for entry in decisions:
        assert entry.facts == record_facts(parse_recorded_case(entry, judge))


def test_every_verdict_is_the_same_under_the_shipped_base(new: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = LogReader(new)
    bases = [entry for _, entry in log.entries() if isinstance(entry, BaseStored)]
    assert [entry.replayable for entry in bases] == [False]
    assert log.base_archive(bases[0].base_digest) is not None  # kept as it was
    results = list(replay(log, [number for number, entry in log.entries() if isinstance(entry, Decision)]))
    # The base is newer than the log: the reasons may differ, and a difference is told.
    assert [result.before.verdict for result in results] == [
        result.after and result.after.verdict for result in results
    ]
    assert all(result.same is not bool(result.changes) and not result.byte_exact for result in results)
    alike = sum(result.same for result in results)
    main(["log", "replay", str(new), "--whole"])
    printed = capsys.readouterr().out
    assert f"12 decisions replayed: {alike} come out the same; 0 with another verdict" in printed
    assert "12 of them were decided again under the shipped knowledge base" in printed
    assert main(["log", "explain", str(new), "2"]) == 0
    assert "which did not decide then" in capsys.readouterr().out


def test_texts_come_along_and_erased_ones_do_not(new: Path) -> None:
    log = LogReader(new)
    assert "the office was destroyed three years ago" in log.case_text(2)
    assert "⟨1text⟩" in log.case_text(3)
    assert log.stored_texts(14) == {}
    assert all(text is None for _, text in log.unverified_texts(14).values())
    assert log.unverified_texts(15) == {}


def test_the_new_log_goes_on(new: Path, judge: Judge) -> None:
    with DecisionLog(new) as log:
        answer = log.assess("The authority is a bank.", judge=judge)
        assert log.decision(17).answer.verdict == answer.verdict  # entry 16 stores the current base
        assert [result.byte_exact for result in replay(log, [2, 17])] == [False, True]
    assert verify(new).problems == []


@pytest.mark.parametrize(
    ("statement", "code", "message"),
    [
        ("UPDATE records SET body = replace(body, 'defeated', 'stands') WHERE number = 2", "R121", "entry 2 cannot"),
        (
            "UPDATE records SET body = cast(replace(body, 'defeated', 'stands') AS BLOB) WHERE number = 2",
            "R204",
            "root",
        ),
        ("UPDATE records SET body = x'7b7d' WHERE number = 4", "R121", "entry 4 cannot be converted"),
        ("DELETE FROM records WHERE number = 4", "R203", "after entry 3 comes entry 5"),
        ("UPDATE texts SET text = text || '!' WHERE record = 2", "R207", "2"),
        ("DELETE FROM texts WHERE record = 2", "R207", "2"),
        ("UPDATE bases SET archive = x'00'", "R208", "knowledge base"),
        ("PRAGMA user_version = 1", "R102", "schema 1"),
    ],
)
def test_what_cannot_be_converted_is_told_and_nothing_is_written(
    old: Path, tmp_path: Path, statement: str, code: str, message: str
) -> None:
    change(old, statement)
    target = tmp_path / "new.log"
    with pytest.raises(DecisionLogError) as caught:
        migrate(old, target)
    told = {problem.code: problem.message for problem in caught.value.problems}
    assert code in told
    assert message in told[code]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("new")]


def test_a_file_that_exists_is_not_written_to(old: Path, new: Path) -> None:
    before = new.read_bytes()
    with pytest.raises(DecisionLogError) as caught:
        migrate(old, new)
    assert caught.value.problems[0].code == "R120"
    assert new.read_bytes() == before
    with pytest.raises(DecisionLogError, match="schema 3"):
        migrate(new, new.with_name("again.log"))


def test_an_old_field_is_not_taken_for_a_new_one(old: Path) -> None:
    decision = json.loads(raw(old)[2])
    with pytest.raises(ValueError, match="`provenance` is no field of schema 2"):
        convert_entry(json.dumps({**decision, "provenance": {}}).encode(), rename_predicates=True)
    with pytest.raises(ValueError, match="schema 2"):
        convert_entry(json.dumps({**decision, "schema_version": "3"}).encode(), rename_predicates=True)
    plain = convert_entry(json.dumps(decision).encode(), rename_predicates=False)
    assert isinstance(plain, Decision)
    assert [fact.predicate for fact in plain.facts] == [fact["predicate"] for fact in decision["facts"]]


def test_names_of_predicates_lead_from_names_that_are_gone_to_names_that_are_there(judge: Judge) -> None:
    names, there = predicate_names(), judge.base.vocabulary.predicates
    assert all(new in there and old not in there for old, new in names.items())


def test_the_command(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new.log"
    assert main(["log", "migrate", str(old), str(target)]) == 0
    printed = capsys.readouterr().out
    assert "16 entries converted (1 opened, 1 base, 12 decision, 1 override, 1 redaction)" in printed
    assert f"keep {old}" in printed
    assert main(["log", "migrate", str(old), str(target)]) != 0
    assert "R120" in capsys.readouterr().err
