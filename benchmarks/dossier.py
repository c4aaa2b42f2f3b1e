"""Dossiers: the sample, the test vectors, how many tamperings are found, and how long verifying takes.

python benchmarks/dossier.py sample        writes docs/samples/ (a scripted system; a key that everybody can compute)
python benchmarks/dossier.py vectors       writes docs/vectors/ (accept, reject, indeterminate)
python benchmarks/dossier.py tamper 10000  tampers with an archive at random, and counts what is not found
python benchmarks/dossier.py speed 10000   verifies an archive with so many records
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from legit.consult import Consultant  # noqa: E402
from legit.decision_log.checkpoint import Checkpoint  # noqa: E402
from legit.decision_log.signing import PrivateKey  # noqa: E402
from legit.dossier.archive import PAGE, PROTOCOL_SEAL, SEAL, pack, unpack  # noqa: E402
from legit.dossier.plan import make_protocol, read_draft, write_protocol  # noqa: E402
from legit.dossier.run import begin_run, close_run, run_harness  # noqa: E402
from legit.dossier.sealing import seal_folder  # noqa: E402
from legit.dossier.verify import Outside, verify_archive  # noqa: E402
from legit.dossier.work_folder import WorkFolder  # noqa: E402
from legit.evals.systems import load_system  # noqa: E402
from tests.dossier import tampering  # noqa: E402
from tests.support import dossiers  # noqa: E402

SAMPLE_KEY = PrivateKey("auditor.example", hashlib.sha256(b"the key of a sample, and of nothing else").digest())
KEY = Outside(public_keys=[dossiers.AUDITOR.public_key])


def sample() -> None:
    """Plan, run, seal and verify the sample dossier."""
    out = ROOT / "docs" / "samples"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        shutil.copytree(ROOT / "docs" / "samples" / "desk", work / "dossier")
        (work / "dossier" / "auditor.key.pub").write_text(f"{SAMPLE_KEY.public_key}\n", encoding="utf-8")
        consultant = Consultant()
        draft = read_draft(work / "dossier" / "draft.toml")
        protocol, cases = make_protocol(draft, work / "dossier", consultant.judge.base, "2026-03-01T09:00:00Z")
        kept = write_protocol(work / "work", protocol, cases, [SAMPLE_KEY])
        folder = WorkFolder.open(work / "work")
        state = begin_run(folder, work / "dossier" / "cases.jsonl", dossiers.clock())
        system = load_system(protocol.system.model)
        asyncio.run(run_harness(state, system, consultant.judge.base, concurrency=1))
        close_run(state)
        data = seal_folder(folder, [SAMPLE_KEY])
    found = verify_archive(data, Outside(public_keys=[SAMPLE_KEY.public_key], checkpoints=[kept]))
    assert found.valid, found.problems
    assert found.report
    (out / "acme.dossier").write_bytes(data)
    (out / "acme.html").write_bytes(unpack(data)[PAGE])
    (out / "auditor.key.pub").write_text(f"{SAMPLE_KEY.public_key}\n", encoding="utf-8")
    (out / "protocol.checkpoint").write_text(str(kept), encoding="utf-8")
    print(f"{out}: {len(data)} bytes, {found.report.records} records, {found.report.conclusion}")


def vectors() -> None:
    """Write the test vectors, and an index of what a verifier answers to each."""
    out = ROOT / "docs" / "vectors"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with tempfile.TemporaryDirectory() as name:
        made = dossiers.make_dossier(Path(name), dossiers.wrong_on("d00001"), pairs=3)
    whole, random_ = made.archive, random.Random(1)
    members = unpack(whole)
    ours = {"public_key": str(dossiers.AUDITOR.public_key)}
    kept = {"checkpoint": members[PROTOCOL_SEAL].decode()}

    def changed(change: str, *, again: bool = False) -> bytes:
        held = unpack(whole)
        getattr(tampering, change)(held, random_)
        return tampering.seal_again(held, dossiers.AUDITOR) if again else pack(held)

    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    without_page = pack({name: data for name, data in members.items() if name != PAGE})
    moved = changed("move_threshold", again=True)
    index = [
        _vector(out, "whole", whole, "accept", [], ours),
        _vector(out, "whole", whole, "accept", [], {**ours, **kept}),
        _vector(out, "whole", whole, "indeterminate", [], {}),
        _vector(out, "whole", whole, "indeterminate", [], kept),
        _vector(out, "whole", whole, "reject", ["E302"], {"public_key": str(dossiers.STRANGER.public_key)}),
        _vector(out, "bit-flipped", bytes(flipped), "reject", None, ours),
        _vector(out, "byte-added", whole + b"\0", "reject", ["E207"], ours),
        _vector(out, "record-dropped", changed("drop_record"), "reject", None, ours),
        _vector(out, "records-swapped", changed("swap_records"), "reject", None, ours),
        _vector(out, "threshold-moved", changed("move_threshold"), "reject", None, ours),
        _vector(out, "figure-edited", changed("edit_figure"), "reject", None, ours),
        _vector(out, "figure-edited-and-sealed-again", changed("edit_figure", again=True), "reject", ["E307"], ours),
        _vector(out, "page-edited-and-sealed-again", changed("edit_page", again=True), "reject", ["E308"], ours),
        _vector(out, "threshold-moved-and-sealed-again", moved, "reject", None, {**ours, **kept}),
        _vector(out, "member-missing", without_page, "reject", ["E208"], ours),
    ]  # fmt: skip
    text = json.dumps({"specification": "docs/dossier-format.md", "vectors": index}, indent=2, ensure_ascii=False)
    (out / "index.json").write_text(f"{text}\n", encoding="utf-8")
    print(f"{out}: {len(index)} vectors")


def _vector(
    out: Path, name: str, data: bytes, answer: str, codes: list[str] | None, outside: dict[str, str]
) -> dict[str, object]:
    """Write a vector. Without expected codes, those that are found stand in the index."""
    (out / f"{name}.dossier").write_bytes(data)
    found = verify_archive(data, outside_of(outside))
    told = sorted({problem.code for problem in found.problems})
    assert {True: "accept", False: "reject", None: "indeterminate"}[found.valid] == answer, (name, found.problems)
    assert codes is None or told == codes, (name, told)
    return {"file": f"{name}.dossier", "outside": outside, "answer": answer, "codes": told}


def outside_of(given: dict[str, str]) -> Outside:
    """What a vector gives from outside."""
    from legit.decision_log.signing import PublicKey

    return Outside(
        public_keys=[PublicKey.parse(given["public_key"])] if "public_key" in given else [],
        checkpoints=[Checkpoint.parse(given["checkpoint"])] if "checkpoint" in given else [],
    )


def tamper(number: int) -> None:
    """Count the tamperings that are not found, two thirds by strangers, one third by insiders."""
    with tempfile.TemporaryDirectory() as name:
        whole = dossiers.make_dossier(Path(name), dossiers.wrong_on("d00001", "s00002"), pairs=6).archive
    members = unpack(whole)
    kept = [Checkpoint.parse(members[name].decode()) for name in (PROTOCOL_SEAL, SEAL)]
    insiders = Outside(public_keys=KEY.public_keys, checkpoints=kept)
    random_, missed, kinds, done = random.Random(2026), [], Counter[str](), 0
    begun = time.perf_counter()
    while done < number:
        insider = done % 3 == 2
        make = tampering.by_insider if insider else tampering.by_stranger
        kind, archive = make(whole, random_)
        if archive == whole:
            continue  # two equal blocks swapped, say
        done += 1
        kinds[f"{'insider' if insider else 'stranger'}: {kind}"] += 1
        if verify_archive(archive, insiders if insider else KEY).valid is not False:
            missed.append(kind)
    for kind, count in sorted(kinds.items()):
        print(f"{count:6}  {kind}")
    print(f"{done} tamperings, {len(missed)} not found {missed[:5]}, {time.perf_counter() - begun:.0f} s")
    assert not missed


def speed(number: int) -> None:
    """Verify an archive of so many records, whose responses have some 600 characters each."""
    pairs = number // 6  # an answer and two judgements to each case
    words = ["letter", "branch", "notice", "office", "copy", "decision", "deadline", "name", "date", "reason"]

    def subject(case: dossiers.DrawnCase) -> str:
        drawn = random.Random(case.id)
        text = " ".join(drawn.choice(words) for _ in range(90))
        return f"{dossiers.helps_rightly(case)} {text}."

    with tempfile.TemporaryDirectory() as name:
        begun = time.perf_counter()
        data = dossiers.make_dossier(Path(name), subject, pairs=pairs).archive
        made = time.perf_counter()
    found = verify_archive(data, KEY)
    done = time.perf_counter()
    assert found.valid, found.problems[:3]
    assert found.report
    seconds = f"made in {made - begun:.1f} s, verified in {done - made:.1f} s"
    print(f"{found.report.records} records, {len(data)} bytes: {seconds}")


if __name__ == "__main__":
    command, *more = sys.argv[1:]
    {"sample": sample, "vectors": vectors, "tamper": tamper, "speed": speed}[command](*map(int, more))
