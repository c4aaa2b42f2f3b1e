"""What the command `log show` does: one record of a log in words, whatever its kind."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable, printable_line
from legit.cli.common import DONE, UsageError, escape_model, print_json, use_colour
from legit.cli.log.replaying import replayed
from legit.errors import LegitError

if TYPE_CHECKING:
    from legit.decision_log import LogReader
    from legit.decision_log.entries import Decision, LogEntry, Override, Redaction
    from legit.model.assessment import Assessment


def show(options: argparse.Namespace) -> int:
    """Show a record, or only the case of a decision."""
    from legit.decision_log import LogReader
    from legit.decision_log.entries import Decision
    from legit.decision_log.entry_integrity import entry_problems

    log = LogReader(options.log)
    if options.case:
        return _show_case(options, log)
    record = log.entry(options.number)
    if isinstance(record, Decision):
        return _show_decision(options, log, record)
    warnings = entry_problems(log, options.number)
    if options.format == "json":
        print_json({"number": options.number, "record": record.model_dump(mode="json"), "warnings": warnings})
        return DONE
    title, told = _title_and_fields(record)
    _print_header(f"Record {options.number}, {record.time}: {title}", told, warnings)
    return DONE


def _show_case(options: argparse.Namespace, log: LogReader) -> int:
    """Print the sentences of a decision, for `assess -` and whatever else reads sentences."""
    from legit.decision_log.entry_integrity import entry_problems, text_problems

    if options.format != "text":
        raise UsageError("--case prints sentences")
    record = log.decision(options.number)
    text = log.case_text(options.number)
    for warning in (*entry_problems(log, options.number), *text_problems(log, options.number, record).values()):
        print(printable_line(f"warning: {warning}"), file=sys.stderr)
    # Elsewhere than on a terminal the sentences must read back as they are.
    print(printable(text) if sys.stdout.isatty() else text, end="")
    return DONE


def _show_decision(options: argparse.Namespace, log: LogReader, record: Decision) -> int:
    from legit.decision_log.entry_integrity import entry_problems, text_problems
    from legit.render.assessment_text import TextStyle, render_assessment

    warnings = entry_problems(log, options.number)
    doubtful = text_problems(log, options.number, record)
    notes = log.annotations_of(options.number)
    answer, problem = _replay_assessment(options, log, record)
    if options.format == "json":
        overrides = [note for _, note in notes if note.kind == "override"]
        data = {
            "number": options.number,
            "record": record.model_dump(mode="json"),
            "case": log.case_text(options.number),
            "override": overrides[-1].model_dump(mode="json") if overrides else None,
            "notes": [{"number": at, "record": note.model_dump(mode="json")} for at, note in notes],
            "warnings": [*warnings, *doubtful.values()],
            "assessment": answer.model_dump(mode="json") if answer else None,
        }
        print_json(data)
        return DONE
    told = [
        *_provenance_fields(record),
        *sorted(record.caller.items()),
        *(_annotation_field(at, note) for at, note in notes),
    ]
    _print_header(f"Decision {options.number}, {record.time}", told, warnings)
    print()
    for line, sentence in _numbered_sentences(record, log.stored_texts(options.number), doubtful):
        print(f"{line or '':>6}  {printable_line(sentence)}")
    print()
    if answer is not None:
        width = min(120, shutil.get_terminal_size((100, 24)).columns)
        print(render_assessment(escape_model(answer), TextStyle(use_colour(), width, options.whole)), end="")
    else:
        print(f"The whole answer does not come out again as it did ({printable(problem)}); this is what was recorded.")
        print_json(record.answer.model_dump(mode="json"))
    return DONE


def _replay_assessment(options: argparse.Namespace, log: LogReader, record: Decision) -> tuple[Assessment | None, str]:
    """The whole answer, made again with the texts that the log stores; None and why where it does not come out so."""
    from legit.decision_log.redaction import restore_model

    try:
        with replayed(log, options.number, record, argparse.Namespace(kb=None, profile=None)) as again:
            made = again.replayed_case
    except LegitError as error:
        return None, "; ".join(f"{item.code}: {item.message}" for item in error.problems[:3])
    if not made.result.same:
        return None, "; ".join(made.result.changes)
    return restore_model(made.assessment, log.stored_texts(options.number)), ""


def _print_header(title: str, fields: list[tuple[str, str]], warnings: list[str]) -> None:
    print(title)
    for key, value in fields:
        print(f"  {printable_line(key):<14} {printable_line(value)}")
    for warning in warnings:
        print(printable_line(f"  ! {warning}"))


def _provenance_fields(record: Decision) -> Iterator[tuple[str, str]]:
    origin = record.provenance
    yield "decided with", f"{origin.base} {origin.base_version} ({origin.base_digest[:12]}), engine {origin.engine},"
    yield "", f"profile {origin.profile} {origin.profile_version}"
    if record.commitments and record.text_policy != "stored":
        only = ", only what proves them" if record.text_policy == "hashed" else ""
        yield "quoted texts", f"not stored{only}: ⟨1text⟩ and the like stand for them"


def _annotation_field(number: int, note: Override | Redaction) -> tuple[str, str]:
    """An override or redaction, as the page of its decision tells it."""
    who = f"by {note.by}: {note.why} ({note.time}, record {number})"
    if note.kind == "override":
        return "overridden", f"{note.action}, {who}"
    return "texts erased", f"{', '.join(note.placeholders)}, {who}"


def _title_and_fields(record: LogEntry) -> tuple[str, list[tuple[str, str]]]:
    """What a record says that is no decision: its title, and the rest by name."""
    if record.kind == "opened":
        return "the log was opened", [("name", record.log_name)]
    if record.kind == "base":
        kept = [
            ("digest", record.base_digest),
            ("profile", record.profile),
            ("SHA-256", f"{record.archive_digest} (of its files)"),
        ]
        return "from here on the log keeps a knowledge base", kept
    if record.kind == "recovery":
        title = "a writer had stopped in the middle of a write, of which nobody had been told that it was done"
        return title, [("dropped", f"{record.dropped_bytes} bytes")]
    if record.kind == "override":
        return f"decision {record.decision_number} was overridden", [
            ("done instead", record.action),
            *_author_fields(record),
        ]
    if record.kind == "redaction":
        title = f"texts of decision {record.decision_number} were erased for good"
        return title, [("texts", ", ".join(record.placeholders)), *_author_fields(record)]
    raise AssertionError(record.kind)


def _author_fields(record: Override | Redaction) -> list[tuple[str, str]]:
    return [("by", record.by), ("why", record.why)]


def _numbered_sentences(
    record: Decision, texts: dict[str, str], doubtful: dict[str, str]
) -> Iterator[tuple[int | None, str]]:
    """The sentences with the lines that they had, and under each what is wrong with a text of it."""
    from legit.decision_log.redaction import restore

    sentences = record.case.removesuffix("\n").split("\n")
    before = len(sentences) - len(record.line_numbers)  # a heading has no line
    for at, sentence in enumerate(sentences):
        place = at - before
        yield record.line_numbers[place] if 0 <= place < len(record.line_numbers) else None, restore(sentence, texts)
        for stand_in, says in doubtful.items():
            if stand_in in sentence:
                yield None, f"! {says}"
