"""Checkpoints: texts that an auditor keeps elsewhere, to verify later that the entries of a log were not changed.

The text form is that of a C2SP checkpoint (c2sp.org/tlog-checkpoint): the name of the log, the number of its entries,
and the root in base64, each on a line. A line with the digest of the file may follow. Signatures may follow; `signing`
makes and checks them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
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


def checkpoint_problems(
    checkpoints: Sequence[Checkpoint],
    current: Checkpoint,
    roots: dict[int, bytes],
    stored_root: Callable[[int], bytes | None] = lambda size: None,
) -> Iterator[str]:
    """Messages about each checkpoint that does not fit the `current` log.

    A message names the first entry that differs, if it is known. `roots` maps a size to the root that the entries of
    the log give. `stored_root` gives the root that the stored tree has for a size.
    """
    fitting = {
        0,
        *(item.size for item in checkpoints if item.log_name == current.log_name and roots.get(item.size) == item.root),
    }
    for checkpoint in sorted(checkpoints, key=lambda checkpoint: checkpoint.size):
        if checkpoint.log_name != current.log_name:
            yield f"the checkpoint is of another log, `{checkpoint.log_name}`"
        elif checkpoint.size > current.size:
            cut = checkpoint.size - current.size
            yield f"the checkpoint counts {checkpoint.size} entries, the log has {current.size}: {cut} cut off"
        elif roots.get(checkpoint.size) != checkpoint.root:
            same = max(size for size in fitting if size < checkpoint.size or not size)
            said = f"the first {checkpoint.size} entries are not those that the checkpoint was taken of"
            if stored_root(checkpoint.size) == checkpoint.root:
                yield f"{said}; the stored tree has the root of the checkpoint. R204 and R205 name what differs"
            elif same:
                which = (
                    f"entry {same}"
                    if same == checkpoint.size - 1
                    else f"one of entries {same} to {checkpoint.size - 1}"
                )
                yield f"{said}; the first {same} are those of another checkpoint, so that it differs from {which} on"
            else:
                yield f"{said}; from which on cannot be told: checkpoints of fewer entries would narrow it down"
