"""How the speed of a batch depends on what is given to it, with plots.

    python benchmarks/batch_scaling.py [--most 1000000] [--plots docs/plots] [--skip-engines]

Measures, in cases a second of the processor's time on one core unless said otherwise: the number of cases (also the
latency of a whole batch), sentences per case, the share of cases with open inputs, the size of the knowledge base (the
pass alone), cores (by the clock on the wall), memory, and which part of the time is spent where. Then the policy
engines side by side. Repeats of what is compared are interleaved, and medians given, so that other work on the machine
weighs on all alike.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from batch import complete_rows, open_rows, table_of
from bench_plots import bars, write_plot
from larger_program import larger_program, larger_results

from legit.batch import TableJudge
from legit.batch.batch_judge import ROWS_AT_ONCE
from legit.batch.job import BatchOptions, run_batch
from legit.engine import columnar
from legit.engine.columnar import ColumnarDecider
from legit.engine.decision_table import DecisionTable
from legit.engine.ground_rule import Bounds
from legit.judge import Judge, cached_judge

REPEATS = 5
CASES_A_TURN = 100_000
Figures = list[tuple[str, float]]


def interleaved(works: Sequence[Callable[[], object]], repeats: int = REPEATS) -> list[float]:
    """The median seconds of the processor of each work; they take turns. The first turn does not count."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(repeats + 1):
        for work, found in zip(works, times, strict=True):
            begin = time.process_time()
            work()
            if turn:
                found.append(time.process_time() - begin)
    return [statistics.median(found) for found in times]


def decider(tables: TableJudge, table: pa.Table, times: int = 1) -> Callable[[], object]:
    """The work of deciding a table so many times."""
    batches = [
        batch.slice(first, ROWS_AT_ONCE)
        for batch in table.combine_chunks().to_batches()
        for first in range(0, batch.num_rows, ROWS_AT_ONCE)
    ]
    return lambda: [tables.decide(batch) for _ in range(times) for batch in batches]


