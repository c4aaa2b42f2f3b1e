"""`legit log show`: one entry of a log of any kind in words."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable, printable_line
from legit.cli.exit_status import DONE
from legit.cli.log.arguments import add_entry_number, add_log
from legit.cli.log.replaying import replayed
from legit.cli.options import Subparsers, add_command, add_format, add_full
from legit.cli.output import escape_model, print_json, print_sentences, text_style
from legit.cli.usage_error import UsageError
from legit.errors import LegitError
from legit.messages import message

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.entries import Decision, LogEntry, Override, RecordedTurn, Redaction
    from legit.model.assessment import Assessment

_MAX_PROBLEMS = 3
_DIGEST_DIGITS = 12


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "show", run, "show a decision with its reasons, or any other entry")
    add_log(parser)
    add_entry_number(parser)
    add_format(parser)
    add_full(parser)
    parser.add_argument("--case", action="store_true", help="print only the case, as sentences that `assess -` reads")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log import LogReader
    from legit.decision_log.entries import Decision
    from legit.decision_log.entry_integrity import entry_problems

    log = LogReader(options.log)
    if options.case:
        return _show_case(options, log)
    entry = log.entry(options.number)
    if isinstance(entry, Decision):
        return _show_decision(options, log, entry)
    warnings = entry_problems(log, options.number)
    if options.format == "json":
        print_json({"number": options.number, "entry": entry, "warnings": warnings})
        return DONE
    title, fields = _title_and_fields(entry)
    header = message("cli.entry_header", number=options.number, time=entry.time, title=title)
    _print_header(header, fields, warnings)
    return DONE


def _show_case(options: argparse.Namespace, log: LogReader) -> int:
    """Print the sentences of a decision, for `assess -` and other programs that read sentences."""
    from legit.decision_log.entry_integrity import entry_problems, text_problems

    if options.format != "text":
        raise UsageError("--case prints sentences")
    decision = log.decision(options.number)
    text = log.case_text(options.number)
    problems = text_problems(log, options.number, decision)
    for warning in (*entry_problems(log, options.number), *problems.values()):
        print(printable_line(message("cli.warning", warning=warning)), file=sys.stderr)
    print_sentences(text)
    return DONE


def _show_decision(options: argparse.Namespace, log: LogReader, decision: Decision) -> int:
    from legit.decision_log.entry_integrity import entry_problems, text_problems, visible_annotations
    from legit.render.assessment_text import render_assessment

    warnings = entry_problems(log, options.number)
    problems_of_texts = text_problems(log, options.number, decision)
    annotations, annotation_problems = visible_annotations(log, options.number)
    warnings += annotation_problems
    assessment, forms, problem = _replay_assessment(options.number, log, decision)
    if options.format == "json":
        overrides = [item for _, item in annotations if item.kind == "override"]
        print_json(
            {
                "number": options.number,
                "entry": decision,
                "case": log.case_text(options.number),
                "override": overrides[-1] if overrides else None,
                "annotations": [{"number": number, "entry": item} for number, item in annotations],
                "warnings": [*warnings, *problems_of_texts.values()],
                "assessment": assessment,
            }
        )
        return DONE
    fields = [*_provenance_fields(decision), *sorted(decision.caller.items())]
    fields += [_annotation_field(number, item) for number, item in annotations]
    header = message("cli.decision_header", number=options.number, time=decision.time)
    _print_header(header, fields, warnings)
    print()
    texts = log.stored_texts(options.number)
    for line, sentence in _numbered_sentences(decision, texts, problems_of_texts, forms):
        print(f"{line or '':>6}  {printable_line(sentence)}")
    print()
    if assessment is not None:
        print(render_assessment(escape_model(assessment), text_style(full=options.full)), end="")
    else:
        print(message("cli.not_replayed", problem=printable(problem)))
        print_json(decision.answer)
    return DONE


def _replay_assessment(
    number: int, log: LogReader, decision: Decision
) -> tuple[Assessment | None, dict[int, str], str]:
    """The replayed assessment with the texts that the log stores; None and the reason where the replay differs.

    Between them the forms as which facts, by their numbers, were read, where these have other words than was written.
    """
    from legit.decision_log.redaction import restore, restore_model

    try:
        with replayed(log, number, decision, None) as replay:
            case, writer = replay.replayed_case, replay.judge.writer
    except LegitError as error:
        return None, {}, "; ".join(f"{item.code}: {item.message}" for item in error.problems[:_MAX_PROBLEMS])
    texts = log.stored_texts(number)
    forms = {
        place: restore(writer.sentence(fact), texts)
        for place, fact in enumerate(case.case.facts)
        if writer.written(fact)
    }
    if not case.result.same:
        return None, forms, "; ".join(case.result.changes)
    return restore_model(case.assessment, texts), forms, ""


def _print_header(title: str, fields: list[tuple[str, str]], warnings: list[str]) -> None:
    print(printable_line(title))
    for key, value in fields:
        print(f"  {printable_line(key):<14} {printable_line(value)}")
    for warning in warnings:
        print(printable_line(f"  ! {warning}"))


def _provenance_fields(decision: Decision) -> Iterator[tuple[str, str]]:
    origin = decision.provenance
    base = message(
        "cli.base_and_engine", base=origin.base, version=origin.base_version,
        digest=origin.base_digest[:_DIGEST_DIGITS], engine=origin.engine,
    )  # fmt: skip
    yield message("cli.decided_with"), base
    yield "", message("cli.profile", profile=origin.profile, version=origin.profile_version)
    if decision.commitments and decision.text_policy != "stored":
        yield message("cli.quoted_texts"), message(f"cli.texts_{decision.text_policy}")


def _annotation_field(number: int, annotation: Override | Redaction) -> tuple[str, str]:
    """An override or redaction as a field of its decision."""
    if annotation.kind == "override":
        label, subject = message("cli.overridden"), annotation.action
    else:
        label, subject = message("cli.texts_erased"), ", ".join(annotation.placeholders)
    text = message(
        "cli.annotation", subject=subject, by=annotation.by, why=annotation.why, time=annotation.time, number=number
    )
    return label, text


def _title_and_fields(entry: LogEntry) -> tuple[str, list[tuple[str, str]]]:
    """The title and the fields of an entry that is not a decision."""
    if entry.kind == "opened":
        return message("cli.log_opened"), [(message("cli.name"), entry.log_name)]
    if entry.kind == "base":
        archive = message("cli.archive_digest", digest=entry.archive_digest)
        fields = [(message("cli.digest"), entry.base_digest), (message("cli.profile_label"), entry.profile)]
        return message("cli.base_stored"), [*fields, ("SHA-256", archive)]
    if entry.kind == "recovery":
        dropped = message("cli.bytes", count=entry.dropped_bytes)
        return message("cli.recovered"), [(message("cli.dropped"), dropped)]
    if entry.kind == "override":
        title = message("cli.decision_overridden", number=entry.decision_number)
        return title, [(message("cli.done_instead"), entry.action), *_author_fields(entry)]
    if entry.kind == "redaction":
        title = message("cli.decision_redacted", number=entry.decision_number)
        return title, [(message("cli.texts"), ", ".join(entry.placeholders)), *_author_fields(entry)]
    if entry.kind == "turn":
        fields = [
            (message("cli.turn_id"), entry.turn),
            *sorted(entry.caller.items()),
            (message("cli.consultations"), message("cli.turn_results", answered=entry.answered, failed=entry.failed)),
        ]
        title = message("cli.turn") if entry.finished else message("cli.turn_unfinished")
        return title, fields + _act_fields(entry)
    raise AssertionError(entry.kind)


def _act_fields(entry: RecordedTurn) -> list[tuple[str, str]]:
    from legit.decision_log.turn_coverage import reason_words

    fields = []
    for act in entry.acts:
        found = message("cli.act_consulted") if act.consulted else reason_words(act.why)
        notes = [found, _sent_words(act.sent)] if act.kind == "refusal" else [found]
        if act.override:
            notes.append(message("cli.act_override"))
        if act.decisions:
            notes.append(message("cli.act_decisions", numbers=", ".join(map(str, act.decisions))))
        fields.append((message(f"log.act_{act.kind}"), "; ".join(notes)))
    return fields


def _sent_words(sent: str) -> str:
    """What was sent, in words; as it was recorded if there are none."""
    try:
        return message(f"cli.act_sent_{sent}")
    except KeyError:
        return sent


def _author_fields(annotation: Override | Redaction) -> list[tuple[str, str]]:
    return [(message("cli.by"), annotation.by), (message("cli.why"), annotation.why)]


def _numbered_sentences(
    decision: Decision, texts: dict[str, str], text_problems: dict[str, str], forms: dict[int, str]
) -> Iterator[tuple[int | None, str]]:
    """The sentences of a decision as written, with their original lines.

    Below each stand the form as which it was read, where it has other words, and the problems of its texts.
    """
    from legit.decision_log.redaction import restore

    sentences = decision.case.removesuffix("\n").split("\n")
    headings = len(sentences) - len(decision.line_numbers)  # a heading has no line number
    for index, sentence in enumerate(sentences, -headings):
        has_line = 0 <= index < len(decision.line_numbers)
        yield decision.line_numbers[index] if has_line else None, restore(sentence, texts)
        if index in forms:
            yield None, message("cli.read_as", sentence=forms[index])
        for placeholder, problem in text_problems.items():
            if placeholder in sentence:
                yield None, f"! {problem}"
