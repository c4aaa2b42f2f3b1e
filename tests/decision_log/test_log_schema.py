"""The tables of a file: whoever writes or reads a log refuses one that has others, before it reads a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.decision_log.file_schema import SCHEMA, schema_problems
from legit.decision_log.filters import DecisionFilter, count_decisions
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge

DEFEATED = """
create trigger {name} before insert on entries when instr(new.data, '"kind":"decision"') begin select raise(ignore); end
"""

FOREIGN = {
    "a trigger": DEFEATED.format(name="t"),
    "a trigger named sqlitea": DEFEATED.format(name="sqlitea"),
    "a trigger that keeps texts": "create table sqlitex(a); create trigger sqlitey after insert on texts"
    " begin insert into sqlitex values (new.text); end",
    "a table named sqlitex": "create table sqlitex(a)",
    "a table with an empty name": 'create table ""(a)',
    "a view": "create view v as select 1",
    "a view without an end in place of the entries": "alter table entries rename to hidden; create view entries(number,"
    " data) as with recursive r(n) as (select 0 union all select n + 1 from r) select n, (select data from hidden"
    " where number = 1) from r",
    "a generated column": "alter table entries add column more as (length(data))",
    "a further column": "alter table texts add column more",
    "an index": "create index i on texts(text)",
    "no index": "drop index non_decisions",
    "a table of another module": "create virtual table f using fts5(a)",
    "statistics": "analyze",
    "no bases": "drop table bases",
    "a check": "drop table bases; create table bases (digest text primary key, profile text not null,"
    " archive blob not null check (length(archive) > 0)) without rowid",
    "another collation": "pragma writable_schema=on; update sqlite_schema set sql=replace(sql, 'placeholder TEXT',"
    " 'placeholder TEXT COLLATE NOCASE') where name='texts'",
    "two tables with one content": "pragma writable_schema=on; update sqlite_schema set rootpage=(select rootpage from"
    " sqlite_schema where name='nodes') where name='texts'",
}


def change(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.executescript(script)
    finally:
        connection.close()


USES: dict[str, Callable[[Path, Judge], object]] = {
    "record": lambda path, judge: DecisionLog(path).assess("The authority is a bank.", judge=judge),
    "override": lambda path, judge: DecisionLog(path).override(2, action="help", by="x", why="y", judge=judge),
    "redact": lambda path, judge: DecisionLog(path).redact(2, by="x", why="y"),
    "length": lambda path, judge: len(LogReader(path)),
    "checkpoint": lambda path, judge: LogReader(path).checkpoint(),
    "an entry": lambda path, judge: LogReader(path).entry(2),
    "texts": lambda path, judge: LogReader(path).stored_texts(2),
    "figures": lambda path, judge: count_decisions(LogReader(path), DecisionFilter()),
    "a knowledge base": lambda path, judge: LogReader(path).base_archive("0"),
}


@pytest.mark.parametrize("script", FOREIGN.values(), ids=FOREIGN)
def test_nobody_uses_a_file_with_other_tables(copied: tuple[Path, Checkpoint], judge: Judge, script: str) -> None:
    path, checkpoint = copied
    change(path, script)
    before = path.read_bytes()
    found = verify(path, [checkpoint])
    assert {problem.code for problem in found.problems} == {"R202"}
    for name, use in USES.items():
        with pytest.raises(DecisionLogError) as error:
            use(path, judge)
        assert {problem.code for problem in error.value.problems} == {"R202"}, name
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["t", "sqlitea"])
def test_a_trigger_that_comes_while_the_log_is_open_stops_the_writer(tmp_path: Path, judge: Judge, name: str) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess("The authority is a bank.", judge=judge)
        change(log.path, DEFEATED.format(name=name))
        for _ in range(2):
            with pytest.raises(DecisionLogError) as error:
                log.assess("The authority is a club.", judge=judge)
            assert error.value.problems[0].code == "R202"
        change(log.path, f"drop trigger {name}")
        assert log.assess_and_record("The authority is a club.", judge=judge)[1] == 3


def test_rows_that_were_not_inserted_are_not_acknowledged(tmp_path: Path, judge: Judge) -> None:
    """A trigger of the writer's own connection, which no schema shows: the rows are counted."""
    with DecisionLog(tmp_path / "log") as log:
        log.assess("The authority is a bank.", judge=judge)
        connection = log._open_writer()._connection
        for statement in (
            "create temp trigger a before insert on entries begin select raise(ignore); end",
            "create temp trigger a after insert on entries begin delete from entries where number = new.number; end",
            'create temp trigger a before insert on "texts" begin select raise(ignore); end',
        ):
            connection.execute(statement)
            with pytest.raises(DecisionLogError) as error:
                log.assess('The rule forbids "x".', judge=judge)
            assert error.value.problems[0].code == "R101"
            connection.execute("drop trigger a")
        assert log.assess_and_record('The rule forbids "x".', judge=judge)[1] == 3
        assert verify(log.path).valid


def test_the_schema_of_an_honest_log_has_no_problem(pristine: tuple[Path, Checkpoint]) -> None:
    with sqlite3.connect(pristine[0]) as connection:
        assert not schema_problems(connection, pristine[0])
        names = {name for (name,) in connection.execute("select name from sqlite_schema")}
    connection.close()
    assert names == set(SCHEMA)


def test_a_table_in_which_pages_are_reached_on_many_ways_is_read_no_longer_than_its_size_allows(
    copied: tuple[Path, Checkpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each inner page names one child many times: a scan would visit more rows than there are atoms."""
    path, _ = copied
    with sqlite3.connect(path) as connection:
        page_size = connection.execute("pragma page_size").fetchone()[0]
        root = connection.execute("select rootpage from sqlite_schema where name = 'texts'").fetchone()[0]
    connection.close()
    data = bytearray(path.read_bytes())
    leaf = bytes(data[(root - 1) * page_size : root * page_size])
    last = len(data) // page_size
    cell = leaf[int.from_bytes(leaf[8:10], "big") :][:200]
    for level in range(12):
        below = last + level + 1 if level < 11 else last + 12
        at = (root - 1) * page_size if level == 0 else len(data)
        page = inner_page(page_size, below, cell)
        data[at : at + page_size] = page
    data += leaf
    data[28:32] = (len(data) // page_size).to_bytes(4, "big")
    path.write_bytes(data)
    monkeypatch.setattr("legit.decision_log.database._MIN_STEPS", 2_000_000)
    found = verify(path)
    assert found.valid is False
    assert "R201" in {problem.code for problem in found.problems}


def inner_page(size: int, child: int, key: bytes) -> bytes:
    """An inner page of an index whose cells all name one child."""
    cell = child.to_bytes(4, "big") + key
    count = (size - 12) // (len(cell) + 2)
    starts = [size - (number + 1) * len(cell) for number in range(count)]
    head = b"\x02\0\0" + count.to_bytes(2, "big") + starts[-1].to_bytes(2, "big") + b"\0" + child.to_bytes(4, "big")
    body = b"".join(start.to_bytes(2, "big") for start in starts)
    return (head + body).ljust(starts[-1], b"\0") + cell * count
