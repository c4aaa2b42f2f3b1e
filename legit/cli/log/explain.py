"""`legit log explain`: a decision of a log, replayed and explained as `legit explain` explains a case."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE, LOG_INVALID, TIMED_OUT
from legit.cli.explain_formats import EXPLANATION_FORMATS
from legit.cli.explain_options import (
    add_explain_options,
    check_explain_options,
    render_answer,
    run_question,
    timed_out,
)
from legit.cli.log.arguments import add_entry_number, add_log
from legit.cli.log.replaying import add_replay_base_options, judge_from_options, replayed
from legit.cli.options import Subparsers, add_command
from legit.cli.output import print_json
from legit.messages import message

if TYPE_CHECKING:
    from legit.cli.log.replaying import Replay


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "explain", run,
        "explain a decision, replayed with the knowledge base that the log stores (or under --kb or --profile)",
    )  # fmt: skip
    add_log(parser)
    add_entry_number(parser)
    add_explain_options(parser)
    add_replay_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Whether the answer is as recorded is the first line."""
    from legit.decision_log import LogReader
    from legit.decision_log.entry_integrity import entry_problems, text_problems
    from legit.decision_log.redaction import restore, restore_model

    check_explain_options(options)
    log = LogReader(options.log)
    decision = log.decision(options.number)
    texts = log.stored_texts(options.number)
    problems = text_problems(log, options.number, decision)
    warnings = [*entry_problems(log, options.number), *problems.values()]
    override = judge_from_options(options, decision.provenance.profile)
    with replayed(log, options.number, decision, override, options.time_limit) as replay:
        answer = restore_model(run_question(replay.judge, replay.replayed_case.case, options), texts)
    result = replay.replayed_case.result
    if options.format == "json":
        print_json(
            {
                "number": options.number,
                "same": result.same,
                "changes": result.changes,
                "warnings": warnings,
                "why_not" if options.why_not else "explanation": answer,
            }
        )
    else:
        header = message("cli.decision_header", number=options.number, time=decision.time)
        notice = [f"{header}: {_replay_note(replay)}", *(f"! {warning}" for warning in warnings)]
        place = EXPLANATION_FORMATS[options.format].notice
        print(*map(printable_line, notice), sep="\n", file=sys.stdout if place == "above" else sys.stderr)
        if place == "above":
            print()
        name = restore(replay.replayed_case.case.name, texts)
        print(render_answer(answer, name, options, " ".join(notice) if place == "inside" else ""), end="")
    if timed_out(answer):
        return TIMED_OUT
    return DONE if result.same or replay.uses_other_base else LOG_INVALID


def _replay_note(replay: Replay) -> str:
    """Whether the decision came out as recorded."""
    result, base = replay.replayed_case.result, replay.judge.base
    changes = "; ".join(result.changes)
    if not replay.uses_other_base:
        return message("cli.as_recorded") if result.same else message("cli.not_as_recorded", changes=changes)
    outcome = message("cli.same_under_other") if result.same else message("cli.not_same_under_other", changes=changes)
    return message(
        "cli.replayed_under_other", base=base.name, version=base.version, profile=base.profile.id, outcome=outcome
    )
