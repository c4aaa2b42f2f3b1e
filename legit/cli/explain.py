"""The commands that question a verdict: `explain` and `ask`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import DONE, TIMED_OUT, Subparsers, UsageError, add_command, open_judge, read_text, use_colour
from legit.errors import LanguageError, LegitError, Problem

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.model.explanation import Explanation, WhyNot
    from legit.model.facts import Case
    from legit.render.assessment_text import TextStyle

_MAX_ATTEMPTS = 3


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    explain = add_command(commands, "explain", _explain, "explain the verdict on the cases of a file")
    explain.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    add_explain_options(explain)

    ask = add_command(commands, "ask", _interview, "ask what is open in a case until its verdict is settled")
    ask.add_argument("file", metavar="FILE", help="a file of sentences; answers come from standard input")
    ask.add_argument("--save", type=Path, metavar="FILE", help="write the case with its answers to a new file")


def _read_cases(options: argparse.Namespace, judge: Judge) -> tuple[Case, ...]:
    text, shown = read_text(options.file)
    cases = judge.parse_cases(text, shown)
    if not cases:
        raise LanguageError(Problem("L005", "there is no sentence in it", source=shown, help="see `legit vocabulary`"))
    return cases


def _text_style(*, full: bool) -> TextStyle:
    from legit.render.assessment_text import TextStyle

    return TextStyle(use_colour(), min(120, shutil.get_terminal_size((100, 24)).columns), full)


def add_explain_options(explain: argparse.ArgumentParser) -> None:
    """Add what a verdict can be asked, and how the answer is printed."""
    explain.add_argument(
        "--why-not",
        metavar="NAME",
        default="",
        help="why a criterion does not defeat the rule, or a verdict is not given",
    )
    explain.add_argument(
        "--all", action="store_true",
        help="as --whole, and write out every way that would change the outcome, also those that are like another",
    )  # fmt: skip
    explain.add_argument("--whole", action="store_true", help="show every step of the proof, not only the facts")
    explain.add_argument(
        "--format", choices=("text", "json", "html", "mermaid", "dot"), default="text",
        help="how to print; the last two draw the proof (default: %(default)s)",
    )  # fmt: skip
    explain.add_argument(
        "--time-limit", type=float, default=5.0, metavar="SECONDS", help="for each case (default: %(default)s)"
    )


def check_explain_options(options: argparse.Namespace) -> None:
    """Raises UsageError when the options of `add_questions` do not go together."""
    if not options.time_limit > 0:
        raise UsageError("the time limit must be more than 0 seconds")
    if options.why_not and options.format not in ("text", "json"):
        raise UsageError("`--why-not` prints text or json")


def run_question(judge: Judge, case: Case, options: argparse.Namespace) -> Explanation | WhyNot:
    """What the options ask of a case."""
    if options.why_not:
        return judge.why_not(case, options.why_not, exhaustive=options.all, time_limit=options.time_limit)
    return judge.explain(case, exhaustive=options.all, time_limit=options.time_limit)


def render_answer(answer: Explanation | WhyNot, name: str, options: argparse.Namespace, note: str = "") -> str:
    """An answer about the case of a name as the options ask for it, JSON apart; an HTML page has the `note` on it."""
    from legit.model.explanation import WhyNot
    from legit.render import graph
    from legit.render.explanation_text import render_explanation, render_why_not

    if isinstance(answer, WhyNot):
        title = f"{name}: why not {options.why_not}?" if name else f"Why not {options.why_not}?"
        return render_why_not(answer, title, _text_style(full=True))
    if options.format == "mermaid":
        return graph.to_mermaid(answer.proof)
    if options.format == "dot":
        return graph.to_dot(answer.proof)
    if options.format == "html":
        from legit.render.explanation_html import render_explanation_html

        return render_explanation_html(answer, note)
    return render_explanation(answer, _text_style(full=options.whole or options.all))


def timed_out(answer: Explanation | WhyNot) -> bool:
    """Whether the case was given up at the time limit."""
    from legit.model.explanation import Explanation

    return isinstance(answer, Explanation) and answer.assessment.undetermined_reason == "time"


def _explain(options: argparse.Namespace) -> int:
    check_explain_options(options)
    judge = open_judge(options)
    cases = _read_cases(options, judge)
    if options.format == "html" and len(cases) > 1:
        raise UsageError("an HTML report is about one case; this file has several")
    status = DONE
    data = []
    for number, case in enumerate(cases):
        answer = run_question(judge, case, options)
        status = TIMED_OUT if timed_out(answer) else status
        if options.format == "json":
            data.append(answer.model_dump(mode="json"))
        else:
            print(("\n" if number else "") + render_answer(answer, case.name, options), end="")
    if options.format == "json":
        print(json.dumps(data[0] if len(data) == 1 else data, indent=2, ensure_ascii=False))
    return status


def _interview(options: argparse.Namespace) -> int:
    from legit.explain.dialogue import Dialogue
    from legit.render.assessment_text import render_assessment

    if options.file == "-":
        raise UsageError("the case must be a file: standard input is for the answers")
    if options.save and (options.save.exists() or not options.save.parent.is_dir()):
        raise UsageError(f"`{options.save}` is not the name of a new file in a folder that is there")
    judge = open_judge(options)
    cases = _read_cases(options, judge)
    if len(cases) != 1:
        message = f"{len(cases)} cases where one case is expected"
        raise LanguageError(Problem("L005", message, source=options.file, help="give each case a file of its own"))
    style = _text_style(full=False)
    dialogue = Dialogue(judge, cases[0])
    for question in judge.assess(dialogue.case).questions:
        if not question.decisive:
            print(f"Nothing you could add about this changes the verdict: {question.text}")
    terminal = sys.stdin.isatty()
    tries = 0
    while (asked := dialogue.question) is not None:
        hint = "yes, no, unknown, or sentences" if asked.fact else "one or more sentences, or unknown"
        print(f"{style.paint(asked.text, 'bold')} ({hint})", flush=True)
        line = _read_answer(terminal)
        if line is None:
            break
        try:
            dialogue.answer(line)
            tries = 0
        except LegitError as error:
            tries += 1
            print(error, file=sys.stderr)
            if tries == _MAX_ATTEMPTS and not terminal:
                raise
    print()
    print(render_assessment(judge.assess(dialogue.case), style), end="")
    if options.save:
        try:
            options.save.write_text(judge.writer.case(dialogue.case), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write `{options.save}`: {(error.strerror or 'failed').lower()}") from error
    return DONE


def _read_answer(terminal: bool) -> str | None:
    """The next answer; None at the end of the input."""
    if terminal:
        print("> ", end="", flush=True)
    line = sys.stdin.readline()
    return line if line else None
