"""Whatever is done to a log is found, and nothing is found in one to which nothing was done."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.decision_log import Checkpoint, DecisionLog, LogReader, TextPolicy, merkle
from legit.decision_log.entries import LogOpened, Override, to_bytes
from legit.decision_log.export import verify_export
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge

Log = tuple[Path, Checkpoint]


def problem_codes(path: Path, *heads: Checkpoint) -> set[str]:
    return {problem.code for problem in verify(path, heads).problems}


def table_contents(path: Path) -> list[object]:
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
        connection.text_factory = bytes
        found = [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("entries", "nodes", "texts", "bases")
        ]
    connection.close()
    return found


def test_a_log_to_which_nothing_was_done(pristine: Log) -> None:
    path, head = pristine
    for heads in ([head], [LogReader(path).checkpoint(size) for size in range(len(LogReader(path)) + 1)]):
        found = verify(path, heads)
        assert found.valid, found.problems
        assert found.entry_counts == {"opened": 1, "base": 1, "decision": 13, "override": 1, "redaction": 1}
        assert found.checkpoint == head
        assert found.notes == []
    assert "no checkpoint" in verify(path).notes[0]


@pytest.mark.parametrize("policy", [TextPolicy.HASHED, TextPolicy.OMITTED])
def test_logs_that_store_no_text_hold(policy: TextPolicy, tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log", text_policy=policy) as log:
        log.assess('The rule requires "a stamp".', judge=judge)
        assert verify(log.path, [log.checkpoint()]).valid


DAMAGE: dict[str, tuple[str, str]] = {
    "an entry changed": ("UPDATE entries SET data = replace(data, 'defeated', 'stands') WHERE number = 2", "R204"),
    "an entry changed in one byte": ("UPDATE entries SET data = cast(data || ' ' AS BLOB) WHERE number = 4", "R204"),
    "an entry of another type": ("UPDATE entries SET data = cast(data AS TEXT) WHERE number = 4", "R206"),
    "an entry removed": ("DELETE FROM entries WHERE number = 4", "R203"),
    "the first entry removed": ("DELETE FROM entries WHERE number = 0", "R203"),
    "the last entry removed": ("DELETE FROM entries WHERE number = 16", "R205"),
    "all entries removed": ("DELETE FROM entries", "R206"),
    "an entry inserted": ("INSERT INTO entries SELECT 17, data FROM entries WHERE number = 3", "R204"),
    "an entry before the first": ("INSERT INTO entries SELECT -1, data FROM entries WHERE number = 3", "R203"),
    "entries swapped": (
        "UPDATE entries SET number = -7 WHERE number = 3; UPDATE entries SET number = 3 WHERE number = 4;"
        "UPDATE entries SET number = 4 WHERE number = -7",
        "R204",
    ),
    "a node changed": ("UPDATE nodes SET hash = zeroblob(32) WHERE level = 2 AND position = 1", "R205"),
    "a node removed": ("DELETE FROM nodes WHERE level = 1 AND position = 0", "R205"),
    "a node inserted": ("INSERT INTO nodes VALUES (9, 0, zeroblob(32))", "R205"),
    "a text changed": ("UPDATE texts SET text = text || '!' WHERE entry = 2", "R207"),
    "a text removed": ("DELETE FROM texts WHERE entry = 2", "R207"),
    "a text emptied": ("UPDATE texts SET text = NULL WHERE entry = 2", "R207"),
    "a salt changed": ("UPDATE texts SET salt = zeroblob(32) WHERE entry = 2", "R207"),
    "a text added": ("INSERT INTO texts VALUES (2, 'x', zeroblob(32), 'y')", "R207"),
    "a text added to no entry": ("INSERT INTO texts VALUES (99, 'x', zeroblob(32), 'y')", "R207"),
    "a text added before the first": ("INSERT INTO texts VALUES (-1, 'x', zeroblob(32), 'y')", "R207"),
    "an erased text put back": ("INSERT INTO texts VALUES (3, '⟨1text⟩', zeroblob(32), 'y')", "R207"),
    "texts swapped": ("UPDATE texts SET placeholder = CASE placeholder WHEN '⟨1text⟩' THEN 'z' ELSE '⟨1text⟩' END"
                      " WHERE entry = 2 AND placeholder IN ('⟨1text⟩', '⟨2text⟩')", "R207"),
    "a knowledge base changed": ("UPDATE bases SET archive = zeroblob(99)", "R208"),
    "a knowledge base gone": ("DELETE FROM bases", "R208"),
    "a knowledge base under another profile": ("UPDATE bases SET profile = 'x'", "R208"),
    "a knowledge base renamed": ("UPDATE bases SET digest = 'x'", "R208"),
    "a trigger added": ("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM texts; END", "R202"),
    "an index dropped": ("DROP INDEX non_decisions", "R202"),
    "a table added": ("CREATE TABLE more (x)", "R202"),
    "a table dropped": ("DROP TABLE bases", "R202"),
    "another form": ("PRAGMA user_version = 1", "R102"),
    "another kind": ("PRAGMA application_id = 2", "R102"),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "code"), DAMAGE.values(), ids=DAMAGE)
def test_every_kind_of_damage_is_named(copied: Log, statements: str, code: str) -> None:
    path, head = copied
    connection = sqlite3.connect(path)
    connection.executescript(statements)
    connection.close()
    assert code in problem_codes(path)
    assert code in problem_codes(path, head)


def rewrite_log(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Rewrite the whole log so that it agrees with itself, as somebody can who may write the file."""
    connection = sqlite3.connect(path)
    bodies = [body for (body,) in connection.execute("SELECT data FROM entries ORDER BY number")]
    connection.executescript("DELETE FROM entries; DELETE FROM nodes; DELETE FROM texts;")
    frontier = merkle.Frontier()
    for number, body in enumerate(change(bodies)):
        connection.execute("INSERT INTO entries VALUES (?, ?)", (number, body))
        connection.executemany("INSERT INTO nodes VALUES (?, ?, ?)", frontier.append(merkle.leaf_hash(body)))
    connection.commit()
    connection.close()


