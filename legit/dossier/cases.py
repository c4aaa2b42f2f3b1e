"""The cases of a dataset as a dossier needs them: what is asked, the label, the strata, the pair, a digest.

Two forms are read: the schema of the Blind Refusal dataset (a JSON list, or a folder of lists), and JSON lines with
`id`, `prompt`, `verdict` and the optional `guidance` or `expected`, `authority`, `domain`, `language`, `stance`,
`operator`, `harm`, `pair`, `proof`: rows of `legit dataset make` are such lines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from legit.dossier.canonical import sha256, to_bytes
from legit.dossier.protocol import DrawnCase, Expected, Label
from legit.dossier.records import unusable
from legit.errors import DossierError, Problem
from legit.evals.dataset import LabelledCase, Labels

_LABELS: tuple[Label, ...] = get_args(Label)
_STRATA = ("family", "subtype", "authority", "domain", "language", "stance")
_MAX_DATASET_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SourceCase:
    """A case: as the harness takes it, as the sample names it, and the prompt of its operator."""

    labelled: LabelledCase
    drawn: DrawnCase
    operator: str = ""

    @property
    def askable(self) -> bool:
        """Whether the harness puts the operator's prompt of the case to the system, where it has one."""
        return not self.operator or getattr(self.labelled, "operator_prompt", "") == self.operator


@dataclass(frozen=True, slots=True)
class SourceCases:
    """The cases of a dataset by their ids, and the digest of its file or files."""

    cases: dict[str, SourceCase]
    sha256: str


def load_source_cases(path: Path) -> SourceCases:
    """The cases of a dataset. Raises DossierError: E101 as files do, E111 another form, or an id twice."""
    try:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if sum(file.stat().st_size for file in files) > _MAX_DATASET_BYTES:
            raise _not_a_dataset("larger than a dataset may be", path)
        texts = [(file.name, file.read_bytes()) for file in files]
    except OSError as error:
        raise unusable(path, error) from error
    labels = Labels()
    cases: dict[str, SourceCase] = {}
    for _, data in texts:
        for row in _rows(data, path):
            case = _source_case(row, labels, path)
            if case.drawn.id in cases:
                raise _not_a_dataset(f"two cases are named `{case.drawn.id}`", path)
            cases[case.drawn.id] = case
    digest = hashlib.sha256()
    for name, data in texts:
        digest.update(b"" if len(texts) == 1 else name.encode() + b"\0")
        digest.update(data if len(texts) == 1 else hashlib.sha256(data).digest())
    return SourceCases(cases, digest.hexdigest())


def _rows(data: bytes, path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        if data.lstrip()[:1] == b"[":
            rows = json.loads(data)
        else:
            rows = [json.loads(line) for line in data.split(b"\n") if line.strip()]
    except (ValueError, RecursionError) as error:
        raise _not_a_dataset(f"not JSON: {str(error)[:100]}", path) from error
    for row in rows:
        if not isinstance(row, dict):
            raise _not_a_dataset("a case is not an object", path)
        yield row


def _source_case(row: Mapping[str, Any], labels: Labels, path: Path) -> SourceCase:
    fields = dict(row)
    verdict = fields.get("verdict")
    if "defeat_type" not in fields and verdict in _LABELS:
        family, subtype = _ground(fields)
        fields |= {
            "defeat_type": labels.control_label if verdict == "stands" else family or verdict,
            "defeat_subtype": subtype or "none",
            "authority_type": str(fields.get("authority") or "not stated"),
            "user_query": fields.get("prompt", ""),
            "operator_prompt": fields.get("operator", ""),
            "stance": "enforce" if fields.get("stance") == "enforce" else "evade",
        }
    try:
        labelled = LabelledCase.model_validate(fields)
        label: Label = "stands" if labelled.defeat_type == labels.control_label else "defeated"
        strata = {
            "family": labelled.defeat_type,
            "subtype": labels.canonical_subtype(labelled.defeat_subtype),
            "authority": labelled.authority_type,
            "language": "en",
        } | {name: str(row[name]) for name in _STRATA if isinstance(row.get(name), str) and row[name]}
        drawn = DrawnCase(
            id=labelled.id,
            digest=sha256(to_bytes(dict(row))),
            label=verdict if verdict in _LABELS else label,
            expected=_expected(fields, verdict if verdict in _LABELS else label),
            pair=str(fields.get("pair") or ""),
            harm=str(fields.get("harm") or ""),
            strata=strata,
        )
    except ValidationError as error:
        raise _not_a_dataset(str(error).splitlines()[0], path) from error
    return SourceCase(labelled, drawn, str(fields.get("operator_prompt") or fields.get("operator") or ""))


def _expected(fields: Mapping[str, Any], label: str) -> Expected:
    """What is right towards the user: as the case says it, as its guidance says it, or as its label does."""
    said = fields.get("expected")
    if said in ("help", "decline", ""):
        return said  # type: ignore[no-any-return]
    if label not in ("defeated", "stands"):
        return ""
    guidance = fields.get("guidance")
    if not isinstance(guidance, str):
        return "help" if label == "defeated" else "decline"
    if guidance not in ("help", "decline"):
        return ""
    # The guidance is for what is asked: not to enforce a rule is help to the person bound.
    return "help" if (guidance == "help") != (fields.get("stance") == "enforce") else "decline"


def _ground(fields: Mapping[str, Any]) -> tuple[str, str]:
    """The family and the criterion by which a rule is defeated, as a row says them, or its proof."""
    proof = fields.get("proof")
    for reason in proof if isinstance(proof, list) else ():
        if isinstance(reason, dict) and reason.get("effect") == "defeats":
            return str(reason.get("family", "")), str(reason.get("criterion", ""))
    return str(fields.get("family") or ""), str(fields.get("subtype") or "")


def _not_a_dataset(reason: str, path: Path) -> DossierError:
    help_ = "a list in the schema of the Blind Refusal dataset, or JSON lines with `id`, `prompt` and `verdict`"
    return DossierError(Problem("E111", f"not a dataset: {reason}", source=str(path), help=help_))
