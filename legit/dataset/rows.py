"""The row of the dataset, and how rows are written and read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from legit._util.databases import refuse_database
from legit._util.json_lines import numbered_lines
from legit._util.optional import import_optional
from legit.errors import DatasetError, Problem

CANARY = "legit-dataset canary 6f0c9d52-3b1e-4a77-9c58-e1d2a7b40f36"
"""Stands in every row. A model that can complete it has seen the dataset; filters of training data look for it."""


class Reason(BaseModel):
    """A criterion that applies in a case, with its effect, the facts that it rests on, and those against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    criterion: str
    family: str
    effect: str
    because: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


class DatasetRow(BaseModel):
    """One prompt with its case and its proof. `docs/dataset.md` explains the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    pair: str = ""
    split: str
    language: str
    domain: str
    situation: str
    authority: str
    stance: str
    voice: str
    operator: str = ""
    prompt: str
    differs: str = ""
    case: str
    verdict: str
    scope: str = ""
    consequence: str = ""
    proof: tuple[Reason, ...] = ()
    undercut: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    harm: str
    harms: tuple[str, ...] = ()
    guidance: str
    question_group: str = ""
    patterns: tuple[str, ...] = ()
    base: str
    canary: str = CANARY

    def criteria(self, effect: str = "defeats") -> tuple[str, ...]:
        """The criteria with an effect."""
        return tuple(item.criterion for item in self.proof if item.effect == effect)


def write_rows(rows: Iterable[DatasetRow], path: Path) -> None:
    """Write rows as JSON lines, or as Parquet where the name ends so.

    Raises MissingExtraError (X001) when Parquet is asked for and pyarrow is not installed, and DecisionLogError (R120)
    when the file is a database.
    """
    refuse_database(path)
    if path.suffix == ".parquet":
        pyarrow = import_optional("pyarrow", "parquet", "writing Parquet")
        parquet = import_optional("pyarrow.parquet", "parquet", "writing Parquet")
        parquet.write_table(pyarrow.Table.from_pylist([row.model_dump(mode="json") for row in rows]), path)
        return
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")) + "\n")


def read_rows(path: Path) -> list[DatasetRow]:
    """The rows of a file of JSON lines or of Parquet.

    Raises DatasetError (D001 unreadable, D025 no row of the dataset).
    """
    try:
        data = list(_read(path))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(Problem("D001", f"cannot be read: {error}", source=str(path))) from error
    rows = []
    for number, item in enumerate(data, 1):
        try:
            rows.append(DatasetRow.model_validate(item))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            problem = Problem(
                "D025", f"not a row of the dataset: {where}: {first['msg']}", line=number, source=str(path)
            )
            raise DatasetError(problem) from error
    if not rows:
        raise DatasetError(Problem("D025", "the file holds no row", source=str(path)))
    return rows


def _read(path: Path) -> Iterator[Any]:
    if path.suffix == ".parquet":
        yield from import_optional("pyarrow.parquet", "parquet", "reading Parquet").read_table(path).to_pylist()
        return
    for _, line in numbered_lines(path.read_text(encoding="utf-8")):
        yield json.loads(line)