FORGERIES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "cut off": lambda bodies: bodies[:-1],
    "one left out": lambda bodies: [*bodies[:6], *bodies[7:]],
    "one changed": lambda bodies: [*bodies[:2], bodies[2].replace(b"defeated", b"stands"), *bodies[3:]],
    "two swapped": lambda bodies: [*bodies[:6], bodies[7], bodies[6], *bodies[8:]],
    "one put in": lambda bodies: [*bodies[:6], bodies[3], *bodies[6:]],
    "one put in for another": lambda bodies: [*bodies[:6], bodies[3], *bodies[7:]],
    "begun anew": lambda bodies: [
        to_bytes(LogOpened(time="2026-01-01T00:00:00Z", log_name="legit-log/other")),
        *bodies[1:],
    ],
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES)
def test_a_log_rewritten_as_a_whole_is_found_by_a_head(
    copied: Log, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    path, head = copied
    rewrite_log(path, change)
    assert "R209" in problem_codes(path, head)
    assert problem_codes(path) <= {"R207"}  # the texts are gone; the entries agree with each other


def checkpoint_messages(path: Path, *heads: Checkpoint) -> list[str]:
    return [item.message for item in verify(path, heads).problems if item.code == "R209"]


def test_where_a_log_differs_from_its_heads_is_told_as_far_as_it_can_be(copied: Log, tmp_path: Path) -> None:
    path, head = copied
    five, eight, nine = (LogReader(path).checkpoint(size) for size in (5, 8, 9))
    exported = tmp_path / "records.jsonl"
    rewrite_log(
        path, lambda bodies: [*bodies[:7], bodies[7].replace(b'"speaker":"user"', b'"speaker":"document"'), *bodies[8:]]
    )
    exported.write_bytes(b"".join(body + b"\n" for _, body in LogReader(path).raw_entries()))
    said = "the first {} entries are not those that the checkpoint was taken of; "
    told = {
        (head,): [said.format(17) + "from which on cannot be told: checkpoints of fewer entries would narrow it down"],
        (head, five): [
            said.format(17)
            + "the first 5 are those of another checkpoint, so that it differs from one of entries 5 to 16 on"
        ],
        (nine, five, eight): [
            said.format(8)
            + "the first 5 are those of another checkpoint, so that it differs from one of entries 5 to 7 on",
            said.format(9)
            + "the first 5 are those of another checkpoint, so that it differs from one of entries 5 to 8 on",
        ],
        (eight, LogReader(path).checkpoint(7)): [
            said.format(8) + "the first 7 are those of another checkpoint, so that it differs from entry 7 on"
        ],
    }
    for heads, messages in told.items():
        assert checkpoint_messages(path, *heads) == messages
        assert [item.message for item in verify_export(exported, heads).problems] == messages


def test_where_only_records_were_changed_the_tree_tells_which(copied: Log) -> None:
    path, head = copied
    connection = sqlite3.connect(path)
    connection.execute("UPDATE entries SET data = cast(data || ' ' AS BLOB) WHERE number = 7")
    connection.commit()
    connection.close()
    (message,) = checkpoint_messages(path, head)
    assert message.endswith("; the stored tree has the root of the checkpoint. R204 and R205 name what differs")
    found = [item.message for item in verify(path, [head]).problems if item.code in {"R204", "R205"}]
    assert found == [
        "entry 7 is not the one that was written",
        "the stored hash of entries 6 to 7 differs from the hash of the entries (node 1/3)",
        "the stored hash of entries 4 to 7 differs from the hash of the entries (node 2/1)",
        "the stored hash of entries 0 to 7 differs from the hash of the entries (node 3/0)",
        "the stored hash of entries 0 to 15 differs from the hash of the entries (node 4/0)",
    ]


def test_what_was_appended_after_a_head_is_no_forgery(copied: Log, judge: Judge) -> None:
    path, head = copied
    with DecisionLog(path) as log:
        log.assess("The authority is a bank.", judge=judge)
        assert verify(path, [head, log.checkpoint()]).valid
        assert merkle.verify_consistency(
            head.size, len(log), log.consistency_proof(head.size), head.root, log.checkpoint().root
        )


def test_a_record_that_speaks_of_none_is_found(copied: Log) -> None:
    path, _ = copied
    for of in (0, 99):
        body = to_bytes(Override(time="2026-01-01T00:00:00Z", decision_number=of, action="help", by="x", why="y"))
        rewrite_log(path, lambda bodies, body=body: [*bodies, body])  # type: ignore[misc]
        assert "R206" in problem_codes(path)


def corrupt(data: bytes, chance: random.Random) -> bytes:
    """One corruption of a file: a bit flipped, a piece cut, doubled, swapped, zeroed, or its end cut off."""
    at = chance.randrange(len(data))
    width = min(chance.choice([1, 7, 100, 4096]), len(data) - at)
    to = chance.randrange(len(data))
    match chance.randrange(6):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + width :]
        case 2:
            return data[:at] + data[at : at + width] + data[at:]
        case 3:
            return data[:to] + data[at : at + width] + data[to + width :]
        case 4:
            return data[:at] + bytes(width) + data[at + width :]
        case _:
            return data[:at]


