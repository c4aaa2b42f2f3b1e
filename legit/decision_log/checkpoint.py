"""Tree heads: what somebody outside keeps, to be able to tell later that a log is still the log that it was.

The text form is that of a C2SP checkpoint (c2sp.org/tlog-checkpoint): the name of the log, the number of its records,
and the root in base64, each on a line. A line may follow on the bytes of the file that the log is in. It may be kept on
paper. Signatures may follow; `signing` makes and checks them.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from legit.decision_log.signed_note import NAME, Note, from_base64
from legit.errors import Problem, RecordError

_HASH = "[A-Za-z0-9+/]{43}="
_FORM = re.compile(rf"({NAME})\n(0|[1-9][0-9]{{0,17}})\n({_HASH})\n(?:file sha256 ({_HASH})\n)?")


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The state of a log: its name, the number of its records, and the root of the tree over them (32 bytes).

    `file` is the SHA-256 of the file that held them, where it was asked for. It says of every byte that nothing touched
    it, also of those that hold nothing, for as long as nothing is added.
    """

    log: str
    size: int
    root: bytes
    file: bytes | None = None

    def __str__(self) -> str:
        text = f"{self.log}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
        return text if self.file is None else f"{text}file sha256 {base64.b64encode(self.file).decode()}\n"

    @classmethod
    def parse(cls, text: str, source: str = "") -> TreeHead:
        """The head of a text form, whatever its signatures are worth. Raises RecordError (R106) when it is none."""
        return cls.with_note(text, source)[0]

    @classmethod
    def with_note(cls, text: str, source: str = "") -> tuple[TreeHead, Note]:
        """The head of a text form, and the note that it is, with its signatures. Raises RecordError (R106)."""
        try:
            note = Note.parse(text)
            match = _FORM.fullmatch(note.text)
            if match is None:
                raise ValueError("not of three lines or four")
            return cls(
                match[1], int(match[2]), from_base64(match[3]), from_base64(match[4]) if match[4] else None
            ), note
        except ValueError as error:
            raise RecordError(
                Problem(
                    "R106",
                    "not a tree head",
                    source=source,
                    help="it is what `legit log head` prints: the log, the number of records, the root, each on a line,"
                    " perhaps one on the file, and where it is signed an empty line and the signature",
                )
            ) from error
