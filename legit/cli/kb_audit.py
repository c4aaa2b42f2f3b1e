"""The commands that question a knowledge base: `kb test`, `kb verify` and `kb diff`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit.cli.common import BASE_INVALID, DONE, Commands, UsageError, add_command, open_judge, progress

if TYPE_CHECKING:
    from legit.audit.coverage import Part


def register(kb: Commands) -> None:
    """Add the commands of this module to those of `kb`."""
    test = add_command(
        kb, "test", _test, "run the examples and precedents of a knowledge base, and list what none of them proves"
    )
    test.add_argument(
        "--only", default="", metavar="TEXT", help="only checks whose name holds TEXT; nothing is said of coverage then"
    )
    test.add_argument(
        "--min-coverage", type=float, default=0.0, metavar="PERCENT",
        help="fail where less than this share of the criteria, undercutters, priorities or other rules is proven",
    )  # fmt: skip


def _test(options: argparse.Namespace) -> int:
    from legit.audit.coverage import Coverage, least
    from legit.audit.examples import checks, outcome

    if not 0 <= options.min_coverage <= 100:
        raise UsageError("the least coverage is a share between 0 and 100 per cent")
    if options.only and options.min_coverage:
        raise UsageError("coverage is counted over all checks: leave out --only or --min-coverage")
    judge = open_judge(options)
    covered = None if options.only else Coverage(judge)
    passed = failed = deviating = 0
    with progress("testing") as step:
        for check in checks(judge.base):
            if options.only not in check.name:
                continue
            found = outcome(judge, check)
            passed += found.passed
            failed += not found.passed
            deviating += found.passed and bool(found.message)
            step(passed + failed, 0)
            if not found.passed:
                print(f"FAILED {found.kind} {found.name}: {found.message}")
            elif covered:
                covered.add(check)
    print(f"{passed} passed, {failed} failed" + (f" ({deviating} deviate as argued)" if deviating else ""))
    parts = covered.parts if covered else []
    _print_coverage(parts)
    return BASE_INVALID if failed or least(parts) < options.min_coverage else DONE


def _print_coverage(parts: list[Part]) -> None:
    if parts:
        print("\nproven by a check")
    for part in parts:
        print(f"  {part.name:<14}{part.total - len(part.uncovered):>4} of {part.total:>4}  {part.percent:5.1f} %")
        for text in part.uncovered:
            print(f"      not proven: {text}")
