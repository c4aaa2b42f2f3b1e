"""`legit kb test`: runs the examples and precedents of a base, and lists the rules that none of them proves."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit.cli.exit_status import BASE_INVALID, DONE
from legit.cli.knowledge import open_judge
from legit.cli.options import Subparsers, add_base_options, add_command, percent
from legit.cli.usage_error import UsageError
from legit.messages import message
from legit.render.terminal import progress

if TYPE_CHECKING:
    from legit.assurance.coverage import CoverageCategory


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "test", run,
        "run the examples and precedents of a knowledge base, and list what none of them proves",
    )  # fmt: skip
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only checks whose name contains TEXT; coverage is not counted then"
    )
    parser.add_argument(
        "--min-coverage", type=percent, default=0.0, metavar="PERCENT",
        help="fail where less than this share of the criteria, undercutters, priorities or other rules is proven",
    )  # fmt: skip
    parser.add_argument(
        "--include-base", action="store_true",
        help="for a base that extends another: the examples and precedents of that one too",
    )  # fmt: skip
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.assurance.coverage import Coverage, lowest_percent
    from legit.assurance.examples import expected_cases, run_case

    if options.only and options.min_coverage:
        raise UsageError("coverage is counted over all checks: leave out --only or --min-coverage")
    judge = open_judge(options)
    own_only = not options.include_base
    coverage = None if options.only else Coverage(judge, own_only)
    passed = failed = deviating = 0
    with progress(message("cli.testing")) as step:
        checks = [check for check in expected_cases(judge.base, own_only=own_only) if options.only in check.name]
        for check in checks:
            result = run_case(judge, check)
            passed += result.passed
            failed += not result.passed
            deviating += result.passed and bool(result.message)
            step(passed + failed, len(checks))
            if not result.passed:
                print(message("cli.check_failed", kind=result.kind, name=result.name, reason=result.message))
            elif coverage:
                coverage.add_case(check)
    if options.only and not passed + failed:
        raise UsageError(f"no check has `{options.only}` in its name; see `legit kb list`")
    suffix = message("cli.checks_deviating", number=deviating) if deviating else ""
    print(message("cli.checks_run", passed=passed, failed=failed) + suffix)
    categories = coverage.categories if coverage else []
    _print_coverage(categories)
    return BASE_INVALID if failed or lowest_percent(categories) < options.min_coverage else DONE


def _print_coverage(categories: list[CoverageCategory]) -> None:
    if categories:
        print("\n" + message("cli.coverage_heading"))
    for category in categories:
        proven = category.total - len(category.uncovered)
        name = message(f"assurance.coverage_{category.name}")
        values = {"proven": proven, "total": category.total, "percent": category.percent}
        print("  " + message("assurance.proven_row", name=name, **values))
        for rule in category.uncovered:
            print("      " + message("cli.not_proven", rule=rule))
