"""The parts of one output in a folder beside it, until all are there and are joined."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit.batch.batch_judge import ROWS_AT_ONCE
from legit.batch.results import write_result
from legit.batch.sources import STANDARD_INPUT
from legit.errors import BatchError, Problem

try:
    import fcntl
except ImportError:  # Windows: two runs with one output are not told apart there
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import pyarrow as pa

_MANIFEST = "batch.json"


class Parts:
    """The parts of one output in a folder beside it."""

    def __init__(self, output: Path, manifest: dict[str, Any]) -> None:
        self.folder = output.with_name(f"{output.name}.parts")
        self._finished = output.with_name(f".{output.name}.parts.finished")
        self._manifest = manifest

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Open the parts, and keep other processes from them until the `with` ends.

        Raises BatchError: as `open`, and B108 when another process is making these parts. A folder in which nothing was
        made is removed when the `with` ends by an error.
        """
        self.open()
        with self._locked():
            try:
                yield
            except BaseException:
                if not any(self.folder.glob("[0-9]*.arrow")):
                    shutil.rmtree(self.folder, ignore_errors=True)
                raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        try:
            file = (self.folder / ".lock").open("wb")
        except OSError as error:  # another process has just joined the parts
            raise BatchError(Problem("B105", f"cannot be written: {error}", source=str(self.folder))) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                help_ = "wait until it ends, or name another output"
                problem = Problem("B108", "another process is writing this output", source=str(self.folder), help=help_)
                raise BatchError(problem) from error
            yield

    def open(self) -> None:
        """Make the folder, or take up the one of an earlier run. Raises BatchError (B108) for another run's folder."""
        place = self.folder / _MANIFEST
        if self._manifest["source"] == STANDARD_INPUT and self.folder.exists():
            shutil.rmtree(self.folder)  # standard input cannot be read again
        try:
            shutil.rmtree(self._finished, ignore_errors=True)  # a run was stopped while it removed them
            self.folder.mkdir(exist_ok=True)
            if place.exists():
                if json.loads(place.read_text(encoding="utf-8")) == self._manifest:
                    return
                help_ = f"remove the folder to begin anew: {self.folder}"
                raise BatchError(
                    Problem(
                        "B108", "another batch with this output was not finished", source=str(self.folder), help=help_
                    )
                )
            unfinished = self.folder / f".{_MANIFEST}"
            unfinished.write_text(json.dumps(self._manifest, indent=1), encoding="utf-8")
            unfinished.replace(place)
        except (OSError, ValueError) as error:
            raise BatchError(Problem("B105", f"cannot be written: {error}", source=str(self.folder))) from error

    def path(self, first_row: int) -> Path:
        """The place of the part that begins with a row."""
        return self.folder / f"{first_row:015d}.arrow"

    def join(self, output: Path, rejects: Path, fields: Sequence[pa.Field], keep: Sequence[str]) -> None:
        """Write the output and the rejects from the parts, and remove the parts."""
        pa = import_optional("pyarrow", "batch", "reading and writing tables")
        found = sorted(self.folder.glob("[0-9]*.arrow"))
        first = next(batches_of(pa, found[:1]), None)
        schema = first.schema if first is not None else pa.schema(list(fields))
        place = schema.get_field_index("problems")
        decided = (decided_rows(pa, batch) for batch in batches_of(pa, found))
        write_result(output, schema.remove(place), _larger(pa, decided))
        refused = (rejected_rows(pa, batch, keep) for batch in batches_of(pa, found))
        some = next((batch for batch in refused if batch.num_rows), None)
        rejects.unlink(missing_ok=True)
        if some is not None:
            write_result(rejects, some.schema, itertools.chain([some], refused))
        self.folder.rename(self._finished)  # no run takes up a folder that is half removed
        shutil.rmtree(self._finished)


def batches_of(pa: Any, paths: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    """The record batches of parts, one after another."""
    for path in paths:
        with pa.memory_map(str(path)) as file:
            yield from pa.ipc.open_stream(file)


def decided_rows(pa: Any, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that have a verdict, without the column of problems."""
    kept = batch.filter(batch.column("verdict").is_valid())
    names = [name for name in batch.schema.names if name != "problems"]
    return kept.select(names)


def rejected_rows(pa: Any, batch: pa.RecordBatch, keep: Sequence[str]) -> pa.RecordBatch:
    """The rows without a verdict: their number, the kept columns and their problems."""
    return batch.filter(batch.column("verdict").is_null()).select(["row", *keep, "problems"])


def _larger(pa: Any, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches that are not small: a reader of the output has less to do."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROWS_AT_ONCE // 2:
            yield _one_batch(pa, waiting)
            waiting = []
    if waiting:
        yield _one_batch(pa, waiting)


def _one_batch(pa: Any, batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (whole,) = pa.Table.from_batches(batches).combine_chunks().to_batches() or batches[:1]
    return whole
