"""A log in which every free text would move a cursor, turn the writing round or begin a line: no command lets it."""

from __future__ import annotations

import io
import re
import secrets
import sys
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log import DecisionLog
from legit.decision_log.entries import BaseStored, Override, Redaction, to_bytes
from legit.decision_log.log import _opening_entry, recovery_entry
from legit.decision_log.redaction import StoredText, commitment
from legit.decision_log.store import LogWriter, PendingEntry
from legit.decision_log.verify import verify
from legit.judge import Judge
from tests.conftest import ROOT

EVIL = "\x1b]0;pwned\x07\x1b[31mEVIL\x9b31m\u202e\u2028\u2066FORGED<script>alert(1)</script>"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OWN = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|\r")

COMMANDS = (
    "log show LOG 0", "log show LOG 1", "log show LOG 2", "log show LOG 2 --full", "log show LOG 2 --case",
    "log show LOG 2 --format json", "log show LOG 3", "log show LOG 4", "log query LOG", "log query LOG --format csv",
    "log query LOG --format json", "log count LOG --group-by authority", "log count LOG --format csv",
    "log count LOG --format json", "log replay LOG --include-unchanged", "log replay LOG --format csv",
    "log explain LOG 2 --format json", "log report LOG", "log export LOG", "log export LOG --format csv",
    "log checkpoint LOG", "log verify LOG", "log verify LOG --format json", "log prove LOG 2",
    "log override LOG 2 --action help --by EVIL --why EVIL", "log redact LOG 2 --by EVIL --why EVIL",
    "kb query defeated --log LOG --format csv", "log show LOG 99", "log show EVIL 2",
)  # fmt: skip


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def buffer(self) -> io.BytesIO:
        raise AssertionError("bytes for a terminal")


@pytest.fixture(scope="module")
def evil_log(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Path:
    """A log whose hashes are right and whose free texts are evil; what has a form is as it should be."""
    folder = tmp_path_factory.mktemp("evil")
    with DecisionLog(folder / "honest") as log:
        log.assess((ROOT / "examples" / "01_stamp_that_nobody_can_give.legit").read_text(), judge=judge)
        base, decision = log.entry(1), log.decision(2)
        data, profile = log.base_archive(decision.provenance.base_digest) or (b"", "")
    assert isinstance(base, BaseStored)
    writer = LogWriter(folder / "log", _opening_entry, recovery_entry)
    writer.store_base(PendingEntry(to_bytes(base)), base.base_digest, profile, data)
    salt = secrets.token_bytes(32)
    answer = decision.answer.model_copy(
        update={
            "stance": EVIL, "action": EVIL, "method_harm": EVIL, "rights_touched": (EVIL,), "sole_source": EVIL,
            "findings": tuple(
                item.model_copy(update={"criterion": EVIL, "family": EVIL}) for item in decision.answer.findings
            ),
            "questions": tuple(item.model_copy(update={"text": EVIL}) for item in decision.answer.questions),
        }
    )  # fmt: skip
    origin = decision.provenance.model_copy(update={"engine": EVIL, "base": EVIL, "base_version": EVIL})
    evil = decision.model_copy(
        update={
            "caller": {f"k{EVIL}": EVIL}, "answer": answer, "provenance": origin,
            "commitments": {key: commitment(salt, EVIL.encode()) for key in decision.commitments},
        }
    )  # fmt: skip
    writer.append([PendingEntry(to_bytes(evil), {key: StoredText(salt, EVIL) for key in decision.commitments})])
    time = decision.time
    writer.append([PendingEntry(to_bytes(Override(time=time, decision_number=2, action=EVIL, by=EVIL, why=EVIL)))])
    redaction = Redaction(time=time, decision_number=2, placeholders=(), by=EVIL, why=EVIL)
    writer.append([PendingEntry(to_bytes(redaction))])
    writer.close()
    assert verify(folder / "log").valid
    return folder / "log"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_obeys_nothing_that_a_log_holds(
    evil_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    copy = tmp_path / "log"
    copy.write_bytes(evil_log.read_bytes())
    words = [{"LOG": str(copy), "EVIL": EVIL}.get(word, word) for word in command.split()]
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("NO_COLOR", "1")
    main(words)
    shown = OWN.sub("", err.getvalue()) + out.getvalue()
    assert shown
    assert not RAW.search(shown), ascii(RAW.search(shown))
    assert "Traceback" not in shown
    if "report" in command:
        assert "<script>alert" not in shown


@pytest.mark.parametrize(
    ("field", "value"), [("time", f"2026-01-01{EVIL}"), ("log_name", f"legit-log/1{EVIL}"), ("log_name", "a\nb")]
)
def test_what_has_a_form_is_no_entry_without_it(tmp_path: Path, field: str, value: str) -> None:
    import json

    opening = {**json.loads(_opening_entry()), field: value}
    LogWriter(tmp_path / "log", lambda: json.dumps(opening).encode(), recovery_entry).close()
    assert {problem.code for problem in verify(tmp_path / "log").problems} == {"R206"}
