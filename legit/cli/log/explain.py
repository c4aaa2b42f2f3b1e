"""What the command `log explain` does: a decision on record, explained as `explain` explains a case."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.common import DONE, LOG_INVALID, TIMED_OUT, print_json
from legit.cli.explain import check_explain_options, render_answer, run_question, timed_out
from legit.cli.log.replaying import replayed

if TYPE_CHECKING:
    from legit.cli.log.replaying import Replay


def explain(options: argparse.Namespace) -> int:
    """Explain a decision made again; that it does not come out as recorded is said first, and by the status."""
    from legit.decision_log import LogReader
    from legit.decision_log.entry_integrity import entry_problems, text_problems
    from legit.decision_log.redaction import restore, restore_model

    check_explain_options(options)
    log = LogReader(options.log)
    record = log.decision(options.number)
    texts = log.stored_texts(options.number)
    warnings = [*entry_problems(log, options.number), *text_problems(log, options.number, record).values()]
    with replayed(log, options.number, record, options) as again:
        answer = restore_model(run_question(again.judge, again.replayed_case.case, options), texts)
    outcome = again.replayed_case.result
    name = restore(again.replayed_case.case.name, texts)
    note = _replay_note(again)
    if options.format == "json":
        data = {
            "number": options.number,
            "same": outcome.same,
            "changes": outcome.changes,
            "warnings": warnings,
            "why_not" if options.why_not else "explanation": answer.model_dump(mode="json"),
        }
        print_json(data)
    else:
        told = [f"Decision {options.number}, {record.time}: {note}", *(f"! {warning}" for warning in warnings)]
        on_page = options.format == "html"
        print(*map(printable_line, told), sep="\n", file=sys.stdout if options.format == "text" else sys.stderr)
        if options.format == "text":
            print()
        print(render_answer(answer, name, options, " ".join(told) if on_page else ""), end="")
    if timed_out(answer):
        return TIMED_OUT
    return DONE if outcome.same or again.uses_other_base else LOG_INVALID


def _replay_note(replay: Replay) -> str:
    """Whether the decision came out as recorded."""
    outcome, base = replay.replayed_case.result, replay.judge.base
    if replay.uses_other_base:
        under = f"made again under {base.name} {base.version}, profile {base.profile.id}, which did not decide then"
        return f"{under}; " + (
            "it comes out the same" if outcome.same else f"IT COMES OUT OTHERWISE: {_changes_text(replay)}"
        )
    if outcome.same:
        return "made again, and it comes out as recorded, byte for byte"
    return f"made again, and IT DOES NOT COME OUT AS RECORDED: {_changes_text(replay)}"


def _changes_text(replay: Replay) -> str:
    return "; ".join(replay.replayed_case.result.changes)