def rates(judge: Judge, tables: Sequence[pa.Table]) -> list[float]:
    """Cases a second for each table, with verdicts and actions.

    A small table is decided as often as makes `CASES_A_TURN`: each turn then finds the caches of the processor as its
    own work leaves them, not as the largest table does.
    """
    made = TableJudge(judge, findings=False)
    times = [max(1, CASES_A_TURN // table.num_rows) for table in tables]
    works = [decider(made, table, number) for table, number in zip(tables, times, strict=True)]
    seconds = interleaved(works)
    return [table.num_rows * number / spent for table, number, spent in zip(tables, times, seconds, strict=True)]


def by_number(judge: Judge, most: int) -> Figures:
    """Rates by the number of cases."""
    numbers = [10**power for power in range(2, 7) if 10**power <= most]
    table = table_of(complete_rows(judge, numbers[-1]))
    found = rates(judge, [table.slice(0, number) for number in numbers])
    for number, rate in zip(numbers, found, strict=True):
        print(f"  {number:>9,} cases: {rate:>12,.0f}/s, the whole batch {1000 * number / rate:,.1f} ms")
    return [(f"{number:,} cases", rate) for number, rate in zip(numbers, found, strict=True)]


def by_sentences(judge: Judge, count: int) -> Figures:
    """Rates by the sentences of a case."""
    chance = random.Random(5)
    sentences = sorted({sentence for row in complete_rows(judge, 5000) for sentence in row})
    plain = [item for item in sentences if '"' not in item]
    lengths = (2, 4, 8, 16, 32)
    found = rates(judge, [table_of([chance.sample(plain, length) for _ in range(count)]) for length in lengths])
    return [(f"{length} sentences a case, drawn at random", rate) for length, rate in zip(lengths, found, strict=True)]


def by_open_share(judge: Judge, count: int) -> Figures:
    """Rates by the share of cases with one to four open inputs."""
    closed, some = complete_rows(judge, count), open_rows(judge, 6 * count)
    opened = [row for row in some if any(sentence.startswith("It is unknown") for sentence in row)][:count]
    shares = (0.0, 0.05, 0.2, 0.5, 1.0)
    tables = []
    for share in shares:
        taken = round(share * min(count, len(opened)))
        rows = opened[:taken] + closed[: min(count, len(opened)) - taken]
        random.Random(6).shuffle(rows)
        tables.append(table_of(rows))
    return [
        (f"{share:.0%} of the cases have open inputs", rate)
        for share, rate in zip(shares, rates(judge, tables), strict=True)
    ]


def by_size_of_base(judge: Judge, count: int) -> Figures:
    """Nanoseconds of the pass for a case under 1, 4 and 16 times the criteria, which share no predicate with it."""
    engine = judge.engines.within(Bounds())
    caught: list[tuple[list[int], int]] = []
    compiled = engine.index.compiled
    assert compiled is not None
    names = DecisionTable.predicates()
    wanted = {atom for atom, result in engine.index.result_of_atom.items() if result.name in names}
    run = compiled.result_pass

    def spying(atoms: frozenset[int]) -> Callable[[list[int], int], dict[int, int]]:
        def spy(sources: list[int], every: int) -> dict[int, int]:
            caught.append((list(sources), every))
            return run(atoms)(sources, every)

        return spy

    object.__setattr__(compiled, "result_pass", spying)
    kept = columnar._RESULT_PASS_BITS
    columnar._RESULT_PASS_BITS = 1
    try:
        TableJudge(judge).decide(table_of(complete_rows(judge, count)).to_batches()[0])
    finally:
        object.__setattr__(compiled, "result_pass", run)
        columnar._RESULT_PASS_BITS = kept
    sources, every = max(caught, key=lambda item: item[1])
    works = []
    for times in (1, 4, 16):
        larger = larger_program(engine.program, times)
        moved = [0] * len(larger.source_positions)
        for atom, place in compiled.source_positions.items():
            moved[larger.source_positions[atom]] = sources[place]
        works.append(_pass(larger.result_pass(larger_results(engine.program, wanted, times)), moved, every))
    seconds = interleaved(works, 4 * REPEATS)
    return [
        (f"{times} times the criteria", 1e9 * spent / every.bit_length())
        for times, spent in zip((1, 4, 16), seconds, strict=True)
    ]


def _pass(run: Callable[[list[int], int], dict[int, int]], sources: list[int], every: int) -> Callable[[], object]:
    return lambda: run(sources, every)


def by_cores(judge: Judge, count: int, cores: Sequence[int] = (1, 2)) -> Figures:
    """Rates from a Parquet file to a Parquet file, by the clock on the wall."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(pa.table({"facts": complete_rows(judge, count)}), Path(folder, "in.parquet"))
        for workers in cores:
            begin = time.perf_counter()
            run_batch(str(Path(folder, "in.parquet")), Path(folder, "out.parquet"), BatchOptions(), workers=workers)
            found.append((f"{workers} workers, Parquet to Parquet, wall clock", count / (time.perf_counter() - begin)))
    return found


def by_part(judge: Judge, count: int) -> Figures:
    """The share of the time in reading, columns, pass and results, in per cent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "in.parquet")
        pq.write_table(table_of(complete_rows(judge, count)), path)
        tables = TableJudge(judge)
        whole = interleaved([lambda: decider(tables, pq.read_table(path))()])[0]
        reading = interleaved([lambda: pq.read_table(path)])[0]
    table = table_of(complete_rows(judge, count))
    spent = {"pass": 0.0, "results": 0.0}

    def timed(part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            begin = time.process_time()
            try:
                return work(*args, **options)
            finally:
                spent[part] += time.process_time() - begin

        return run

    kept = ColumnarDecider._results, DecisionTable.read, TableJudge._finding_lists
    setattr(ColumnarDecider, "_results", timed("pass", kept[0]))  # noqa: B010
    setattr(DecisionTable, "read", timed("results", kept[1]))  # noqa: B010
    setattr(TableJudge, "_finding_lists", timed("results", kept[2]))  # noqa: B010
    try:
        decider(tables, table)()
    finally:
        setattr(ColumnarDecider, "_results", kept[0])  # noqa: B010
        setattr(DecisionTable, "read", kept[1])  # noqa: B010
        setattr(TableJudge, "_finding_lists", kept[2])  # noqa: B010
    columns = max(0.0, whole - reading - spent["pass"] - spent["results"])
    parts = {"reading": reading, "columns": columns, "pass and folding": spent["pass"], "results": spent["results"]}
    return [(name, 100 * seconds / sum(parts.values())) for name, seconds in parts.items()]


def measure(most: int, plots: Path | None, engines: bool) -> dict[str, Figures]:
    """Print every table, and write its plot."""
    judge = cached_judge()
    count = min(most, 1 << 16)
    parts: list[tuple[str, str, str, Callable[[], Figures]]] = [
        ("cases", "Cases a second by the number of cases", "/s", lambda: by_number(judge, most)),
        ("sentences", "Cases a second by sentences per case", "/s", lambda: by_sentences(judge, count // 32)),
        ("open", "Cases a second by the share with open inputs", "/s", lambda: by_open_share(judge, count // 8)),
        ("base", "The pass for a case by the size of the base", "ns", lambda: by_size_of_base(judge, count)),
        ("cores", "Cases a second by workers", "/s", lambda: by_cores(judge, most)),
        ("parts", "Where the time goes", "%", lambda: by_part(judge, count)),
    ]
    if engines:
        from batch_engines import engine_rates

        parts.append(("engines", "The same decisions, cases a second on one core", "/s", lambda: engine_rates(judge)))
    found = {}
    for name, title, unit, work in parts:
        print(title, flush=True)
        found[name] = work()
        for row, value in found[name]:
            print(f"  {row:<48}{value:>14,.1f} {unit}", flush=True)
        if plots:
            write_plot(plots, name, bars(title, found[name], unit, logarithmic=name == "engines"))
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000_000, help="the largest number of cases")
    parser.add_argument("--plots", type=Path, help="a folder for the plots")
    parser.add_argument("--skip-engines", action="store_true")
    options = parser.parse_args()
    measure(options.most, options.plots, not options.skip_engines)


if __name__ == "__main__":
    main()
