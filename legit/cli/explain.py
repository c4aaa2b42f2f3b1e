"""`legit explain`: why a case has its verdict, why not another, and what would change it."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE, TIMED_OUT
from legit.cli.explain_formats import EXPLANATION_FORMATS
from legit.cli.explain_options import (
    add_explain_options,
    check_explain_options,
    render_answer,
    run_question,
    timed_out,
)
from legit.cli.input_files import read_in_language
from legit.cli.knowledge import open_judge, tell_missing
from legit.cli.options import Subparsers, add_base_options, add_command, add_language
from legit.cli.output import print_json
from legit.cli.usage_error import UsageError


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "explain", run, "explain the verdict on the cases of a file")
    parser.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    add_explain_options(parser)
    add_base_options(parser)
    add_language(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    check_explain_options(options)
    judge = open_judge(options)
    found, cases = read_in_language(judge, options.file)
    judge = judge if options.language else tell_missing(found)
    if len(cases) > 1 and options.format != "json" and EXPLANATION_FORMATS[options.format].one_case:
        raise UsageError(f"{options.format} is about one case; this file has several")
    status = DONE
    answers = []
    for number, case in enumerate(cases):
        answer = run_question(judge, case, options)
        status = TIMED_OUT if timed_out(answer) else status
        if options.format == "json":
            answers.append(answer)
            continue
        with judge.speaking():
            print(("\n" if number else "") + render_answer(answer, case.name, options), end="")
    if options.format == "json":
        print_json(answers[0] if len(answers) == 1 else answers)
    return status
