"""JSON Schemas of the published models, generated from the models themselves.

    python -m legit.model.schemas [FOLDER]

writes one file for each model, `docs/schemas` by default. Each schema has an `$id` and the version of its model.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from legit.model.assessment import Assessment, Decision
from legit.model.explanation import Difference, Explanation, WhyNot
from legit.model.facts import Case

SCHEMA_VERSION = "1"
"""The version of all schemas. It changes when a program that reads the JSON of an older version could fail."""

PUBLISHED_MODELS: dict[str, type[BaseModel]] = {
    "assessment": Assessment,
    "case": Case,
    "decision": Decision,
    "difference": Difference,
    "explanation": Explanation,
    "why_not": WhyNot,
}
"""The models with a published schema, by the name of its file."""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the JSON that a published model is written as. Raises KeyError for no model.

    A `Case` is read as well as written, so its schema is that of its input: fields with a default may be left out.
    """
    model = PUBLISHED_MODELS[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:legit:schema:{name}:{SCHEMA_VERSION}",
        "version": SCHEMA_VERSION,
        **model.model_json_schema(mode="validation" if model is Case else "serialization"),
    }


def schema_text(name: str) -> str:
    """The schema of a published model as the text of its file."""
    return json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write the schema of every published model into a folder, which is made where it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in PUBLISHED_MODELS:
        path = folder / f"{name}.schema.json"
        path.write_text(schema_text(name), encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schemas")):
        print(written)
