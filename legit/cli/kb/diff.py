"""`legit kb diff`: the changes between two knowledge bases, and cases with different answers."""

from __future__ import annotations

import argparse
import contextlib
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit.cli.exit_status import DONE, TIMED_OUT
from legit.cli.kb.in_force import add_place, legal_date, print_changes
from legit.cli.knowledge import open_base, open_judge
from legit.cli.options import Subparsers, add_base_options, add_bound, add_command, add_format, add_time_limit
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError
from legit.messages import message
from legit.render.terminal import fill, progress

if TYPE_CHECKING:
    from legit.assurance.impact import Divergences, Impact
    from legit.assurance.log_impact import LogImpact
    from legit.assurance.text_diff import EntryDiff
    from legit.judge import Judge

_MAX_LINES = 12
_MAX_NUMBERS = 20
_WIDTH = 110


@dataclass(slots=True)
class _Comparison:
    """The results of `kb diff`; None for a part that was not asked for, or (`divergences`) not found in time."""

    changes: list[EntryDiff]
    divergences: Divergences | None = None
    impact: Impact | None = None
    log: LogImpact | None = None
    timed_out: bool = False

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON data."""
        log = None
        if self.log:
            others = [str(number) for number in self.log.by_another_base]
            log = {**self.log.impact.model_dump(mode="json"), "by_another_base": others}
        return {"changes": self.changes, "search": self.divergences, "impact": self.impact, "log": log}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers,
        "diff",
        run,
        "say what changed between two knowledge bases, and show cases with different answers",
    )
    parser.add_argument(
        "old", metavar="OLD", nargs="?", help="a folder, or a revision of the git repository of this folder"
    )
    parser.add_argument("new", metavar="NEW", nargs="?", help="the same (default: the knowledge base in use)")
    parser.add_argument(
        "--path", default="rules_kb", metavar="PATH", help="where a revision has the base (default: %(default)s)"
    )
    parser.add_argument("--cases", type=Path, metavar="DIR", help="show what changes for the cases of this folder too")
    parser.add_argument("--log", type=Path, metavar="LOG", help="show which decisions of this log would change too")
    parser.add_argument(
        "--between", nargs=2, type=legal_date, metavar=("DATE", "DATE"),
        help="in place of OLD: what of the base in use begins or ends to be in force between these dates",
    )  # fmt: skip
    add_place(parser, "with --between: in this place alone, by its code or name")
    parser.add_argument("--text-only", action="store_true", help="compare the texts of the bases alone")
    add_bound(parser, "search among cases with up to N names and N dates")
    add_time_limit(parser, 300.0, "for the search")
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    if options.between and options.old:
        raise UsageError("give OLD or --between, and not both")
    if options.between:
        return print_changes(open_base(options), options)
    if not options.old:
        raise UsageError("give OLD, or two dates with --between")
    if options.cases and not options.cases.is_dir():
        raise UsageError(f"`{options.cases}` is not a folder")
    if options.new and (options.kb or options.pack):
        raise UsageError("give NEW, or --kb and --pack, and not both")
    with contextlib.ExitStack() as stack:
        old = _open_revision(stack, options.old, options)
        new = _open_revision(stack, options.new, options) if options.new else open_judge(options)
        comparison = _compare(old, new, options)
    if options.format == "json":
        print_json(comparison.to_json())
    else:
        _print_comparison(comparison)
    return TIMED_OUT if comparison.timed_out else DONE


def _open_revision(stack: contextlib.ExitStack, name: str, options: argparse.Namespace) -> Judge:
    from legit.assurance.revision import base_at_revision
    from legit.judge import Judge
    from legit.knowledge.base import KnowledgeBase

    folder = stack.enter_context(base_at_revision(name, options.path))
    return Judge(KnowledgeBase.load(folder, options.profile))


def _compare(old: Judge, new: Judge, options: argparse.Namespace) -> _Comparison:
    from legit.assurance.impact import find_divergences, impact, iter_case_texts
    from legit.assurance.log_impact import log_impact
    from legit.assurance.text_diff import diff_bases
    from legit.decision_log import LogReader
    from legit.engine.ground_rule import Bounds
    from legit.errors import DecisionTimeoutError

    comparison = _Comparison(diff_bases(old.base, new.base))
    if not options.text_only:
        try:
            bounds = Bounds(options.bound, options.bound)
            comparison.divergences = find_divergences(old, new, bounds, options.time_limit)
        except DecisionTimeoutError:
            comparison.timed_out = True
    if options.cases:
        with progress(message("cli.judging")) as step:
            comparison.impact = impact(old, new, iter_case_texts(options.cases), step)
        if not comparison.impact.total and not comparison.impact.unreadable:
            raise UsageError(
                f"no case in `{options.cases}`: cases are files that end in .legit, or precedents in .toml files"
            )
    if options.log:
        with progress(message("cli.judging")) as step:
            print(message("cli.note", note=message("cli.own_tree_checked")), file=sys.stderr)
            comparison.log = log_impact(old, new, LogReader(options.log), step)
    return comparison


def _print_comparison(comparison: _Comparison) -> None:
    _print_text_diff(comparison.changes)
    if comparison.divergences:
        _print_divergences(comparison.divergences)
    if comparison.timed_out:
        print("\n" + message("cli.search_timed_out"))
    if comparison.impact:
        _print_impact(comparison.impact)
    if comparison.log:
        _print_log_impact(comparison.log.impact, len(comparison.log.by_another_base))


def _print_text_diff(changes: list[EntryDiff]) -> None:
    from legit.catalogue.kinds import kind_name

    print(message("cli.text_changes") if changes else message("cli.no_text_change"))
    for change in changes:
        print("  " + message(f"assurance.entry_{change.status}", kind=kind_name(change.kind), id=change.id))
        for line in change.lines[:_MAX_LINES]:
            print(fill(line, _WIDTH, "      ", "        "))
        if len(change.lines) > _MAX_LINES:
            print("      " + message("cli.more_lines", number=len(change.lines) - _MAX_LINES))


def _print_divergences(found: Divergences) -> None:
    _print_shared_cases(found)
    for which, cases in (("old", found.only_old), ("new", found.only_new)):
        if cases != "0":
            print(message(f"cli.only_{which}", cases=cases))


def _print_shared_cases(found: Divergences) -> None:
    searched = message("cli.search_complete", cases=found.case_count, seconds=found.seconds)
    if not found.divergences:
        print("\n" + message("cli.no_divergence", searched=searched))
        return
    print("\n" + message("cli.divergences", searched=searched))
    for divergence in found.divergences:
        print(f"\n  {divergence.summary}")
        if divergence.case:
            # The second case states the same as the first.
            text, _, _ = divergence.case.text.partition("\n\n")
            lines = [line for line in text.splitlines() if not line.startswith('Case "before"')]
            print(textwrap.indent("\n".join(lines) or message("cli.empty_case"), "      "))
            print(f"      -> {message('cli.outcomes_separator').join(divergence.case.outcomes)}")
            if not divergence.case.replayed:
                print(f"      ({message('cli.case_not_replayed')})")


def _print_impact(impact: Impact) -> None:
    print("\n" + message("cli.impact", changed=len(impact.deltas), total=impact.total, summary=_summary_suffix(impact)))
    _print_verdict_transitions(impact)
    for item in impact.deltas:
        print(f"  {item.file}: {item.case}")
        for line in item.lines():
            print(f"      {line}")
    for name in impact.unreadable:
        print("  " + message("cli.not_read_by_both", name=name))


def _summary_suffix(impact: Impact) -> str:
    return f": {impact.summary()}" if impact.deltas else ""


def _print_verdict_transitions(impact: Impact) -> None:
    for transition, number in impact.verdict_transitions.items():
        before, _, after = transition.partition(" -> ")
        text = transition if before != after else message("cli.as_before", verdict=before)
        print(f"  {number:>6}  {text}")


def _print_log_impact(impact: Impact, by_another_base: int) -> None:
    """Print the decisions that change, those that change in the same way together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for item in impact.deltas:
        groups.setdefault(item.lines(), []).append(item.file)
    suffix = _summary_suffix(impact)
    print("\n" + message("cli.log_impact", total=impact.total, changed=len(impact.deltas), summary=suffix))
    _print_verdict_transitions(impact)
    for lines, numbers in sorted(groups.items(), key=lambda group: -len(group[1])):
        print("  " + message("cli.changed_alike", count=len(numbers), numbers=_abbreviate(numbers)))
        for line in lines:
            print(f"      {line}")
    if by_another_base:
        print("  " + message("cli.by_another_base", number=by_another_base))
    if impact.unreadable:
        numbers_text = _abbreviate(impact.unreadable)
        print("  " + message("cli.decisions_not_read_by_both", number=len(impact.unreadable), numbers=numbers_text))


def _abbreviate(names: Sequence[str]) -> str:
    more = len(names) - _MAX_NUMBERS
    return ", ".join(names[:_MAX_NUMBERS]) + (message("cli.more_numbers", number=more) if more > 0 else "")
