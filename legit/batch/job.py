"""A batch from a file to a file, on several cores, that goes on after it was stopped.

The input is read in units of rows. A worker decides a unit and writes its part of the result to a folder beside the
output, under the number of its first row. A part is there whole or not at all. When all parts are there, they are
joined in order and the folder is removed. A run that finds the folder of a run with the same input and options makes
only the missing parts, so that its output has the bytes of an undisturbed run.

Where decisions are put on record, a worker makes the entries and this process writes them, in order. A part counts only
if its rows are on record, so that a run that was stopped records what is missing and nothing twice.
"""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import os
import secrets
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from legit._util.databases import is_database
from legit._util.optional import import_optional
from legit._version import __version__
from legit.batch.parts import Parts, batches_of, decided_rows
from legit.batch.recording import ROWS_ON_RECORD_AT_ONCE, Recorder
from legit.batch.results import result_writer
from legit.batch.sources import FOLDER_COLUMNS, ROWS_IN_UNIT, STANDARD_INPUT, LinesUnit, Unit, open_source
from legit.batch.summary import BatchSummary, summary_of
from legit.batch.tables import FACTS, TableJudge, help_of
from legit.errors import BatchError, Problem
from legit.judge import Judge, cached_judge

if TYPE_CHECKING:
    import pyarrow as pa

