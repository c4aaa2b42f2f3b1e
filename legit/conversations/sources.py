"""Files and folders as records, each with its place: JSON lines, JSON, CSV, Parquet, logs of Inspect."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO, cast

from legit._util.optional import import_optional, is_installed
from legit.errors import ConversationError, Problem

_CONTAINERS = ("data", "runs", "traces", "conversations", "samples", "items", "results", "observations", "rows")
"""Fields in which an export holds its records."""
_SUFFIXES = {".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".eval", ".gz"}


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a file: `data` is an object of JSON, `line` counts from 1 (for a table, the row)."""

    data: dict[str, Any]
    source: str
    line: int


def records_of(path: str | Path) -> Iterator[Record | Problem]:
    """The records of a file, of the files of a folder, or of standard input (`-`). What cannot be read is a Problem
    (V001, V004) in its place.

    Raises ConversationError (V001) when there is no such file, and MissingExtraError when a format needs an extra.
    """
    if str(path) == "-":
        yield from _of_lines(sys.stdin, "standard input")
        return
    place = Path(path)
    if place.is_dir():
        files = sorted(item for item in place.rglob("*") if item.is_file() and item.suffix.lower() in _SUFFIXES)
        if not files:
            raise ConversationError(
                Problem(
                    "V001",
                    "no transcripts in this folder",
                    source=str(path),
                    help=f"files that are read: {', '.join(sorted(_SUFFIXES))}",
                )
            )
    elif place.is_file():
        files = [place]
    else:
        raise ConversationError(Problem("V001", "no such file", source=str(path)))
    for file in files:
        yield from _of_file(file)


def _of_file(file: Path) -> Iterator[Record | Problem]:
    suffix = file.suffix.lower()
    name = str(file)
    try:
        if suffix == ".parquet":
            yield from _of_parquet(file)
        elif suffix == ".eval" or (suffix != ".gz" and zipfile.is_zipfile(file)):
            yield from _of_inspect(file)
        else:
            with _opened(file) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as stream:
                inner = Path(file.stem).suffix.lower() if suffix == ".gz" else suffix
                if inner in (".csv", ".tsv"):
                    yield from _of_table(stream, name, "\t" if inner == ".tsv" else ",")
                elif inner == ".json":
                    yield from _of_json(stream, name)
                else:
                    yield from _of_lines(stream, name)
    except UnicodeDecodeError as error:
        yield Problem("V001", f"not UTF-8: {error.reason} at byte {error.start}", source=name)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        yield Problem("V001", f"cannot be read: {error}", source=name)


def _opened(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file)) if file.suffix.lower() == ".gz" else file.open("rb")


def _of_lines(stream: TextIO, name: str) -> Iterator[Record | Problem]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == 1 and line.lstrip()[:1] in "{[":
                rest = stream.read()  # one JSON value over several lines
                yield from _of_value(line + rest, name)
                return
            yield Problem("V004", f"no JSON: {_short(error)}", number, getattr(error, "colno", 1), name)
            continue
        yield from _located(data, name, number)


def _of_json(stream: TextIO, name: str) -> Iterator[Record | Problem]:
    yield from _of_value(stream.read(), name)


def _of_value(text: str, name: str) -> Iterator[Record | Problem]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if getattr(error, "msg", "") == "Extra data":
            yield from _of_values(text, name)
            return
        yield Problem(
            "V004", f"no JSON: {_short(error)}", getattr(error, "lineno", 1), getattr(error, "colno", 1), name
        )
        return
    yield from _located(data, name, 1)


def _of_values(text: str, name: str) -> Iterator[Record | Problem]:
    """JSON values one after the other, each over several lines, as OpenTelemetry prints them on a console."""
    decoder = json.JSONDecoder()
    at = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text):
            return
        try:
            data, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", at)) + 1
            yield Problem("V004", f"no JSON: {_short(error)}", line, 1, name)
            return
        yield from _located(data, name, text.count("\n", 0, at) + 1)
        at = end


