"""Signed notes (c2sp.org/signed-note): a text, an empty line, and signatures of the text, each on a line of its own."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

NAME_PATTERN = r"[^\s+\x00-\x1f\x7f]+"
"""The pattern of the name of a key or of a log."""

MAX_SIGNATURES = 100
_SIGNATURE_LINE = re.compile(rf"— ({NAME_PATTERN}) ([A-Za-z0-9+/]+={{0,2}})")
_KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature: the name of the key, its short id (4 bytes), and the signature of the text by the key."""

    key_name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.key_name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text that ends with a line break, and its signatures, which are not checked."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return "\n".join((self.text, "".join(map(str, self.signatures)))) if self.signatures else self.text

    @classmethod
    def parse(cls, given: str) -> SignedNote:
        """The note of a text form; it may have no signature. Raises ValueError when the text is no note."""
        text, mark, lines = given.replace("\r\n", "\n").rpartition("\n\n")
        if not mark:
            return cls(lines, ())
        *signatures, end = lines.split("\n")
        if end or not 0 < len(signatures) <= MAX_SIGNATURES:
            raise ValueError("no signatures")
        return cls(f"{text}\n", tuple(map(_parse_signature, signatures)))


def from_base64(text: str) -> bytes:
    """The bytes of a text in base64. Raises ValueError unless the text is the canonical encoding."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not in base64") from error
    if base64.b64encode(data).decode() != text:  # some other last letter would decode to the same bytes
        raise ValueError("not in base64 as it is written")
    return data


def _parse_signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    data = from_base64(match[2]) if match else b""
    if not match or len(data) <= _KEY_ID_BYTES:
        raise ValueError("not a signature")
    return Signature(match[1], data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])
