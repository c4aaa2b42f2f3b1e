"""How many cases a second are decided, from a file of cases to their decisions.

    python benchmarks/batch.py [--cases 100000] [--workers 2]

The sentences of the cases are drawn from the examples and precedents of the base: each case is one of these with up to
three sentences left out and up to three put in that other cases state. A share of the cases has open inputs. Prints for
each way in and out the cases a second of the processor's time in one process, and the wall clock with workers. For each
figure a sample of the decisions is compared with those of `Judge.decide`. Compare figures of one run only.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from legit.assurance.examples import expected_cases
from legit.batch import decide, decide_many
from legit.batch.batch_judge import ROWS_AT_ONCE, BatchJudge
from legit.batch.job import BatchOptions, run_batch
from legit.errors import LegitError
from legit.judge import Judge, cached_judge

SAMPLE = 300


def drawn_rows(judge: Judge, count: int, seed: int = 0) -> Iterator[list[str]]:
    """Rows of sentences near the cases of the base."""
    chance = random.Random(seed)
    cases = [
        [
            line
            for line in judge.writer.case(case.model_copy(update={"name": ""})).splitlines()
            if line and line != "Case."
        ]
        for item in expected_cases(judge.base)
        for case in judge.parse_cases(item.text)
    ]
    sentences = sorted({sentence for case in cases for sentence in case})
    for _ in range(count):
        row = list(chance.choice(cases))
        for _ in range(min(chance.randint(0, 3), len(row) - 1)):
            row.pop(chance.randrange(len(row)))
        yield row + chance.sample(sentences, chance.randint(0, 3))


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


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    judge = cached_judge()
    rows = list(drawn_rows(judge, options.cases))
    words = pa.array([sentence for row in rows for sentence in row]).dictionary_encode()
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    table = pa.table({"facts": pa.ListArray.from_arrays(pa.array(starts), words)})
    print(f"{len(rows)} cases, {len(words) / len(rows):.1f} sentences each, {len(words.dictionary)} distinct sentences")

    decided = decide(table, judge)  # warm, and for the comparison
    check_sample(judge, rows, decided)
    kinds = BatchJudge(judge)
    numbers = kinds.sentences.numbers(words.dictionary.to_pylist())[words.indices.to_numpy()]
    lengths = np.diff(starts)
    particular = kinds._particular(
        len(rows), np.repeat(np.arange(len(rows)), lengths), numbers, kinds.sentences.kinds[numbers]
    )
    print(
        f"{particular.mean():.1%} of the rows are read as whole cases first; {decided['verdict'].null_count} rejected"
    )

    one = judge.parse_cases("\n".join(rows[0]))[0]
    print(f"  one at a time, from a case      {rate(1000, lambda: [judge.decide(one) for _ in range(1000)]):>12,.0f}/s")
    plain = table.filter(pa.array(~particular))
    blocks = pa.Table.from_batches(plain.to_batches(max_chunksize=ROWS_AT_ONCE))
    for name, which in (("all rows", table), ("rows of columns alone", blocks)):
        for findings in (False, True):
            speed = rate(which.num_rows, lambda which=which, findings=findings: decide(which, judge, findings=findings))
            print(f"  from Arrow, {name}{', with findings' if findings else '':<16} {speed:>12,.0f}/s")
    cases = [judge.parse_cases("\n".join(row))[0] for row in rows[:5000] if not _refused(judge, row)]
    print(f"  from Case objects               {rate(len(cases), lambda: list(decide_many(cases, judge))):>12,.0f}/s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        pq.write_table(pa.table({"facts": [*rows]}), path / "in.parquet")
        with (path / "in.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps({'facts': row})}\n" for row in rows)
        for name in ("in.parquet", "in.jsonl"):
            for workers in {1, options.workers}:
                speed = rate(
                    len(rows),
                    lambda name=name, workers=workers: run_batch(
                        str(path / name), path / "out.parquet", BatchOptions(findings=False), workers=workers
                    ),
                    time.perf_counter,
                )
                print(f"  from {name}, {workers} workers, wall clock {speed:>12,.0f}/s")
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _refused(judge: Judge, row: list[str]) -> bool:
    try:
        judge.parse_cases("\n".join(row))
    except LegitError:
        return True
    return False


if __name__ == "__main__":
    main()
