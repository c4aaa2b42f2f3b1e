"""Seals a dossier: everything that it says in one archive, and a signed checkpoint over it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from legit._version import __version__
from legit.decision_log.checkpoint import Checkpoint
from legit.decision_log.signing import PrivateKey
from legit.dossier.archive import (
    BASE,
    MANIFEST,
    PAGE,
    PROTOCOL,
    PROTOCOL_SEAL,
    RECORDS,
    REPORT,
    SAMPLE,
    SEAL,
    pack,
    pack_files,
)
from legit.dossier.canonical import sha256, to_bytes
from legit.dossier.page import PAGE_VERSION, render_page
from legit.dossier.prml import prml_members
from legit.dossier.protocol import Frozen, Hex, Person, Protocol
from legit.dossier.records import Closed, RecordChain, read_chain
from legit.dossier.report import Report, Seals, build_report
from legit.dossier.seal import person_keys, read_seal, sign
from legit.dossier.work_folder import WorkFolder, read_file
from legit.errors import DossierError, Problem
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import digested_files


class MemberDigest(Frozen):
    """The length and digest of a member."""

    bytes: int = Field(ge=0)
    sha256: Hex


class Manifest(Frozen):
    """The manifest: what the archive holds. The seal signs its digest."""

    schema_version: Literal["1"] = "1"
    kind: Literal["legit-dossier"] = "legit-dossier"
    id: str
    written_by: str
    page_version: str
    entries: int
    root: str
    members: dict[str, MemberDigest]


def report_on(folder: WorkFolder, chain: RecordChain, signers: Sequence[Person] = (), *, base: bool = False) -> Report:
    """The report on the records of a folder, as it would be sealed by some people."""
    seals = seals_of(folder.seal.signers, folder.seal.cosigned, signers, base=base)
    return build_report(folder.protocol, folder.protocol_bytes, folder.sample, chain.records, seals)


def seals_of(
    protocol_signers: Sequence[Person],
    protocol_cosigned: Sequence[tuple[str, str]],
    signers: Sequence[Person],
    *,
    base: bool,
) -> Seals:
    """What the report tells of the seals, in an order that does not depend on that of the signatures."""
    found = Seals(tuple(signers), tuple(protocol_signers), tuple(protocol_cosigned), base)
    return replace(
        found,
        signers=tuple(sorted(found.signers, key=lambda item: item.name)),
        protocol_signers=tuple(sorted(found.protocol_signers, key=lambda item: item.name)),
        protocol_cosigned=tuple(sorted(found.protocol_cosigned, key=lambda item: (item[1], item[0]))),
    )


def seal_folder(folder: WorkFolder, keys: Sequence[PrivateKey], base: KnowledgeBase | None = None) -> bytes:
    """The archive of a dossier, sealed by some keys. The same folder and keys give the same bytes.

    With a knowledge base its files are part of the archive. Raises DossierError: E106 a key that the protocol does not
    name, E108 another knowledge base, E109 a run that has not ended, E107 and E303 as `read_chain`.
    """
    chain = read_chain(folder.protocol, read_file(folder.records_path), str(folder.records_path))
    if not chain.records or not isinstance(chain.records[-1].body, Closed):
        help_ = "`legit dossier run` ends it when every drawn case has its answer and its judgements, or with --close"
        raise DossierError(Problem("E109", "the run has not ended", source=str(folder.path), help=help_))
    if base and base.digest != folder.protocol.base.digest:
        raise DossierError(Problem("E108", f"the knowledge base is not `{folder.protocol.base.name}` of the protocol"))
    signers = _signers(folder.protocol, keys)
    report = report_on(folder, chain, signers, base=base is not None)
    members = {
        PROTOCOL: folder.protocol_bytes,
        PROTOCOL_SEAL: folder.seal_text.encode(),
        SAMPLE: folder.sample_bytes,
        RECORDS: b"".join(chain.lines),
        REPORT: to_bytes(report),
        PAGE: render_page(folder.protocol, report).encode(),
        **prml_members(folder.protocol),
    }
    if base:
        members[BASE] = pack_files(
            {name: file.read_bytes() for name, file in sorted(digested_files(base.layers).items())}
        )
    return pack(_with_seal(folder.protocol, members, chain, keys))


def _with_seal(
    protocol: Protocol, members: Mapping[str, bytes], chain: RecordChain, keys: Sequence[PrivateKey]
) -> dict[str, bytes]:
    """The members with their manifest and seal."""
    manifest = to_bytes(make_manifest(protocol, members, chain))
    head = Checkpoint(protocol.id, chain.frontier.size, chain.frontier.root(), bytes.fromhex(sha256(manifest)))
    text = sign(protocol, head, keys)
    read_seal(protocol, text, SEAL)
    return {**members, MANIFEST: manifest, SEAL: text.encode()}


def make_manifest(protocol: Protocol, members: Mapping[str, bytes], chain: RecordChain) -> Manifest:
    """The manifest of some members."""
    return Manifest(
        id=protocol.id,
        written_by=__version__,
        page_version=PAGE_VERSION,
        entries=chain.frontier.size,
        root=base64.b64encode(chain.frontier.root()).decode(),
        members={name: MemberDigest(bytes=len(data), sha256=sha256(data)) for name, data in sorted(members.items())},
    )


def _signers(protocol: Protocol, keys: Sequence[PrivateKey]) -> list[Person]:
    given = {key.public_key for key in keys}
    found = [person for person, public in person_keys(protocol) if public in given]
    if len({public for person, public in person_keys(protocol) if person in found}) < len(given):
        raise DossierError(Problem("E106", "a key is not one that the protocol names under `who`"))
    return found


def write_archive(path: Path, data: bytes) -> None:
    """Write an archive to a new file. Raises DossierError (E101), also when the file is there already."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DossierError(Problem("E101", f"cannot be written: {reason}", source=str(path))) from error
