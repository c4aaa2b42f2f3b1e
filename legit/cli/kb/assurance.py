"""The commands that question a knowledge base: `kb test` and `kb verify`."""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import (
    BASE_INVALID,
    DONE,
    TIMED_OUT,
    Subparsers,
    UsageError,
    add_command,
    add_format,
    open_judge,
    progress,
)

if TYPE_CHECKING:
    from legit.assurance.concrete_case import ConcreteCase
    from legit.assurance.coverage import CoverageCategory
    from legit.assurance.verify import PropertyResult, Verifier


def register(kb: Subparsers) -> None:
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

    test.add_argument(
        "--all", action="store_true", help="for a base that extends another: what that one says of itself too"
    )

    verify = add_command(
        kb, "verify", _verify, "answer questions about all cases: the named ones of the base, or one put on the spot"
    )
    verify.add_argument(
        "names", nargs="*", metavar="NAME", help="only these questions, by id or title (default: all of the base)"
    )
    verify.add_argument(
        "--all", action="store_true", help="for a base that extends another: the questions of that one too"
    )
    verify.add_argument(
        "--question", nargs="+", metavar=("KIND", "THING"),
        help="instead: always-implies A B, never-applies A, equivalent A B or conflict A B, where a thing is a "
        "criterion by its id or title, a verdict, a result as `harm(stop)`, or a sentence in quotation marks",
    )  # fmt: skip
    verify.add_argument(
        "--bound", type=int, default=2, metavar="N",
        help="cases with up to N names and N dates; all other facts are never bounded (default: %(default)s)",
    )  # fmt: skip
    verify.add_argument(
        "--time-limit", type=float, default=300.0, metavar="SECONDS", help="for each question (default: %(default)s)"
    )
    verify.add_argument("--witnesses", type=Path, metavar="DIR", help="write each witness to a file of this folder")
    add_format(verify)


def _test(options: argparse.Namespace) -> int:
    from legit.assurance.coverage import Coverage, lowest_percent
    from legit.assurance.examples import expected_cases, run_case

    if not 0 <= options.min_coverage <= 100:
        raise UsageError("the least coverage is a share between 0 and 100 per cent")
    if options.only and options.min_coverage:
        raise UsageError("coverage is counted over all checks: leave out --only or --min-coverage")
    judge = open_judge(options)
    own = not options.all
    covered = None if options.only else Coverage(judge, own)
    passed = failed = deviating = 0
    with progress("testing") as step:
        for check in expected_cases(judge.base, own_only=own):
            if options.only not in check.name:
                continue
            found = run_case(judge, check)
            passed += found.passed
            failed += not found.passed
            deviating += found.passed and bool(found.message)
            step(passed + failed, 0)
            if not found.passed:
                print(f"FAILED {found.kind} {found.name}: {found.message}")
            elif covered:
                covered.add_case(check)
    if options.only and not passed + failed:
        raise UsageError(f"no check has `{options.only}` in its name; see `legit kb list`")
    print(f"{passed} passed, {failed} failed" + (f" ({deviating} deviate as argued)" if deviating else ""))
    parts = covered.categories if covered else []
    _print_coverage(parts)
    return BASE_INVALID if failed or lowest_percent(parts) < options.min_coverage else DONE


def _print_coverage(parts: list[CoverageCategory]) -> None:
    if parts:
        print("\nproven by a check")
    for part in parts:
        print(f"  {part.name:<14}{part.total - len(part.uncovered):>4} of {part.total:>4}  {part.percent:5.1f} %")
        for text in part.uncovered:
            print(f"      not proven: {text}")


def _verify(options: argparse.Namespace) -> int:
    from legit.assurance.verify import Verifier
    from legit.engine.ground_rule import Bounds

    if not 0 <= options.bound <= 12:
        raise UsageError("the bound is a number of names and dates between 0 and 12")
    if not options.time_limit > 0:
        raise UsageError("the time limit must be more than 0 seconds")
    verifier = Verifier(open_judge(options), Bounds(options.bound, options.bound))
    answers = _check_adhoc(verifier, options) if options.question else _check_named(verifier, options)
    if options.witnesses:
        _write_cases(answers, options.witnesses)
    if options.format == "json":
        print(json.dumps([answer.model_dump(mode="json") for answer in answers], indent=2, ensure_ascii=False))
    else:
        if options.question:
            _print_adhoc(answers[0], options.question[0])
        else:
            _print_named(answers)
        _print_total(answers, verifier, named=not options.question)
    if any(not answer.conclusive for answer in answers):
        return TIMED_OUT
    return DONE if options.question or all(answer.holds for answer in answers) else BASE_INVALID


