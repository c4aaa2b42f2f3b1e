"""Try to break the invariants of a knowledge base on generated cases: `python -m legit.testing.invariants --cases N`.

Every case is tried against every invariant. A violated invariant is printed with the smallest case found that violates
it, and is not tried again. One that the base declares not to hold is tried on the case that shows it, and on no other.
The exit status is 1 when an invariant was violated, or when one that was declared not to hold now holds.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from legit.judge import cached_judge
from legit.testing.invariants import (
    InvariantViolationError,
    all_invariants,
    check_invariant,
    confirm_violation,
    expected_violations,
)
from legit.testing.seeded_cases import SeededCases


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m legit.testing.invariants", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--cases", type=int, default=10_000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="the number of the first case")
    parser.add_argument("--invariant", default="", metavar="NAME", help="only invariants whose name holds NAME")
    parser.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
    parser.add_argument("--pack", action="append", default=[], metavar="NAME", help="add a pack; may be repeated")
    parser.add_argument("--profile", default="default", metavar="NAME")
    options = parser.parse_args()
    judge = cached_judge(options.kb, options.profile, options.pack)
    left = [invariant for invariant in all_invariants(judge.base) if options.invariant in invariant.name]
    source = SeededCases(judge)
    tried = broken = mended = 0
    excepted = expected_violations(judge.base)
    for invariant in [invariant for invariant in left if invariant.name in excepted]:
        left.remove(invariant)
        wrong = confirm_violation(invariant, judge, excepted[invariant.name].case)
        mended += not wrong
        print(
            f"known not to hold: {invariant.name}: {wrong}"
            if wrong
            else f"HOLDS NOW: {invariant.name}: take it off invariants.toml"
        )
    begin = time.process_time()
    for number in range(options.first, options.first + options.cases):
        case = source.case(number)
        for invariant in list(left):
            tried += 1
            try:
                check_invariant(invariant, judge, case, first_seed=number)
            except InvariantViolationError as error:
                print(f"{error}\n")
                left.remove(invariant)
                broken += 1
        if sys.stderr.isatty() and number % 100 == 0:
            print(f"\r{number - options.first}/{options.cases}", end="", file=sys.stderr, flush=True)
    kept = ", ".join(invariant.name for invariant in left)
    print(f"{tried} trials on {options.cases} cases in {time.process_time() - begin:.0f} s of the processor")
    print(f"{broken} invariants broken; these held: {kept}")
    return 1 if broken or mended else 0


if __name__ == "__main__":
    sys.exit(main())
