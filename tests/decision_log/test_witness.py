"""Further keys, cosignatures of witnesses and time stamps, by the formats of c2sp.org and RFC 3161."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from legit.cli import main
from legit.decision_log import Checkpoint, LogReader, PrivateKey, PublicKey, merkle
from legit.decision_log.signing import verify_by_any
from legit.decision_log.timestamp import timestamp_request, verify_timestamp
from legit.decision_log.witness import WitnessKey, WitnessPrivateKey
from legit.errors import DecisionLogError
from tests.conftest import Capture

Log = tuple[Path, Checkpoint]
NAME = "legit-log/0123456789abcdef0123456789abcdef"
CHECKPOINT = Checkpoint(NAME, 7, bytes(range(32)))
TIME = datetime.datetime(2026, 11, 30, 1, 2, 3, tzinfo=datetime.UTC)
WITNESS = WitnessPrivateKey("witness.example/w1", bytes(range(32)))
STAMPS = Path(__file__).parent / "data" / "timestamp"


def code_of(error: pytest.ExceptionInfo[DecisionLogError]) -> str:
    return error.value.problems[0].code


def test_a_cosignature_is_made_as_the_specification_says() -> None:
    """Taken apart by hand: the key id, the time and the message that is signed."""
    signed = PrivateKey.generate(NAME).sign(CHECKPOINT)
    text = WITNESS.cosign(signed, TIME)
    assert text.startswith(signed)
    name, value = re.fullmatch(r"— (\S+) (\S+)", text.splitlines()[-1]).groups()  # type: ignore[union-attr]
    data = base64.b64decode(value)
    public = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
    assert name == "witness.example/w1"
    assert data[:4] == hashlib.sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
    assert int.from_bytes(data[4:12], "big") == int(TIME.timestamp())
    message = f"cosignature/v1\ntime {int(TIME.timestamp())}\n{CHECKPOINT}".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(data[12:], message)
    key = f"witness.example/w1+{data[:4].hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
    assert str(WITNESS.public_key) == key
    assert WitnessKey.parse(f"{key}\n").verify(text) == TIME


def test_the_example_of_the_specification_is_read() -> None:
    """From c2sp.org/tlog-cosignature; its key is not published, so that only the form is checked."""
    text = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
        "+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1"
        "nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    checkpoint, note = Checkpoint.parse_signed(text)
    assert checkpoint.size == 20852163
    assert [item.key_name for item in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].value[:8], "big") == 1679315147
    assert len(note.signatures[1].value) == 72


def changed(text: str, place: int) -> str:
    """The last line with one bit of its bytes turned."""
    *lines, last = text.removesuffix("\n").split("\n")
    mark, name, value = last.split(" ")
    data = bytearray(base64.b64decode(value))
    data[place] ^= 1
    return "\n".join([*lines, f"{mark} {name} {base64.b64encode(data).decode()}", ""])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("\n7\n", "\n8\n"), "R119"),
        (lambda text: changed(text, 11), "R119"),
        (lambda text: changed(text, 4), "R119"),
        (lambda text: changed(text, 40), "R119"),
        (lambda text: changed(text, 0), "R118"),
        (lambda text: "\n".join([*text.split("\n")[:3], ""]), "R118"),
        (lambda text: text.replace("w1", "w2"), "R118"),
        (lambda text: text + changed(text, 20).splitlines()[-1] + "\n", "R119"),
        (lambda text: text.replace("\n7\n", "\nseven\n"), "R106"),
    ],
)
def test_a_cosignature_that_was_changed_is_none(change: object, code: str) -> None:
    text = WITNESS.cosign(str(CHECKPOINT), TIME)
    with pytest.raises(DecisionLogError) as error:
        WITNESS.public_key.verify(change(text) if callable(change) else text)
    assert code_of(error) == code


@pytest.mark.parametrize(
    "text",
    ["", "x", str(WITNESS.public_key)[:-1], str(PrivateKey("a", bytes(32)).public_key), f"{WITNESS.public_key}x"],
)
def test_what_is_no_key_of_a_witness(text: str) -> None:
    with pytest.raises(DecisionLogError) as error:
        WitnessKey.parse(text)
    assert code_of(error) == "R115"


def test_a_further_key_is_believed_on_the_word_of_the_first() -> None:
    first, further, stranger = (PrivateKey.generate(NAME) for _ in range(3))
    endorsement = first.endorse(further.public_key)
    assert first.public_key.endorsed_key(endorsement) == further.public_key
    keys = [first.public_key, first.public_key.endorsed_key(endorsement)]
    for key in (first, further):
        assert verify_by_any(keys, key.sign(CHECKPOINT)) == CHECKPOINT
    with pytest.raises(DecisionLogError) as error:
        verify_by_any(keys, stranger.sign(CHECKPOINT))
    assert code_of(error) == "R118"
    with pytest.raises(DecisionLogError) as error:
        verify_by_any(keys, further.sign(CHECKPOINT).replace("\n7\n", "\n8\n"))
    assert code_of(error) == "R119"


def test_an_endorsement_is_no_checkpoint_and_a_checkpoint_no_endorsement() -> None:
    first, further = PrivateKey.generate(NAME), PrivateKey.generate(NAME)
    with pytest.raises(DecisionLogError) as error:
        Checkpoint.parse(first.endorse(further.public_key))
    assert code_of(error) == "R106"
    with pytest.raises(DecisionLogError) as error:
        first.public_key.endorsed_key(first.sign(CHECKPOINT))
    assert code_of(error) == "R115"


def test_an_endorsement_by_another_or_of_another_log_is_refused() -> None:
    first, further = PrivateKey.generate(NAME), PrivateKey.generate(NAME)
    elsewhere = PrivateKey.generate("legit-log/other")
    cases = {
        "R118": further.endorse(further.public_key),
        "R119": first.endorse(further.public_key).replace(
            str(further.public_key), str(PrivateKey.generate(NAME).public_key)
        ),
        "R117": elsewhere.endorse(elsewhere.public_key),
        "R115": "nothing",
    }
    for code, text in cases.items():
        with pytest.raises(DecisionLogError) as error:
            first.public_key.endorsed_key(text)
        assert code_of(error) == code
    with pytest.raises(DecisionLogError) as error:
        first.endorse(elsewhere.public_key)
    assert code_of(error) == "R117"


def test_the_commands_for_further_keys_and_witnesses(copied: Log, tmp_path: Path, capsys: Capture) -> None:
    log, first, further = str(copied[0]), tmp_path / "first", tmp_path / "further"
    assert main(["log", "keygen", log, "-o", str(first)]) == 0
    assert main(["log", "keygen", log, "-o", str(further), "--endorse-with", str(first)]) == 0
    assert f"{further}.endorsed" in capsys.readouterr().out
    for size, name in ((9, "early"), (17, "now")):
        words = ["log", "checkpoint", log, "--sign", str(further), "--size", str(size), "-o", str(tmp_path / name)]
        assert main(words) == 0
    verify = ["log", "verify", log, "--checkpoint", str(tmp_path / "now")]
    with_first = [*verify, "--public-key", f"{first}.pub"]
    assert main(with_first) == 1
    assert "R118" in capsys.readouterr().err
    assert main([*with_first, "--further-key", f"{further}.endorsed"]) == 0
    assert "verified against 1 signed checkpoint" in capsys.readouterr().out
    assert main([*verify, "--further-key", f"{further}.endorsed"]) == 2
    # A witness that saw nine entries is asked for a cosignature.
    words = ["log", "checkpoint", log, "--sign", str(further), "--for-witness", "9"]
    assert main(words) == 0
    request = capsys.readouterr().out
    head, text = request.split("\n\n", 1)
    assert head.splitlines()[0] == "old 9"
    proof = [base64.b64decode(line) for line in head.splitlines()[1:]]
    now = PublicKey.parse(Path(f"{further}.pub").read_text()).verify(text)
    early = LogReader(copied[0]).checkpoint(9)
    assert merkle.verify_consistency(9, 17, proof, early.root, now.root)
    assert main([*words[:-1], "0"]) == 0
    assert capsys.readouterr().out.startswith("old 0\n\n")
    assert main(["log", "checkpoint", log, "--for-witness", "9"]) == 2
    capsys.readouterr()
    # Its answer is a line that is put below the checkpoint.
    (tmp_path / "now").write_text(WITNESS.cosign((tmp_path / "now").read_text(), TIME))
    (tmp_path / "w1").write_text(str(WITNESS.public_key))
    assert main([*verify, "--witness", str(tmp_path / "w1")]) == 0
    assert "the witness witness.example/w1 cosigned" in (shown := capsys.readouterr().err)
    assert "2026-11-30 01:02:03 UTC" in shown
    other = WitnessPrivateKey("other", bytes(32)).public_key
    (tmp_path / "w2").write_text(str(other))
    assert main([*verify, "--witness", str(tmp_path / "w1"), "--witness", str(tmp_path / "w2")]) == 1
    assert "R118" in capsys.readouterr().err
    assert main(["log", "count", log, "--witness", str(tmp_path / "w1")]) == 2


def test_a_time_stamp() -> None:
    """`data/timestamp/` holds a checkpoint, an answer that OpenSSL gave as an authority, and its root certificate."""
    pytest.importorskip("rfc3161_client")
    text, answer = (STAMPS / "checkpoint").read_text(), (STAMPS / "response.tsr").read_bytes()
    roots = [(STAMPS / "root.pem").read_bytes()]
    time = verify_timestamp(text, answer, roots)
    assert time.isoformat() == "2026-11-30T00:45:54+00:00"
    signed = PrivateKey.generate(NAME).sign(Checkpoint.parse(text))
    assert verify_timestamp(signed, answer, roots) == time  # signatures may come later
    digest = hashlib.sha512(text.encode()).digest(), hashlib.sha256(text.encode()).digest()
    assert any(item in timestamp_request(text) for item in digest)
    other = [(STAMPS / "other.pem").read_bytes()]
    for wrong in (
        (text.replace("\n7\n", "\n8\n"), answer, roots, "R125"), (text, answer, other, "R125"),
        (text, answer[:-3], roots, "R124"), (text, b"", roots, "R124"), (text, answer, [b"x"], "R124"),
        (text, answer, [], "R124"), ("x", answer, roots, "R106"),
    ):  # fmt: skip
        with pytest.raises(DecisionLogError) as error:
            verify_timestamp(*wrong[:3])
        assert code_of(error) == wrong[3]


def test_the_commands_for_time_stamps(tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("rfc3161_client")
    checkpoint, query = str(STAMPS / "checkpoint"), tmp_path / "query"
    assert main(["log", "timestamp", checkpoint, "-o", str(query)]) == 0
    assert query.read_bytes()[:1] == b"\x30"
    answer = ["log", "timestamp", checkpoint, "--response", str(STAMPS / "response.tsr")]
    capsys.readouterr()
    assert main([*answer, "--root", str(STAMPS / "root.pem")]) == 0
    assert "2026-11-30 00:45:54 UTC" in capsys.readouterr().out
    assert main([*answer, "--root", str(STAMPS / "other.pem")]) == 1
    assert "R125" in capsys.readouterr().err
    for wrong in ([], ["--root", checkpoint], answer[3:], [*answer[3:], "-o", str(query)]):
        assert main(["log", "timestamp", checkpoint, *wrong]) == 2