def _check_adhoc(verifier: Verifier, options: argparse.Namespace) -> list[PropertyResult]:
    from legit.assurance.adhoc_properties import ADHOC_PROPERTIES, arity, check_adhoc

    kind, *about = options.question
    if kind not in ADHOC_PROPERTIES:
        raise UsageError(f"there is no question `{kind}`; questions: {', '.join(ADHOC_PROPERTIES)}")
    if options.names or len(about) != arity(kind):
        raise UsageError(f"`{kind}` asks about {arity(kind)} thing{'s' if arity(kind) > 1 else ''}")
    return [check_adhoc(verifier, kind, about, options.time_limit)]


def _check_named(verifier: Verifier, options: argparse.Namespace) -> list[PropertyResult]:
    from legit.assurance.properties import load_properties
    from legit.catalogue.entries import Entries
    from legit.cli.kb.entry_names import require_entry

    base = verifier.judge.base
    known = load_properties(base)
    if options.names:
        entries = Entries(base)
        wanted = {require_entry(entries, name, ("property",)).id for name in options.names}
        chosen = [item for item in known if item.id in wanted]
    else:
        chosen = [item for item in known if options.all or base.owns_path(item.path)]
    answers = []
    with progress("verifying") as step:
        for number, item in enumerate(chosen):
            step(number * 10, len(chosen) * 10)
            answers.append(verifier.check(item, options.time_limit))
    return answers


def _print_adhoc(result: PropertyResult, kind: str) -> None:
    """Print the answer to a question on the spot: whether there is a case against it, and what follows."""
    print(result.question)
    if not result.conclusive:
        print(f"Whether there is such a case was not found out in time, so `{kind}` is not answered.")
    elif result.holds:
        print(f"There is none among {result.case_count} cases up to the bound, so `{kind}` is answered yes.")
    else:
        print(f"There is such a case, so `{kind}` is answered no:")
    for found in result.counterexamples:
        _print_case(found.case)


def _print_named(results: list[PropertyResult]) -> None:
    """Print the answers to questions of the base, each with what is against it."""
    for answer in results:
        word = "holds" if answer.holds else "FAILS" if answer.conclusive else "OPEN"
        print(f"{word:<7}{answer.question}  {answer.expected if answer.holds else _failure_text(answer)}")
        print(f"       {answer.id}, {answer.seconds} s")
        for name, why in answer.confirmed_exceptions.items():
            print(textwrap.fill(f"except {name}: {why}", 100, initial_indent=" " * 7, subsequent_indent=" " * 9))
        for name in answer.stale_exceptions:
            print(f"       stands as an exception, and is none: {name}")
        for found in answer.counterexamples:
            of = f" for {found.instance}" if found.instance else ""
            if found.case:
                print(f"       There is such a case{of}:")
            else:
                print(f"       There is no such case{of} among {answer.case_count} cases up to the bound.")
            _print_case(found.case)


def _print_case(case: ConcreteCase | None) -> None:
    if case is None:
        return
    print(textwrap.indent(case.text.rstrip(), " " * 9))
    print(f"         -> {'; then '.join(case.outcomes)}")
    if not case.replayed:
        print("         (judging this text gives another result: please report it)")


def _print_total(results: list[PropertyResult], verifier: Verifier, *, named: bool) -> None:
    if not results:
        print("the base asks no question of its own; --all puts those of a base that it extends")
        return
    seconds = round(sum(answer.seconds for answer in results), 1)
    held = sum(answer.holds for answer in results)
    total = f"{held} of {len(results)} hold; " if named else ""
    facts = len(verifier.space.symbols)
    cases = results[0].case_count
    gone = "all" if all(answer.conclusive for answer in results) else "in the time given not all"
    print(f"{total}{gone} cases {verifier.space} were gone through: {cases} cases of {facts:,} facts, {seconds} s")


def _failure_text(result: PropertyResult) -> str:
    if not result.conclusive:
        return "not answered in time"
    return "yes" if result.expected == "no" else "not for all"


def _write_cases(results: list[PropertyResult], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for answer in results:
        for number, found in enumerate(answer.counterexamples, start=1):
            if found.case:
                path = folder / f"{answer.id}_{number}.legit"
                path.write_text(f"# {answer.question}\n{found.case.text}", encoding="utf-8")
