"""Tree heads: what somebody outside keeps, to be able to tell later that a log is still the log that it was.

The text form is the body of a C2SP checkpoint (c2sp.org/tlog-checkpoint): the name of the log, the number of its
records, and the root in base64, each on a line. It may be kept on paper.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from legit.errors import Problem, RecordError

_FORM = re.compile(r"([^\s+]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The state of a log: its name, the number of its records, and the root of the tree over them (32 bytes)."""

    log: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.log}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str, source: str = "") -> TreeHead:
        """The head of a text form. Raises RecordError (R106) when it is none."""
        match = _FORM.fullmatch(text.replace("\r\n", "\n"))
        if match:
            try:
                root = base64.b64decode(match[3], validate=True)
            except binascii.Error:
                root = b""
            # Some other last letter would decode to the same bytes.
            if base64.b64encode(root).decode() == match[3]:
                return cls(match[1], int(match[2]), root)
        raise RecordError(
            Problem(
                "R106",
                "not a tree head",
                source=source,
                help="it has three lines, as `legit log head` prints them: the log, the number of records, the root",
            )
        )
