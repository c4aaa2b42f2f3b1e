"""Whether memory stays flat over many assessments.

    python benchmarks/memory.py [--decisions N] [--assessments N]

One judge decides the cases described in `tests/data` and `examples` over and over, then assesses them with all
explanations. Resident memory is printed at checkpoints, and how much it grew over the last four fifths, when the
caches are full. Every case is read anew each time, so that none is remembered by being the same object;
each is followed by one whose names, number and quotation no case had before.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from legit.evals.dataset import split_cases
from legit.judge import Judge
from legit.model.facts import Case

ROOT = Path(__file__).parents[1]
MAX_GROWTH_MB = 2.0
"""Megabytes of growth over the last four fifths that still count as flat."""


def resident_mb() -> float:
    """Megabytes of memory that the process holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def case_texts() -> list[str]:
    """The texts of all cases of the repository."""
    found = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.legit"))]
    for path in sorted((ROOT / "tests/data").glob("*.legit")):
        found += [text for _, text in split_cases(path.read_text(encoding="utf-8"))]
    return found


def endless_cases(judge: Judge) -> Iterator[Case]:
    """The cases without end, each a new object."""
    known = [judge.parse_case(text).model_dump() for text in case_texts()]
    for number in count():
        yield Case.model_validate(known[number % len(known)])
        yield judge.parse_case(
            f'"Step {number}" needs "step {number + 1}" first. The rule forbids "thing {number}".\n'
            f"The rule is {number} years old."
        )


def stays_flat(label: str, work: Callable[[Case], object], judge: Judge, calls: int) -> bool:
    """Print memory at checkpoints over `times` calls; whether it stayed flat."""
    checkpoints = {calls // 10 * tenth for tenth in range(1, 11)}
    begin, early = time.perf_counter(), 0.0
    for number, case in enumerate(endless_cases(judge), start=1):
        work(case)
        if number in checkpoints:
            gc.collect()
            now = resident_mb()
            early = early if number > calls // 5 else now
            print(f"{number:>9,} {label:<12}{now:>8.1f} MB{time.perf_counter() - begin:>8.0f} s")
        if number >= calls:
            break
    grown = resident_mb() - early
    print(f"{'flat' if grown <= MAX_GROWTH_MB else 'NOT FLAT':<10}{grown:+.1f} MB over the last four fifths\n")
    return grown <= MAX_GROWTH_MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=100_000, help="(default: %(default)s)")
    parser.add_argument("--assessments", type=int, default=10_000, help="(default: %(default)s)")
    options = parser.parse_args()
    judge = Judge()
    print(f"judge made: {resident_mb():.1f} MB")
    flat = [
        stays_flat("decisions", judge.decide, judge, options.decisions),
        stays_flat("assessments", judge.assess, judge, options.assessments),
    ]
    if not all(flat):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
