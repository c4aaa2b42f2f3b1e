"""A batch from a file to a file, on several cores, that goes on after it was stopped.

The input is read in units of rows. A worker decides a unit and writes its part of the result to a folder beside the
output, under the number of its first row. A part is there whole or not at all. When all parts are there, they are
joined in order and the folder is removed. A run that finds the folder of a run with the same input and options makes
only the missing parts, so that its output has the bytes of an undisturbed run.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit._version import __version__
from legit.batch.batch_judge import ROWS_AT_ONCE
from legit.batch.results import result_writer, write_result
from legit.batch.sources import FOLDER_COLUMNS, STANDARD_INPUT, Unit, open_source
from legit.batch.tables import FACTS, TableJudge
from legit.errors import BatchError, Problem
from legit.judge import Judge, cached_judge

if TYPE_CHECKING:
    import pyarrow as pa

_MANIFEST = "batch.json"
_WAITING_PER_WORKER = 2
"""The units that wait for each worker: the memory of a run does not grow with its input."""


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is read and decided; see `run_batch`."""

    facts: str = FACTS
    keep: tuple[str, ...] = ()
    findings: bool = True
    base: Path | None = None
    profile: str = "default"


@dataclass
class BatchSummary:
    """What a batch came to: rows by verdict, by criterion that defeats the rule, and by the code of their problem."""

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    criteria: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """The number of rows that were not decided."""
        return self.rows - self.verdicts.total()

    def add(self, other: BatchSummary) -> None:
        """Add the counts of another summary."""
        self.rows += other.rows
        self.verdicts.update(other.verdicts)
        self.criteria.update(other.criteria)
        self.problems.update(other.problems)


def run_batch(
    source: str,
    output: Path,
    options: BatchOptions | None = None,
    *,
    rejects: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> BatchSummary:
    """Decide every row of a file and write the decisions, in order.

    `source` is a path or `-`, `output` a path with the suffix of its format. Rows that cannot be judged go to
    `rejects` (by default `OUTPUT.rejects.jsonl`), with the place, code and help of each problem; the file is there only
    if there are such rows. `workers` is the number of processes (by default one for each core). `progress` gets the
    rows that are done and their number, None where it is not known.

    Raises BatchError (B101 to B105, B108), and KnowledgeBaseError when the base cannot be loaded.
    """
    options = options or BatchOptions()
    if Path(source).is_dir() and not options.keep:
        options = replace(options, keep=FOLDER_COLUMNS)
    result_writer(output)
    judge = cached_judge(options.base, options.profile)
    opened = open_source(source, options.facts, options.keep, judge)
    parts = _Parts(output, _manifest(source, judge, options))
    parts.open()
    summary = BatchSummary()
    for done in _decided(opened.units, parts, options, workers or os.cpu_count() or 1):
        summary.add(done)
        if progress:
            progress(summary.rows, opened.row_count)
    parts.join(output, rejects or default_rejects(output), _table_judge(options), options)
    return summary


def default_rejects(output: Path) -> Path:
    """The file of the rows that cannot be judged, beside the output."""
    return output.with_name(f"{output.name}.rejects.jsonl")


def _manifest(source: str, judge: Judge, options: BatchOptions) -> dict[str, Any]:
    """What two runs must have in common to share parts."""
    read: dict[str, Any] = {"source": source}
    if source != STANDARD_INPUT:
        state = Path(source).stat()
        read |= {"source": str(Path(source).resolve()), "size": state.st_size, "changed": state.st_mtime_ns}
    chosen = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(options).items()}
    made_by = {"engine": __version__, "base": judge.base.digest, "rows_at_once": ROWS_AT_ONCE}
    return json.loads(json.dumps({**read, **chosen, **made_by}))  # type: ignore[no-any-return]


class _Parts:
    """The parts of one output in a folder beside it."""

    def __init__(self, output: Path, manifest: dict[str, Any]) -> None:
        self.folder = output.with_name(f"{output.name}.parts")
        self._manifest = manifest

    def open(self) -> None:
        """Make the folder, or take up the one of an earlier run. Raises BatchError (B108) for another run's folder."""
        place = self.folder / _MANIFEST
        if self._manifest["source"] == STANDARD_INPUT and self.folder.exists():
            shutil.rmtree(self.folder)  # standard input cannot be read again
        try:
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

    def join(self, output: Path, rejects: Path, tables: TableJudge, options: BatchOptions) -> None:
        """Write the output and the rejects from the parts, and remove the parts."""
        pa = import_optional("pyarrow", "batch", "reading and writing tables")
        found = sorted(self.folder.glob("[0-9]*.arrow"))
        first = next(_batches(pa, found[:1]), None)
        schema = first.schema if first is not None else pa.schema(tables.decision_fields)
        place = schema.get_field_index("problems")
        write_result(output, schema.remove(place), (_decided_rows(pa, batch) for batch in _batches(pa, found)))
        refused = (_rejected_rows(pa, batch, options) for batch in _batches(pa, found))
        some = next((batch for batch in refused if batch.num_rows), None)
        rejects.unlink(missing_ok=True)
        if some is not None:
            write_result(rejects, some.schema, itertools.chain([some], refused))
        shutil.rmtree(self.folder)


