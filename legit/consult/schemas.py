"""JSON Schemas of what a consultation gives, published beside those of the models.

    python -m legit.consult.schemas [FOLDER]

writes one file for each, `docs/schemas` by default.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from legit.consult.artifact import Artifact
from legit.consult.consultant import Consultation
from legit.model.schemas import SCHEMA_VERSION

PUBLISHED: dict[str, Any] = {"artifact": Artifact, "consultation": Consultation}
"""What has a published schema, by the name of its file."""


def schema_text(name: str) -> str:
    """The JSON Schema (draft 2020-12) of what is published under a name, as the text of its file. Raises KeyError."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:legit:schema:{name}:{SCHEMA_VERSION}",
        "version": SCHEMA_VERSION,
        **TypeAdapter(PUBLISHED[name]).json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.schema.json" for name in PUBLISHED]
    for name, path in zip(PUBLISHED, paths, strict=True):
        path.write_text(schema_text(name), encoding="utf-8")
    return paths


if __name__ == "__main__":
    for written in write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schemas")):
        print(written)