_WAITING_PER_WORKER = 2
"""The units that wait for each worker: the memory of a run does not grow with its input."""


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is read and decided; see `run_batch`."""

    facts: str = FACTS
    keep: tuple[str, ...] = ()
    findings: bool = True
    explain: tuple[str, ...] = ()
    base: Path | None = None
    profile: str = "default"
    packs: tuple[str, ...] = ()

    def judge(self) -> Judge:
        """The judge of the base, packs and profile, loaded once in a process."""
        return cached_judge(self.base, self.profile, self.packs)


def run_batch(
    source: str,
    output: Path,
    options: BatchOptions | None = None,
    *,
    rejects: Path | None = None,
    workers: int | None = None,
    recorder: Recorder | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    forks: bool = False,
) -> BatchSummary:
    """Decide every row of a file and write the decisions, in order.

    `source` is a path or `-`, `output` a path with the suffix of its format. Rows that cannot be judged go to
    `rejects` (by default `OUTPUT.rejects.jsonl`), with the place, code and help of each problem; the file is there only
    if there are such rows. `workers` is the number of processes (by default one for each core). `recorder` puts each
    decision on record. `progress` gets the rows that are done and their number, None where it is not known.
    `forks` lets the processes be forks of this one on Linux, which must have no other threads, also of libraries.

    Raises BatchError (B101 to B105, B108 to B110), what the recorder raises, and KnowledgeBaseError when the base
    cannot be loaded.
    """
    options = options or BatchOptions()
    if Path(source).is_dir() and not options.keep:
        options = replace(options, keep=FOLDER_COLUMNS)
    result_writer(output)
    rejects = rejects or default_rejects(output)
    _require_other_files(source, output, rejects)
    judge, tables = options.judge(), _table_judge(options)
    with _workers(options, workers or os.cpu_count() or 1, may_fork=forks and recorder is None) as pool:
        opened = open_source(source, options.facts, options.keep, judge)
        recording = _Recording(recorder, _batch_id(source, judge, options)) if recorder else None
        description = recorder.description() if recorder else {}
        parts = Parts(output, {**_manifest(source, judge, options), **description})
        with parts.taken():
            summary = BatchSummary()
            if recording:
                recording.begin()
            units: Iterator[Unit | LinesUnit] = _smaller(opened.units) if recording else opened.units
            for done in _decided(units, parts, options, pool, recording):
                summary.add(done)
                if progress:
                    progress(summary.rows, opened.row_count)
            parts.join(output, rejects, tables.decision_fields, options.keep)
    return summary


def _require_other_files(source: str, output: Path, rejects: Path) -> None:
    """Raises BatchError (B105) when the output or the rejects would take the place of the input, or of a log."""
    for path in (output, rejects):
        if is_database(path):
            problem = Problem(
                "B105", "this is a database, perhaps a decision log", source=str(path), help="name another file"
            )
            raise BatchError(problem)
        if source != STANDARD_INPUT and path.resolve() == Path(source).resolve():
            problem = Problem(
                "B105", "this is the input, which would be lost", source=str(path), help="name another file"
            )
            raise BatchError(problem)


class _Pool(NamedTuple):
    """The processes that decide, and how many they are."""

    executor: ProcessPoolExecutor
    workers: int


@contextmanager
def _workers(options: BatchOptions, count: int, *, may_fork: bool) -> Iterator[_Pool | None]:
    """The processes that decide; None where this one does.

    On Linux they are forks of this process, which has loaded the base: they share its memory and begin at once. A
    process with threads is not forked, nor one that holds a decision log.
    """
    if count == 1:
        yield None
        return
    forks = may_fork and sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    executor = ProcessPoolExecutor(count, context, initializer=_begin_worker, initargs=(options,))
    try:
        if forks:
            # What is loaded is kept out of the reach of the collector, which would write to each of its pages.
            gc.collect()
            gc.freeze()
            try:
                executor.submit(os.getpid)  # all forks are made here, before a reader begins threads of its own
            finally:
                gc.unfreeze()
        yield _Pool(executor, count)
    finally:
        executor.shutdown(cancel_futures=True)


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
    made_by = {"engine": __version__, "base": judge.base.digest, "rows_in_unit": ROWS_IN_UNIT}
    return json.loads(json.dumps({**read, **chosen, **made_by}))  # type: ignore[no-any-return]


def _batch_id(source: str, judge: Judge, options: BatchOptions) -> str:
    """The id of the batch in a record: the same for the same cases, decided by the same engine, base and profile."""
    if source == STANDARD_INPUT:
        return secrets.token_hex(16)
    chosen = replace(options, keep=(), findings=True, explain=(), base=None, packs=())
    content = json.dumps(_manifest(source, judge, chosen), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class _Recording:
    """The recording of one batch: who records, the id of the batch, and the rows that are on record already."""

    def __init__(self, recorder: Recorder, batch: str) -> None:
        self.recorder = recorder
        self.batch = batch
        self._done: Collection[int] = ()

    def begin(self) -> None:
        """Look which rows are on record."""
        self._done = self.recorder.begin(self.batch)

    def has_all(self, path: Path) -> bool:
        """Whether every decision of a part is on record."""
        pa = import_optional("pyarrow", "batch", "reading and writing tables")
        (batch,) = batches_of(pa, [path])
        return all(row in self._done for row in decided_rows(pa, batch).column("row").to_pylist())

    def of(self, unit: Unit) -> _UnitRecording:
        """What a worker must know to make the entries of a unit."""
        rows = range(unit.first_row, unit.first_row + unit.rows.num_rows)
        return _UnitRecording(self.recorder, self.batch, frozenset(row for row in rows if row in self._done))


class _UnitRecording(NamedTuple):
    """How the decisions of a unit are put on record: `done` are the rows that are on record already."""

    recorder: Recorder
    batch: str
    done: frozenset[int]


class _MadePart(NamedTuple):
    """What a worker says of a part that it made: its counts, and the entries of its decisions."""

    summary: BatchSummary
    entries: list[Any]


def _smaller(units: Iterator[Unit | LinesUnit]) -> Iterator[Unit]:
    """The same rows in units whose entries can be held in memory."""
    size = ROWS_ON_RECORD_AT_ONCE
    for unread in units:
        unit = unread.read()
        for first in range(0, unit.rows.num_rows, size):
            malformed = {row - first: problem for row, problem in unit.malformed.items() if 0 <= row - first < size}
            yield Unit(unit.first_row + first, unit.rows.slice(first, size), malformed)


def _decided(
    units: Iterator[Unit | LinesUnit],
    parts: Parts,
    options: BatchOptions,
    pool: _Pool | None,
    recording: _Recording | None,
) -> Iterator[BatchSummary]:
    """Decide the units of which there is no part yet, and give the summary of each unit."""
    judge = options.judge()
    running: deque[Future[_MadePart]] = deque()

    def settled(made: _MadePart) -> BatchSummary:
        if recording and made.entries:
            recording.recorder.append(judge, made.entries)
        return made.summary

    for unit in units:
        path = parts.path(unit.first_row)
        if path.exists() and (recording is None or recording.has_all(path)):
            yield _part_summary(path)
            continue
        on_record = recording.of(unit.read()) if recording else None
        if pool is None:
            yield settled(_make_part(unit, path, options, on_record))
            continue
        running.append(pool.executor.submit(_make_part, unit, path, options, on_record))
        if len(running) >= pool.workers * _WAITING_PER_WORKER:
            yield settled(running.popleft().result())
    while running:
        yield settled(running.popleft().result())


def _begin_worker(options: BatchOptions) -> None:
    """Make a worker ready, and let it end when the process that runs the batch has ended, however that was."""
    parent = multiprocessing.parent_process()

    def end_with_parent() -> None:
        assert parent is not None
        parent.join()
        os._exit(1)

    # Ctrl-C reaches every process of a terminal: a worker that stopped in a unit would go on with half of its state.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    use_system_memory_pool()
    _table_judge(options)


def use_system_memory_pool() -> None:
    """Take memory for tables from the system, which gets back what is freed. It holds for the whole process.

    Several processes stay small together so. Raises MissingExtraError (X001) when pyarrow is not installed.
    """
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    pa.set_memory_pool(pa.system_memory_pool())


@lru_cache(maxsize=1)
def _table_judge(options: BatchOptions) -> TableJudge:
    """The table judge of this process. A worker makes one and keeps it warm."""
    judge = options.judge()
    return TableJudge(judge, facts=options.facts, keep=options.keep, findings=options.findings, explain=options.explain)


def _make_part(
    unread: Unit | LinesUnit, path: Path, options: BatchOptions, recording: _UnitRecording | None
) -> _MadePart:
    """Decide a unit and write its part; the part is there whole or not at all."""
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    tables = _table_judge(options)
    unit = unread.read()
    try:
        decided = tables.decide(unit.rows, unit.first_row)
    except BaseException:
        _table_judge.cache_clear()  # what it was reading may be half read
        raise
    if unit.malformed:
        decided = _with_malformed(pa, decided, unit.malformed)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with pa.OSFile(str(unfinished), "wb") as file, pa.ipc.new_stream(file, decided.schema) as writer:
            writer.write_batch(decided)
        unfinished.replace(path)
    except OSError as error:
        raise BatchError(Problem("B105", f"cannot be written: {error}", source=str(path))) from error
    entries = []
    if recording:
        judge = options.judge()
        for row in decided_rows(pa, decided).column("row").to_pylist():
            if row not in recording.done:
                case = tables.case(row - unit.first_row)
                entries.append(recording.recorder.entry(judge, case, recording.batch, row))
    return _MadePart(summary_of(decided), entries)


def _with_malformed(pa: Any, decided: pa.RecordBatch, malformed: dict[int, Problem]) -> pa.RecordBatch:
    """The decisions with the problems of rows that had no form of a case."""
    place = decided.schema.get_field_index("problems")
    problems = decided.column(place).to_pylist()
    for row, one in malformed.items():
        problems[row] = [
            {"line": one.line, "column": one.column, "code": one.code, "message": one.message, "help": help_of(one)}
        ]
    column = pa.array(problems, type=decided.schema.field(place).type)
    return decided.set_column(place, decided.schema.field(place), column)


def _part_summary(path: Path) -> BatchSummary:
    pa = import_optional("pyarrow", "batch", "reading and writing tables")
    (batch,) = batches_of(pa, [path])
    return summary_of(batch)
