"""Reads the cases of a batch from files: JSON lines, CSV, Parquet, Arrow, a folder of sentences, standard input.

Each reader gives units of at most `ROWS_IN_UNIT` rows. The units of a file are the same each time it is read, so that a
batch that was stopped goes on where it was. A row that has no form of a case is a `MalformedRow`; it stops nothing.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from legit._util.optional import import_optional
from legit.errors import BatchError, LanguageError, Problem
from legit.judge import Judge
from legit.language.reader import Reader

if TYPE_CHECKING:
    import pyarrow as pa

STANDARD_INPUT = "-"

ROWS_IN_UNIT = 1 << 14
"""The most rows of a unit: a worker holds a unit as a whole, and is hardly slower with small ones."""

_ROWS_AS_OBJECTS = 1 << 13

FOLDER_COLUMNS = ("file", "case")
"""The columns of a folder of sentences: the path of the file and the name of the case."""


class Unit(NamedTuple):
    """Consecutive rows of an input: the number of the first one from 0, the rows, and those that are malformed.

    A malformed row stands in `rows` too, without sentences; `malformed` has its problems by its number in the unit.
    """

    first_row: int
    rows: pa.RecordBatch
    malformed: dict[int, Problem]

    def read(self) -> Unit:
        """The unit itself: its rows are read."""
        return self


class LinesUnit(NamedTuple):
    """Consecutive rows of JSON lines, which a worker reads: the number of the first row, and of its line from 1.

    They are `length` bytes of the file at `path` from `offset` on, or `data` where there is no file.
    """

    first_row: int
    first_line: int
    path: Path | None
    offset: int
    length: int
    data: bytes
    facts: str
    keep: tuple[str, ...]

    def read(self) -> Unit:
        """The unit with its rows. Raises BatchError (B104) when the file cannot be read any more."""
        data = self.data
        if self.path is not None:
            try:
                with self.path.open("rb") as file:
                    file.seek(self.offset)
                    data = file.read(self.length)
            except OSError as error:
                raise BatchError(Problem("B104", f"cannot be read: {error}", source=str(self.path))) from error
        rows = _json_rows(io.BytesIO(data), self.facts, self.keep, self.first_line)
        return _unit(self.first_row, rows, self.facts, self.keep)


class Source(NamedTuple):
    """An input of a batch: its units, and the number of its rows where that is known before it is read."""

    units: Iterator[Unit | LinesUnit]
    row_count: int | None


def open_source(path: str, facts: str, keep: tuple[str, ...], judge: Judge) -> Source:
    """The rows of an input; the suffix tells its format, and `-` is JSON lines on standard input.

    Raises BatchError: B103 for a format that is not known, B104 for a file that cannot be read as what it is named, and
    B101 when it has no column of sentences.
    """
    if path == STANDARD_INPUT:
        return Source(_line_units(sys.stdin.buffer, None, facts, keep), None)
    place = Path(path)
    if place.is_dir():
        return Source(_units(_folder_rows(place, facts, judge.reader), facts, keep), None)
    reader = _READERS.get(place.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise BatchError(
            Problem("B103", f"`{place.name}` has no known format", source=path, help=f"known are: {known}")
        )
    try:
        return reader(place, facts, keep)
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, BatchError):
            raise
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        help_ = "save it in UTF-8" if isinstance(error, UnicodeError) else ""
        raise BatchError(Problem("B104", f"cannot be read: {reason}", source=path, help=help_)) from error


Row = tuple[dict[str, Any], Problem | None]
"""The values of a row by column, and the problem of one that is malformed."""


def _units(rows: Iterable[Row], facts: str, keep: tuple[str, ...]) -> Iterator[Unit]:
    """Rows, gathered in units."""
    rest = iter(rows)
    for number in itertools.count(0, ROWS_IN_UNIT):
        unit = _unit(number, itertools.islice(rest, ROWS_IN_UNIT), facts, keep)
        if not unit.rows.num_rows:
            return
        yield unit


def _unit(first_row: int, rows: Iterable[Row], facts: str, keep: tuple[str, ...]) -> Unit:
    """A unit of rows. Few rows at a time are held as Python objects."""
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    schema = pa.schema([(facts, pa.list_(pa.string())), *((name, pa.string()) for name in keep if name != facts)])
    rest, batches, malformed, count = iter(rows), [], dict[int, Problem](), 0
    while group := list(itertools.islice(rest, _ROWS_AS_OBJECTS)):
        arrays = [pa.array([values.get(facts) for values, _ in group], schema.field(0).type)]
        for name in schema.names[1:]:
            arrays.append(pa.array([_as_text(values.get(name)) for values, _ in group], pa.string()))
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        malformed.update((count + place, problem) for place, (_, problem) in enumerate(group) if problem)
        count += len(group)
    whole = pa.Table.from_batches(batches, schema).combine_chunks().to_batches()
    return Unit(first_row, whole[0] if whole else pa.RecordBatch.from_pylist([], schema), malformed)


def _line_units(lines: BinaryIO, path: Path | None, facts: str, keep: tuple[str, ...]) -> Iterator[LinesUnit]:
    """The units of JSON lines: blank lines are no rows. What stands in a line is left to the worker."""
    number, line_number, offset = 0, 1, 0
    data: list[bytes] = []
    rows = length = count = 0
    for line in lines:
        if path is None:
            data.append(line)
        length += len(line)
        count += 1
        rows += not line.isspace()
        if rows == ROWS_IN_UNIT:
            yield LinesUnit(number, line_number, path, offset, length, b"".join(data), facts, keep)
            number, line_number, offset = number + rows, line_number + count, offset + length
            data, rows, length, count = [], 0, 0, 0
    if rows:
        yield LinesUnit(number, line_number, path, offset, length, b"".join(data), facts, keep)


def _as_text(value: Any) -> str | None:
    """A kept value as text; one with half a character, which no text holds, as JSON writes it."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if _is_text([text]) else json.dumps(value, sort_keys=True)


