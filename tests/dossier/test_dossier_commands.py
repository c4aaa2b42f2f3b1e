"""`legit dossier` from a key to a comparison; exit statuses; bad input never gives a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from legit.cli import main
from legit.decision_log.signing import PrivateKey
from tests.conftest import Capture
from tests.dossier.scripted_desk import DRAFT, write_cases
from tests.support.dossiers import make_dossier


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_cases(tmp_path / "cases.jsonl", 4)
    (tmp_path / "draft.toml").write_text(DRAFT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: Capture, *words: str) -> tuple[int, str, str]:
    status = main(["dossier", *words])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return status, told.out, told.err


def test_from_a_key_to_an_archive_that_is_accepted(folder: Path, capsys: Capture) -> None:
    assert run(capsys, "keygen", "auditor.example", "-o", "auditor")[0] == 0
    status, out, _ = run(capsys, "plan", "draft.toml", "-o", "work", "--key", "auditor")
    assert status == 0
    kept = out.partition("after it:\n")[2]
    (folder / "kept").write_text(kept, encoding="utf-8")
    assert kept.splitlines()[:2] == ["acme-2026", "1"]
    status, out, _ = run(capsys, "run", "work", "--cases", "cases.jsonl")
    assert status == 0
    assert "16 answers and 16 judgements on record" in out
    assert "the run has ended" in out
    status, out, _ = run(capsys, "report", "work", "-o", "page.html")
    assert status == 0
    assert "Nobody has sealed this." in (folder / "page.html").read_text(encoding="utf-8")
    status, out, _ = run(capsys, "seal", "work", "-o", "acme.dossier", "--key", "auditor")
    assert status == 0
    assert "sealed by auditor.example, 35 entries" in out
    status, out, _ = run(
        capsys, "verify", "acme.dossier", "--public-key", "auditor.pub", "--checkpoint", "kept", "--page", "again.html"
    )
    assert status == 0
    assert "accepted" in out
    assert "16 of 16 judgements by words were repeated" in out
    assert "Sealed by A. Auditor (auditor)." in (folder / "again.html").read_text(encoding="utf-8")
    status, out, _ = run(capsys, "verify", "acme.dossier")
    assert (status, "indeterminate" in out) == (2, True)
    status, out, _ = run(capsys, "verify", "acme.dossier", "--format", "json", "--public-key", "auditor.pub")
    told = json.loads(out)
    assert (told["valid"], told["sealed_by"], told["report"]["conclusion"]) == (True, ["A. Auditor"], "not_shown")
    status, out, _ = run(capsys, "compare", "acme.dossier", "acme.dossier", "--public-key", "auditor.pub")
    assert status == 0
    assert "nothing that was compared differs" in out
    assert "not significant" in out


def test_a_tampered_archive_has_the_status_of_a_log_that_is_not_valid(folder: Path, capsys: Capture) -> None:
    made = make_dossier(folder / "made", pairs=2)
    (folder / "whole").write_bytes(made.archive)
    (folder / "bad").write_bytes(made.archive.replace(b"Acme desk", b"Acme disk"))
    status, out, _ = run(capsys, "verify", "bad")
    assert (status, "E2" in out or "E3" in out, "rejected" in out) == (5, True, True)
    status, out, _ = run(capsys, "verify", "bad", "--format", "json")
    told = json.loads(out)
    assert (status, told["valid"], told["report"]) == (5, False, None)
    status, out, _ = run(capsys, "compare", "whole", "bad")
    assert (status, "rejected" in out) == (5, True)


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("plan", "none.toml", "-o", "x"), 2, "none.toml"),
        (("plan", "cases.jsonl", "-o", "x"), 1, "E102"),
        (("plan", "draft.toml", "-o", "x"), 1, "E102"),
        (("run", "made", "--cases", "cases.jsonl"), 1, "E108"),
        (("run", ".", "--cases", "cases.jsonl"), 1, "E101"),
        (("report", "."), 1, "E101"),
        (("seal", "made", "-o", "whole"), 1, "E108"),
        (("seal", "made", "-o", "whole", "--without-base"), 1, "E101"),
        (("seal", "made", "-o", "new", "--key", "stranger", "--without-base"), 1, "E106"),
        (("seal", "made", "-o", "new", "--key", "draft.toml", "--without-base"), 1, "R115"),
        (("verify", "draft.toml"), 5, "E201"),
        (("verify", "."), 1, "E101"),
        (("verify", "whole", "--public-key", "draft.toml"), 1, "R115"),
        (("verify", "whole", "--checkpoint", "draft.toml"), 1, "R106"),
        (("keygen", "two words", "-o", "k"), 2, "two words"),
    ],
)
def test_bad_input_is_told_with_its_code(
    folder: Path, capsys: Capture, words: tuple[str, ...], status: int, code: str
) -> None:
    (folder / "whole").write_bytes(make_dossier(folder / "made", pairs=2).archive)
    (folder / "stranger").write_text(PrivateKey("stranger.example", bytes(32)).text(), encoding="utf-8")
    try:
        found, out, err = run(capsys, *words)
    except SystemExit as stop:  # argparse
        found, out, err = int(str(stop.code)), *capsys.readouterr()
    assert (found, code in out + err) == (status, True), out + err
