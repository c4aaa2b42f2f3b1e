"""`legit kb verify`: whether properties hold of all cases, those of the base or one given on the command line."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.exit_status import BASE_INVALID, DONE, TIMED_OUT
from legit.cli.knowledge import open_judge, require_entry, require_known
from legit.cli.options import Subparsers, add_base_options, add_bound, add_command, add_format, add_time_limit
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError
from legit.messages import message
from legit.render.terminal import fill, progress

if TYPE_CHECKING:
    from legit.assurance.concrete_case import ConcreteCase
    from legit.assurance.verify import PropertyResult, Verifier

_INDENT = " " * 7
_EXCEPTION_WIDTH = 100


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "verify", run, "verify properties of all cases: those of the base, or one of your own"
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these properties, by id or title (default: all of the base)"
    )
    parser.add_argument(
        "--include-base", action="store_true",
        help="for a base that extends another: the properties of that one too",
    )  # fmt: skip
    parser.add_argument(
        "--property", nargs="+", metavar=("KIND", "OPERAND"),
        help="instead: always-implies A B, never-applies A, equivalent A B or conflict A B, where an operand is a "
        "criterion by its id or title, a verdict, a result as `method_harm_level(stop)`, or a sentence in quotation "
        "marks",
    )  # fmt: skip
    add_bound(parser, "cases with up to N names and N dates; all other facts are never bounded")
    add_time_limit(parser, 300.0, "for each property")
    parser.add_argument(
        "--write-cases", type=Path, metavar="DIR", help="write each counterexample to a file of this folder"
    )
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.assurance.verify import Verifier
    from legit.engine.ground_rule import Bounds

    if sum(map(bool, (options.names, options.include_base, options.property))) > 1:
        raise UsageError("give NAME, --include-base or --property, and only one of them")
    verifier = Verifier(open_judge(options), Bounds(options.bound, options.bound))
    results = _check_adhoc(verifier, options) if options.property else _check_named(verifier, options)
    if options.write_cases:
        _write_cases(results, options.write_cases)
    if options.format == "json":
        print_json(results)
    else:
        if options.property:
            _print_adhoc(results[0], options.property[0])
        else:
            _print_named(results)
        _print_total(results, verifier, named=not options.property)
    if any(not result.conclusive for result in results):
        return TIMED_OUT
    return DONE if options.property or all(result.holds for result in results) else BASE_INVALID


def _check_adhoc(verifier: Verifier, options: argparse.Namespace) -> list[PropertyResult]:
    from legit.assurance.adhoc_properties import ADHOC_PROPERTIES, arity, check_adhoc

    kind, *operands = options.property
    require_known("kind of property", kind, ADHOC_PROPERTIES, plural="kinds")
    if len(operands) != arity(kind):
        raise UsageError(f"`{kind}` takes {arity(kind)} operand{'s' if arity(kind) > 1 else ''}")
    return [check_adhoc(verifier, kind, operands, options.time_limit)]


def _check_named(verifier: Verifier, options: argparse.Namespace) -> list[PropertyResult]:
    from legit.catalogue.entries import Entries
    from legit.knowledge.properties import load_properties

    base = verifier.judge.base
    properties = load_properties(base)
    if options.names:
        entries = Entries(base)
        ids = {require_entry(entries, name, ("property",)).id for name in options.names}
        properties = [item for item in properties if item.id in ids]
    elif not options.include_base:
        properties = [item for item in properties if base.owns_path(item.path)]
    results = []
    with progress(message("cli.verifying")) as step:
        for number, item in enumerate(properties):
            step(number, len(properties))
            results.append(verifier.check(item, options.time_limit))
    return results


def _print_adhoc(result: PropertyResult, kind: str) -> None:
    """Print whether there is a case against a property given on the command line."""
    print(result.question)
    if not result.conclusive:
        print(message("cli.adhoc_timed_out", kind=kind))
    elif result.holds:
        print(message("cli.adhoc_holds", kind=kind, cases=result.case_count))
    else:
        print(message("cli.adhoc_fails", kind=kind))
    for counterexample in result.counterexamples:
        _print_case(counterexample.case)


def _print_named(results: list[PropertyResult]) -> None:
    """Print the results for properties of the base, each with its counterexamples."""
    for result in results:
        word = message(f"cli.property_{_status(result)}")
        print(f"{word:<7}{result.question}  {result.expected if result.holds else _failure_text(result)}")
        print(f"{_INDENT}{result.id}, {result.seconds} s")
        for name, why in result.confirmed_exceptions.items():
            text = message("cli.exception", name=name, why=why)
            print(fill(text, _EXCEPTION_WIDTH, _INDENT, f"{_INDENT}  "))
        for name in result.stale_exceptions:
            print(_INDENT + message("cli.stale_exception", name=name))
        for item in result.counterexamples:
            instance = message("cli.of_instance", instance=item.instance) if item.instance else ""
            if item.case:
                print(_INDENT + message("cli.case_exists", instance=instance))
            else:
                print(_INDENT + message("cli.no_case_exists", instance=instance, cases=result.case_count))
            _print_case(item.case)


def _status(result: PropertyResult) -> str:
    return "valid" if result.holds else "invalid" if result.conclusive else "open"


def _failure_text(result: PropertyResult) -> str:
    if not result.conclusive:
        return message("cli.not_answered")
    return message("cli.answer_yes") if result.expected == "no" else message("cli.answer_not_all")


def _print_case(case: ConcreteCase | None) -> None:
    if case is None:
        return
    print(textwrap.indent(case.text.rstrip(), f"{_INDENT}  "))
    print(f"{_INDENT}  -> {message('cli.outcomes_separator').join(case.outcomes)}")
    if not case.replayed:
        print(f"{_INDENT}  ({message('cli.case_not_replayed')})")


def _print_total(results: list[PropertyResult], verifier: Verifier, *, named: bool) -> None:
    if not results:
        print(message("cli.no_property"))
        return
    valid = message("cli.properties_valid", valid=sum(item.holds for item in results), total=len(results))
    values = {
        "space": verifier.space,
        "cases": results[0].case_count,
        "facts": f"{len(verifier.space.symbols):,}",
        "seconds": round(sum(result.seconds for result in results), 1),
    }
    if all(result.conclusive for result in results):
        searched = message("cli.all_cases_searched", **values)
    else:
        searched = message("cli.not_all_cases_searched", **values)
    print((valid if named else "") + searched)


def _write_cases(results: list[PropertyResult], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        for number, item in enumerate(result.counterexamples, start=1):
            if item.case:
                path = folder / f"{result.id}_{number}.legit"
                path.write_text(f"# {result.question}\n{item.case.text}", encoding="utf-8")
