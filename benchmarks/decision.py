"""How long an answer takes: decided, assessed, explained; and from a fresh process.

    python benchmarks/decision.py [--rounds N] [--python PYTHON]

Prints p50 and p99 over N rounds of the examples, in one process on one core, and the medians of fresh processes: once
with an empty cache of derived data, once with a filled one. Times are those of the processor, so that other work on the
machine counts as little as may be; `--wall` prints those of the clock on the wall. Compare figures of one run only.

A checkout that is installed in place starts slower than the package: the fresh processes of `--python` are those of
another environment, as `make package` leaves one in `.venv/package`.
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
from functools import partial
from pathlib import Path

from legit.judge import Judge
from legit.model.facts import Case

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.legit"))
FRESH_PROCESS_CODE = """
import time; begin = time.perf_counter()
import legit
legit.assess(open({path!r}, encoding="utf-8").read())
print(time.perf_counter() - begin)
"""


OPERATIONS: dict[str, Callable[[Judge, Case], object]] = {
    "decide": Judge.decide,
    "assess": Judge.assess,
    "explain": lambda judge, case: judge.explain(case, counterfactuals=False),
    "beyond": Judge.explain,
}
"""With findings; with grounds, sources, questions and reliance; with the whole proof; with what would change it."""


def time_rounds(work: Callable[[], object], rounds: int, clock: Callable[[], float]) -> list[float]:
    """Microseconds of each round, ascending."""
    found = []
    for _ in range(rounds):
        begin = clock()
        work()
        found.append((clock() - begin) * 1e6)
    return sorted(found)


def time_fresh_process(python: str, cache: str, runs: int) -> float:
    """Median milliseconds of import and first assessment in a new process, away from the checkout."""
    environment = {**os.environ, "LEGIT_CACHE": cache}
    code = FRESH_PROCESS_CODE.format(path=str(EXAMPLES[0]))
    found = [
        float(subprocess.run([python, "-c", code], env=environment, cwd="/", check=True, capture_output=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(found) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300, help="rounds for each example (default: %(default)s)")
    parser.add_argument("--wall", action="store_true", help="measure by the clock on the wall")
    parser.add_argument("--python", default=sys.executable, help="of the fresh processes (default: this one)")
    options = parser.parse_args()
    clock = time.perf_counter if options.wall else time.process_time
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    judge = Judge()
    print(f"{'microseconds, p50 and p99':<42}{'facts':>6}" + "".join(f"{name:>10}{'':>8}" for name in OPERATIONS))
    medians: dict[str, list[tuple[float, float]]] = {name: [] for name in OPERATIONS}
    for path in EXAMPLES:
        case = judge.parse_case(path.read_text(encoding="utf-8"))
        row = f"{path.stem:<42}{len(case.facts):>6}"
        for name, work in OPERATIONS.items():
            work(judge, case)
            rounds = options.rounds if name != "beyond" else max(3, options.rounds // 100)
            found = time_rounds(partial(work, judge, case), rounds, clock)
            figures = statistics.median(found), found[int(rounds * 0.99)]
            medians[name].append(figures)
            row += f"{figures[0]:>10,.0f}{figures[1]:>8,.0f}"
        print(row)
    print(
        f"{'median of the examples':<48}"
        + "".join(
            f"{statistics.median(p50 for p50, _ in found):>10,.0f}{statistics.median(p99 for _, p99 in found):>8,.0f}"
            for found in medians.values()
        )
    )
    python = str(Path(options.python).absolute())
    with tempfile.TemporaryDirectory() as cache:
        print(f"import and first assessment, nothing cached: {time_fresh_process(python, '', 5):.0f} ms")
        time_fresh_process(python, cache, 1)
        print(f"import and first assessment, derived data cached: {time_fresh_process(python, cache, 15):.0f} ms")


if __name__ == "__main__":
    main()
