"""The container of a dossier: a zip whose members are stored as they are, in one order, with nothing between them.

Equal members give equal bytes. Since there is one way to write an archive, reading ends with writing it again: a byte
that differs anywhere is found, also where a zip holds nothing. Compressed members, links, names that lead elsewhere and
names that occur twice are refused before anything is read.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from legit.dossier.records import unusable
from legit.errors import DossierError, Problem

MAX_ARCHIVE_BYTES = 1_000_000_000
MAX_MEMBERS = 1_000

MANIFEST, PROTOCOL, PROTOCOL_SEAL, SAMPLE = "manifest.json", "protocol.json", "protocol.note", "sample.json"
RECORDS, REPORT, PAGE, BASE, SEAL = "records.jsonl", "report.json", "report.html", "base.zip", "seal.note"
REQUIRED = (MANIFEST, PROTOCOL, PROTOCOL_SEAL, SAMPLE, RECORDS, REPORT, PAGE, SEAL)

_NAME = re.compile(r"(?:[a-z]+\.(?:json|jsonl|note|html|zip)|prml/[a-z][a-z0-9_]{0,80}\.(?:prml\.yaml|intoto\.json))")
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = stat.S_IFREG | 0o644
_READ_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, LookupError, OverflowError,
    RuntimeError, NotImplementedError,
)  # fmt: skip


def pack(members: Mapping[str, bytes]) -> bytes:
    """The bytes of an archive: the manifest first, the seal last, the other members by their names."""
    names = sorted(members, key=lambda name: (name != MANIFEST, name == SEAL, name))
    return pack_files({name: members[name] for name in names})


def pack_files(members: Mapping[str, bytes]) -> bytes:
    """A zip of files in the given order, stored as they are, without times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3
            entry.external_attr = _MODE << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def archive_bytes(path: Path) -> bytes:
    """The bytes of the archive in a file. Raises DossierError: E101 as files do, E202 too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_ARCHIVE_BYTES + 1)
        if len(data) > MAX_ARCHIVE_BYTES:
            raise _refusal("E202", f"larger than {MAX_ARCHIVE_BYTES} bytes", str(path))
        return data
    except OSError as error:
        raise unusable(path, error) from error


def unpack(data: bytes, source: str = "") -> dict[str, bytes]:
    """The members of an archive.

    Raises DossierError: E201 not a zip that can be read, E202 too large, E203 a name that a dossier does not have, E204
    a name twice, E205 a link, a folder or an encrypted member, E206 a compressed member, E207 not as `pack` writes it,
    E208 a member is missing.
    """
    if len(data) > MAX_ARCHIVE_BYTES:
        raise _refusal("E202", f"larger than {MAX_ARCHIVE_BYTES} bytes", source)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, len(data), source)
            members = {entry.filename: archive.read(entry) for entry in entries}
    except _READ_ERRORS as error:
        raise _refusal("E201", f"not a zip that can be read: {str(error)[:100]}", source) from error
    missing = [name for name in REQUIRED if name not in members]
    if missing:
        raise _refusal("E208", f"`{missing[0]}` is missing", source)
    if pack(members) != data:
        raise _refusal("E207", "not as a dossier is written: bytes before, between or after its members differ", source)
    return members


def _check_entries(entries: list[zipfile.ZipInfo], size: int, source: str) -> None:
    """Raises DossierError for what no dossier holds, by the directory of the zip alone."""
    if len(entries) > MAX_MEMBERS:
        raise _refusal("E202", f"more than {MAX_MEMBERS} members", source)
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        if not _NAME.fullmatch(name):
            raise _refusal("E203", f"no dossier has a member `{name[:100]}`", source)
        if name in seen:
            raise _refusal("E204", f"two members are named `{name}`", source)
        seen.add(name)
        if entry.flag_bits & 1:
            raise _refusal("E205", f"`{name}` is encrypted", source)
        if not stat.S_ISREG(entry.external_attr >> 16):
            raise _refusal("E205", f"`{name}` is a link, or no file", source)
        if entry.compress_type != zipfile.ZIP_STORED:
            raise _refusal("E206", f"`{name}` is compressed: the members of a dossier are stored as they are", source)
        if entry.file_size != entry.compress_size or entry.file_size > size:
            raise _refusal("E202", f"`{name}` claims more bytes than the archive has", source)
    if sum(entry.file_size for entry in entries) > size:
        raise _refusal("E202", "the members claim more bytes than the archive has", source)


def _refusal(code: str, reason: str, source: str) -> DossierError:
    return DossierError(Problem(code, reason, source=source))
