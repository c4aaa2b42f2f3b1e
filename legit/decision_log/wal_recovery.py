"""Finds what an interrupted writer left in SQLite's write-ahead log, by its file format (sqlite.org/walformat.html)."""

from __future__ import annotations

import struct
from pathlib import Path

from legit.decision_log.log_file import beside

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_INDEX_HEADER_BYTES = 48
_INDEX_SALTS = slice(32, 40)


def torn_bytes(database: Path, committed_frames: int) -> int:
    """The bytes of a write that was begun and not finished, after the frames that SQLite holds to be whole.

    Frames of an earlier use of the file begin with another salt and do not count. Nor do those of the last use, where
    SQLite had begun to use the file anew and written nothing yet: its index then has another salt than the file.
    Call this only while no other writer can be at work.
    """
    try:
        with beside(database, "-wal").open("rb") as file:
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return len(header)
            if _begun_anew(database, header):
                return 0
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


def _begun_anew(database: Path, header: bytes) -> bool:
    """Whether the index of the write-ahead log is one of a later use than its file."""
    try:
        with beside(database, "-shm").open("rb") as file:
            index = file.read(_INDEX_HEADER_BYTES)
    except FileNotFoundError:
        return False
    return len(index) == _INDEX_HEADER_BYTES and index[_INDEX_SALTS] != header[16:24]
