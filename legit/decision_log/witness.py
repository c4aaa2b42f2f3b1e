"""Witnesses: others who confirm a checkpoint by a cosignature (c2sp.org/tlog-cosignature), and what is sent to one.

A witness keeps the last checkpoint of a log that it saw, and cosigns a later one only if the log has grown from that.
An operator who shows two people two different logs then needs the witness's help. The key of a witness has another type
than that of a log, and its signature carries the time.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
import struct
from dataclasses import dataclass, field

from legit._util.optional import import_optional
from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.signed_note import NAME_PATTERN, Signature, SignedNote, from_base64
from legit.errors import DecisionLogError, Problem

_COSIGNATURE_TYPE = b"\4"
_KEY_PATTERN = re.compile(rf"({NAME_PATTERN})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]{{44}})")
_TIMED_SIGNATURE = struct.Struct(">Q64s")
_MAX_TIME = 2**63 - 1
_MAX_PROOF_LINES = 63


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public key of a witness (32 bytes) and its name."""

    name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The short id that cosignatures name (4 bytes)."""
        return hashlib.sha256(self.name.encode() + b"\n" + _COSIGNATURE_TYPE + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_COSIGNATURE_TYPE + self.key).decode()}"

    @classmethod
    def parse(cls, text: str, source: str = "") -> WitnessKey:
        """The key of its text form, a verifier key of type 4. Raises DecisionLogError (R115) when it is none."""
        match = _KEY_PATTERN.fullmatch(text.strip())
        data = from_base64(match[3]) if match else b""
        if match and data[:1] == _COSIGNATURE_TYPE:
            found = cls(match[1], data[1:])
            if found.key_id == bytes.fromhex(match[2]):
                return found
        help_ = "give the verifier key that the witness publishes, of the type 4 (c2sp.org/tlog-cosignature)"
        raise DecisionLogError(Problem("R115", "not the key of a witness", source=source, help=help_))

    def verify(self, text: str, source: str = "") -> datetime.datetime:
        """The time (UTC) at which the witness cosigned a checkpoint.

        Raises DecisionLogError: R106 no checkpoint, R118 no cosignature by this witness, R119 one that is not valid;
        MissingExtraError (X001) without the extra `sign`.
        """
        _, note = Checkpoint.parse_signed(text, source)
        mine = [item for item in note.signatures if (item.key_name, item.key_id) == (self.name, self.key_id)]
        if not mine:
            message = f"the witness `{self.name}` ({self.key_id.hex()}) has not cosigned the checkpoint"
            raise DecisionLogError(Problem("R118", message, source=source))
        times = [self._time_of(item.value, note) for item in mine]
        if None in times:
            message = "the cosignature does not fit: the checkpoint, or the cosignature, was changed"
            raise DecisionLogError(Problem("R119", message, source=source))
        return max(time for time in times if time is not None)

    def _time_of(self, signature: bytes, note: SignedNote) -> datetime.datetime | None:
        """The time that a cosignature names; None when it is not valid."""
        if len(signature) != _TIMED_SIGNATURE.size:
            return None
        seconds, value = _TIMED_SIGNATURE.unpack(signature)
        ed25519 = import_optional("cryptography.hazmat.primitives.asymmetric.ed25519", "sign", "a signature")
        invalid = import_optional("cryptography.exceptions", "sign", "a signature").InvalidSignature
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.key).verify(value, _signed_message(seconds, note.text))
            return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
        except (invalid, OverflowError, ValueError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class WitnessPrivateKey:
    """The key with which a witness cosigns (its seed of 32 bytes), for somebody who is a witness to a few logs.

    It keeps no state: compare the log with the last checkpoint that you cosigned (`legit log verify`) before you do.
    """

    name: str
    seed: bytes = field(repr=False)

    @property
    def public_key(self) -> WitnessKey:
        """The key that others check with. Raises MissingExtraError (X001) without the extra `sign`."""
        ed25519 = import_optional("cryptography.hazmat.primitives.asymmetric.ed25519", "sign", "a signature")
        private = ed25519.Ed25519PrivateKey.from_private_bytes(self.seed)
        return WitnessKey(self.name, private.public_key().public_bytes_raw())

    def cosign(self, text: str, time: datetime.datetime) -> str:
        """A checkpoint in its text form with a further signature line, which names a time.

        Raises DecisionLogError (R106) when the text is no checkpoint, ValueError for a time before 1970.
        """
        _, note = Checkpoint.parse_signed(text)
        seconds = int(time.timestamp())
        if not 0 <= seconds <= _MAX_TIME:
            raise ValueError("the time of a cosignature is not before 1970")
        ed25519 = import_optional("cryptography.hazmat.primitives.asymmetric.ed25519", "sign", "a signature")
        value = ed25519.Ed25519PrivateKey.from_private_bytes(self.seed).sign(_signed_message(seconds, note.text))
        line = Signature(self.name, self.public_key.key_id, _TIMED_SIGNATURE.pack(seconds, value))
        return str(SignedNote(note.text, (*note.signatures, line)))


def witness_request(signed_checkpoint: str, old_size: int, proof: list[bytes]) -> str:
    """The body of a request to a witness (`add-checkpoint`, c2sp.org/tlog-witness).

    `old_size` is the number of entries in the last checkpoint that it cosigned, or 0; `proof` is the consistency proof
    from there, empty for 0. Raises ValueError for a proof of more lines than a witness takes.
    """
    if len(proof) > _MAX_PROOF_LINES:
        raise ValueError(f"a witness takes no proof of more than {_MAX_PROOF_LINES} lines")
    lines = [f"old {old_size}", *(base64.b64encode(item).decode() for item in proof), ""]
    return "\n".join([*lines, signed_checkpoint])


def _signed_message(seconds: int, checkpoint: str) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint}".encode()
