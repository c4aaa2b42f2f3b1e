"""The common parts of `legit explain` and `legit log explain`: options, choice of the explanation, and printing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit.cli.explain_formats import EXPLANATION_FORMATS, format_names, formats_help, why_not_format_names
from legit.cli.options import add_format, add_full, add_time_limit
from legit.cli.output import text_style
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.model.explanation import Explanation, WhyNot
    from legit.model.facts import Case

__all__ = ["add_explain_options", "check_explain_options", "render_answer", "run_question", "timed_out"]


def add_explain_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the explanation, and the format of the answer."""
    parser.add_argument(
        "--why-not", metavar="NAME", default="",
        help="why a criterion does not defeat the rule, or a verdict is not given",
    )  # fmt: skip
    parser.add_argument(
        "--exhaustive", action="store_true",
        help="as --full, and write out every change that would lead to another outcome, also those like another",
    )  # fmt: skip
    add_full(parser, "show every step of the proof, not only the facts")
    add_format(parser, *format_names(), help_text=f"the form of the output; {formats_help()}")
    add_time_limit(parser, 5.0, "for each case")


def check_explain_options(options: argparse.Namespace) -> None:
    """Raises UsageError when the options of `add_explain_options` do not go together."""
    if options.why_not and options.format not in why_not_format_names():
        raise UsageError(f"`--why-not` prints {' or '.join(why_not_format_names())}")


def run_question(judge: Judge, case: Case, options: argparse.Namespace) -> Explanation | WhyNot:
    """The explanation of a case that the options ask for."""
    if options.why_not:
        return judge.why_not(case, options.why_not, exhaustive=options.exhaustive, time_limit=options.time_limit)
    return judge.explain(case, exhaustive=options.exhaustive, time_limit=options.time_limit)


def render_answer(answer: Explanation | WhyNot, case_name: str, options: argparse.Namespace, notice: str = "") -> str:
    """An answer about the case of a name, in the format of the options (but for JSON); ends in a line break.

    `notice` is for formats that hold it: see `ExplanationFormat`.
    """
    from legit.model.explanation import WhyNot

    output_format = EXPLANATION_FORMATS[options.format]
    if isinstance(answer, WhyNot):
        if case_name:
            title = message("cli.why_not_of_case", case=case_name, target=options.why_not)
        else:
            title = message("cli.why_not", target=options.why_not)
        return output_format.render_why_not(answer, title, text_style(full=True))
    return output_format.render(answer, text_style(full=options.full or options.exhaustive), notice)


def timed_out(answer: Explanation | WhyNot) -> bool:
    """Whether the case was not decided within the time limit."""
    from legit.model.explanation import Explanation

    return isinstance(answer, Explanation) and answer.assessment.undetermined_reason == "time"
