"""How many cases a second are decided, from a file of cases to their decisions.

    python benchmarks/batch.py [--cases 100000] [--workers 2]

The cases are drawn from the examples and precedents of the base, in three mixes: nothing is open; a fifth of the cases
has one to four open inputs; cases with some sentences left out and some of other cases put in, so that most of them
have open choices and many are read as a whole first. Prints the cases a second: of the processor's time in one process
from Arrow, and by the clock on the wall from files to a file with workers. In each mix a sample of the decisions is
compared with those of `Judge.decide`. Compare figures of one run only.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from legit.assurance.examples import expected_cases
from legit.batch import TableJudge, decide, decide_many
from legit.batch.batch_judge import ROWS_AT_ONCE
from legit.batch.job import BatchOptions, run_batch
from legit.errors import LegitError
from legit.judge import Judge, cached_judge
from legit.model.facts import Case, Fact, Truth

SAMPLE = 300


def sentences_of_cases(judge: Judge, *, complete: bool) -> list[list[str]]:
    """The sentences of the cases of the base; with `complete`, of those that leave nothing open."""
    found = []
    for item in expected_cases(judge.base):
        for case in judge.parse_cases(item.text):
            encoded = judge.encoder.encode(case)
            scenarios = judge.engines.for_case(encoded).decide(encoded, 5.0).scenarios
            if not complete or (scenarios is not None and scenarios.space.count == 1 and not encoded.names):
                lines = judge.writer.case(case.model_copy(update={"name": ""})).splitlines()
                found.append([line for line in lines if line not in ("", "Case.")])
    return found


def complete_rows(judge: Judge, count: int) -> list[list[str]]:
    """Cases that leave nothing open."""
    return random.Random(0).choices(sentences_of_cases(judge, complete=True), k=count)


def open_rows(judge: Judge, count: int) -> list[list[str]]:
    """The same, with one to four inputs left open in a fifth of them."""
    chance = random.Random(1)
    yes_or_no = [
        name
        for name, predicate in judge.base.vocabulary.predicates.items()
        if not predicate.args and not predicate.informational and not predicate.detail_required
    ]
    unknown = [
        judge.writer.case(Case(facts=(Fact(predicate=name, truth=Truth.UNKNOWN),))).strip() for name in yes_or_no
    ]
    return [
        row + chance.sample(unknown, chance.randint(1, 4)) if chance.random() < 0.2 else row
        for row in complete_rows(judge, count)
    ]


def drawn_rows(judge: Judge, count: int) -> list[list[str]]:
    """Rows near the cases of the base: up to three sentences left out, up to three put in that other cases state."""
    chance = random.Random(2)
    cases = sentences_of_cases(judge, complete=False)
    sentences = sorted({sentence for case in cases for sentence in case})
    rows = []
    for row in map(list, chance.choices(cases, k=count)):
        for _ in range(min(chance.randint(0, 3), len(row) - 1)):
            row.pop(chance.randrange(len(row)))
        rows.append(row + chance.sample(sentences, chance.randint(0, 3)))
    return rows


MIXES = {"nothing open": complete_rows, "a fifth with open inputs": open_rows, "varied": drawn_rows}


def rate(count: int, work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Cases a second."""
    begin = clock()
    work()
    return count / (clock() - begin)


def check_sample(judge: Judge, rows: list[list[str]], table: pa.Table) -> None:
    """Compare some decisions with those of single cases."""
    for number in random.Random(1).sample(range(len(rows)), min(SAMPLE, len(rows))):
        found = table.slice(number, 1).to_pylist()[0]
        try:
            decision = judge.decide("\n".join(rows[number]))
        except LegitError:
            assert found["verdict"] is None, rows[number]
            continue
        assert (found["verdict"], found["action"]) == (decision.verdict.value, decision.action), rows[number]
        findings = [(item["criterion"], item["effect"]) for item in found["findings"]]
        assert findings == list(decision.findings), rows[number]


def table_of(rows: list[list[str]]) -> pa.Table:
    """Rows as an Arrow table of `list<dictionary<string>>`."""
    words = pa.array([sentence for row in rows for sentence in row]).dictionary_encode()
    starts = pa.array(np.cumsum([0, *map(len, rows)]).astype(np.int32))
    return pa.table({"facts": pa.ListArray.from_arrays(starts, words)})


def in_memory(judge: Judge, table: pa.Table, *, findings: bool) -> float:
    """Cases a second of the processor's time, once every sentence has been met."""
    tables = TableJudge(judge, findings=findings)
    batches = table.to_batches(max_chunksize=ROWS_AT_ONCE)
    for batch in batches:
        tables.decide(batch)
    return max(rate(table.num_rows, lambda: [tables.decide(batch) for batch in batches]) for _ in range(3))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=131_072)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    judge = cached_judge()
    for name, rows_of in MIXES.items():
        rows = rows_of(judge, options.cases)
        table = table_of(rows)
        decided = decide(table, judge)
        check_sample(judge, rows, decided)
        print(f"{name}: {len(rows)} cases, {sum(map(len, rows)) / len(rows):.1f} sentences each")
        print(f"  rejected                            {decided['verdict'].null_count:>12,}")
        for findings in (False, True):
            what = "with findings" if findings else "verdict and action"
            print(f"  from Arrow, one core, {what:<18}{in_memory(judge, table, findings=findings):>8,.0f}/s")
        cases = [judge.parse_cases("\n".join(row))[0] for row in rows[:2000] if not _refused(judge, row)]
        alone = rate(len(cases), lambda cases=cases: [judge.decide(case) for case in cases])
        print(f"  Judge.decide, one core              {alone:>12,.0f}/s")
        many = rate(len(cases), lambda cases=cases: list(decide_many(cases, judge)))
        print(f"  decide_many, one core               {many:>12,.0f}/s")
        with tempfile.TemporaryDirectory() as folder:
            from_files(Path(folder), rows, options.workers)
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def from_files(folder: Path, rows: list[list[str]], workers: int) -> None:
    """Print the rates from files to a file by the clock on the wall; starting the processes counts."""
    pq.write_table(pa.table({"facts": rows}), folder / "in.parquet")
    with (folder / "in.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps({'facts': row})}\n" for row in rows)
    for name in ("in.parquet", "in.jsonl"):
        begin = time.perf_counter()
        run_batch(str(folder / name), folder / "out.parquet", BatchOptions(findings=False), workers=workers)
        speed = len(rows) / (time.perf_counter() - begin)
        print(f"  from {name:<12} {workers} workers, wall clock {speed:>8,.0f}/s")


def _refused(judge: Judge, row: list[str]) -> bool:
    try:
        judge.parse_cases("\n".join(row))
    except LegitError:
        return True
    return False


if __name__ == "__main__":
    main()