@pytest.mark.parametrize("seed", range(4))
def test_random_corruption_of_the_file_is_found_or_changes_nothing(copied: Log, seed: int) -> None:
    """A page of SQLite has room that holds nothing: what changes there alone changes nothing that can be read."""
    path, head = copied
    data, good = path.read_bytes(), table_contents(path)
    chance = random.Random(seed)
    found = 0
    for _ in range(60):
        path.write_bytes(corrupt(data, chance))
        if verify(path, [head]).valid:
            assert table_contents(path) == good
        else:
            found += 1
    assert found > 20


def test_a_schema_that_is_no_text_is_found(copied: Log) -> None:
    path, head = copied
    data = path.read_bytes()
    said = set()
    for name in (b"entries", b"CREATE", b"TABLE", b"INTEGER"):
        at = data.index(name)
        path.write_bytes(data[:at] + b"\xd5" + data[at + 1 :])
        problems = verify(path, [head]).problems
        assert {problem.code for problem in problems} & {"R101", "R201", "R202"}
        said |= {problem.message for problem in problems}
        with contextlib.suppress(DecisionLogError):
            len(LogReader(path))
    assert "the log cannot be used: it holds bytes that are no text" in said


def test_what_is_no_log_is_said_to_be_none(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("The authority is a bank.\n" * 100)
    folder = tmp_path / "folder"
    folder.mkdir()
    empty = tmp_path / "empty"
    empty.touch()
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    for path, code in (
        (other, "R102"),
        (folder, "R101"),
        (tmp_path / "none", "R101"),
        (empty, "R102"),
        (foreign, "R102"),
    ):
        assert problem_codes(path) == {code}, path
        with pytest.raises(DecisionLogError) as caught:
            len(LogReader(path))
        assert caught.value.problems[0].code == code
    for path in (other, folder, foreign, tmp_path / "no" / "folder"):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(DecisionLogError):
            DecisionLog(path).assess("The authority is a bank.")
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_heads_as_text(pristine: Log) -> None:
    path, head = pristine
    assert Checkpoint.parse(str(head)) == head
    text = str(head)
    for at in range(0, len(text), 7):
        for other in "A0\n x":
            changed = text[:at] + other + text[at + 1 :]
            if changed != text:
                with contextlib.suppress(DecisionLogError):
                    assert "R209" in problem_codes(path, Checkpoint.parse(changed)), changed
    for bad in ("", text[:-1], text + "\n", text.replace("\n", "\n\n"), text.replace("\n17", "\n017")):
        with pytest.raises(DecisionLogError, match="R106"):
            Checkpoint.parse(bad)


def test_a_copy_reads_without_the_right_to_write(pristine: Log) -> None:
    def as_somebody_else(path: Path) -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        with pytest.raises(OSError, match="Permission denied"):
            (path.parent / "new").touch()
        assert verify(path, [pristine[1]]).valid

    with tempfile.TemporaryDirectory() as folder:  # the folders of pytest are closed to others
        path = Path(folder) / "log"
        shutil.copy(pristine[0], path)
        path.chmod(0o444)
        path.parent.chmod(0o555)
        worker = multiprocessing.get_context("fork").Process(target=as_somebody_else, args=(path,))
        worker.start()
        worker.join()
        path.parent.chmod(0o700)
        assert worker.exitcode == 0
