"""The command that compares two knowledge bases: `kb diff`."""

from __future__ import annotations

import argparse
import contextlib
import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import (
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
    from legit.assurance.impact import Divergences, Impact
    from legit.assurance.text_diff import EntryDiff

_MAX_LINES = 12
_MAX_NUMBERS = 20


def register(kb: Subparsers) -> None:
    """Add the command of this module to those of `kb`."""
    diff = add_command(
        kb, "diff", _diff, "say what changed between two knowledge bases, and show cases that are judged otherwise"
    )
    diff.add_argument("old", metavar="OLD", help="a folder, or a revision of the git repository of this folder")
    diff.add_argument("new", metavar="NEW", nargs="?", help="the same (default: the knowledge base in use)")
    diff.add_argument(
        "--path", default="rules_kb", metavar="PATH", help="where a revision keeps the base (default: %(default)s)"
    )
    diff.add_argument("--cases", type=Path, metavar="DIR", help="also tell what changes for the cases of this folder")
    diff.add_argument("--log", type=Path, metavar="LOG", help="also tell which decisions of this log would change")
    diff.add_argument("--words-only", action="store_true", help="only what changed in words")
    diff.add_argument(
        "--bound", type=int, default=2, metavar="N",
        help="search among cases with up to N names and N dates (default: %(default)s)",
    )  # fmt: skip
    diff.add_argument(
        "--time-limit", type=float, default=300.0, metavar="SECONDS", help="for the search (default: %(default)s)"
    )
    add_format(diff)


def _diff(options: argparse.Namespace) -> int:
    from legit.assurance.impact import find_divergences, impact, iter_case_texts
    from legit.assurance.revision import base_at_revision
    from legit.assurance.text_diff import diff_bases
    from legit.engine.ground_rule import Bounds
    from legit.errors import DecisionTimeoutError
    from legit.judge import Judge
    from legit.knowledge.base import KnowledgeBase

    if not 0 <= options.bound <= 12:
        raise UsageError("the bound is a number of names and dates between 0 and 12")
    if options.cases and not options.cases.is_dir():
        raise UsageError(f"`{options.cases}` is not a folder")
    with contextlib.ExitStack() as stack:

        def judge(name: str) -> Judge:
            return Judge(KnowledgeBase.load(stack.enter_context(base_at_revision(name, options.path)), options.profile))

        old = judge(options.old)
        new = judge(options.new) if options.new else open_judge(options)
        words = diff_bases(old.base, new.base)
        found = moved = logged = None
        by_others: list[str] = []
        status = DONE
        if not options.words_only:
            try:
                found = find_divergences(old, new, Bounds(options.bound, options.bound), options.time_limit)
            except DecisionTimeoutError:
                status = TIMED_OUT
        if options.cases:
            with progress("judging") as step:
                moved = impact(old, new, iter_case_texts(options.cases), step)
            if not moved.total and not moved.unreadable:
                raise UsageError(
                    f"no case in `{options.cases}`: cases are files that end in .legit, or precedents in .toml files"
                )
        if options.log:
            with progress("judging") as step:
                logged = impact(old, new, _cases_of_log(options.log, old.base.digest, by_others), step)
    if options.format == "json":
        data = {
            "changes": [change.model_dump(mode="json") for change in words],
            "search": found.model_dump(mode="json") if found else None,
            "impact": moved.model_dump(mode="json") if moved else None,
            "log": {**logged.model_dump(mode="json"), "by_another_base": by_others} if logged else None,
        }
        print(json.dumps(data, indent=2, ensure_ascii=False))
        return status
    _print_text_diff(words)
    if found:
        _print_divergences(found)
    if status == TIMED_OUT:
        print("\nThe search did not end in time.")
    if moved:
        _print_impact(moved)
    if logged:
        _print_log_impact(logged, len(by_others))
    return status


def _cases_of_log(log: Path, old: str, by_others: list[str]) -> Iterator[tuple[str, str]]:
    """The cases of a log by their number; those that another base than `old` decided are noted in `by_others`."""
    from legit.decision_log import LogReader
    from legit.decision_log.filters import iter_cases

    for number, text, digest in iter_cases(LogReader(log)):
        if digest != old:
            by_others.append(str(number))
        yield str(number), text


def _print_text_diff(words: list[EntryDiff]) -> None:
    print("What changed" if words else "Nothing changed in words.")
    for change in words:
        print(f"  {change.status} {change.kind} {change.id}")
        shown = change.lines if len(change.lines) <= _MAX_LINES else change.lines[:_MAX_LINES]
        for line in shown:
            print(textwrap.fill(line, 110, initial_indent="      ", subsequent_indent="        "))
        if len(change.lines) > len(shown):
            print(f"      and {len(change.lines) - len(shown)} more")


def _print_divergences(found: Divergences) -> None:
    tried = f"(all cases that both can state were gone through: {found.case_count}, {found.seconds} s)"
    if not found.divergences:
        print(f"\nNo case is judged otherwise {tried}.")
        return
    print(f"\nWhat is judged otherwise {tried}")
    for shift in found.divergences:
        print(f"\n  {shift.summary}")
        if shift.case:
            # The second case says the same as the first.
            text, _, _ = shift.case.text.partition("\n\n")
            lines = [line for line in text.splitlines() if not line.startswith('Case "before"')]
            print(textwrap.indent("\n".join(lines) or "(nothing is said)", "      "))
            print(f"      -> {'; then '.join(shift.case.outcomes)}")
            if not shift.case.replayed:
                print("      (judging this text gives another result: please report it)")


def _print_impact(impact: Impact) -> None:
    print(f"\nImpact: {len(impact.deltas)} of {impact.total} cases come out otherwise{_summary_suffix(impact)}")
    _print_verdict_transitions(impact)
    for item in impact.deltas:
        print(f"  {item.file}: {item.case}")
        for line in item.lines():
            print(f"      {line}")
    for line in impact.unreadable:
        print(f"  not understood by both: {line}")


def _summary_suffix(impact: Impact) -> str:
    return f": {impact.summary()}" if impact.deltas else ""


def _print_verdict_transitions(impact: Impact) -> None:
    """The verdicts before and after; what does not change is said in words."""
    for change, count in impact.verdict_transitions.items():
        before, _, after = change.partition(" -> ")
        print(f"  {count:>6}  {change if before != after else f'{before}, as before'}")


def _print_log_impact(impact: Impact, by_others: int) -> None:
    """Decisions that change in the same way stand together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for item in impact.deltas:
        alike.setdefault(item.lines(), []).append(item.file)
    print(f"\nOf {impact.total} decisions of the log, {len(impact.deltas)} come out otherwise{_summary_suffix(impact)}")
    _print_verdict_transitions(impact)
    for says, numbers in sorted(alike.items(), key=lambda group: -len(group[1])):
        print(f"  {len(numbers)} decision{'s' if len(numbers) != 1 else ''}: {_abbreviate(numbers)}")
        for line in says:
            print(f"      {line}")
    if by_others:
        print(
            f"  {by_others} were decided by another base or profile than OLD: what OLD and NEW make of them is compared"
        )
    if impact.unreadable:
        print(f"  {len(impact.unreadable)} not understood by both: {_abbreviate(impact.unreadable)}")


def _abbreviate(names: Sequence[str]) -> str:
    more = len(names) - _MAX_NUMBERS
    return ", ".join(names[:_MAX_NUMBERS]) + (f" and {more} more (--format json lists them)" if more > 0 else "")
