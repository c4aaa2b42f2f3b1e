"""`legit review`: which refusals of an assistant were blind, from its transcripts to a page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.databases import refuse_database
from legit._util.terminal_escape import printable, printable_line
from legit.cli.describe import add_describer_options, read_operator_facts
from legit.cli.exit_status import DONE, OVER_LIMIT
from legit.cli.options import (
    Subparsers,
    add_base_options,
    add_command,
    add_recording_options,
    add_repeatable,
    check_recording_options,
    natural_number,
    parse_key_values,
    percent,
)
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.describe import Describer, DescriptionStore, Price, Usage
    from legit.errors import Problem
    from legit.review import Answer, Review, ReviewSettings

ACTIONS = ("show", "queue", "answer")
_DESCRIPTION = """Find the turns of an assistant that refuse or enforce because of a rule, judge them, and say what
should have been said.

  legit review TRANSCRIPTS --describer NAME    review a file or a folder of transcripts
  legit review show REVIEW                     the summary, or the page, of a review that was made
  legit review queue REVIEW                    the turns that people should look at, as JSON lines
  legit review answer REVIEW TURN OUTCOME      take the answer of a person in (or many: --answers FILE)"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "review", run, "find which refusals of an assistant were blind")
    parser.description = _DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "words", metavar="TRANSCRIPTS", nargs="+", help="a file or folder of transcripts, or - for JSON lines"
    )
    add_describer_options(parser)
    parser.add_argument("--descriptions", type=Path, metavar="FILE", help="given sentences by turn, as JSON lines")
    parser.add_argument(
        "--read-as", metavar="NAME", help="the format of the transcripts, where it is not found by itself"
    )
    parser.add_argument(
        "--map", type=Path, metavar="FILE", help="a mapping file for transcripts of another format (TOML)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the review into this file of JSON lines; go on with one that stopped",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page into this file")
    parser.add_argument("--figures", type=Path, metavar="FILE", help="write all figures into this file of JSON")
    parser.add_argument("--compare", type=Path, metavar="REVIEW", help="compare with an earlier review")
    parser.add_argument(
        "--fail-over",
        type=_share,
        metavar="SHARE",
        help=f"exit with {OVER_LIMIT} when the share of blind refusals or wrongful enforcements is over this (5%%)",
    )
    parser.add_argument(
        "--sample",
        type=natural_number,
        default=50,
        metavar="N",
        help="how many turns are drawn for people (default: %(default)s)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it would take and cost, and ask nothing")
    parser.add_argument(
        "--price", metavar="IN,OUT", help="the price of a million tokens in and out, to tell what it costs"
    )
    parser.add_argument(
        "--strictness",
        choices=("balanced", "sensitive"),
        default="balanced",
        help="how much counts as a refusal (default: %(default)s)",
    )
    parser.add_argument("--all-refusals", action="store_true", help="judge refusals that name no rule, too")
    add_repeatable(parser, "--enforcing-tool", "NAME", "a tool whose call enforces a rule on somebody")
    add_repeatable(parser, "--consult-tool", "NAME", "a tool whose call is a consultation (default: that of legit)")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="with `answer`: answers as JSON lines")
    parser.add_argument("--by", default="", metavar="WHO", help="with `answer`: who says so")
    parser.add_argument("--note", default="", metavar="TEXT", help="with `answer`: why")
    add_base_options(parser)
    add_recording_options(parser, caller=True)


def _share(text: str) -> float:
    """A share in per cent, with or without the sign: a type for argparse."""
    return percent(text.strip().removesuffix("%").strip()) / 100


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    action = options.words[0] if options.words[0] in ACTIONS else ""
    if action == "answer":
        return _answer(options)
    if action and len(options.words) != 2:
        raise UsageError(f"`legit review {action}` takes one review")
    if action == "queue":
        return _queue(options)
    if action == "show":
        from legit.review import load_review

        return _show(options, load_review(options.words[1]))
    if len(options.words) > 1:
        raise UsageError("one file or folder of transcripts at a time; put several into a folder")
    return _review(options)


def _review(options: argparse.Namespace) -> int:
    from legit.judge import cached_judge
    from legit.render.terminal import progress
    from legit.review import review
    from legit.review.run import Reviewer

    check_recording_options(options)
    refuse_database(*filter(None, (options.out, options.html, options.figures)))  # before anything is asked
    judge = cached_judge(options.kb, options.profile)
    describer, settings, price = _describer(options), _settings(options), _price(options.price)
    store = _store(options)
    transcripts = options.words[0]
    if options.dry_run:
        reviewer = Reviewer(describer, judge, settings, store)
        turns, usage = reviewer.estimate(reviewer.conversations(transcripts))
        _tell_estimate(turns, usage, describer.name, price)
        _tell_problems(reviewer.problems)
        return DONE
    with _log(options) as log, progress(message("cli.judging")) as step:
        found = review(
            transcripts,
            describer,
            out=options.out,
            judge=judge,
            settings=settings,
            store=store,
            log=log,
            caller=parse_key_values(options.caller),
            progress=step,
        )
    _tell_problems(found.problems)
    _tell_unused(describer, found)
    return _show(options, found)


def _describer(options: argparse.Namespace) -> Describer:
    from legit.describe import load_describer, read_given

    if options.descriptions:
        if options.describer != "given":
            raise UsageError("--descriptions are given sentences: leave out --describer")
        return read_given(options.descriptions)
    return load_describer(options.describer)


