"""Thresholds as PRML manifests (Pre-Registered ML Manifest, version 0.1), and as in-toto statements.

One manifest holds one threshold. Its canonical bytes and its in-toto statement come from the reference implementation
(`falsify`, in the extra `dossier`). A count that may not be exceeded is a manifest whose metric is the count.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from functools import lru_cache
from typing import Any

from legit._util.optional import import_optional
from legit.dossier.canonical import to_bytes
from legit.dossier.protocol import Protocol, Threshold
from legit.errors import DossierError, Problem

METRIC_NAMESPACE = "urn:legit:dossier:1:"
"""The beginning of the name of each figure as a metric; `docs/dossier-format.md` defines the figures."""


def prml_members(protocol: Protocol) -> dict[str, bytes]:
    """The manifest and the in-toto statement of each threshold, by the names of their files.

    Raises DossierError (E112) when the reference implementation refuses a manifest, MissingExtraError (X001).
    """
    return dict(_members(to_bytes(protocol)))


@lru_cache(maxsize=16)
def _members(protocol_bytes: bytes) -> dict[str, bytes]:
    protocol = Protocol.model_validate_json(protocol_bytes)
    library = import_optional("falsify_prml", "dossier", "a pre-registration manifest")
    members: dict[str, bytes] = {}
    for threshold in protocol.thresholds.entries:
        manifest = _manifest(protocol, threshold)
        errors = library.validate_manifest(manifest)
        if errors:
            raise DossierError(Problem("E112", f"no manifest of `{threshold.name}`: {errors[0]}"))
        statement = json.loads(json.dumps(library.to_intoto_statement(manifest)))
        members[f"prml/{threshold.name}.prml.yaml"] = library.canonicalize(manifest).encode()
        members[f"prml/{threshold.name}.intoto.json"] = to_bytes(statement)
    return members


def _manifest(protocol: Protocol, threshold: Threshold) -> dict[str, Any]:
    at_least = threshold.at_least is not None
    bound = next(x for x in (threshold.at_least, threshold.at_most, threshold.hits_at_most) if x is not None)
    limit = "count" if threshold.hits_at_most is not None else "lower" if at_least else "upper"
    arguments: dict[str, Any] = {"arm": protocol.arm, "confidence": 0.95, "limit": limit}
    if threshold.by:
        arguments["by"] = threshold.by
    if threshold.of_at_least:
        arguments["of_at_least"] = threshold.of_at_least
    return {
        "version": "prml/0.1",
        "claim_id": _uuid7(protocol, threshold.name),
        "created_at": protocol.when.sealed,
        "metric": METRIC_NAMESPACE + threshold.figure,
        "metric_args": arguments,
        "comparator": ">=" if at_least else "<=",
        "threshold": float(bound),
        "dataset": {"id": protocol.sampling.dataset, "hash": protocol.sampling.dataset_sha256},
        "seed": protocol.sampling.seed,
        "producer": {"id": protocol.who[0].name},
        "model": {"id": protocol.system.name, "version": protocol.system.version},
    }


def _uuid7(protocol: Protocol, name: str) -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): the time of sealing, and a hash in place of random bits."""
    sealed = datetime.datetime.fromisoformat(protocol.when.sealed)
    milliseconds = int(sealed.timestamp() * 1000).to_bytes(6, "big")
    bits = bytearray(milliseconds + hashlib.sha256(f"{protocol.id}\0{name}".encode()).digest()[:10])
    bits[6] = bits[6] & 0x0F | 0x70
    bits[8] = bits[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(bits)))
