"""Writes the decisions of a batch: Parquet, Arrow, JSON lines, CSV or a DuckDB table.

A result is written beside its place and moved there when it is complete, so that no reader sees half of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit._util.safe_csv import write_table
from legit.errors import BatchError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "decisions"
"""The name of the table in a DuckDB file."""


def write_result(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write record batches to a file; the suffix tells the format.

    Raises BatchError: B103 for a format that is not known, B105 when the file cannot be written.
    """
    write = result_writer(path)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        write(unfinished, schema, batches)
        unfinished.replace(path)
    except OSError as error:
        raise BatchError(Problem("B105", f"cannot be written: {error}", source=str(path))) from error


def result_writer(path: Path) -> Callable[[Path, pa.Schema, Iterable[pa.RecordBatch]], None]:
    """The writer for the format of a file. Raises BatchError (B103) for a format that is not known."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(sorted(_WRITERS))
        raise BatchError(
            Problem("B103", f"`{path.name}` has no known format", source=str(path), help=f"known are: {known}")
        )
    return writer


def _parquet(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    parquet = import_optional("pyarrow.parquet", "batch", "writing Parquet")
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _arrow(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    pa = import_optional("pyarrow", "batch", "writing Arrow")
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _json_lines(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for batch in batches:
            file.writelines(f"{encode(row)}\n" for row in batch.to_pylist())


def _csv(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    rows = ({name: _cell(value) for name, value in row.items()} for batch in batches for row in batch.to_pylist())
    with path.open("w", encoding="utf-8", newline="") as file:
        write_table(schema.names, rows, file)


def _cell(value: Any) -> str:
    """A value as the text of a cell: the findings as `effect: criterion`, other structures as JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and value and all(isinstance(item, dict) and len(item) == 2 for item in value):
        return "; ".join(f"{item['effect']}: {item['criterion']}" for item in value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str) if value else ""
    return str(value)


def _duckdb(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    pa = import_optional("pyarrow", "batch", "writing DuckDB")
    duckdb = import_optional("duckdb", "duckdb", "writing DuckDB")
    with duckdb.connect(str(path)) as connection:
        reader = pa.RecordBatchReader.from_batches(schema, _each(batches))
        connection.register("result", reader)
        connection.execute(f"create table {TABLE} as select * from result")


def _each(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from batches


_WRITERS: dict[str, Callable[[Path, Any, Iterable[Any]], None]] = {
    ".arrow": _arrow,
    ".csv": _csv,
    ".duckdb": _duckdb,
    ".feather": _arrow,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}

RESULT_FORMATS = tuple(sorted(_WRITERS))
"""The suffixes of the files that can be written."""
