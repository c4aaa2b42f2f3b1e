"""Signed checkpoints: as others sign and read them, and nothing else than what was signed is taken."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader, PrivateKey, PublicKey
from legit.decision_log.signed_note import MAX_SIGNATURES, Signature, SignedNote
from legit.decision_log.verify import verify
from legit.errors import DecisionLogError, LegitError
from legit.judge import Judge
from tests.decision_log.test_log_commands import Capture, Log, run_cli

# From the documentation of golang.org/x/mod/sumdb/note, which defined the format: Ed25519 gives the same bytes again.
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# From c2sp.org/signed-note.
SPEC_PUBLIC = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# From c2sp.org/tlog-checkpoint.
CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)

LOG = "legit-log/0123456789abcdef0123456789abcdef"
KEY = PrivateKey(LOG, bytes(range(32)))
UNSIGNED_CHECKPOINT = Checkpoint(LOG, 17, bytes(range(100, 132)))
SIGNED_CHECKPOINT = KEY.sign(UNSIGNED_CHECKPOINT)


def refusal_message(text: str, key: PublicKey = KEY.public_key) -> str:
    with pytest.raises(DecisionLogError) as caught:
        key.verify(text, "head")
    (problem,) = caught.value.problems
    assert problem.source == "head"
    return f"{problem.code}: {problem.message}"


def test_keys_and_signatures_are_those_of_the_reference() -> None:
    private, public = PrivateKey.parse(GO_PRIVATE), PublicKey.parse(GO_PUBLIC)
    assert private.public_key == public
    assert (private.text(), str(public)) == (GO_PRIVATE, GO_PUBLIC)
    note = SignedNote.parse(GO_NOTE)
    assert str(note) == GO_NOTE
    assert private._ed25519_key().sign(note.text.encode()) == note.signatures[0].value


@pytest.mark.parametrize(("key", "text"), [(GO_PUBLIC, GO_NOTE), (SPEC_PUBLIC, SPEC_NOTE)])
def test_notes_of_others_are_read(key: str, text: str) -> None:
    public, note = PublicKey.parse(key), SignedNote.parse(text)
    (signature,) = note.signatures
    assert (signature.key_name, signature.key_id) == (public.log_name, public.key_id)
    assert public._verifies(signature.value, note)
    assert not public._verifies(signature.value, SignedNote(note.text + "x\n", note.signatures))


def test_the_checkpoint_of_the_specification_is_a_head() -> None:
    head, note = Checkpoint.parse_signed(CHECKPOINT)
    assert (head.log_name, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert str(note) == CHECKPOINT
    assert [item.key_name for item in note.signatures] == [head.log_name]


def test_a_signed_head_is_opened() -> None:
    assert SIGNED_CHECKPOINT.startswith(f"{UNSIGNED_CHECKPOINT}\n— {LOG} ")
    assert SIGNED_CHECKPOINT.count("\n") == 5
    assert (
        KEY.public_key.verify(SIGNED_CHECKPOINT)
        == KEY.public_key.verify(SIGNED_CHECKPOINT.replace("\n", "\r\n"))
        == UNSIGNED_CHECKPOINT
    )
    assert Checkpoint.parse(SIGNED_CHECKPOINT) == Checkpoint.parse(str(UNSIGNED_CHECKPOINT)) == UNSIGNED_CHECKPOINT


@given(st.data())
def test_whatever_is_changed_in_a_signed_head_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SIGNED_CHECKPOINT)))
    end = data.draw(st.integers(at, min(len(SIGNED_CHECKPOINT), at + 3)))
    characters = st.one_of(st.sampled_from("\n —+=/Aa01"), st.characters(codec="utf-8"))
    changed = SIGNED_CHECKPOINT[:at] + data.draw(st.text(characters, max_size=3)) + SIGNED_CHECKPOINT[end:]
    if changed.replace("\r\n", "\n") != SIGNED_CHECKPOINT:
        assert refusal_message(changed)[:4] in {"R106", "R117", "R118", "R119"}


def test_every_bit_of_what_was_signed_counts() -> None:
    body, _, line = SIGNED_CHECKPOINT.partition("\n\n")
    note = SignedNote.parse(SIGNED_CHECKPOINT)
    (signature,) = note.signatures
    for bit in range(8 * len(signature.value)):
        value = bytearray(signature.value)
        value[bit // 8] ^= 1 << bit % 8
        changed = Signature(signature.key_name, signature.key_id, bytes(value))
        assert refusal_message(str(SignedNote(note.text, (changed,)))).startswith("R119: the signature does not fit")
    assert refusal_message(body.replace("\n17\n", "\n16\n") + "\n\n" + line).startswith("R119")
    assert refusal_message(
        str(SignedNote(note.text, (Signature(signature.key_name, signature.key_id, b"short"),)))
    ).startswith("R119")


def test_by_whom_a_head_must_be_signed() -> None:
    other = PrivateKey(LOG, bytes(32))
    elsewhere = Checkpoint("legit-log/other", 17, UNSIGNED_CHECKPOINT.root)
    assert refusal_message(str(UNSIGNED_CHECKPOINT)) == (
        f"R118: the checkpoint is not signed by the key {KEY.public_key.key_id.hex()}: it has no signature"
    )
    assert refusal_message(SIGNED_CHECKPOINT, other.public_key) == (
        f"R118: the checkpoint is not signed by the key {other.public_key.key_id.hex()}, but by `{LOG}` ({KEY.public_key.key_id.hex()})"
    )
    message = f"R117: the checkpoint is of the log `legit-log/other`, the key of `{LOG}`"
    assert refusal_message(PrivateKey("legit-log/other", KEY.seed).sign(elsewhere)) == message
    with pytest.raises(DecisionLogError, match="R117"):
        KEY.sign(elsewhere)
    # A key that says it is this one, by its name and its id, and is not.
    forged = SignedNote(
        str(UNSIGNED_CHECKPOINT),
        (Signature(LOG, KEY.public_key.key_id, SignedNote.parse(other.sign(UNSIGNED_CHECKPOINT)).signatures[0].value),),
    )
    assert refusal_message(str(forged)).startswith("R119")


def test_signatures_of_others_beside_it_are_passed_over() -> None:
    (mine,) = SignedNote.parse(SIGNED_CHECKPOINT).signatures
    witness = Signature("witness.example", b"abcd", b"of another kind" * 20)
    note = SignedNote(str(UNSIGNED_CHECKPOINT), (witness, mine, Signature(LOG, b"abcd", b"another key of that name")))
    assert KEY.public_key.verify(str(note)) == UNSIGNED_CHECKPOINT
    spoilt = Signature(LOG, mine.key_id, bytes(64))
    assert refusal_message(str(SignedNote(str(UNSIGNED_CHECKPOINT), (mine, spoilt)))).startswith("R119")
    most = SignedNote(str(UNSIGNED_CHECKPOINT), (mine, *[witness] * (MAX_SIGNATURES - 1)))
    assert KEY.public_key.verify(str(most)) == UNSIGNED_CHECKPOINT
    assert refusal_message(str(SignedNote(str(UNSIGNED_CHECKPOINT), (*most.signatures, witness)))).startswith("R106")


@pytest.mark.parametrize("private", [False, True])
def test_what_is_no_key(private: bool) -> None:
    text = KEY.text() if private else str(KEY.public_key)
    kind = PrivateKey if private else PublicKey
    assert kind.parse(f" {text}\r\n") in (KEY, KEY.public_key)
    wrong = ["", "x", text[:-1], f"{text}A", text.replace("+A", "+B"), text[:-1] + ("B" if text[-1] == "A" else "A"),
             text.replace(LOG, "legit-log/other"), f"{text}\n{text}",
             str(KEY.public_key) if private else KEY.text()]  # fmt: skip
    for bad in wrong:
        with pytest.raises(DecisionLogError, match=f"R115: not a {'private' if private else 'public'} key") as caught:
            kind.parse(bad, "file")
        assert caught.value.problems[0].help.startswith("give the file KEY")
        assert not bad or len(bad) < 20 or bad not in str(caught.value)  # what may be secret is not repeated


def test_a_private_key_is_not_shown() -> None:
    assert KEY.text() not in repr(KEY)
    assert "seed" not in repr(KEY)
    assert PrivateKey.generate(LOG) != PrivateKey.generate(LOG)


def test_key_files_are_new_and_the_private_one_is_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    old = os.umask(0)
    try:
        public = KEY.write(path)
    finally:
        os.umask(old)
    assert public == tmp_path / "key.pub"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(public.stat().st_mode)) == (0o600, 0o644)
    assert PrivateKey.parse(path.read_text()) == KEY
    assert PublicKey.parse(public.read_text()) == KEY.public_key
    other = PrivateKey.generate(LOG)
    for there in (path, public):  # either one alone is enough to refuse, and then neither is written
        kept = {item: item.read_text() for item in tmp_path.iterdir()}
        with pytest.raises(DecisionLogError, match="R116: the file is there already"):
            other.write(path)
        assert {item: item.read_text() for item in tmp_path.iterdir()} == kept
        there.unlink()
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DecisionLogError, match="R116"):
        other.write(path)
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(DecisionLogError, match="R116: the key cannot be written: no such file or directory"):
        KEY.write(tmp_path / "no" / "key")


def test_a_signed_head_finds_what_was_done_to_the_log(copied: Log, judge: Judge) -> None:
    path, head = copied
    key = PrivateKey.generate(head.log_name)
    kept = key.public_key.verify(key.sign(head))
    with DecisionLog(path) as log:
        log.assess("The authority is a bank.", judge=judge)
    assert verify(path, [kept]).valid
    assert {item.code for item in verify(path, [Checkpoint(head.log_name, head.size, bytes(32))]).problems} == {"R209"}


def test_on_the_command_line(copied: Log, tmp_path: Path, capsys: Capture) -> None:
    log, key, head, proof = str(copied[0]), tmp_path / "k", tmp_path / "head", tmp_path / "proof"
    made = run_cli(capsys, "log", "keygen", log, "--output", str(key))
    public = tmp_path / "k.pub"
    assert public.read_text().strip() in made
    assert key.read_text().strip() not in made
    assert run_cli(capsys, "log", "checkpoint", log, "--sign", str(key), "--output", str(head)) == ""
    assert head.read_text(encoding="utf-8") == run_cli(capsys, "log", "checkpoint", log, "--sign", str(key))
    assert PublicKey.parse(public.read_text()).verify(head.read_text(encoding="utf-8")) == LogReader(log).checkpoint()
    demanded = ["--checkpoint", str(head), "--public-key", str(public)]
    assert run_cli(capsys, "log", "verify", log, *demanded).endswith("verified against 1 signed checkpoint\n")
    assert '"signed": true' in run_cli(capsys, "log", "verify", log, *demanded, "--format", "json")
    proof.write_text(run_cli(capsys, "log", "prove", log, "4"))
    assert run_cli(capsys, "log", "check-proof", str(proof), *demanded).startswith("the proof is valid")
    run_cli(capsys, "log", "report", log, *demanded, "--output", str(tmp_path / "report.html"))

    def fails(code: str, *argv: str, status: int = 1) -> None:
        assert main([*argv]) == status
        assert code in capsys.readouterr().err

    fails("R116", "log", "keygen", log, "--output", str(key))
    fails("R115", "log", "checkpoint", log, "--sign", str(public))
    fails("R115", "log", "verify", log, "--checkpoint", str(head), "--public-key", str(key))
    fails(
        "--public-key and --witness say who must have signed",
        "log",
        "verify",
        log,
        "--public-key",
        str(public),
        status=2,
    )
    signed = head.read_text(encoding="utf-8")
    for code, changed in (
        ("R118", signed.partition("\n\n")[0] + "\n"),
        ("R119", signed.replace("\n17\n", "\n16\n")),
        ("R106", signed + "x"),
    ):
        head.write_text(changed, encoding="utf-8")
        for command in (["verify", log], ["check-proof", str(proof)], ["report", log]):
            fails(code, "log", *command, *demanded)
    head.write_text(signed, encoding="utf-8")
    assert main(["log", "verify", log, "--checkpoint", str(head)]) == 0
    assert "who signed" in (note := capsys.readouterr().err)
    assert "was not verified" in note
    other = DecisionLog(tmp_path / "other")
    other.assess("The authority is a bank.")
    fails("R117", "log", "checkpoint", str(other.path), "--sign", str(key))
    fails("R101", "log", "keygen", str(tmp_path / "none"), "--output", str(tmp_path / "k2"))
    assert not (tmp_path / "k2").exists()


def test_without_the_library_there_is_one_sentence(
    copied: Log, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = tmp_path / "head"
    head.write_text(KEY.sign(UNSIGNED_CHECKPOINT), encoding="utf-8")
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(LegitError, match="X001: a signature needs the extra `sign`"):
        KEY.public_key.verify(SIGNED_CHECKPOINT)
    assert main(["log", "keygen", str(copied[0]), "--output", str(tmp_path / "k")]) == 2
    shown = capsys.readouterr().err
    assert "X001: a signature needs the extra `sign`" in shown
    assert "pip install 'legit-rules[sign]'" in shown
    assert not (tmp_path / "k").exists()
    assert Checkpoint.parse(head.read_text(encoding="utf-8")) == UNSIGNED_CHECKPOINT  # whose signature nobody asks for
