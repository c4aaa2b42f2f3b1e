"""Finds what an interrupted writer left in SQLite's write-ahead log, by its file format (sqlite.org/fileformat2)."""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")


def torn_bytes(database: Path, committed_frames: int) -> int:
    """The bytes of a write that was begun and not finished, after the `frames` that SQLite holds to be whole.

    Frames of an earlier use of the file begin with another salt and do not count. Call this only while no other writer
    can be at work.
    """
    try:
        with Path(f"{database}-wal").open("rb") as file:
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return len(header)
            _, _, page, _, *salts, _, _ = _HEADER.unpack(header)
            frame = _FRAME.size + page
            position = _HEADER.size + committed_frames * frame
            torn = 0
            while True:
                file.seek(position + torn)
                found = file.read(frame)
                if not found or (len(found) >= _FRAME.size and list(_FRAME.unpack_from(found)[2:4]) != salts):
                    return torn
                torn += len(found)
    except FileNotFoundError:
        return 0
