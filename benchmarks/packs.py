"""How much longer a decision takes with every shipped pack than without: `python benchmarks/packs.py [--runs N]`.

The cases are the examples and precedents of the shipped base, each decided alone by a warm engine, by turns. Prints the
median of each, and their ratio. The exit status is 1 where the ratio is above `MOST`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from legit.assurance.examples import expected_cases
from legit.judge import Judge, cached_judge
from legit.knowledge.packs import shipped_packs
from legit.model.facts import Case

MOST = 1.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="packs.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="how often each case is decided")
    options = parser.parse_args()
    packs = sorted(shipped_packs())
    judges = [cached_judge(), cached_judge(packs=packs)]
    cases = [case for item in expected_cases(judges[0].base) for case in judges[0].parse_cases(item.text)]
    times: list[list[float]] = [[], []]
    for run in range(options.runs + 1):
        for case in cases:
            for number, judge in enumerate(judges):
                spent = _seconds(judge, case)
                if run:  # the first run warms the engines
                    times[number].append(spent)
    without, with_packs = (statistics.median(part) for part in times)
    print(f"{len(cases)} cases, {options.runs} runs, packs: {', '.join(packs)}")
    print(
        f"without {without * 1e6:.0f} µs, with {with_packs * 1e6:.0f} µs a decision, ratio {with_packs / without:.2f}"
    )
    return int(with_packs / without > MOST)


def _seconds(judge: Judge, case: Case) -> float:
    begin = time.perf_counter()
    judge.decide(case)
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
