"""A knowledge base that somebody put into a log: it can take no time and no memory, and end no process."""

from __future__ import annotations

import io
import shutil
import warnings
import zipfile
from pathlib import Path

import pytest

from legit.assurance.scaffold import new_base
from legit.cli import main
from legit.decision_log import DecisionLog, LogReader, archive, base_probe
from legit.decision_log.entries import BaseStored, Decision, to_bytes
from legit.decision_log.log import _opening_entry, recovery_entry, utc_now
from legit.decision_log.replay import ArchivedJudges, replay
from legit.decision_log.store import LogWriter, PendingEntry
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import Capture

CASE = "The authority is a bank.\nObeying costs nothing that matters.\n"
JOIN = "far(A,B,C,D,E,F,G,H) :- is_a(A,B), is_a(C,D), is_a(E,F), is_a(G,H)."

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of one decision under a base of one's own."""
    folder = tmp_path_factory.mktemp("foreign")
    new_base("own", folder / "base")
    with DecisionLog(folder / "log") as log:
        log.assess(CASE, judge=Judge(KnowledgeBase.load(folder / "base")))
    return folder / "log"


def with_rules(honest: Path, path: Path, rules: str) -> Path:
    """A new log whose base has more rules; all of its hashes are right."""
    old = LogReader(honest)
    decision = old.decision(2)
    found = old.base_archive(decision.provenance.base_digest)
    assert found
    data, profile = found
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        names = [name for name in before.namelist() if name.startswith("criteria/") and name.endswith(".lp")]
        for name in before.namelist():
            more = f"\n{rules}\n".encode() if name == names[0] else b""
            after.writestr(name, before.read(name) + more)
    changed = buffer.getvalue()
    digest = archive.archived_digest(changed, profile)
    writer = LogWriter(path, _opening_entry, recovery_entry)
    entry = BaseStored(time=utc_now(), base_digest=digest, profile=profile, archive_digest=archive.sha256(changed))
    writer.store_base(PendingEntry(to_bytes(entry)), digest, profile, changed)
    provenance = decision.provenance.model_copy(update={"base_digest": digest})
    writer.append([PendingEntry(to_bytes(decision.model_copy(update={"provenance": provenance})))])
    writer.close()
    assert verify(path).valid
    return path


def test_a_base_of_one_s_own_replays(honest: Path) -> None:
    (result,) = replay(LogReader(honest), [2])
    assert result.same
    assert result.byte_exact


@pytest.mark.parametrize(
    ("rules", "seconds", "megabytes"),
    [(JOIN, 6.0, 4000), (JOIN, 120.0, 420)],
    ids=["a join that takes for ever", "a join that takes all memory"],
)
def test_rules_without_an_end_are_refused(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, rules: str, seconds: float,
    megabytes: int,
) -> None:  # fmt: skip
    used = f"undercut(no_way_out, benefit) :- far(A,B,C,D,E,F,G,H).\n{rules}"
    path = with_rules(honest, tmp_path / "log", used)
    monkeypatch.setattr(base_probe, "PROBE_SECONDS", seconds)
    monkeypatch.setattr(base_probe, "PROBE_MEGABYTES", megabytes)
    monkeypatch.setenv("LEGIT_CACHE", "")
    assert main(["log", "explain", str(path), "2"]) == 4
    assert "R123" in capsys.readouterr().err


def test_a_base_that_ends_the_process_ends_only_the_worker(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """A worker that dies, as clingo lets it die: the commands go on and say so."""
    path = with_rules(honest, tmp_path / "log", "")
    monkeypatch.setattr(base_probe, "_WORKER", ["-c", "import os, sys; sys.stdin.readline(); os.abort()"])
    assert main(["log", "show", str(path), "2"]) == 0
    assert "R123" in capsys.readouterr().out
    with pytest.raises(DecisionLogError) as error:
        list(replay(LogReader(path), [2]))
    assert error.value.problems[0].code == "R123"


def test_an_archive_with_another_digest_is_not_loaded(honest: Path, tmp_path: Path, judge: Judge) -> None:
    """It claims to be the shipped base, which is trusted, and is not."""
    path = tmp_path / "log"
    shutil.copy(honest, path)
    log = LogReader(path)
    found = log.base_archive(log.decision(2).provenance.base_digest)
    assert found
    with ArchivedJudges(log) as judges, pytest.raises(DecisionLogError) as error:
        judges._load(judge.base.digest, *found)
    assert error.value.problems[0].code == "R107"
    assert isinstance(log.decision(2), Decision)


@pytest.mark.parametrize(
    "member",
    [
        "attributes/x.TOML", "extended/extended/vocabulary/guide.md", "languages/sv/base.toml", "extended/packs/p/x.lp",
        "attributes/", "attributes//x.toml", "./base.toml", "base.toml", "extended/extended/attributes/.toml",
    ],
)  # fmt: skip
def test_an_archive_holds_what_the_digest_covers_and_nothing_else(honest: Path, member: str) -> None:
    log = LogReader(honest)
    digest = log.decision(2).provenance.base_digest
    found = log.base_archive(digest)
    assert found
    buffer = io.BytesIO(found[0])
    with zipfile.ZipFile(buffer, "a") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is there already
        file.writestr(member, "of = 'holder'\n")
    with ArchivedJudges(log) as judges, pytest.raises(DecisionLogError) as error:
        judges._load(digest, buffer.getvalue(), found[1])
    said = "was changed" if member.endswith("/.toml") else "is no file of a base, or is there twice"
    assert error.value.problems[0].code == "R107"
    assert said in error.value.problems[0].message


@pytest.mark.parametrize("kind", ["large", "many"])
def test_an_archive_is_unpacked_within_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(1 if kind == "large" else 20):
            file.writestr(str(number), b"\0" * (100_000 if kind == "large" else 1))
    monkeypatch.setattr(archive, "_MAX_ARCHIVE_BYTES", 50_000)
    monkeypatch.setattr(archive, "_MAX_ARCHIVE_FILES", 10)
    with pytest.raises(DecisionLogError) as error:
        archive.unpack_base(buffer.getvalue(), tmp_path)
    assert error.value.problems[0].code == "R107"
    assert not list(tmp_path.iterdir())
