"""A log in other forms: its entries line by line, which can be verified as well, and its decisions as a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from legit._util.safe_csv import write_table
from legit.decision_log import merkle
from legit.decision_log.checkpoint import Checkpoint, checkpoint_problems
from legit.decision_log.columns import COLUMNS, decision_row
from legit.decision_log.entries import LogOpened, UnsupportedSchemaError, from_bytes
from legit.decision_log.filters import Match
from legit.decision_log.reader import LogReader, unsupported_schema_problem
from legit.decision_log.verify import Verification
from legit.errors import DecisionLogError, Problem

_MAX_LINE_BYTES = 100_000_000
_BATCH_ROWS = 10_000


def export_lines(log: LogReader) -> Iterator[bytes]:
    """The bytes of every entry, each with a line break: line 1 is entry 0. No quoted text is among them."""
    for _, body in log.raw_entries():
        yield body + b"\n"


def verify_export(path: Path, checkpoints: Sequence[Checkpoint]) -> Verification:
    """Verify entries that were exported as lines.

    Exported lines have no tree. Only a checkpoint can prove anything about them, and only about the entries that the
    checkpoint covers.
    """
    found = Verification()
    frontier, name, roots = merkle.Frontier(), "", {0: merkle.EMPTY_ROOT}
    sizes, kinds = {head.size for head in checkpoints}, found.entry_counts
    try:
        with path.open("rb") as file:
            while line := file.readline(_MAX_LINE_BYTES):
                record = None
                try:
                    record = from_bytes(line.removesuffix(b"\n"))
                except UnsupportedSchemaError as error:  # its hash can still be compared with a checkpoint
                    kinds["of another schema"] = kinds.get("of another schema", 0) + 1
                    name = name or error.log_name
                    if kinds["of another schema"] == 1:
                        found.problems.append(unsupported_schema_problem(frontier.size, error, path))
                except ValueError as error:
                    found.problems.append(_problem(path, "R206", f"entry {frontier.size} cannot be read: {error}"))
                    return found
                if not line.endswith(b"\n"):
                    found.problems.append(_problem(path, "R206", "the last line has no end"))
                if isinstance(record, LogOpened):
                    name = name or record.log_name
                if record is not None:
                    kinds[record.kind] = kinds.get(record.kind, 0) + 1
                frontier.append(merkle.leaf_hash(line.removesuffix(b"\n")))
                if frontier.size in sizes:
                    roots[frontier.size] = frontier.root()
    except OSError as error:
        found.problems.append(_problem(path, "R101", f"it cannot be read: {(error.strerror or str(error)).lower()}"))
        return found
    found.checkpoint = Checkpoint(name, frontier.size, frontier.root())
    found.problems += [
        _problem(path, "R209", message) for message in checkpoint_problems(checkpoints, found.checkpoint, roots)
    ]
    found.verified_count = found.checkpointed_count = min(max(sizes, default=0), frontier.size)
    if found.verified_count < frontier.size:
        which = f"of entry {found.verified_count} and all after it" if found.verified_count else "of these lines"
        found.notes.append(f"nothing was checked {which} but their form: no checkpoint that was given counts them")
    return found


def write_csv(matches: Iterable[Match], file: IO[str]) -> None:
    """Write decisions as CSV with a header."""
    write_table([column.name for column in COLUMNS], map(decision_row, matches), file)


def write_parquet(matches: Iterable[Match], path: Path) -> None:
    """Write decisions as a Parquet file. Raises DecisionLogError (R111) when `pyarrow` is not installed."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise DecisionLogError(
            Problem("R111", "Parquet needs `pyarrow`", help="pip install 'legit-rules[parquet]', or export CSV")
        ) from error
    types = {int: arrow.int64(), str: arrow.string()}
    schema: Any = arrow.schema([(column.name, types[column.type]) for column in COLUMNS])
    rows = map(decision_row, matches)
    with parquet.ParquetWriter(path, schema) as writer:
        while batch := list(itertools.islice(rows, _BATCH_ROWS)):
            writer.write_table(arrow.Table.from_pylist(batch, schema=schema))


def _problem(path: Path, code: str, message: str) -> Problem:
    return Problem(code, message, source=str(path))
