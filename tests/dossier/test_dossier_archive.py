"""Archives from strangers: nothing is unpacked that a dossier does not hold, and equal input gives equal bytes."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.dossier import archive as archives
from legit.dossier.archive import REQUIRED, archive_bytes, pack, unpack
from legit.dossier.canonical import MAX_JSON_BYTES, from_bytes, read_model, to_bytes
from legit.dossier.protocol import Sample
from legit.dossier.verify import verify_archive
from legit.errors import DossierError
from tests.support.dossiers import make_dossier

MEMBERS = {name: name.encode() for name in REQUIRED}


def zipped(
    change: Callable[[zipfile.ZipInfo], None] = lambda entry: None,
    name: str = "manifest.json",
    data: bytes = b"x",
    more: dict[str, bytes] | None = None,
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
        change(entry)
        archive.writestr(entry, data, entry.compress_type)
        for other, content in (more or {}).items():
            second = zipfile.ZipInfo(other, (1980, 1, 1, 0, 0, 0))
            second.external_attr = entry.external_attr
            archive.writestr(second, content)
    return buffer.getvalue()


def deflated(entry: zipfile.ZipInfo) -> None:
    entry.compress_type = zipfile.ZIP_DEFLATED


def link(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def folder(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFDIR | 0o755) << 16


def twice() -> bytes:
    """Two members of one name, which `zipfile` would warn of."""
    return zipped(name="manifest.json", more={"manifest.jsom": b"two"}).replace(b"jsom", b"json")


def encrypted() -> bytes:
    """The flag of encryption set in both headers."""
    data = bytearray(zipped())
    struct.pack_into("<H", data, 6, 1)
    struct.pack_into("<H", data, data.index(b"PK\1\2") + 8, 1)
    return bytes(data)


def claims_much() -> bytes:
    """A member whose headers claim four gigabytes."""
    data = bytearray(zipped())
    central = data.index(b"PK\1\2")
    struct.pack_into("<II", data, 18, 0xFFFFFFF0, 0xFFFFFFF0)
    struct.pack_into("<II", data, central + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(data)


def with_comment() -> bytes:
    buffer = io.BytesIO(pack(MEMBERS))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"and so on"
    return buffer.getvalue()


HOSTILE = {
    "nothing": (lambda: b"", "E201"),
    "no zip": (lambda: b"not a zip" * 50, "E201"),
    "cut": (lambda: pack(MEMBERS)[:-30], "E201"),
    "bomb": (lambda: zipped(deflated, data=b"\0" * 20_000_000), "E206"),
    "bomb in a bomb": (lambda: zipped(deflated, data=zipped(deflated, data=b"\0" * 10_000_000)), "E206"),
    "claims much": (claims_much, "E202"),
    "up": (lambda: zipped(name="../../etc/passwd"), "E203"),
    "absolute": (lambda: zipped(name="/etc/passwd"), "E203"),
    "windows": (lambda: zipped(name="C:\\manifest.json"), "E203"),
    "hidden up": (lambda: zipped(name="prml/../manifest.json"), "E203"),
    "nul": (lambda: zipped(name="manifest.jsonZ.sh").replace(b"jsonZ", b"json\0"), "E203"),
    "capitals": (lambda: zipped(name="MANIFEST.JSON"), "E203"),
    "another file": (lambda: zipped(name="run.sh"), "E203"),
    "twice": (twice, "E204"),
    "link": (lambda: zipped(link, data=b"/etc/passwd"), "E205"),
    "folder": (lambda: zipped(folder), "E205"),
    "encrypted": (encrypted, "E205"),
    "in front": (lambda: b"#!/bin/sh\n" + pack(MEMBERS), "E207"),
    "behind": (lambda: pack(MEMBERS) + b"\0" * 10, "E207"),
    "comment": (with_comment, "E207"),
    "missing": (lambda: pack(dict.fromkeys(REQUIRED[1:], b"")), "E208"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_with_its_code(name: str) -> None:
    make, code = HOSTILE[name]
    data = make()
    with pytest.raises(DossierError) as caught:
        unpack(data)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert [problem.code for problem in verify_archive(data).problems] == [code]


def test_too_many_members_and_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    with pytest.raises(DossierError, match="E202: more than 3 members"):
        unpack(pack(MEMBERS))
    monkeypatch.setattr(archives, "MAX_ARCHIVE_BYTES", 100)
    path = tmp_path / "large"
    path.write_bytes(pack(MEMBERS))
    with pytest.raises(DossierError, match="E202: larger than 100 bytes"):
        archive_bytes(path)
    path.write_bytes(bytes(100))
    assert archive_bytes(path) == bytes(100)


def test_random_bytes_are_refused_and_never_crash() -> None:
    random_, whole = random.Random(3), pack(MEMBERS)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(random_.randint(1, 20)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        if bytes(data) != whole:
            found = verify_archive(bytes(data))
            assert found.valid is False
            assert all(problem.code.startswith("E") for problem in found.problems)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"a":1,"a":2}\n', "stands twice"),
        (b'{"a": 1}\n', "not canonical"),
        (b'{"b":1,"a":2}\n', "not canonical"),
        (b'{"a":1}', "not canonical"),
        (b'{"a":NaN}\n', "no number"),
        (b'{"a":1e999}\n', "not canonical"),
        (b'{"a":"\\u0061"}\n', "not canonical"),
        (b"[" * 200_000 + b"]" * 200_000 + b"\n", "not JSON"),
        (b"9" * 10_000 + b"\n", "not JSON"),
        (b'"\\ud800"\n', "UTF-8"),
        (b"\xff\n", "not JSON"),
        (b"", "not JSON"),
        (b" " * (MAX_JSON_BYTES + 1), "longer than"),
    ],
    ids=["twice", "spaces", "order", "no end", "nan", "infinite", "escape", "deep", "digits", "surrogate", "bytes", "empty", "huge"],
)  # fmt: skip
def test_json_that_is_not_canonical_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(DossierError, match="E110") as caught:
        from_bytes(data, "file")
    assert says in str(caught.value)


def test_a_field_that_no_model_has_is_refused() -> None:
    with pytest.raises(DossierError, match="`more`"):
        read_model(Sample, to_bytes({"cases": [], "more": 1}), "sample.json")
    with pytest.raises(DossierError, match="not in the form"):
        read_model(Sample, to_bytes({"cases": [{"id": "a", "digest": "b", "label": "stands"}]}), "sample.json")


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    first = make_dossier(tmp_path / "one", pairs=4).archive
    assert make_dossier(tmp_path / "two", pairs=4).archive == first
    assert make_dossier(tmp_path / "three", pairs=5).archive != first


def test_members_are_stored_as_they_are_in_one_order() -> None:
    data = pack(dict(reversed(MEMBERS.items())))
    assert data == pack(MEMBERS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    assert (names[0], names[-1]) == ("manifest.json", "seal.note")
    assert names[1:-1] == sorted(names[1:-1])
    assert all(content in data for content in MEMBERS.values())
