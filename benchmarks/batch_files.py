"""How fast and in how much memory `legit batch` goes from a file to a file.

    python benchmarks/batch_files.py [--cases 1000000] [--workers 2] [--distinct 50000]

Each case has the sentences of a described case that leaves nothing open, and what its rule forbids: one of
`--distinct` quoted texts. Prints for Parquet and for JSON lines
the cases a second by the clock on the wall, the seconds of the processors, and the memory at most of all processes
together. A tenth of the cases is decided too, which shows whether the time grows with the number alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from batch import sentences_of_cases
from process_memory import most_memory

from legit.judge import cached_judge

GROUP = 1 << 16


def case_rows(count: int, distinct: int, seed: int) -> list[list[str]]:
    """Rows of sentences."""
    chance = random.Random(seed)
    described = [
        [sentence for sentence in row if not sentence.startswith("The rule forbids")]
        for row in sentences_of_cases(cached_judge(), complete=True)
    ]
    return [
        [*row, f'The rule forbids "thing {chance.randrange(distinct)}".'] for row in chance.choices(described, k=count)
    ]


def write(folder: Path, count: int, distinct: int) -> None:
    """Write the same cases as Parquet and as JSON lines, a group of rows at a time."""
    schema = pa.schema([("facts", pa.list_(pa.string()))])
    with (
        pq.ParquetWriter(folder / "in.parquet", schema) as parquet,
        (folder / "in.jsonl").open("w", encoding="utf-8") as lines,
    ):
        for first in range(0, count, GROUP):
            rows = case_rows(min(GROUP, count - first), distinct, first)
            parquet.write_table(pa.table({"facts": rows}, schema))
            lines.writelines(f"{json.dumps({'facts': row})}\n" for row in rows)


def measure(folder: Path, name: str, count: int, workers: int) -> None:
    """Run the command on a file and print what it took."""
    out = folder / "out.parquet"
    words = ["batch", str(folder / name), str(out), "--no-findings", "--workers", str(workers)]
    before, begin = os.times(), time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "legit", *words], stderr=subprocess.DEVNULL)
    with most_memory(process.pid) as memory:
        status = process.wait()
    after, wall = os.times(), time.perf_counter() - begin
    used = after.children_user + after.children_system - before.children_user - before.children_system
    decided = pq.ParquetFile(out).metadata.num_rows
    assert (status, decided) == (0, count), f"{decided} of {count} decided"
    print(
        f"{count:>9,} cases from {name:<11}{count / wall:>9,.0f}/s on the wall, {used:.1f} s of the processors, "
        f"{memory.megabytes:.0f} MB at most in {memory.processes} processes",
        flush=True,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--distinct", type=int, default=50_000)
    options = parser.parse_args()
    for count in (options.cases // 10, options.cases):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), count, options.distinct)
            for name in ("in.parquet", "in.jsonl"):
                measure(Path(folder), name, count, options.workers)


if __name__ == "__main__":
    main()