def _located(data: Any, name: str, line: int) -> Iterator[Record | Problem]:
    """The records of a JSON value: itself, those of a list, or those of the field in which an export holds them."""
    if isinstance(data, dict):
        for field in _CONTAINERS:
            inner = data.get(field)
            known = {"role", "messages", "from", "traceId", "run_type", "input"}
            if (
                isinstance(inner, list)
                and inner
                and all(isinstance(item, dict) for item in inner)
                and not known & set(data)
            ):
                if field == "conversations" and "from" in inner[0]:
                    break  # the messages of one conversation
                header = {key: data[key] for key in ("eval",) if key in data}
                yield from (Record({**item, **header}, name, line) for item in inner)
                return
        yield Record(data, name, line)
    elif isinstance(data, list) and data and all(isinstance(item, dict) for item in data):
        if all("role" in item and ("content" in item or "parts" in item) for item in data):
            yield Record({"messages": data}, name, line)  # a list of messages is a conversation
        else:
            yield from (Record(item, name, at if line == 1 else line) for at, item in enumerate(data, start=1))
    else:
        yield Problem("V004", f"a record is an object with fields, not `{type(data).__name__}`", line, 1, name)


def _of_table(stream: TextIO, name: str, delimiter: str) -> Iterator[Record | Problem]:
    with suppress(OverflowError):
        csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(stream, delimiter=delimiter, strict=False)
    try:
        for row in reader:
            data = {str(key).strip(): value for key, value in row.items() if key is not None}
            if None in row or any(value is None for value in data.values()):
                yield Problem("V004", "the row has another number of fields than the heading", reader.line_num, 1, name)
            else:
                yield Record(data, name, reader.line_num)
    except csv.Error as error:
        yield Problem("V004", f"no CSV: {error}", reader.line_num, 1, name)


def _of_parquet(file: Path) -> Iterator[Record | Problem]:
    import_optional("pyarrow", "parquet", "Parquet")
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    at = 0
    try:
        for batch in ParquetFile(file).iter_batches(batch_size=256):
            for row in batch.to_pylist():
                at += 1
                yield Record(row, str(file), at)
    except ArrowException as error:
        yield Problem("V001", f"cannot be read: {error}", source=str(file))


def _of_inspect(file: Path) -> Iterator[Record | Problem]:
    """The samples of a log of Inspect: by Inspect itself where it is installed, since it compresses in a way that
    Python reads from 3.14 on only."""
    if is_installed("inspect_ai"):
        from inspect_ai.log import read_eval_log, read_eval_log_samples

        try:
            header = read_eval_log(str(file), header_only=True)
            listed = header.eval.dataset.sample_ids is not None
            samples = (
                read_eval_log_samples(str(file), all_samples_required=False, resolve_attachments=True)
                if listed
                else read_eval_log(str(file), resolve_attachments=True).samples or []
            )
            for at, sample in enumerate(samples, start=1):
                data = sample.model_dump(mode="json", exclude={"events", "store", "attachments", "timelines"})
                yield Record({**data, "model": header.eval.model, "task": header.eval.task}, str(file), at)
        except (ValueError, RuntimeError, KeyError) as error:
            yield Problem("V001", f"cannot be read: {error}", source=str(file))
        return
    with zipfile.ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("samples/") and name.endswith(".json"))
        for at, name in enumerate(names, start=1):
            try:
                data = json.loads(archive.read(name))
            except NotImplementedError:
                import_optional("inspect_ai", "inspect", "a log of Inspect")
                return
            except (ValueError, RecursionError, RuntimeError) as error:
                yield Problem("V004", f"`{name}` is no JSON: {_short(error)}", at, 1, str(file))
                continue
            yield from _located(data, str(file), at)


def _short(error: Exception) -> str:
    return getattr(error, "msg", "") or type(error).__name__