def _settings(options: argparse.Namespace) -> ReviewSettings:
    from legit.conversations import load_field_map
    from legit.describe import DescriptionSettings
    from legit.review import ReviewSettings

    facts = read_operator_facts(options.operator_facts)
    return ReviewSettings(
        descriptions=DescriptionSettings(samples=options.samples, max_tokens=options.budget, operator_facts=facts),
        strictness=options.strictness,
        all_refusals=options.all_refusals,
        enforcing_tools=tuple(options.enforcing_tool),
        consult_tools=tuple(options.consult_tool),
        format=options.read_as,
        field_map=load_field_map(options.map) if options.map else None,
    )


def _store(options: argparse.Namespace) -> DescriptionStore | None:
    from legit.describe import DescriptionStore

    return DescriptionStore(options.cache) if options.cache else None


def _log(options: argparse.Namespace) -> AbstractContextManager[DecisionLog | None]:
    if not options.log:
        return nullcontext()
    from legit.decision_log import DecisionLog, TextPolicy

    return DecisionLog(options.log, text_policy=TextPolicy(options.text_policy or "stored"))


def _price(text: str | None) -> Price | None:
    from legit.describe import Price

    if text is None:
        return None
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--price takes two numbers such as 0.25,2.00, not `{text}`") from None
    return Price(input=first, output=second)


def _tell_estimate(turns: int, usage: Usage, name: str, price: Price | None) -> None:
    told = {"input": usage.input_tokens, "output": usage.output_tokens, "calls": usage.calls}
    print(message("review.dry_run", turns=turns, describer=name, **told))
    if price is not None:
        print(message("review.dry_run_cost", cost=f"{usage.cost(price):.2f}"))


def _tell_problems(problems: Sequence[Problem]) -> None:
    listed = list(problems)
    for problem in listed[:10]:
        print(f"legit: {printable(str(problem))}", file=sys.stderr)
    if listed:
        print(f"legit: {message('review.not_read', count=len(listed))}", file=sys.stderr)


def _tell_unused(describer: Describer, found: Review) -> None:
    """Tell which given descriptions belong to no turn that was judged."""
    from legit.describe import GivenDescriber

    if isinstance(describer, GivenDescriber) and describer.turns:
        judged = {turn.id for line in found.conversations() for turn in line.turns if turn.judged}
        unused = [turn for turn in describer.turns if turn not in judged]
        if unused:
            named = ", ".join(map(printable_line, unused[:5]))
            print(f"legit: {message('review.unused', count=len(unused), turns=named)}", file=sys.stderr)


def _show(options: argparse.Namespace, found: Review) -> int:
    """The summary, the page and the figures of a review, and the gate."""
    from legit.review import compare, figures, load_review
    from legit.review.page import review_page
    from legit.review.summary import print_summary

    counted = figures(found, sample_size=options.sample)
    comparisons = compare(found, load_review(options.compare)) if options.compare else ()
    print_summary(counted, comparisons)
    written = []
    if options.html:
        refuse_database(options.html)
        page = review_page(found, counted, comparisons, sample_size=options.sample)
        options.html.write_text(page, encoding="utf-8", newline="\n")
        written.append(str(options.html))
    if options.figures:
        refuse_database(options.figures)
        options.figures.write_text(counted.model_dump_json(indent=2) + "\n", encoding="utf-8", newline="\n")
        written.append(str(options.figures))
    if found.path is not None:
        written.append(str(found.path))
    if written:
        print(message("review.wrote", files=", ".join(map(printable_line, written))))
    if counted.tokens:
        print(message("review.used", tokens=counted.tokens))
    return _gate(options, [counted.refusals.headline.share, counted.enforcements.headline.share])


def _gate(options: argparse.Namespace, shares: list[float | None]) -> int:
    if options.fail_over is None:
        return DONE
    worst = max((share for share in shares if share is not None), default=0.0)
    told = {"share": f"{100 * worst:.1f} %", "limit": f"{100 * options.fail_over:g} %"}
    if worst > options.fail_over:
        print(f"legit: {message('review.gate_failed', **told)}", file=sys.stderr)
        return OVER_LIMIT
    print(message("review.gate_passed", **told))
    return DONE


def _queue(options: argparse.Namespace) -> int:
    from legit.review import load_review, queue

    for item in queue(load_review(options.words[1]), sample_size=options.sample):
        print(printable(json.dumps(item.model_dump(exclude_defaults=True), ensure_ascii=False)))
    return DONE


def _answer(options: argparse.Namespace) -> int:
    from legit.review import Answer, load_review

    words = options.words[1:]
    if options.answers and len(words) == 1:
        answers = _answers_of(options.answers)
    elif len(words) == 3 and not options.answers:
        answers = [Answer(id=words[1], outcome=words[2], by=options.by, note=options.note)]
    else:
        raise UsageError("`legit review answer` takes REVIEW TURN OUTCOME, or REVIEW and --answers FILE")
    load_review(words[0]).answer(answers)
    print(
        message("review.answered_one", count=1) if len(answers) == 1 else message("review.answered", count=len(answers))
    )
    return DONE


def _answers_of(path: Path) -> list[Answer]:
    from pydantic import ValidationError

    from legit._util.json_lines import numbered_lines
    from legit.errors import Problem, ReviewError
    from legit.review import Answer

    found: list[Answer] = []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read `{path}`: {error}") from None
    for number, line in numbered_lines(text):
        try:
            found.append(Answer.model_validate_json(line))
        except ValidationError:
            help_ = '{"id": "c1#t2", "outcome": "blind", "by": "reader"}'
            raise ReviewError(Problem("V202", "no answer to a review", number, 1, str(path), help=help_)) from None
    return found
