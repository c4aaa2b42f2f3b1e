"""What the command `log explain` does: a decision on record, explained as `explain` explains a case."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.common import DONE, LOG_BROKEN, OUT_OF_TIME, print_json
from legit.cli.explain import answered, check_questions, out_of_time, printed
from legit.cli.log.replaying import made_again

if TYPE_CHECKING:
    from legit.cli.log.replaying import MadeAgain


def explain(options: argparse.Namespace) -> int:
    """Explain a decision made again; that it does not come out as recorded is said first, and by the status."""
    from legit.decision_log import LogReader
    from legit.decision_log.entry_integrity import doubtful_texts, doubts
    from legit.decision_log.redaction import unveiled, unveiled_answer

    check_questions(options)
    log = LogReader(options.log)
    record = log.decision(options.number)
    texts = log.stored_texts(options.number)
    warnings = [*doubts(log, options.number), *doubtful_texts(log, options.number, record).values()]
    with made_again(log, options.number, record, options) as again:
        answer = unveiled_answer(answered(again.judge, again.made.case, options), texts)
    outcome = again.made.outcome
    name = unveiled(again.made.case.name, texts)
    note = _note(again)
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
        print(printed(answer, name, options, " ".join(told) if on_page else ""), end="")
    if out_of_time(answer):
        return OUT_OF_TIME
    return DONE if outcome.same or again.other else LOG_BROKEN


def _note(again: MadeAgain) -> str:
    """Whether the decision came out as recorded."""
    outcome, base = again.made.outcome, again.judge.base
    if again.other:
        under = f"made again under {base.name} {base.version}, profile {base.profile.id}, which did not decide then"
        return f"{under}; " + (
            "it comes out the same" if outcome.same else f"IT COMES OUT OTHERWISE: {_changes(again)}"
        )
    if outcome.same:
        return "made again, and it comes out as recorded, byte for byte"
    return f"made again, and IT DOES NOT COME OUT AS RECORDED: {_changes(again)}"


def _changes(again: MadeAgain) -> str:
    return "; ".join(again.made.outcome.changes)
