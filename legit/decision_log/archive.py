"""Stored knowledge bases: a zip of the files over which the digest of a base is computed.

The zip can be checked against the digest in the entries, and loaded again to replay decisions.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from legit.errors import DecisionLogError, KnowledgeBaseError, Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import Layer, base_digest, digested_files, is_digested
from legit.knowledge.toml_files import package_data_folder

_MAX_ARCHIVE_BYTES = 64_000_000
_MAX_ARCHIVE_FILES = 10_000
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    OSError,
    LookupError,
    OverflowError,
    RuntimeError,
)


def pack_base(base: KnowledgeBase) -> bytes | None:
    """The files of a base as a zip, with those of a base that it extends.

    None when they are no longer those that were loaded.
    """
    try:
        files = {name: file.read_bytes() for name, file in digested_files(base.layers).items()}
    except KnowledgeBaseError:
        return None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    data = buffer.getvalue()
    return data if archived_digest(data, base.profile.id) == base.digest else None


def sha256(archive: bytes) -> str:
    """The SHA-256 of a zip, hexadecimal."""
    return hashlib.sha256(archive).hexdigest()


def archived_digest(archive: bytes, profile: str) -> str:
    """The digest of the base in a zip under a profile. Raises DecisionLogError (R107) when it cannot be read."""
    with tempfile.TemporaryDirectory(prefix="legit-") as folder:
        unpack_base(archive, Path(folder))
        try:
            return base_digest(digested_files((Layer(Path(folder), "base"),)), profile)
        except KnowledgeBaseError as error:
            why = error.problems[0].message
            raise DecisionLogError(Problem("R107", f"the knowledge base in the log cannot be read: {why}")) from error


def unpack_base(archive: bytes, folder: Path) -> None:
    """Write the files of a base into an empty folder.

    Raises DecisionLogError (R107) when it cannot be read, or has a file that the digest of a base does not cover.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            if sum(item.file_size for item in files.infolist()) > _MAX_ARCHIVE_BYTES:
                raise ValueError("too large")
            if len(files.infolist()) > _MAX_ARCHIVE_FILES:
                raise ValueError("too many files")
            for item in files.infolist():
                name = PurePosixPath(item.filename)
                if name.is_absolute() or ".." in name.parts or "\\" in item.filename or ":" in item.filename:
                    raise ValueError("a name that leads out of the folder")
                # The digest of the base would not tell of a file that it does not cover, nor of one under two names.
                path = folder / name
                if str(name) != item.filename or not is_digested(name) or os.path.lexists(path):
                    raise ValueError(f"`{item.filename[:80]}` is no file of a base, or is there twice")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(files.read(item))
    except _READ_ERRORS as error:
        raise DecisionLogError(Problem("R107", f"the knowledge base in the log cannot be read: {error}")) from error


def grammar_digest() -> str:
    """SHA-256 over the grammar of cases, hexadecimal; the sentences themselves belong to the base."""
    path = package_data_folder("grammar") / "legit.lark"
    digest = hashlib.sha256(path.read_bytes()).digest()
    return hashlib.sha256(path.name.encode() + b"\0" + digest).hexdigest()
