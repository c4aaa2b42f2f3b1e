"""`legit kb sensitivity`: how many verdicts one step of a degree, or one evaluative sentence, turns."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.exit_status import DONE
from legit.cli.input_files import expand_folders, read_cases
from legit.cli.knowledge import open_judge
from legit.cli.options import Subparsers, add_base_options, add_command, add_format
from legit.cli.output import print_json
from legit.messages import message
from legit.model.assessment import Verdict

if TYPE_CHECKING:
    from legit.assurance.sensitivity import SensitivityGroup
    from legit.judge import Judge
    from legit.model.facts import Case

_ROWS = (
    (Verdict.STANDS, "degree"),
    (Verdict.STANDS, "sentence"),
    (Verdict.DEFEATED, "degree"),
    (Verdict.DEFEATED, "sentence"),
)


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "sensitivity", run,
        "count the verdicts on precedents and described cases that one step of one described degree, or one evaluative "
        "sentence more, turns",
    )  # fmt: skip
    parser.add_argument("files", nargs="*", metavar="FILE", help="files or folders of described cases")
    parser.add_argument("--list", action="store_true", help="print every change that turns a verdict, after the counts")
    add_format(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.assurance.sensitivity import sensitivity_group

    judge = open_judge(options)
    groups = [sensitivity_group(judge, name, cases) for name, cases in _cases(judge, options.files)]
    if options.format == "json":
        print_json(groups)
        return DONE
    for group in groups:
        print("\n".join(_counts(group)))
        if options.list:
            print("\n".join(_changes(group)))
    return DONE


def _cases(judge: Judge, files: list[str]) -> Iterator[tuple[str, list[Case]]]:
    """The groups of cases that are counted: the precedents of the base, and the cases of each file or folder."""
    from legit.catalogue.precedents import load_precedents

    precedents = [
        judge.parse_case(item.facts, item.path).model_copy(update={"name": item.id})
        for item in load_precedents(judge.base.layers)
    ]
    if precedents:
        yield message("assurance.group_precedents"), precedents
    for name in files:
        yield Path(name).stem, [case for file in expand_folders([name]) for case in read_cases(judge, file)]


def _counts(group: SensitivityGroup) -> Iterator[str]:
    """The counts of a group, each opposite verdict before every other one, with Wilson's interval."""
    from legit.evals.intervals import wilson

    yield message("assurance.sensitivity_group", name=group.name, number=sum(group.verdicts.values()))
    for opposite in (True, False):
        for verdict, by in _ROWS:
            total = group.verdicts.get(verdict, 0)
            interval = wilson(group.turned(verdict, by, opposite=opposite), total).interval()
            if interval is None:
                continue
            name = message(f"assurance.sensitivity_{verdict.value}_{by}_{'opposite' if opposite else 'other'}")
            yield "  " + message(
                "assurance.sensitivity_row",
                name=name,
                turned=group.turned(verdict, by, opposite=opposite),
                total=total,
                share=100 * interval.value,
                low=100 * interval.low,
                high=100 * interval.high,
            )


def _changes(group: SensitivityGroup) -> Iterator[str]:
    for item in group.changes:
        yield "    " + message(
            "assurance.sensitivity_change",
            case=item.case, before=item.before.value, after=item.after.value, change=item.change.rstrip("."),
        )  # fmt: skip
