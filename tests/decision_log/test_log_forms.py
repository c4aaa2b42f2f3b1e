"""Logs of other forms and schemas, and the digest of the file of a log."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from legit.decision_log import Checkpoint, DecisionLog, LogReader, checkpoint_with_file_digest, merkle
from legit.decision_log.database import FILE_FORMAT
from legit.decision_log.entries import SCHEMA_VERSION, LogEntry, canonical_json
from legit.decision_log.export import verify_export
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from tests.decision_log.test_log_verify import problem_codes, table_contents

Log = tuple[Path, Checkpoint]


def test_a_log_exported_before_a_change_of_schema_is_named_as_such(pristine: Log, tmp_path: Path) -> None:
    lines = [
        body.replace(b'"schema_version":"3"', b'"schema_version":"2"')
        for _, body in LogReader(pristine[0]).raw_entries()
    ]
    lines[2] = lines[2].replace(b'"sufficient_sets_complete":true,', b"")  # as it was before a field was added
    exported = tmp_path / "old.jsonl"
    exported.write_bytes(b"".join(line + b"\n" for line in lines))
    frontier = merkle.Frontier()
    for line in lines:
        frontier.append(merkle.leaf_hash(line))
    head = Checkpoint(pristine[1].log_name, frontier.size, frontier.root())
    found = verify_export(exported, [head])
    (problem,) = found.problems  # said once, and the checkpoint is still compared with the lines
    assert (problem.code, problem.message) == (
        "R113",
        "entry 0 cannot be read: it has schema 2, and this version reads schema 3",
    )
    assert "the version of legit that wrote it" in problem.help
    assert found.entry_counts == {"of another schema": len(lines)}
    exported.write_bytes(exported.read_bytes().replace(b"defeated", b"stands", 1))
    assert [item.code for item in verify_export(exported, [head]).problems] == ["R113", "R209"]


def test_a_log_of_an_earlier_schema_is_named_as_such(copied: Log) -> None:
    with contextlib.closing(sqlite3.connect(copied[0])) as connection:
        connection.execute("PRAGMA user_version = 1")
    (problem,) = verify(copied[0]).problems
    assert (problem.code, problem.message) == ("R102", "the log has schema 1, and this command reads schema 3")
    assert "the version of legit that wrote it" in problem.help
    with contextlib.closing(sqlite3.connect(copied[0])) as connection:  # one entry of it in a log of this schema
        connection.execute("PRAGMA user_version = 3")
        connection.execute(
            'UPDATE entries SET data = CAST(replace(data, \'_version":"3"\', \'_version":"2"\') AS BLOB) WHERE number = 4'
        )
        connection.commit()
    assert "R113" in problem_codes(copied[0])
    with pytest.raises(DecisionLogError, match="schema 2") as caught:
        LogReader(copied[0]).decision(4)
    assert caught.value.problems[0].code == "R113"


def test_no_field_of_a_record_changes_without_its_schema() -> None:
    """When this fails, a field was changed: raise SCHEMA and VERSION, and put the new digest here."""
    shape = TypeAdapter(LogEntry).json_schema()
    digest = hashlib.sha256(canonical_json(_fields_only(shape)).encode()).hexdigest()[:16]
    assert (SCHEMA_VERSION, str(FILE_FORMAT), digest) == ("3", "3", "f28dcd5cc1ede039")


def _fields_only(schema: Any) -> Any:
    """A JSON schema without titles, descriptions and the order of its fields, on which the bytes do not depend."""
    if isinstance(schema, dict):
        return {
            key: sorted(item) if key == "required" else _fields_only(item)
            for key, item in schema.items()
            if key not in {"title", "description"}
        }
    return [_fields_only(item) for item in schema] if isinstance(schema, list) else schema


def test_a_byte_that_holds_nothing_is_found_by_the_digest_of_the_file(copied: Log) -> None:
    path, head = copied
    full = checkpoint_with_file_digest(path)
    assert (full.log_name, full.size, full.root) == (head.log_name, head.size, head.root)
    assert full.file_digest == hashlib.sha256(path.read_bytes()).digest()
    assert Checkpoint.parse(str(full)) == full
    assert verify(path, [full]).valid
    data = path.read_bytes()
    good = table_contents(path)
    free = data.index(bytes(64))  # no entry has that: it is unused room
    path.write_bytes(data[: free + 32] + b"\x01" + data[free + 33 :])
    assert table_contents(path) == good
    assert problem_codes(path, head) == set()
    assert problem_codes(path, full) == {"R210"}
    path.write_bytes(data)
    assert verify(path, [full]).valid


def test_what_is_allowed_after_a_digest_of_the_file_is_said_and_no_problem(copied: Log) -> None:
    path, _ = copied
    full = checkpoint_with_file_digest(path)
    with DecisionLog(path) as log:
        assert verify(path, [full]).notes == []  # opened and not written to
        log.redact(2, by="the desk", why="the user asked for it")
        found = verify(path, [full, full])
        assert (found.valid, found.notes) == (
            True,
            [
                "entries were added since the checkpoint was taken: the digest of the file was not compared",
                "of 18 entries the checkpoints count the first 17. This does not show whether others were cut off or"
                " rewritten",
            ],
        )
    with contextlib.closing(sqlite3.connect(path)) as other:  # a part of the log is beside its file
        other.execute("PRAGMA user_version = 1")
        other.execute(f"PRAGMA user_version = {FILE_FORMAT}")
        found = verify(path, [replace(LogReader(path).checkpoint(), file_digest=bytes(32))])
        assert (found.valid, found.notes) == (
            True,
            ["the log is in use: the digest of the file was not compared"],
        )
        again = checkpoint_with_file_digest(path)  # which puts that part into the file
        assert verify(path, [full, again]).valid
    assert verify(path, [again]).valid
    assert problem_codes(path, replace(again, file_digest=bytes(32))) == {"R210"}


def test_a_log_that_is_written_to_all_the_while_has_no_digest(copied: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legit.decision_log.file_digest.file_digest", lambda path: None)
    with pytest.raises(DecisionLogError, match="written to meanwhile") as caught:
        checkpoint_with_file_digest(copied[0])
    assert caught.value.problems[0].code == "R103"
