"""`legit interview`: asks the open questions of a case until its verdict is determined."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from legit.cli.exit_status import DONE
from legit.cli.input_files import read_in_language
from legit.cli.knowledge import open_judge, tell_missing
from legit.cli.options import Subparsers, add_base_options, add_command, add_language, add_output
from legit.cli.output import text_style, write_output
from legit.cli.usage_error import UsageError
from legit.errors import LanguageError, LegitError, Problem
from legit.messages import message

if TYPE_CHECKING:
    from legit.explain.dialogue import Dialogue
    from legit.judge import Judge
    from legit.model.facts import Case
    from legit.render.assessment_text import TextStyle

_MAX_ATTEMPTS = 3
"""The answers in a row that may fail to be understood, where nobody sits at a terminal to mend them."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "interview", run, "ask what is open in a case until its verdict is determined")
    parser.add_argument("file", metavar="FILE", help="a file of sentences; answers come from standard input")
    add_output(parser, "also write the case with its answers to a new file; the assessment is printed")
    add_base_options(parser)
    add_language(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.explain.dialogue import Dialogue
    from legit.render.assessment_text import render_assessment

    if options.file == "-":
        raise UsageError("the case must be a file: standard input is for the answers")
    if options.output and (options.output.exists() or not options.output.parent.is_dir()):
        raise UsageError(f"`{options.output}` is not the name of a new file in a folder that exists")
    judge = open_judge(options)
    style = text_style()
    found, case = _read_one_case(judge, options.file)
    judge = judge if options.language else tell_missing(found)
    dialogue = Dialogue(judge, case)
    with judge.speaking():
        for question in judge.assess(dialogue.case).questions:
            if not question.decisive:
                print(message("cli.question_not_decisive", question=question.text))
        _ask_all(dialogue, style)
        print()
        print(render_assessment(judge.assess(dialogue.case), style), end="")
    if options.output:
        write_output(options.output, judge.writer.case(dialogue.case))
    return DONE


def _read_one_case(judge: Judge, file: str) -> tuple[Judge, Case]:
    found, cases = read_in_language(judge, file)
    if len(cases) != 1:
        text = f"{len(cases)} cases where one case is expected"
        raise LanguageError(Problem("L005", text, source=file, help="give each case a file of its own"))
    return found, cases[0]


def _ask_all(dialogue: Dialogue, style: TextStyle) -> None:
    """Ask until no question is left, or the input ends."""
    is_terminal = sys.stdin.isatty()
    attempts = 0
    while (question := dialogue.question) is not None:
        hint = message("cli.answer_to_fact") if question.fact else message("cli.answer_in_sentences")
        print(f"{style.paint(question.text, 'bold')} ({hint})", flush=True)
        answer = _read_answer(is_terminal)
        if answer is None:
            return
        try:
            dialogue.answer(answer)
            attempts = 0
        except LegitError as error:
            attempts += 1
            print(error, file=sys.stderr)
            if attempts == _MAX_ATTEMPTS and not is_terminal:
                raise


def _read_answer(is_terminal: bool) -> str | None:
    """The next answer; None at the end of the input."""
    if is_terminal:
        print("> ", end="", flush=True)
    return sys.stdin.readline() or None
