"""Finds what an interrupted writer left in SQLite's write-ahead log, by its file format (sqlite.org/walformat.html)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from legit.decision_log.log_file import beside, first_bytes

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
            torn = _bytes_after(file, header, committed_frames)
    except FileNotFoundError:
        return 0
    return 0 if torn and not committed_frames and _begun_anew(database, header) else torn


def _bytes_after(file: BinaryIO, header: bytes, frames: int) -> int:
    """The bytes after so many frames, as far as the frames have the salt of the header."""
    _, _, page, _, *salts, _, _ = _HEADER.unpack(header)
    frame = _FRAME.size + page
    position = _HEADER.size + frames * frame
    torn = 0
    while True:
        file.seek(position + torn)
        found = file.read(frame)
        if not found or (len(found) >= _FRAME.size and list(_FRAME.unpack_from(found)[2:4]) != salts):
            return torn
        torn += len(found)


def _begun_anew(database: Path, header: bytes) -> bool:
    """Whether the index of the write-ahead log is one of a later use than its file."""
    index = first_bytes(beside(database, "-shm"), _INDEX_HEADER_BYTES)
    return len(index) == _INDEX_HEADER_BYTES and index[_INDEX_SALTS] != header[16:24]
