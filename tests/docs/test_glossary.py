"""The glossary: every term once, with a definition; the fields of the published JSON stand in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from legit.model.assessment import Assessment
from legit.model.explanation import Explanation, WhyNot
from legit.model.facts import Case
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| term |")
]
SCHEMAS = (Case, Assessment, Explanation, WhyNot)
ORDINARY = {
    "case", "column", "id", "kind", "line", "name", "reason", "reasons", "reference", "schema_version", "span",
    "summary", "text", "title",
}  # fmt: skip
"""Fields that are plain words, and mean what they mean everywhere."""


def _fields(schema: Any) -> Iterator[str]:
    """The names of the properties of a JSON schema, at any depth."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from properties
        for value in (*properties.values(), *(value for key, value in schema.items() if key != "properties")):
            yield from _fields(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _fields(item)


def test_every_term_stands_once() -> None:
    terms = Counter(term for row in ROWS for term in row[0].split(", "))
    assert [term for term, count in terms.items() if count > 1] == []


def test_every_term_has_a_definition() -> None:
    assert [row[0] for row in ROWS if len(row) != 4 or len(row[1]) < 10] == []


def test_every_path_in_the_glossary_exists() -> None:
    paths = re.findall(r"`(legit/[\w./]+)`", PAGE)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_fields_of_the_published_json_stand_in_the_glossary() -> None:
    fields = {name for model in SCHEMAS for name in _fields(TypeAdapter(model).json_schema())}
    explained = {name for row in ROWS for name in re.findall(r"`(\w+)`", row[2])}
    assert sorted(fields - explained - ORDINARY) == []
    assert sorted(ORDINARY - fields) == []
