"""A log in other forms: its records line by line, which can be verified as well, and its decisions as a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from legit._util.safe_csv import write_table
from legit.decision_log import merkle
from legit.decision_log.checkpoint import TreeHead
from legit.decision_log.entries import Opened, OtherSchemaError, canonical, from_bytes
from legit.decision_log.filters import Found, basis, deciding, needed_speakers, speakers
from legit.decision_log.reader import LogReader, other_schema
from legit.decision_log.verify import Verification, misfits
from legit.errors import Problem, RecordError

_LONGEST_LINE = 100_000_000
_BATCH = 10_000


def lines(log: LogReader) -> Iterator[bytes]:
    """The bytes of every record, each with a line break: line 1 is record 0. No quoted text is among them."""
    for _, body in log.bodies():
        yield body + b"\n"


def verify_lines(path: Path, heads: Sequence[TreeHead]) -> Verification:
    """Verify records that were exported as lines. No tree is stored with them: only heads show anything about them, and
    only about the records that a head counts."""
    found = Verification()
    frontier, name, roots = merkle.Frontier(), "", {0: merkle.EMPTY}
    sizes, kinds = {head.size for head in heads}, found.counts
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                record = None
                try:
                    record = from_bytes(line.removesuffix(b"\n"))
                except OtherSchemaError as error:  # its hash can still be held against a head
                    kinds["of another schema"] = kinds.get("of another schema", 0) + 1
                    name = name or error.log
                    if kinds["of another schema"] == 1:
                        found.problems.append(other_schema(frontier.size, error, path))
                except ValueError as error:
                    found.problems.append(_problem(path, "R206", f"record {frontier.size} cannot be read: {error}"))
                    return found
                if not line.endswith(b"\n"):
                    found.problems.append(_problem(path, "R206", "the last line has no end"))
                if isinstance(record, Opened):
                    name = name or record.log
                if record is not None:
                    kinds[record.kind] = kinds.get(record.kind, 0) + 1
                frontier.append(merkle.leaf_hash(line.removesuffix(b"\n")))
                if frontier.size in sizes:
                    roots[frontier.size] = frontier.root()
    except OSError as error:
        found.problems.append(_problem(path, "R101", f"it cannot be read: {(error.strerror or str(error)).lower()}"))
        return found
    found.head = TreeHead(name, frontier.size, frontier.root())
    found.problems += [_problem(path, "R209", message) for message in misfits(heads, found.head, roots)]
    found.shown = min(max(sizes, default=0), frontier.size)
    if found.shown < frontier.size:
        which = f"of record {found.shown} and all after it" if found.shown else "of these lines"
        found.remarks.append(f"nothing was checked {which} but their form: no tree head that was given counts them")
    return found


def row(found: Found) -> dict[str, str | int]:
    """A decision as a row of a table; several values in one field are separated by spaces."""
    record, answer = found.record, found.record.answer
    return {
        "number": found.number,
        "time": record.time,
        "verdict": answer.verdict.value,
        "guidance": answer.action,
        "asked_to": answer.stance,
        "harm": answer.harm,
        "decided_by": " ".join(item.criterion for item in basis(record)),
        "families": " ".join(sorted({item.family for item in deciding(record)})),
        "rights": " ".join(answer.rights),
        "only_on": answer.alone,
        "rests_on": " ".join(sorted(needed_speakers(record))),
        "may_rest_on": " ".join(sorted(speakers(record))),
        "open_questions": sum(item.decisive for item in answer.questions),
        "not_decided": answer.reason,
        "overridden_to": found.override.action if found.override else "",
        "base_version": record.origin.base_version,
        "base_digest": record.origin.base_digest,
        "profile": record.origin.profile,
        "profile_version": record.origin.profile_version,
        "engine": record.origin.engine,
        "caller": canonical(record.caller),
    }


COLUMNS = (
    "number", "time", "verdict", "guidance", "asked_to", "harm", "decided_by", "families", "rights", "only_on",
    "rests_on", "may_rest_on", "open_questions", "not_decided", "overridden_to", "base_version", "base_digest",
    "profile", "profile_version", "engine", "caller",
)  # fmt: skip
_NUMBERS = {"number", "open_questions"}


def write_csv(found: Iterable[Found], file: IO[str]) -> None:
    """Write decisions as CSV with a header."""
    write_table(COLUMNS, (row(item) for item in found), file)


def write_parquet(found: Iterable[Found], path: Path) -> None:
    """Write decisions as a Parquet file. Raises RecordError (R111) where `pyarrow` is not installed."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise RecordError(
            Problem("R111", "Parquet needs `pyarrow`", help="pip install 'legit-rules[parquet]', or export CSV")
        ) from error
    schema: Any = arrow.schema([(name, arrow.int64() if name in _NUMBERS else arrow.string()) for name in COLUMNS])
    rows = (row(item) for item in found)
    with parquet.ParquetWriter(path, schema) as writer:
        while batch := list(itertools.islice(rows, _BATCH)):
            writer.write_table(arrow.Table.from_pylist(batch, schema=schema))


def _problem(path: Path, code: str, message: str) -> Problem:
    return Problem(code, message, source=str(path))
