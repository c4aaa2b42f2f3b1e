"""What the commands of a log say is no more than they looked at, and no less than the log holds."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.decision_log.copying import copy_log
from legit.decision_log.redaction import matches_commitment
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge, cached_judge
from tests.conftest import ROOT, Capture
from tests.decision_log.conftest import rewrite

Log = tuple[Path, Checkpoint]
BANK = "The authority is a bank."
REGISTER = ROOT / "examples" / "14_register_that_was_closed.legit"
STAMP = (ROOT / "examples" / "01_stamp_that_nobody_can_give.legit").read_text(encoding="utf-8")


def run_cli(capsys: Capture, *argv: object, status: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["log", *map(str, argv)]) == status
    said = capsys.readouterr()
    return said.out, said.err


@pytest.mark.parametrize("size", [0, 1, 9])
def test_verify_says_how_many_entries_the_checkpoints_count(
    copied: Log, capsys: Capture, tmp_path: Path, size: int
) -> None:
    """Whoever rewrites what comes after a checkpoint is not found out: the answer does not claim it."""
    path, early = copied[0], tmp_path / "early"
    early.write_text(str(LogReader(path).checkpoint(size)))
    with sqlite3.connect(path) as connection:
        tail = [row[0] for row in connection.execute("SELECT data FROM entries WHERE number >= 9 ORDER BY number")]
    connection.close()
    rewrite(path, lambda body: body.replace(b'"verdict":"defeated"', b'"verdict":"stands"') if body in tail else body)
    out, _ = run_cli(capsys, "verify", path, "--checkpoint", early)
    assert f"of 17 entries the checkpoints count the first {size}. This does not show whether" in out
    against = {
        0: "verified against its own tree only",
        1: "the first verified against 1 checkpoint, the others against its own tree only",
        9: "the first 9 verified against 1 checkpoint, the others against its own tree only",
    }
    assert out.splitlines()[-1].endswith(against[size])
    data = json.loads(run_cli(capsys, "verify", path, "--checkpoint", early, "--format", "json")[0])
    assert (data["valid"], data["verified_count"], data["checkpointed_count"]) == (True, 17, size)
    note = f"of 17 entries the checkpoints count the first {size}; the others were checked against the log's own tree"
    assert note in run_cli(capsys, "count", path, "--checkpoint", early)[1]


def test_a_checkpoint_of_all_entries_needs_no_note(copied: Log, capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "last").write_text(str(copied[1]))
    out, _ = run_cli(capsys, "verify", copied[0], "--checkpoint", tmp_path / "last")
    assert "note" not in out
    assert out.endswith("verified against 1 checkpoint\n")
    assert run_cli(capsys, "count", copied[0], "--checkpoint", tmp_path / "last")[1] == ""


def test_a_changed_salt_is_found_though_the_text_is_not_kept(tmp_path: Path, capsys: Capture, judge: Judge) -> None:
    path = tmp_path / "log"
    with DecisionLog(path, text_policy="hashed") as log:
        log.assess(STAMP, judge=judge)
        checkpoint = log.checkpoint()
    assert verify(path, [checkpoint]).notes == []
    copy_log(path, tmp_path / "copy")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE texts SET salt = randomblob(32)")
    connection.close()
    found = verify(path, [checkpoint])
    assert {problem.code for problem in found.problems} == {"R207"}
    assert all(problem.message.startswith("the salt of a text of entry 2") for problem in found.problems)
    with pytest.raises(DecisionLogError):
        copy_log(path, tmp_path / "second")
    assert "! the salt that is there for" in run_cli(capsys, "show", path, 2)[0]


def test_salts_that_an_earlier_version_wrote_are_told(tmp_path: Path, judge: Judge) -> None:
    """Its entries have only the commitment, without the hash of the salt."""
    path = tmp_path / "log"
    with DecisionLog(path, text_policy="hashed") as log:
        log.assess(STAMP, judge=judge)
        commitments = log.decision(2).commitments
    said = [item.partition(":") for item in commitments.values() if item]

    def without_hashes(body: bytes) -> bytes:
        for _, mark, digest in said:
            body = body.replace(f"{mark}{digest}".encode(), b"")
        return body

    rewrite(path, without_hashes)
    found = verify(path)
    assert found.valid
    assert any(note.startswith(f"an earlier version wrote {len(said)} salts") for note in found.notes)
    reader = LogReader(path)
    decision, kept = reader.decision(2), reader.unverified_texts(2)
    for placeholder, expected in decision.commitments.items():
        assert matches_commitment(expected, decision.text_policy, *kept[placeholder])


def test_options_of_a_filter_that_are_repeated_must_all_hold(tmp_path: Path, capsys: Capture, judge: Judge) -> None:
    path = tmp_path / "log"
    with DecisionLog(path) as log:
        log.assess(BANK, judge=judge, caller={"session": "s-1"})
        log.assess(f"{BANK} [document]\nObeying costs nothing that matters.", judge=judge, caller={"session": "s-2"})

    def selected(*options: str) -> list[int]:
        return [row["number"] for row in json.loads(run_cli(capsys, "query", path, "--format", "json", *options)[0])]

    assert selected("--caller", "session=s-1") == [2]
    assert selected("--caller", "session=s-1", "--caller", "session=s-1") == [2]
    assert selected("--caller", "session=s-1", "--caller", "session=s-2") == []
    either = {source: set(selected("--needs-source", source)) for source in ("user", "document")}
    assert set(selected("--needs-source", "user", "--needs-source", "document")) == either["user"] & either["document"]
    for twice in (
        ["--sole-source", "user", "--sole-source", "document"],
        ["--since", "2026-01-01", "--since", "2026-01-02"],
        ["--until", "2026-01-01", "--until", "2026-01-02"],
        ["--overridden", "--no-overridden"],
    ):
        assert "it is given twice" in run_cli(capsys, "query", path, *twice, status=2)[1]


def test_a_key_of_recorded_metadata_has_one_value(tmp_path: Path, capsys: Capture) -> None:
    given = ["--log", str(tmp_path / "log"), "--caller", "session=a", "--caller", "session=b"]
    assert main(["assess", str(ROOT / "examples" / "07_hard_hats.legit"), *given]) == 2
    assert "`session` has two values, `a` and `b`" in capsys.readouterr().err
    assert not (tmp_path / "log").exists()


def test_the_report_lists_every_override(copied: Log, capsys: Capture) -> None:
    with DecisionLog(copied[0]) as log:
        for who in ("one", "two", "three"):
            log.override(4, action="decline", by=f"desk {who}", why=f"reason {who}")
    page, _ = run_cli(capsys, "report", copied[0])
    for who in ("one", "two", "three"):
        assert page.count(f"desk {who}") == page.count(f"reason {who}") == 1


@pytest.mark.parametrize("whole", [[], ["--whole"]])
def test_another_base_decides_under_the_profile_of_the_decision(
    tmp_path: Path, capsys: Capture, judge: Judge, whole: list[str]
) -> None:
    path, text = tmp_path / "log", REGISTER.read_text(encoding="utf-8")
    with DecisionLog(path) as log:
        log.assess(text, judge=judge)
        strict = cached_judge(profile="corroborated")
        number = log.assess_and_record(text, judge=strict)[1]
        verdicts = {log.decision(at).answer.verdict for at in (2, number)}
    assert len(verdicts) == 2  # the profile matters
    base = str(judge.base.root)
    out, _ = run_cli(capsys, "replay", path, "--kb", base, *whole)
    assert out.startswith("2 decisions replayed: 2")
    assert "0 with another verdict" in out
    changed, _ = run_cli(capsys, "replay", path, "--kb", base, "--profile", "default", *whole)
    assert "1 with another verdict" in changed
    explained, _ = run_cli(capsys, "explain", path, number, "--kb", base)
    assert "as recorded, byte for byte" in explained


def test_an_entry_of_another_schema_is_told_on_the_page(copied: Log, capsys: Capture) -> None:
    with sqlite3.connect(copied[0]) as connection:
        body = connection.execute("SELECT data FROM entries WHERE number = 4").fetchone()[0]
        other = body.replace(b'"schema_version":"3"', b'"schema_version":"4"')
        connection.execute("UPDATE entries SET data = ? WHERE number = 4", (other,))
    connection.close()
    page, _ = run_cli(capsys, "report", copied[0], status=5)
    assert "R113: entry 4 cannot be read: it has schema 4" in page
    assert "13 decisions" not in page


@pytest.mark.parametrize(("by", "why"), [("", ""), ("the desk", ""), ("", "asked"), (" ", "\n")])
def test_an_override_and_a_redaction_have_an_author_and_a_reason(
    copied: Log, capsys: Capture, by: str, why: str
) -> None:
    size = len(LogReader(copied[0]))
    for command in (["override", copied[0], 4, "--action", "help"], ["redact", copied[0], 4]):
        assert "R126" in run_cli(capsys, *command, "--by", by, "--why", why, status=1)[1]
    assert len(LogReader(copied[0])) == size


def test_nothing_is_said_to_be_erased_where_nothing_was_kept(tmp_path: Path, capsys: Capture, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log", text_policy="omitted") as log:
        log.assess(STAMP, judge=judge)
        placeholder = min(log.decision(2).commitments)
    for only in ([], ["--placeholder", placeholder]):
        out, err = run_cli(capsys, "redact", log.path, 2, "--by", "x", "--why", "y", *only, status=1)
        assert "R108: the log has held no text" in err
        assert out == ""
    assert len(LogReader(log.path)) == 3


def test_a_trigger_under_an_unchanged_schema_version_stops_the_writer(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess(BANK, judge=judge)
        with sqlite3.connect(log.path) as other:
            before = other.execute("PRAGMA schema_version").fetchone()
            other.execute("PRAGMA writable_schema = ON")
            trigger = "CREATE TRIGGER x AFTER INSERT ON entries BEGIN DELETE FROM texts; END"
            other.execute("INSERT INTO sqlite_schema VALUES ('trigger', 'x', 'entries', 0, ?)", (trigger,))
            other.commit()
            assert other.execute("PRAGMA schema_version").fetchone() == before
        other.close()
        with pytest.raises(DecisionLogError) as error:
            log.assess(BANK, judge=judge)
        assert error.value.problems[0].code == "R202"