def _sentences(value: Any) -> list[str] | None:
    """The sentences of a cell: a list of texts, or one text with a sentence a line; None for anything else."""
    if isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]
    if isinstance(value, list) and set(map(type, value)) <= {str}:
        return value
    return None


def _is_text(sentences: list[str]) -> bool:
    """Whether no sentence has half a character, which JSON can write and no text holds."""
    try:
        "".join(sentences).encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_rows(lines: BinaryIO, facts: str, keep: tuple[str, ...], first_line: int) -> Iterator[Row]:
    """The rows of JSON lines: an object a line."""
    decode = json.JSONDecoder().decode
    for number, line in enumerate(lines, start=first_line):
        if not line.strip():
            continue
        try:
            values = decode(line.decode("utf-8", "surrogatepass").removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:
            yield {}, Problem("B106", f"this line is no JSON: {error}", number, 1)
            continue
        sentences = _sentences(values.get(facts)) if isinstance(values, dict) else None
        if sentences is None or not _is_text(sentences):
            help_ = f'write {{"{facts}": ["…", "…"]}}, or a text with one sentence a line'
            yield {}, Problem("B107", f"this line has no sentences in `{facts}`", number, 1, help=help_)
            continue
        yield {**{name: values.get(name) for name in keep}, facts: sentences}, None


def _json_lines(path: Path, facts: str, keep: tuple[str, ...]) -> Source:
    def units() -> Iterator[LinesUnit]:
        with path.open("rb") as file:
            yield from _line_units(file, path.absolute(), facts, keep)

    path.open("rb").close()
    return Source(units(), None)


def _csv(path: Path, facts: str, keep: tuple[str, ...]) -> Source:
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = next(csv.reader(file), [])
    for name in (facts, *keep):
        if names.count(name) != 1:
            there = ", ".join(names)
            raise BatchError(
                Problem("B101", f"there is no one column `{name}`", source=str(path), help=f"the columns are: {there}")
            )

    def rows() -> Iterator[Row]:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(names):
                    message = f"{len(cells)} cells where the heading has {len(names)}"
                    yield {}, Problem("B107", message, reader.line_num, 1)
                    continue
                values = dict(zip(names, cells, strict=True))
                if any("\udc80" <= letter <= "\udcff" for letter in values[facts]):
                    yield {}, Problem("B107", f"`{facts}` is not UTF-8", reader.line_num, 1)
                    continue
                yield {**values, facts: _sentences(values[facts])}, None

    return Source(_units(rows(), facts, keep), None)


def _folder_rows(folder: Path, facts: str, reader: Reader) -> Iterator[Row]:
    """The cases of the `.legit` files of a folder, in the order of their paths; `file` and `case` name each."""
    for path in sorted(folder.rglob("*.legit")):
        name = path.relative_to(folder).as_posix()
        try:
            cases = list(reader.sentences_by_case(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            yield {"file": name}, Problem("B104", f"cannot be read: {error}", source=name)
            continue
        except LanguageError as error:
            yield {"file": name}, dataclasses.replace(error.problems[0], source=name)
            continue
        if not cases:
            yield {"file": name}, Problem("L005", "no sentence where a case is expected", source=name)
        for heading, sentences in cases:
            yield {"file": name, "case": heading, facts: list(sentences)}, None


def _parquet(path: Path, facts: str, keep: tuple[str, ...]) -> Source:
    parquet = import_optional("pyarrow.parquet", "batch", "reading Parquet")
    file = parquet.ParquetFile(path)
    _check_columns(file.schema_arrow, path, facts, keep)
    leaves = [file.metadata.schema.column(number).path for number in range(file.metadata.num_columns)]
    words = [leaf for leaf in leaves if leaf == facts or leaf.startswith(f"{facts}.")]
    # What is read ahead of all row groups would be held until the last one is read.
    file = parquet.ParquetFile(path, read_dictionary=words, pre_buffer=False)
    batches = file.iter_batches(batch_size=ROWS_IN_UNIT, columns=[facts, *keep])
    return Source(_numbered(batches), file.metadata.num_rows)


def _arrow(path: Path, facts: str, keep: tuple[str, ...]) -> Source:
    pa = import_optional("pyarrow", "batch", "reading Arrow")
    mapped = pa.memory_map(str(path))
    try:
        file = pa.ipc.open_file(mapped)
    except pa.ArrowInvalid:
        stream = pa.ipc.open_stream(pa.memory_map(str(path)))
        _check_columns(stream.schema, path, facts, keep)
        return Source(_numbered(batch.select([facts, *keep]) for batch in stream), None)
    _check_columns(file.schema, path, facts, keep)
    batches = (file.get_batch(number).select([facts, *keep]) for number in range(file.num_record_batches))
    return Source(_numbered(batches), None)


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[Unit]:
    row = 0
    for batch in batches:
        for first in range(0, batch.num_rows, ROWS_IN_UNIT):
            part = batch.slice(first, ROWS_IN_UNIT)
            yield Unit(row, part, {})
            row += part.num_rows


def _check_columns(schema: pa.Schema, path: Path, facts: str, keep: tuple[str, ...]) -> None:
    for name in (facts, *keep):
        if schema.names.count(name) != 1:
            there = ", ".join(schema.names)
            raise BatchError(
                Problem("B101", f"there is no one column `{name}`", source=str(path), help=f"the columns are: {there}")
            )


_READERS: dict[str, Callable[[Path, str, tuple[str, ...]], Source]] = {
    ".arrow": _arrow,
    ".csv": _csv,
    ".feather": _arrow,
    ".ipc": _arrow,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}

SOURCE_FORMATS = tuple(sorted(_READERS))
"""The suffixes of the files that can be read."""
