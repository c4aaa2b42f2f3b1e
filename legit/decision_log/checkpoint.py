"""Checkpoints: texts that an auditor keeps elsewhere, to verify later that the entries of a log were not changed.

The text form is that of a C2SP checkpoint (c2sp.org/tlog-checkpoint): the name of the log, the number of its entries,
and the root in base64, each on a line. A line with the digest of the file may follow. Signatures may follow; `signing`
makes and checks them.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from legit.decision_log.signed_note import NAME_PATTERN, SignedNote, from_base64
from legit.errors import DecisionLogError, Problem

_BASE64_HASH = "[A-Za-z0-9+/]{43}="
_CHECKPOINT_PATTERN = re.compile(
    rf"({NAME_PATTERN})\n(0|[1-9][0-9]{{0,17}})\n({_BASE64_HASH})\n(?:file sha256 ({_BASE64_HASH})\n)?"
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its name, the number of its entries, and the root of the tree over them (32 bytes).

    `file` is the SHA-256 of the file, where it was requested. It covers every byte of the file, also the unused ones,
    until an entry is added.
    """

    log_name: str
    size: int
    root: bytes
    file_digest: bytes | None = None

    def __str__(self) -> str:
        text = f"{self.log_name}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
        return (
            text if self.file_digest is None else f"{text}file sha256 {base64.b64encode(self.file_digest).decode()}\n"
        )

    @classmethod
    def parse(cls, text: str, source: str = "") -> Checkpoint:
        """The checkpoint of a text form. Its signatures are not checked.

        Raises DecisionLogError (R106) when the text is no checkpoint.
        """
        return cls.parse_signed(text, source)[0]

    @classmethod
    def parse_signed(cls, text: str, source: str = "") -> tuple[Checkpoint, SignedNote]:
        """The checkpoint of a text form, and the signed note with its signatures, which are not checked.

        Raises DecisionLogError (R106) when the text is no checkpoint.
        """
        try:
            note = SignedNote.parse(text)
            match = _CHECKPOINT_PATTERN.fullmatch(note.text)
            if match is None:
                raise ValueError("not of three lines or four")
            return cls(
                match[1], int(match[2]), from_base64(match[3]), from_base64(match[4]) if match[4] else None
            ), note
        except ValueError as error:
            raise DecisionLogError(
                Problem(
                    "R106",
                    "not a checkpoint",
                    source=source,
                    help="it is what `legit log checkpoint` prints: the log, the number of entries, the root, each on a"
                    " line, perhaps one on the file, and where it is signed an empty line and the signature",
                )
            ) from error
