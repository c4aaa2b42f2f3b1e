"""The commands that read cases: `assess` and `parse`."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable
from legit.cli.common import (
    DONE,
    TIMED_OUT,
    VERDICT_STATUS,
    Subparsers,
    UsageError,
    add_command,
    add_format,
    escape_model,
    open_judge,
    parse_key_values,
    print_json,
    read_text,
    use_colour,
)
from legit.errors import LanguageError, Problem

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.model.assessment import Assessment
    from legit.model.facts import Case


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    assess = add_command(commands, "assess", _assess, "judge the cases of files and folders")
    assess.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a file of sentences, a folder of .legit files, or - for standard input",
    )
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

    record = assess.add_argument_group("putting the answers on record")
    record.add_argument("--log", type=Path, metavar="LOG", help="append each decision to this decision log")
    record.add_argument(
        "--texts", choices=("stored", "hashed", "omitted"), default="stored",
        help="what the log keeps of quoted texts (default: %(default)s)",
    )  # fmt: skip
    record.add_argument(
        "--caller",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an entry of your own, such as a session's id",
    )

    parse = add_command(commands, "parse", _parse, "show the facts that the sentences of a file state")
    parse.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    add_format(parse, "sentences as written back, or JSON")


def _assess(options: argparse.Namespace) -> int:
    from legit.render.assessment_text import TextStyle, render_assessment, render_difference

    if not options.time_limit > 0:
        raise UsageError("the time limit must be more than 0 seconds")
    if options.log and (options.assume or options.without):
        raise UsageError("what is only assumed is not put on record: leave out --log")
    if options.caller and not options.log:
        raise UsageError("--caller is for --log")
    judge = open_judge(options)
    names = _expand_folders(options.files)
    several = len(names) > 1
    cases = [(name, case) for name in names for case in _read_cases(judge, name)]
    style = TextStyle(use_colour(), min(120, shutil.get_terminal_size((100, 24)).columns), options.whole)
    found = []
    status = DONE
    with _assess_function(options, judge) as assess:
        for number, (file, case) in enumerate(cases):
            if options.assume or options.without:
                assume, without = "\n".join(options.assume), "\n".join(options.without)
                assessment, changes = judge.what_if(case, assume, without, time_limit=options.time_limit)
                title = style.paint(printable(case.name), "bold") + "\n" if case.name else ""
                page = title + render_difference(escape_model(changes), style)
                data = changes.model_dump(mode="json")
            else:
                assessment = assess(case)
                page = render_assessment(escape_model(assessment), style)
                data = assessment.model_dump(mode="json")
            if options.format == "json":
                found.append({"file": file, **data} if several else data)
            else:
                heading = f"{printable(file)}\n" if several and (not number or cases[number - 1][0] != file) else ""
                print(("\n" if number else "") + heading + page, end="")
            if assessment.undetermined_reason == "time":
                status = TIMED_OUT
            elif options.exit_status:
                status = VERDICT_STATUS[assessment.verdict.value]
    if options.format == "json":
        print_json(found[0] if len(found) == 1 else found)
    return status


def _expand_folders(paths: list[str]) -> list[str]:
    """The files that are named, and those of cases in the folders that are. Raises QueryError (Q301) where none is."""
    names = []
    for name in paths:
        if name != "-" and Path(name).is_dir():
            from legit.query.corpus import case_files

            names += [str(path) for path in case_files([Path(name)])]
        else:
            names.append(name)
    return names


def _read_cases(judge: Judge, name: str) -> tuple[Case, ...]:
    """The cases of a file. Raises LanguageError (L005) where it holds none."""
    text, source = read_text(name)
    cases = judge.parse_cases(text, source)
    if not cases:
        raise LanguageError(Problem("L005", "there is no sentence in it", source=source, help="see `legit vocabulary`"))
    return cases


@contextlib.contextmanager
def _assess_function(options: argparse.Namespace, judge: Judge) -> Iterator[Callable[[Case], Assessment]]:
    """What assesses a case, on record where the options name a log."""
    if not options.log:
        yield partial(judge.assess, time_limit=options.time_limit)
        return
    from legit.decision_log import DecisionLog

    caller = parse_key_values(options.caller)
    with DecisionLog(options.log, text_policy=options.texts) as log:
        yield partial(log.assess, judge=judge, caller=caller, time_limit=options.time_limit)


def _parse(options: argparse.Namespace) -> int:
    judge = open_judge(options)
    cases = judge.parse_cases(*read_text(options.file))
    if options.format == "json":
        print_json([case.model_dump(mode="json") for case in cases])
    else:
        written = judge.writer.cases(cases)
        # Elsewhere than on a terminal the sentences must read back as they are.
        print(printable(written) if sys.stdout.isatty() else written, end="")
    return DONE
