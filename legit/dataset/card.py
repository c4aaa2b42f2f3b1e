"""The data card, the metadata in Croissant 1.0, and the licence that stand beside the rows.

MLCommons Croissant format specification 1.0, 2024; Gebru et al. (2021), Datasheets for datasets, CACM 64(12).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from legit._util.databases import refuse_database
from legit._version import __version__
from legit.dataset.make import DatasetOptions
from legit.dataset.rows import CANARY, DatasetRow
from legit.messages import message

LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TEXT_FIELDS = tuple(name for name, field in DatasetRow.model_fields.items() if field.annotation is str)
_TABLES = ("verdict", "stance", "domain", "authority", "scope", "harm", "guidance", "split")


def card_files(path: Path) -> tuple[Path, Path]:
    """The card (`NAME.md`) and the metadata (`NAME.croissant.json`) beside the file of the rows."""
    return path.with_suffix(".md"), path.with_suffix(".croissant.json")


def write_card(rows: Sequence[DatasetRow], options: DatasetOptions, path: Path) -> list[Path]:
    """Write the card and the metadata and return their paths. `path` has the rows.

    Raises DecisionLogError (R120) when one of them is a database.
    """
    card, metadata = card_files(path)
    refuse_database(card, metadata)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card.write_text(card_text(rows, options, path.name, digest), encoding="utf-8", newline="\n")
    data = json.dumps(croissant(rows, options, path, digest), indent=2, ensure_ascii=False)
    metadata.write_text(data + "\n", encoding="utf-8", newline="\n")
    return [card, metadata]


def card_text(rows: Sequence[DatasetRow], options: DatasetOptions, name: str, digest: str) -> str:
    """The data card in Markdown."""
    lines = [
        "---", "license: apache-2.0", f"language: [{options.language}]", "---", "",
        f"# {message('dataset.card_title')}", "", message("dataset.card_description"), "",
        _withheld(options), "",
        "| | |", "|---|---|",
        f"| rows | {len(rows)} |", f"| seed | `{options.seed}` |", f"| file | `{name}` |", f"| SHA-256 | `{digest}` |",
        f"| made by | legit {__version__} |", f"| knowledge base | `{rows[0].base}` |", f"| canary | `{CANARY}` |",
        f"| licence | [Apache-2.0]({LICENCE}) |",
    ]  # fmt: skip
    for field in _TABLES:
        counts = Counter(str(getattr(row, field)) for row in rows)
        lines += ["", f"| {field} | rows |", "|---|---|"]
        lines += [f"| {key or '-'} | {count} |" for key, count in sorted(counts.items())]
    return "\n".join(lines) + "\n"


def _withheld(options: DatasetOptions) -> str:
    if not options.withheld_seed:
        return message("dataset.card_open")
    return message("dataset.card_withheld", digest=hashlib.sha256(options.withheld_seed.encode()).hexdigest())


def croissant(rows: Sequence[DatasetRow], options: DatasetOptions, path: Path, digest: str) -> dict[str, Any]:
    """The metadata in Croissant 1.0."""
    parquet = path.suffix == ".parquet"
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": path.stem,
        "description": f"{message('dataset.card_description')} {_withheld(options)}",
        "license": LICENCE,
        "url": "https://legit-rules.example/docs/dataset.html",
        "version": __version__,
        "datePublished": "2026-01-01",
        "creator": {"@type": "sc:Organization", "name": "legit"},
        "citeAs": f"legit {__version__}, dataset of seed {options.seed}, {len(rows)} rows, SHA-256 {digest}",
        "isLiveDataset": False,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "rows",
                "name": "rows",
                "contentUrl": path.name,
                "encodingFormat": "application/x-parquet" if parquet else "application/jsonlines",
                "sha256": digest,
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "prompts",
                "name": "prompts",
                "field": [_field(name, parquet) for name in _TEXT_FIELDS],
            }
        ],
    }


def _field(name: str, parquet: bool) -> dict[str, Any]:
    extract = {"column": name} if parquet else {"jsonPath": name}
    return {
        "@type": "cr:Field",
        "@id": f"prompts/{name}",
        "name": name,
        "dataType": "sc:Text",
        "source": {"fileObject": {"@id": "rows"}, "extract": extract},
    }
