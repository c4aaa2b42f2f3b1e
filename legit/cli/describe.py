"""`legit describe`: what a conversation or a text is about, in sentences, by a describer that is named."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable, printable_line
from legit.cli.exit_status import DONE, NOT_UNDERSTOOD
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, positive_number
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.conversations import Conversation
    from legit.describe import Description, TurnDescription
    from legit.errors import Problem
    from legit.judge import Judge

_TRANSCRIPTS = {".jsonl", ".json", ".csv", ".tsv", ".parquet", ".eval", ".gz", ".ndjson"}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "describe", run, "describe a text or the end of a conversation in sentences")
    parser.add_argument("file", metavar="FILE", help="a text, a transcript, or - for a text on standard input")
    add_describer_options(parser, required=True)
    add_format(parser, "text", "json")
    add_base_options(parser)


def add_describer_options(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Add the options that choose a describer."""
    parser.add_argument(
        "--describer", required=required, metavar="NAME", default=None if required else "given",
        help="a chat model such as `openai:gpt-5`, `module:function`, or `given` for sentences of the file"
        + ("" if required else " (default: given)"),
    )  # fmt: skip
    parser.add_argument(
        "--samples", type=positive_number, default=3, metavar="K",
        help="how many descriptions of a turn vote (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--cache", type=Path, metavar="FILE", help="keep descriptions in this file, and ask nothing twice"
    )
    parser.add_argument("--budget", type=positive_number, metavar="TOKENS", help="ask nothing more once these are used")
    parser.add_argument(
        "--operator-facts", type=Path, metavar="FILE", help="sentences that the operator attests, for every case"
    )


def read_operator_facts(path: Path | None) -> str:
    """The sentences of the operator. Raises UsageError when the file cannot be read."""
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read `{path}`: {error}") from None


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.describe import DescriptionSettings, DescriptionStore, describe, load_describer
    from legit.judge import cached_judge

    judge = cached_judge(options.kb, options.profile, options.pack)
    conversation = _conversation(options.file)
    position = max((at for at, _ in conversation.assistant_turns()), default=len(conversation.turns) - 1)
    settings = DescriptionSettings(
        samples=options.samples, max_tokens=options.budget, operator_facts=read_operator_facts(options.operator_facts)
    )
    store = DescriptionStore(options.cache) if options.cache else None
    found = describe(
        conversation, position, load_describer(options.describer), judge=judge, settings=settings, store=store
    )
    if options.format == "json":
        print(json.dumps(_data(found, judge), ensure_ascii=False, indent=2))
    else:
        _print(found, judge)
    return DONE if found.case else NOT_UNDERSTOOD


def _conversation(file: str) -> Conversation:
    """The conversation of a transcript; a text is what a user says."""
    from legit.conversations import Conversation, Turn, read_conversations

    if file != "-" and Path(file).suffix.lower() in _TRANSCRIPTS:
        found = next(read_conversations(file), None)
        if found is None or not found.turns:
            raise UsageError(f"no conversation in `{file}`")
        return found
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read `{file}`: {error}") from None
    if not text.strip():
        raise UsageError(f"`{file}` is empty")
    return Conversation(id="text", turns=(Turn(id="t1", role="user", text=text),))


def _data(found: TurnDescription, judge: Judge) -> dict[str, object]:
    return {
        "facts": [judge.writer.sentence(fact) for fact in found.case.facts] if found.case else [],
        "disputed": [judge.writer.sentence(fact) for fact in found.vote.disputed] if found.vote else [],
        "descriptions": [
            {"sentences": item.sentences, "problems": [str(problem) for problem in item.problems],
             "unquoted": item.unquoted, "repaired": item.repaired}
            for item in found.descriptions
        ],
        "usage": found.usage.model_dump(),
        "failure": found.failure,
    }  # fmt: skip


def _with_sentence(problem: Problem, description: Description) -> Problem:
    """The problem with the sentence in the place of its line: the reader has not seen the description."""
    lines = "\n".join(description.sentences).splitlines()
    sentence = lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""
    return replace(problem, source=f"`{sentence}`", line=0) if sentence else problem


def _print(found: TurnDescription, judge: Judge) -> None:
    if found.failure:
        print(f"legit: {printable_line(found.failure)}", file=sys.stderr)
    if found.case:
        print(printable(judge.writer.case(found.case)).rstrip("\n"))
    problems = [str(_with_sentence(problem, item)) for item in found.descriptions for problem in item.problems]
    for problem in dict.fromkeys(problems):
        print(f"legit: {printable(problem)}", file=sys.stderr)
    if found.vote and found.vote.disputed:
        count = len(found.vote.disputed)
        print(message("describe.disputed", count=count, descriptions=len(found.descriptions)), file=sys.stderr)
    quotes = list(dict.fromkeys(quote for item in found.descriptions for quote in item.unquoted))
    if quotes:
        print(message("describe.unquoted", quotes=printable_line("; ".join(quotes))), file=sys.stderr)
    if found.usage.tokens:
        print(message("describe.used", calls=found.usage.calls, tokens=found.usage.tokens), file=sys.stderr)