def _batches(pa: Any, paths: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for path in paths:
        with pa.memory_map(str(path)) as file:
            yield from pa.ipc.open_stream(file)


def _decided_rows(pa: Any, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows that have a verdict, without the column of problems."""
    kept = batch.filter(batch.column("verdict").is_valid())
    names = [name for name in batch.schema.names if name != "problems"]
    return kept.select(names)


def _rejected_rows(pa: Any, batch: pa.RecordBatch, options: BatchOptions) -> pa.RecordBatch:
    """The rows without a verdict: their number, the kept columns and their problems."""
    return batch.filter(batch.column("verdict").is_null()).select(["row", *options.keep, "problems"])


def _decided(units: Iterator[Unit], parts: _Parts, options: BatchOptions, workers: int) -> Iterator[BatchSummary]:
    """Decide the units of which there is no part yet, and give the summary of each unit."""
    context = multiprocessing.get_context("spawn")
    pool: ProcessPoolExecutor | None = None
    running: set[Future[BatchSummary]] = set()
    try:
        for unit in units:
            path = parts.path(unit.first_row)
            if path.exists():
                yield _summary_of(path)
                continue
            if workers == 1:
                yield _make_part(unit, path, options)
                continue
            pool = pool or ProcessPoolExecutor(workers, context, initializer=_table_judge, initargs=(options,))
            running.add(pool.submit(_make_part, unit, path, options))
            if len(running) >= workers * _WAITING_PER_WORKER:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in running)
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)


@lru_cache(maxsize=1)
def _table_judge(options: BatchOptions) -> TableJudge:
    """The table judge of this process. A worker makes one and keeps it warm."""
    judge = cached_judge(options.base, options.profile)
    return TableJudge(judge, facts=options.facts, keep=options.keep, findings=options.findings)


def _make_part(unit: Unit, path: Path, options: BatchOptions) -> BatchSummary:
    """Decide a unit and write its part; the part is there whole or not at all."""
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    decided = _table_judge(options).decide(unit.rows, unit.first_row)
    if unit.malformed:
        decided = _with_malformed(pa, decided, unit.malformed)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with pa.OSFile(str(unfinished), "wb") as file, pa.ipc.new_stream(file, decided.schema) as writer:
            writer.write_batch(decided)
        unfinished.replace(path)
    except OSError as error:
        raise BatchError(Problem("B105", f"cannot be written: {error}", source=str(path))) from error
    return _summary(decided)


def _with_malformed(pa: Any, decided: pa.RecordBatch, malformed: dict[int, Problem]) -> pa.RecordBatch:
    """The decisions with the problems of rows that had no form of a case."""
    place = decided.schema.get_field_index("problems")
    problems = decided.column(place).to_pylist()
    for row, one in malformed.items():
        problems[row] = [
            {"line": one.line, "column": one.column, "code": one.code, "message": one.message, "help": one.help}
        ]
    column = pa.array(problems, type=decided.schema.field(place).type)
    return decided.set_column(place, decided.schema.field(place), column)


def _summary_of(path: Path) -> BatchSummary:
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    (batch,) = _batches(pa, [path])
    return _summary(batch)


def _summary(batch: pa.RecordBatch) -> BatchSummary:
    """The counts of one part."""
    compute = import_optional("pyarrow.compute", "batch", "reading and writing tables")

    def counted(values: Any) -> Counter[str]:
        found = Counter({item["values"]: item["counts"] for item in compute.value_counts(values).to_pylist()})
        del found[None]
        return found

    summary = BatchSummary(rows=batch.num_rows, verdicts=counted(batch.column("verdict")))
    if "findings" in batch.schema.names:
        findings = batch.column("findings").flatten()
        defeating = compute.equal(findings.field("effect").dictionary_decode(), "defeats")
        summary.criteria = counted(findings.field("criterion").filter(defeating))
    codes = compute.struct_field(batch.column("problems").flatten(), "code")
    summary.problems = counted(codes)
    return summary
