"""The folder of a dossier while it is made: protocol, seal of the protocol, sample, run log, records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from legit.dossier.archive import PROTOCOL, PROTOCOL_SEAL, RECORDS, SAMPLE
from legit.dossier.canonical import read_model, sha256
from legit.dossier.protocol import Protocol, Sample
from legit.dossier.records import unusable
from legit.dossier.seal import Seal, read_seal
from legit.errors import DossierError, Problem

RUN_LOG = "run.jsonl"
"""The run log of the harness, from which records are made. It is no part of the archive."""


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder with a sealed protocol."""

    path: Path
    protocol: Protocol
    protocol_bytes: bytes
    sample: Sample
    sample_bytes: bytes
    seal_text: str
    seal: Seal

    @property
    def records_path(self) -> Path:
        """The file of the records."""
        return self.path / RECORDS

    @classmethod
    def open(cls, path: Path) -> WorkFolder:
        """Read and check the folder. Raises DossierError: E101 as files do, E110 no protocol or sample, E301, E302 as
        `read_seal`, E305 the protocol or the sample is not the sealed one.
        """
        protocol_bytes, sample_bytes = read_file(path / PROTOCOL), read_file(path / SAMPLE)
        protocol = read_model(Protocol, protocol_bytes, str(path / PROTOCOL))
        sample = read_model(Sample, sample_bytes, str(path / SAMPLE))
        source = str(path / PROTOCOL_SEAL)
        text = decode(read_file(path / PROTOCOL_SEAL), source)
        seal = read_seal(protocol, text, source)
        check_protocol_seal(protocol, sample_bytes, seal, source)
        return cls(path, protocol, protocol_bytes, sample, sample_bytes, text, seal)


def check_protocol_seal(protocol: Protocol, sample_bytes: bytes, seal: Seal, source: str) -> None:
    """Raises DossierError (E305) when a seal is not that of this protocol, or the sample is not the protocol's."""
    from legit.dossier.records import RecordChain

    head = seal.checkpoint
    expected = (protocol.id, 1, RecordChain.begin(protocol).frontier.root(), None)
    if (head.log_name, head.size, head.root, head.file_digest) != expected:
        raise DossierError(Problem("E305", "the seal is not of this protocol: one of them was changed", source=source))
    if sha256(sample_bytes) != protocol.sampling.sample_sha256:
        raise DossierError(Problem("E305", "the sample is not the one of the protocol", source=source))


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises DossierError (E101)."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unusable(path, error) from error


def decode(data: bytes, source: str) -> str:
    """The text of bytes in UTF-8. Raises DossierError (E301)."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DossierError(Problem("E301", "not a text in UTF-8", source=source)) from error
