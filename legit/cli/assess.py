"""`legit assess`: the assessment of cases, recorded in a decision log on request, or of a change to them."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from legit._util.terminal_escape import printable
from legit.cli.exit_status import DONE, TIMED_OUT, VERDICT_STATUS
from legit.cli.input_files import expand_folders, read_in_language
from legit.cli.knowledge import open_judge, tell_missing
from legit.cli.options import (
    Subparsers,
    add_base_options,
    add_command,
    add_format,
    add_full,
    add_language,
    add_recording_options,
    add_repeatable,
    add_time_limit,
    check_recording_options,
    parse_key_values,
)
from legit.cli.output import escape_model, print_json, text_style
from legit.cli.usage_error import UsageError

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.model.assessment import Assessment
    from legit.model.facts import Case
    from legit.render.assessment_text import TextStyle

    Result = tuple[Assessment, str, dict[str, Any]]
    """An assessment, what is printed of it as text, and as JSON."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "assess", run, "judge the cases of files and folders")
    parser.add_argument(
        "files", metavar="FILE", nargs="+",
        help="a file of sentences, a folder of .legit files, or - for standard input",
    )  # fmt: skip
    add_format(parser)
    add_full(parser)
    parser.add_argument(
        "--exit-status", action="store_true", help="report the verdict of the last case by the exit status"
    )
    add_time_limit(parser, 5.0, "for each case")
    add_repeatable(parser, "--assume", "SENTENCE", "show what this sentence would change, were it stated")
    add_repeatable(parser, "--without", "SENTENCE", "show what the case would be without this sentence")
    add_base_options(parser)
    add_language(parser)
    add_recording_options(parser, caller=True)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    _check_options(options)
    judge = open_judge(options)
    files = expand_folders(options.files)
    cases = [(speaker, file, case) for file in files for speaker, case in _read(judge, file, options)]
    style = text_style(full=options.full)
    printed_file = ""
    data = []
    status = DONE
    with _assess_function(options) as assess:
        for number, (speaker, file, case) in enumerate(cases):
            with speaker.speaking():
                if options.assume or options.without:
                    assessment, text, json_data = _what_if(options, speaker, case, style)
                else:
                    assessment, text, json_data = _assess(partial(assess, speaker), case, style)
            if options.format == "json":
                data.append({"file": file, **json_data} if len(files) > 1 else json_data)
            else:
                heading = f"{printable(file)}\n" if len(files) > 1 and file != printed_file else ""
                print(("\n" if number else "") + heading + text, end="")
                printed_file = file
            if assessment.undetermined_reason == "time":
                status = TIMED_OUT
            elif options.exit_status:
                status = VERDICT_STATUS[assessment.verdict.value]
    if options.format == "json":
        print_json(data[0] if len(data) == 1 else data)
    return status


def _read(judge: Judge, file: str, options: argparse.Namespace) -> list[tuple[Judge, Case]]:
    """The cases of a file, each with the judge that answers: in the language of the options or of the file."""
    found, cases = read_in_language(judge, file)
    return [(judge if options.language else tell_missing(found), case) for case in cases]


def _check_options(options: argparse.Namespace) -> None:
    if options.log and (options.assume or options.without):
        raise UsageError("what is only assumed is not recorded: leave out --log")
    check_recording_options(options)


@contextlib.contextmanager
def _assess_function(options: argparse.Namespace) -> Iterator[Callable[[Judge, Case], Assessment]]:
    """Yields the function by which a judge assesses a case, and which records it where the options name a log."""
    if not options.log:
        yield lambda judge, case: judge.assess(case, time_limit=options.time_limit)
        return
    from legit.decision_log import DecisionLog

    caller = parse_key_values(options.caller)
    with DecisionLog(options.log, text_policy=options.text_policy or "stored") as log:
        yield lambda judge, case: log.assess(case, judge=judge, caller=caller, time_limit=options.time_limit)


def _assess(assess: Callable[[Case], Assessment], case: Case, style: TextStyle) -> Result:
    from legit.render.assessment_text import render_assessment

    assessment = assess(case)
    return assessment, render_assessment(escape_model(assessment), style), assessment.model_dump(mode="json")


def _what_if(options: argparse.Namespace, judge: Judge, case: Case, style: TextStyle) -> Result:
    from legit.render.assessment_text import render_difference

    assume, without = "\n".join(options.assume), "\n".join(options.without)
    assessment, difference = judge.what_if(case, assume, without, time_limit=options.time_limit)
    title = style.paint(printable(case.name), "bold") + "\n" if case.name else ""
    return assessment, title + render_difference(escape_model(difference), style), difference.model_dump(mode="json")
