"""Signed checkpoints: C2SP checkpoints (c2sp.org/tlog-checkpoint) with Ed25519 signatures.

A key signs the checkpoints of one log, whose name it has. Its text forms are those of Go's
`golang.org/x/mod/sumdb/note`; that of the public key is what the specification calls a verifier key. The extra `sign`
installs the library that computes signatures.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from legit._util.optional import import_optional
from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.log_file import refuse_side_name
from legit.decision_log.signed_note import NAME_PATTERN, Signature, SignedNote, from_base64
from legit.errors import DecisionLogError, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519_TYPE = b"\1"
_PRIVATE_KEY_PREFIX = "PRIVATE+KEY+"
_KEY_PATTERN = re.compile(
    rf"({re.escape(_PRIVATE_KEY_PREFIX)})?({NAME_PATTERN})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]{{44}})"
)

# No checkpoint has such a second line.
_ENDORSEMENT_PATTERN = re.compile(rf"({NAME_PATTERN})\nkey (\S+)\n")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that checks the signatures of the checkpoints of a log (32 bytes). Give it to those who verify."""

    log_name: str
    key: bytes

    @property
    def key_id(self) -> bytes:
        """The short id that signatures name (4 bytes)."""
        return hashlib.sha256(self.log_name.encode() + b"\n" + _ED25519_TYPE + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.log_name}+{self.key_id.hex()}+{base64.b64encode(_ED25519_TYPE + self.key).decode()}"

    @classmethod
    def parse(cls, text: str, source: str = "") -> PublicKey:
        """The key of its text form. Raises DecisionLogError (R115) when it is none."""
        log, said, key = _parse_key(text, private=False, source=source)
        found = cls(log, key)
        if found.key_id != said:
            raise _invalid_key_error(private=False, source=source)
        return found

    def verify(self, text: str, source: str = "") -> Checkpoint:
        """The checkpoint of a text form, which must be of this key's log and signed by this key.

        Raises DecisionLogError: R106 no checkpoint, R117 a checkpoint of another log, R118 no signature by this key,
        R119 a signature that is not valid; MissingExtraError (X001) without the extra `sign`.
        """
        head, note = Checkpoint.parse_signed(text, source)
        if head.log_name != self.log_name:
            raise _wrong_log_error(head.log_name, self.log_name, source)
        self.require_signature(note, "the checkpoint", source)
        return head

    def endorsed_key(self, text: str, source: str = "") -> PublicKey:
        """The further key of the same log that this key has endorsed, by what `PrivateKey.endorse` gives.

        Raises DecisionLogError: R115 no endorsement, R117 one of another log, R118 not by this key, R119 a signature
        that is not valid; MissingExtraError (X001) without the extra `sign`.
        """
        try:
            note = SignedNote.parse(text)
            match = _ENDORSEMENT_PATTERN.fullmatch(note.text)
        except ValueError:
            match = None
        if match is None:
            help_ = "give the file KEY.endorsed that `legit log keygen LOG --output KEY --endorse-with FIRST` wrote"
            raise DecisionLogError(Problem("R115", "not an endorsement of a key", source=source, help=help_))
        further = PublicKey.parse(match[2], source)
        for name in (match[1], further.log_name):
            if name != self.log_name:
                raise _wrong_log_error(name, self.log_name, source)
        self.require_signature(note, "the endorsement", source)
        return further

    def require_signature(self, note: SignedNote, what: str, source: str) -> None:
        """Raises DecisionLogError (R118, R119) unless this key has signed a note, each time validly. `what` is the note
        in words.
        """
        mine = [item for item in note.signatures if (item.key_name, item.key_id) == (self.log_name, self.key_id)]
        if not mine:
            others = ", ".join(f"`{item.key_name}` ({item.key_id.hex()})" for item in note.signatures)
            message = f"{what} is not signed by the key {self.key_id.hex()}"
            message += f", but by {others}" if others else ": it has no signature"
            raise DecisionLogError(Problem("R118", message, source=source))
        if not all(self._verifies(item.value, note) for item in mine):
            message = f"the signature does not fit: {what}, or the signature, was changed"
            raise DecisionLogError(Problem("R119", message, source=source))

    def _verifies(self, signature: bytes, note: SignedNote) -> bool:
        ed25519 = _ed25519_module()
        invalid = import_optional("cryptography.exceptions", "sign", "a signature").InvalidSignature
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.key).verify(signature, note.text.encode())
        except invalid:
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The key that signs the checkpoints of a log (its seed of 32 bytes). Only the operator may have it."""

    log_name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, log_name: str) -> PrivateKey:
        """A new key for the log with a name."""
        return cls(log_name, secrets.token_bytes(32))

    @property
    def public_key(self) -> PublicKey:
        """The key that others check with. Raises MissingExtraError (X001) without the extra `sign`."""
        return PublicKey(self.log_name, self._ed25519_key().public_key().public_bytes_raw())

    def text(self) -> str:
        """The text form, which is secret."""
        secret = base64.b64encode(_ED25519_TYPE + self.seed).decode()
        return f"{_PRIVATE_KEY_PREFIX}{self.log_name}+{self.public_key.key_id.hex()}+{secret}"

    @classmethod
    def parse(cls, text: str, source: str = "") -> PrivateKey:
        """The key of its text form. Raises DecisionLogError (R115) when it is none, MissingExtraError (X001)."""
        log, said, seed = _parse_key(text, private=True, source=source)
        found = cls(log, seed)
        if found.public_key.key_id != said:
            raise _invalid_key_error(private=True, source=source)
        return found

    def sign(self, checkpoint: Checkpoint) -> str:
        """The text form of a checkpoint with a signature. Raises DecisionLogError (R117) when it is of another log."""
        if checkpoint.log_name != self.log_name:
            raise _wrong_log_error(checkpoint.log_name, self.log_name)
        return self.sign_text(str(checkpoint))

    def endorse(self, further: PublicKey) -> str:
        """A signed note by which this key endorses a further key of the same log.

        Raises DecisionLogError (R117) when it is the key of another log.
        """
        if further.log_name != self.log_name:
            raise _wrong_log_error(further.log_name, self.log_name)
        return self.sign_text(f"{self.log_name}\nkey {further}\n")

    def sign_text(self, text: str) -> str:
        """A signed note of a text that ends with a line break."""
        signature = Signature(self.log_name, self.public_key.key_id, self._ed25519_key().sign(text.encode()))
        return str(SignedNote(text, (signature,)))

    def write(self, path: Path) -> Path:
        """Write the key to a new file that only its owner can read, and the public key beside it. Returns the path of
        the public key.

        Raises DecisionLogError (R116) when one of the files exists or cannot be written. Then none is written.
        """
        beside = path.with_name(f"{path.name}.pub")
        texts = (self.text(), str(self.public_key))
        write_new(path, texts[0], 0o600)
        try:
            write_new(beside, texts[1], 0o644)
        except BaseException:
            path.unlink()
            raise
        return beside

    def _ed25519_key(self) -> Ed25519PrivateKey:
        key: Ed25519PrivateKey = _ed25519_module().Ed25519PrivateKey.from_private_bytes(self.seed)
        return key


def _ed25519_module() -> ModuleType:
    return import_optional("cryptography.hazmat.primitives.asymmetric.ed25519", "sign", "a signature")


def _parse_key(text: str, *, private: bool, source: str) -> tuple[str, bytes, bytes]:
    """The name, id and bytes of a key. Raises DecisionLogError (R115)."""
    match = _KEY_PATTERN.fullmatch(text.strip())
    data = from_base64(match[4]) if match else b""  # 44 letters stand for 33 bytes in one way only
    if not match or bool(match[1]) != private or data[:1] != _ED25519_TYPE:
        raise _invalid_key_error(private=private, source=source)
    return match[2], bytes.fromhex(match[3]), data[1:]


def _invalid_key_error(*, private: bool, source: str) -> DecisionLogError:
    kind, name = ("private", "") if private else ("public", ".pub")
    help_ = f"give the file {'KEY' + name} that `legit log keygen LOG --to KEY` wrote"
    return DecisionLogError(Problem("R115", f"not a {kind} key", source=source, help=help_))


def _wrong_log_error(name: str, log: str, source: str = "") -> DecisionLogError:
    return DecisionLogError(
        Problem("R117", f"the checkpoint is of the log `{name}`, the key of `{log}`", source=source)
    )


def verify_by_any(keys: Sequence[PublicKey], text: str, source: str = "") -> Checkpoint:
    """The checkpoint of a text form, which one of some keys of a log must have signed. Raises as `PublicKey.verify`
    does; with several keys, R118 names the first."""
    unsigned: DecisionLogError | None = None
    for key in keys:
        try:
            return key.verify(text, source)
        except DecisionLogError as error:
            if error.problems[0].code != "R118":
                raise
            unsigned = unsigned or error
    assert unsigned
    raise unsigned


def write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that was not there, or none. Raises DecisionLogError: R116, and R120 as `refuse_side_name`."""
    if not path.exists():
        refuse_side_name(path)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            try:
                print(text, file=file, flush=True)
            except BaseException:
                path.unlink()
                raise
    except FileExistsError as error:
        problem = Problem("R116", "the file is there already, and a key is never overwritten", source=str(path))
        raise DecisionLogError(problem) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DecisionLogError(Problem("R116", f"the key cannot be written: {reason}", source=str(path))) from error
