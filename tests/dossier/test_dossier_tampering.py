"""Every tampering of a sealed archive is found, by strangers and by insiders. LEGIT_DOSSIER_TAMPERINGS sets how many."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from legit.decision_log.checkpoint import Checkpoint
from legit.dossier.archive import PROTOCOL_SEAL, SEAL, unpack
from legit.dossier.protocol import Protocol
from legit.dossier.verify import Outside, verify_archive
from tests.dossier.tampering import by_insider, by_stranger, seal_again
from tests.support.dossiers import AUDITOR, PROVIDER, STRANGER, Made, drawn_cases, make_dossier, make_protocol, wrong_on

NUMBER = int(os.environ.get("LEGIT_DOSSIER_TAMPERINGS", "300"))
KEY = Outside(public_keys=[AUDITOR.public_key])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_dossier(tmp_path_factory.mktemp("dossier"), wrong_on("d00001", "s00002"), pairs=6)


def kept(archive: bytes) -> list[Checkpoint]:
    """The checkpoints that somebody else keeps: of the protocol before the run, and of the end."""
    members = unpack(archive)
    return [Checkpoint.parse(members[name].decode()) for name in (PROTOCOL_SEAL, SEAL)]


def test_what_was_not_tampered_with_is_accepted(made: Made) -> None:
    found = verify_archive(made.archive, KEY)
    assert (found.problems, found.notes, found.valid) == ([], [], True)
    assert verify_archive(made.archive, Outside(checkpoints=kept(made.archive))).valid is True


def test_every_tampering_of_a_stranger_is_found(made: Made) -> None:
    random_, missed, kinds = random.Random(20), [], set()
    for _ in range(NUMBER * 2 // 3):
        kind, archive = by_stranger(made.archive, random_)
        kinds.add(kind)
        if archive != made.archive and verify_archive(archive, KEY).valid is not False:
            missed.append(kind)
    assert missed == []
    assert len(kinds) == 15


def test_every_tampering_of_an_insider_is_found_with_what_was_kept_elsewhere(made: Made) -> None:
    random_, missed = random.Random(21), []
    outside = Outside(public_keys=[AUDITOR.public_key], checkpoints=kept(made.archive))
    for _ in range(NUMBER // 3):
        kind, archive = by_insider(made.archive, random_)
        if archive != made.archive and verify_archive(archive, outside).valid is not False:
            missed.append(kind)
    assert missed == []


def test_an_insider_who_edits_figures_is_found_without_anything_kept(made: Made) -> None:
    random_, codes = random.Random(22), set()
    for _ in range(40):
        kind, archive = by_insider(made.archive, random_)
        found = verify_archive(archive, KEY)
        if kind in {"edit_figure", "edit_outcome", "edit_page"}:
            assert found.valid is False, kind
            codes |= {problem.code for problem in found.problems}
    assert {"E307", "E308"} <= codes


def test_a_protocol_sealed_after_the_run_began_is_found(made: Made) -> None:
    members = unpack(made.archive)
    late = made.folder.protocol.model_dump() | {"when": {"sealed": "2026-03-02T09:00:00Z", "run_until": ""}}
    from legit.dossier.canonical import to_bytes

    members["protocol.json"] = to_bytes(Protocol.model_validate(late))
    codes = {problem.code for problem in verify_archive(seal_again(members, AUDITOR), KEY).problems}
    assert "E306" in codes


def test_a_backdated_protocol_is_found_by_the_checkpoint_that_was_kept(tmp_path: Path, made: Made) -> None:
    sample = drawn_cases(6)
    other = make_protocol(sample, made.folder.protocol.thresholds.entries[:1])
    forged = make_dossier(tmp_path, wrong_on("d00001", "s00002"), protocol=other, sample=sample).archive
    assert verify_archive(forged, KEY).valid is True  # consistent, and signed by the key: nothing inside gives it away
    found = verify_archive(forged, Outside(public_keys=KEY.public_keys, checkpoints=kept(made.archive)[:1]))
    assert {problem.code for problem in found.problems} == {"E312"}


def test_a_seal_by_another_key_is_refused(made: Made) -> None:
    for key in (STRANGER, PROVIDER):
        found = verify_archive(made.archive, Outside(public_keys=[key.public_key]))
        assert {problem.code for problem in found.problems} == {"E302"}


def test_without_anything_from_outside_the_answer_is_indeterminate(made: Made) -> None:
    found = verify_archive(made.archive)
    assert (found.valid, found.problems, found.notes) == (None, [], ["nothing_from_outside"])
    beginning = verify_archive(made.archive, Outside(checkpoints=kept(made.archive)[:1]))
    assert (beginning.valid, beginning.notes) == (None, ["checkpoints_of_the_beginning"])
