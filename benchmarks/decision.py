"""How long a decision takes: warm, and from a fresh process.

    python benchmarks/decision.py [--rounds N]

Prints p50 and p99 over N rounds of the examples, in one process on one core, and the medians of fresh processes: once
with an empty cache of derived data, once with a filled one. Times are wall-clock; compare figures of one run only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from legit.judge import Judge

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.legit"))
FRESH = """
import time; begin = time.perf_counter()
import legit
legit.assess(open({path!r}, encoding="utf-8").read())
print(time.perf_counter() - begin)
"""


def times(work: Callable[[], object], rounds: int) -> list[float]:
    """Microseconds of each round."""
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        found.append((time.perf_counter() - begin) * 1e6)
    return sorted(found)


def fresh(cache: str, runs: int) -> float:
    """Median milliseconds of import and first assessment in a new process."""
    environment = {**os.environ, "LEGIT_CACHE": cache}
    code = FRESH.format(path=str(EXAMPLES[0]))
    found = [
        float(subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(found) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300, help="rounds for each example (default: %(default)s)")
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    judge = Judge()
    print(f"{'example':<46}{'decide p50':>12}{'p99':>9}{'assess p50':>12}{'p99':>9}   microseconds")
    medians = []
    for path in EXAMPLES:
        case = judge.read_one(path.read_text(encoding="utf-8"))
        judge.assess(case)
        decide = times(lambda case=case: judge.decide(case), rounds)  # type: ignore[misc]
        assess = times(lambda case=case: judge.assess(case), rounds)  # type: ignore[misc]
        row = [
            statistics.median(decide),
            decide[int(rounds * 0.99)],
            statistics.median(assess),
            assess[int(rounds * 0.99)],
        ]
        medians.append(row[0])
        print(f"{path.stem:<46}{row[0]:>12.0f}{row[1]:>9.0f}{row[2]:>12.0f}{row[3]:>9.0f}")
    print(f"\nmedian of the examples, decision without explanation: {statistics.median(medians):.0f} microseconds")
    with tempfile.TemporaryDirectory() as cache:
        print(f"import and first assessment, nothing cached: {fresh('', 5):.0f} ms")
        fresh(cache, 1)
        print(f"import and first assessment, derived data cached: {fresh(cache, 5):.0f} ms")


if __name__ == "__main__":
    main()
