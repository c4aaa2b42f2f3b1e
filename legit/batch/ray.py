"""Batches over Ray Data, on every core of a cluster: Parquet in, Parquet out.

The unit of work is a row group of an input file. Its output is named by the digest of the unit: what is decided, where
it stands, by which base and engine. Ray promises neither order nor that a unit is made only once: a second making
overwrites its output with the same bytes, and the order comes from the numbers of the rows. A manifest is
written when every unit is there. A run that was stopped makes only what is missing. Needs the extra `ray`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._util.optional import import_optional
from legit._version import __version__
from legit.batch.batch_judge import ROWS_AT_ONCE
from legit.batch.job import BatchOptions
from legit.batch.parts import decided_rows, rejected_rows
from legit.batch.shared_files import SharedFolder, open_shared
from legit.batch.summary import BatchSummary, summary_of
from legit.batch.tables import FACTS, TableJudge
from legit.errors import BatchError, LegitError, Problem

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["decide", "run_on_cluster"]

DECISIONS, REJECTS, MANIFEST = "decisions", "rejects", "manifest.json"
_ROUNDS = 3
"""How often what is missing is repeated, when Ray says that all is done."""
_MOST_BLOCKS = 10_000
_SUMMARY = b"legit.summary"


def decide(
    dataset: Any,
    *,
    facts: str = FACTS,
    keep: Sequence[str] | None = None,
    findings: bool = True,
    explain: Sequence[str] = (),
    base: Path | None = None,
    profile: str = "default",
    packs: Sequence[str] = (),
    actors: int | None = None,
) -> Any:
    """The decisions of a `ray.data.Dataset` with a column of sentences: a dataset with the columns of `TableJudge`.

    The columns but `facts` are kept, or those of `keep`. There is no column `row`: a dataset has no order, so give its
    rows an id. `base` must be a path on every node. `actors` is the number of processes that decide, by default all
    cores of the cluster but one, which reads. Like every operation of Ray Data it runs when the result is used.

    Raises MissingExtraError (X001) when ray is not installed. What `legit.batch.decide` raises stands in the error that
    Ray raises.
    """
    ray_data = import_optional("ray.data", "ray", "batches on a cluster")
    options = BatchOptions(facts, tuple(keep or ()), findings, tuple(explain), base, profile, tuple(packs))
    most = actors or max(1, _cores() - 1)
    return dataset.map_batches(
        _TableActor,
        fn_constructor_args=(options, keep is None),
        batch_size=ROWS_AT_ONCE,
        batch_format="pyarrow",
        compute=ray_data.ActorPoolStrategy(min_size=1, max_size=most),
        num_cpus=1,
    )


class _TableActor:
    """A process that decides tables with one warm engine."""

    def __init__(self, options: BatchOptions, keep_others: bool) -> None:
        self._options = options
        self._keep_others = keep_others
        self._judges: dict[tuple[str, ...], TableJudge] = {}

    def __call__(self, table: pa.Table) -> pa.Table:
        pa = import_optional("pyarrow", "batch", "reading and writing tables")
        keep = self._options.keep
        if self._keep_others:
            keep = tuple(name for name in table.column_names if name != self._options.facts)
        judge = self._judges.get(keep)
        if judge is None:
            judge = self._judges[keep] = _table_judge(self._options, keep)
        decided = [judge.decide(batch) for batch in table.combine_chunks().to_batches()]
        if not decided:
            return table.select(keep)
        return pa.Table.from_batches(decided).drop_columns(["row"])


def run_on_cluster(
    source: str,
    output: str,
    options: BatchOptions | None = None,
    *,
    address: str = "local",
    progress: Callable[[int, int | None], None] | None = None,
) -> BatchSummary:
    """Decide every row of Parquet files on a Ray cluster.

    `source` is a Parquet file, or a folder with `.parquet` files in the order of their paths; `output` is a folder.
    Both are paths that every node sees, or URIs that pyarrow opens. `output` gets the decisions as
    `decisions/DIGEST.parquet`, the rows that cannot be judged as `rejects/DIGEST.parquet`, and last `manifest.json`
    with the files in the order of the rows. `address` is that of the cluster, `auto` the one that this machine belongs
    to, `local` one of this machine alone for this run. `progress` gets the rows that are done and their number.

    Raises BatchError: B101, B104, B105, B109 and B110 as `run_batch`; B108 when the output holds decisions of other
    cases; B111 when a node has another knowledge base or engine. Raises MissingExtraError (X001) without ray.
    """
    ray = import_optional("ray", "ray", "batches on a cluster")
    options = options or BatchOptions()
    job = _Job(source, output, options, options.judge().base.digest)
    _table_judge(options, options.keep)  # raises for options that do not fit
    units = job.units()
    folder = open_shared(output)
    made = job.made(folder, units)
    with _connected(ray, address):
        for _ in range(_ROUNDS):
            missing = [unit for unit in units if unit.digest not in made]
            if not missing:
                break
            for _ in _make(job, missing):
                if progress:
                    made = job.made(folder, units)
                    progress(sum(unit.rows for unit in units if unit.digest in made), sum(unit.rows for unit in units))
            made = job.made(folder, units)
    if any(unit.digest not in made for unit in units):
        raise BatchError(Problem("B105", "the cluster did not write every part; run the same again", source=output))
    return job.finish(folder, units)


@dataclass(frozen=True)
class _Unit:
    """A row group of an input file: its rows are numbered from `first_row` through all files."""

    file: str
    row_group: int
    first_row: int
    rows: int
    digest: str


class _Job:
    """What is decided, by what, and where it goes. A worker gets a copy."""

    def __init__(self, source: str, output: str, options: BatchOptions, base_digest: str) -> None:
        self.source = source
        self.output = output
        self.options = options
        self.base_digest = base_digest
        self.engine = __version__

    def units(self) -> list[_Unit]:
        """The units of the input. Raises BatchError (B101, B104)."""
        parquet = import_optional("pyarrow.parquet", "batch", "reading Parquet")
        folder = open_shared(self.source)
        chosen = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self.options).items()}
        by = {"engine": self.engine, "base": self.base_digest, **chosen}
        units: list[_Unit] = []
        row = 0
        for name, state in folder.parquet_files():
            with folder.reading(name) as file:
                metadata = parquet.read_metadata(file)
                _check_columns(metadata.schema.to_arrow_schema().names, name, self.options)
            for group in range(metadata.num_row_groups):
                rows = metadata.row_group(group).num_rows
                what = {"file": name, **state, "row_group": group, "first_row": row, **by}
                digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]
                units.append(_Unit(name, group, row, rows, digest))
                row += rows
        return units

    def made(self, folder: SharedFolder, units: Sequence[_Unit]) -> set[str]:
        """The digests of the units that are there. Raises BatchError (B108) for decisions of other cases."""
        there = {name.removesuffix(".parquet") for name in folder.names(DECISIONS) if not name.startswith(".")}
        if there - {unit.digest for unit in units}:
            help_ = "name an empty folder, or remove this one to begin anew"
            raise BatchError(Problem("B108", "there are decisions of other cases", source=self.output, help=help_))
        return there

    def make(self, unit: _Unit, tables: TableJudge) -> None:
        """Decide a unit and write its output: the decisions last."""
        pa = import_optional("pyarrow", "batch", "reading and writing tables")
        parquet = import_optional("pyarrow.parquet", "batch", "reading Parquet")
        source, output = open_shared(self.source), open_shared(self.output)
        summary = BatchSummary()
        kept, refused = [], []
        with source.reading(unit.file) as opened:
            file = parquet.ParquetFile(opened, read_dictionary=_words(parquet, source, unit.file, self.options.facts))
            row = unit.first_row
            columns = [self.options.facts, *self.options.keep]
            for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[unit.row_group], columns=columns):
                decided = tables.decide(batch, row)
                row += batch.num_rows
                summary.add(summary_of(decided))
                kept.append(decided_rows(pa, decided))
                refused.append(rejected_rows(pa, decided, self.options.keep))
        if summary.rejected:
            output.write_parquet(f"{REJECTS}/{unit.digest}.parquet", pa.Table.from_batches(refused))
        table = pa.Table.from_batches(kept)
        counts = json.dumps(summary.counts(), sort_keys=True).encode()
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _SUMMARY: counts})
        output.write_parquet(f"{DECISIONS}/{unit.digest}.parquet", table)

    def finish(self, folder: SharedFolder, units: Sequence[_Unit]) -> BatchSummary:
        """Write the manifest; returns what all units came to."""
        parquet = import_optional("pyarrow.parquet", "batch", "reading Parquet")
        summary = BatchSummary()
        listed = []
        for unit in units:
            name = f"{DECISIONS}/{unit.digest}.parquet"
            with folder.reading(name) as file:
                counts = json.loads(parquet.read_schema(file).metadata[_SUMMARY])
            one = BatchSummary.from_counts(counts)
            summary.add(one)
            rejects = {"rejects": f"{REJECTS}/{unit.digest}.parquet"} if one.rejected else {}
            listed.append({**asdict(unit), "decisions": name, **rejects})
        manifest = {"engine": self.engine, "base": self.base_digest, "summary": summary.counts(), "units": listed}
        folder.remove_unfinished((DECISIONS, REJECTS))
        folder.write(MANIFEST, json.dumps(manifest, indent=1).encode())
        return summary


class _UnitActor:
    """A process that makes units with one warm engine. It says of each whether it was made, and what was wrong."""

    def __init__(self, job: _Job) -> None:
        self._job = job

    @cached_property
    def _tables(self) -> TableJudge:
        job = self._job
        digest = job.options.judge().base.digest
        if (job.engine, job.base_digest) != (__version__, digest):
            message = f"a node has the engine {__version__} and the knowledge base {digest[:12]}"
            help_ = f"install {job.engine} and the base {job.base_digest[:12]} on every node"
            raise BatchError(Problem("B111", message, help=help_))
        return _table_judge(job.options, job.options.keep)

    def __call__(self, units: dict[str, Any]) -> dict[str, Any]:
        problems = []
        for text in units["unit"]:
            unit = _Unit(**json.loads(str(text)))
            found: tuple[Problem, ...] = ()
            try:
                self._job.make(unit, self._tables)
            except LegitError as error:
                found = error.problems
            except OSError as error:
                found = (Problem("B105", f"cannot be read or written: {error}", source=unit.file),)
            problems.append(json.dumps([[one.code, one.message, one.source, one.help] for one in found]))
        return {"unit": units["unit"], "problems": problems}


def _make(job: _Job, units: Sequence[_Unit]) -> Iterator[None]:
    """Let the cluster make units; gives something after each. Raises BatchError for what a worker says of one."""
    ray_data = import_optional("ray.data", "ray", "batches on a cluster")
    rows = [{"unit": json.dumps(asdict(unit))} for unit in units]
    made = ray_data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS)).map_batches(
        _UnitActor,
        fn_constructor_args=(job,),
        batch_size=1,
        compute=ray_data.ActorPoolStrategy(min_size=1, max_size=max(1, min(_cores(), len(rows)))),
        num_cpus=1,
    )
    for row in made.iter_rows():
        problems = json.loads(row["problems"])
        if problems:
            raise BatchError(*(Problem(code, text, source=at, help=help_) for code, text, at, help_ in problems))
        yield


def _table_judge(options: BatchOptions, keep: tuple[str, ...]) -> TableJudge:
    judge = options.judge()
    return TableJudge(judge, facts=options.facts, keep=keep, findings=options.findings, explain=options.explain)


def _check_columns(names: Sequence[str], file: str, options: BatchOptions) -> None:
    for name in (options.facts, *options.keep):
        if names.count(name) != 1:
            help_ = f"the columns are: {', '.join(names)}"
            raise BatchError(Problem("B101", f"there is no one column `{name}`", source=file, help=help_))


def _words(parquet: Any, folder: SharedFolder, name: str, facts: str) -> list[str]:
    """The columns of a Parquet file that hold the sentences: they are read as a dictionary."""
    with folder.reading(name) as file:
        schema = parquet.read_metadata(file).schema
    paths = [schema.column(number).path for number in range(len(schema.names))]
    return [path for path in paths if path == facts or path.startswith(f"{facts}.")]


def _cores() -> int:
    """The cores of the cluster that this process is connected to."""
    ray = import_optional("ray", "ray", "batches on a cluster")
    resources: Mapping[str, float] = ray.cluster_resources() if ray.is_initialized() else {}
    return int(resources.get("CPU", 0)) or os.cpu_count() or 1


@contextmanager
def _connected(ray: Any, address: str) -> Iterator[None]:
    """A context with a connection to a cluster; one that is there already is used and stays."""
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        if address == "local":
            ray.init(address="local", include_dashboard=False, log_to_driver=False)
        else:
            ray.init(address=address, log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BatchError(Problem("B112", f"no cluster answers at `{address}`: {first}")) from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    try:
        yield
    finally:
        ray.shutdown()
