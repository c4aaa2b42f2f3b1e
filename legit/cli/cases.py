"""The commands that read cases: `assess` and `parse`."""

from __future__ import annotations

import argparse
import json
import shutil

from legit.cli.common import (
    DONE,
    OUT_OF_TIME,
    VERDICT_STATUS,
    Commands,
    UsageError,
    add_command,
    add_format,
    colour,
    open_judge,
    read_text,
)
from legit.errors import LanguageError, Problem


def register(commands: Commands) -> None:
    """Add the commands of this module."""
    assess = add_command(commands, "assess", _assess, "judge the cases of a file")
    assess.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    add_format(assess)
    assess.add_argument("--whole", action="store_true", help="show every finding, not only the first ones")
    assess.add_argument(
        "--exit-status", action="store_true", help="tell the verdict of the last case by the exit status"
    )
    assess.add_argument(
        "--time-limit", type=float, default=5.0, metavar="SECONDS", help="for each case (default: %(default)s)"
    )

    assess.add_argument(
        "--assume", action="append", default=[], metavar="SENTENCE", help="show what this would change, if it were so"
    )
    assess.add_argument(
        "--without", action="append", default=[], metavar="SENTENCE", help="show what leaving this out would change"
    )

    parse = add_command(commands, "parse", _parse, "show the facts that the sentences of a file state")
    parse.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    add_format(parse, "sentences as written back, or JSON")


def _assess(options: argparse.Namespace) -> int:
    from legit.explain.text import TextStyle, render, render_difference

    if not options.time_limit > 0:
        raise UsageError("the time limit must be more than 0 seconds")
    judge = open_judge(options)
    text, shown = read_text(options.file)
    cases = judge.read(text, shown)
    if not cases:
        raise LanguageError(Problem("L005", "there is no sentence in it", source=shown, help="see `legit vocabulary`"))
    style = TextStyle(colour(), min(120, shutil.get_terminal_size((100, 24)).columns), options.whole)
    found = []
    status = DONE
    for number, case in enumerate(cases):
        if options.assume or options.without:
            assume, without = "\n".join(options.assume), "\n".join(options.without)
            assessment, changes = judge.what_if(case, assume, without, time_limit=options.time_limit)
            name = style.paint(case.name, "bold") + "\n" if case.name else ""
            shown = name + render_difference(changes, style)
            data = changes.model_dump(mode="json")
        else:
            assessment = judge.assess(case, time_limit=options.time_limit)
            shown = render(assessment, style)
            data = assessment.model_dump(mode="json")
        if options.format == "json":
            found.append(data)
        else:
            print(("\n" if number else "") + shown, end="")
        if assessment.reason == "time":
            status = OUT_OF_TIME
        elif options.exit_status:
            status = VERDICT_STATUS[assessment.verdict.value]
    if options.format == "json":
        print(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))
    return status


def _parse(options: argparse.Namespace) -> int:
    judge = open_judge(options)
    cases = judge.read(*read_text(options.file))
    if options.format == "json":
        print(json.dumps([case.model_dump(mode="json") for case in cases], indent=2, ensure_ascii=False))
    else:
        print("\n".join(judge.writer.case(case) for case in cases), end="")
    return DONE
