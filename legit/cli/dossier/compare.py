"""`legit dossier compare`: a second dossier against the first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit.cli.dossier.keys import add_outside
from legit.cli.dossier.verify import verify_file
from legit.cli.exit_status import DONE, LOG_INVALID
from legit.cli.options import Subparsers, add_command, add_format, existing_path
from legit.cli.output import print_json
from legit.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from legit.dossier.compare import Comparison, FigureChange


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "compare", run, "say what changed since an earlier dossier, and if significantly")
    parser.add_argument("old", type=existing_path, metavar="OLD", help="the earlier archive")
    parser.add_argument("new", type=existing_path, metavar="NEW", help="the later archive")
    add_outside(parser)
    add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.dossier.compare import compare_dossiers

    found = []
    for path in (options.old, options.new):
        verification = verify_file(path, options)
        if verification.valid is False:
            for problem in verification.problems:
                print(f"{path}: {problem}")
            print(message("dossier.verify_rejected", count=len(verification.problems)))
            return LOG_INVALID
        found.append(verification)
    comparison = compare_dossiers(*found)
    if options.format == "json":
        print_json(comparison)
    else:
        print("\n".join(_lines(comparison)))
    return DONE


def _lines(found: Comparison) -> Iterator[str]:
    yield message(
        "dossier.compare_title",
        old=found.old,
        old_version=found.old_version,
        new=found.new,
        new_version=found.new_version,
    )
    for item in found.changed:
        yield message("dossier.compare_changed", what=item.what, old=item.old, new=item.new)
    if not found.changed:
        yield message("dossier.compare_same")
    if found.shared_cases:
        yield message("dossier.compare_paired", count=found.shared_cases)
    yield from map(_figure_line, found.figures)
    yield message("dossier.compare_note", count=found.compared)
    if found.outcomes:
        yield message("dossier.compare_outcomes")
    for item in found.outcomes:
        yield message("dossier.compare_outcome", name=item.what, old=item.old, new=item.new)


def _figure_line(item: FigureChange) -> str:
    from legit.dossier.page import figure_name, format_value

    name = figure_name(item.name)
    nothing = message("dossier.compare_nothing")
    old, new = (nothing if value is None else format_value(item.name, value) for value in (item.old, item.new))
    if item.change is None or item.low is None or item.high is None:
        return message("dossier.compare_figure_unmeasured", name=name, old=old, new=new)
    verdict = message("dossier.compare_significant") if item.significant else message("dossier.compare_not_significant")
    change, low, high = (
        f"{value:+.2f}" if item.name == "panel_alpha" else f"{100 * value:+.1f}"
        for value in (item.change, item.low, item.high)
    )
    return message(
        "dossier.compare_figure", name=name, old=old, new=new, change=change, low=low, high=high, verdict=verdict
    )
