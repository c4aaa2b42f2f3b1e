"""`legit kb query`: queries over decided cases, in sentences with blanks or as an answer-set program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from legit._util.terminal_escape import printable_line
from legit.cli.exit_status import DONE
from legit.cli.input_files import read_text
from legit.cli.knowledge import open_judge
from legit.cli.log.checkpoint_options import add_checkpoint_options, checked_log
from legit.cli.options import Subparsers, add_base_options, add_command, add_format, positive_number, seconds
from legit.cli.output import print_csv, print_json_rows, terminal_width
from legit.cli.usage_error import UsageError
from legit.messages import message
from legit.render.terminal import fill
from legit.render.text_table import table_lines

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.query.corpus import Corpus
    from legit.query.evaluator import Table

_ANSWER_SETS: Final = 1
_TIME_LIMIT: Final = 30.0
_MEMORY_LIMIT: Final = 1024
_WIDTHS: Final = 60, 110
"""Between how many columns the list of forms is wrapped."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "query", run,
        "ask which decided cases, and how many, in sentences with blanks or as a program of rules",
    )  # fmt: skip
    parser.add_argument("query", nargs="*", metavar="QUERY", help="as in: which cases are defeated?")
    parser.add_argument("--forms", action="store_true", help="list what may be asked")
    add_format(parser, "text", "json", "csv")
    corpus = parser.add_argument_group("the decided cases").add_mutually_exclusive_group()
    corpus.add_argument("--precedents", action="store_true", help="those of the knowledge base (the default)")
    corpus.add_argument(
        "--cases", action="append", type=Path, metavar="PATH",
        help="a file of cases, or a folder of them; may be repeated",
    )  # fmt: skip
    corpus.add_argument("--log", type=Path, metavar="LOG", help="the decisions of a log, as they were recorded")
    add_checkpoint_options(parser)
    program = parser.add_argument_group("as a program (see docs/queries.md)")
    program.add_argument(
        "--asp", metavar="FILE.lp|TEXT", help="rules over the decided cases, or over those that QUERY selects"
    )
    program.add_argument(
        "--answer-sets", type=positive_number, metavar="N", help=f"at most N of them (default: {_ANSWER_SETS})"
    )
    program.add_argument("--time-limit", type=seconds, metavar="SECONDS", help=f"(default: {_TIME_LIMIT})")
    program.add_argument("--memory-limit", type=positive_number, metavar="MB", help=f"(default: {_MEMORY_LIMIT})")
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    limits = ("answer_sets", "time_limit", "memory_limit")
    given = [f"--{name.replace('_', '-')}" for name in limits if getattr(options, name) is not None]
    if given and not options.asp:
        raise UsageError(f"{' and '.join(given)} is for --asp")
    judge = open_judge(options)
    if options.forms:
        _print_forms(judge)
        return DONE
    text = " ".join(options.query)
    if not text and not options.asp:
        raise UsageError(
            "ask something, as in `legit kb query which cases are defeated`; --forms lists what may be asked"
        )
    with _open_corpus(options, judge) as corpus:
        table = _evaluate_program(options, judge, corpus, text) if options.asp else _evaluate_text(judge, corpus, text)
        _print_table(options.format, table)
    return DONE


@contextmanager
def _open_corpus(options: argparse.Namespace, judge: Judge) -> Iterator[Corpus]:
    from legit.query.corpus import Corpus, case_files

    if options.log:
        with checked_log(options.log, options) as log:
            yield Corpus(judge, log=log)
    elif options.checkpoint or options.public_key or options.witness:
        raise UsageError("--checkpoint and the keys that must have signed it are for --log")
    elif options.cases:
        yield Corpus(judge, case_files(options.cases))
    else:
        yield Corpus(judge)


def _evaluate_text(judge: Judge, corpus: Corpus, text: str) -> Table:
    from legit.query.evaluator import cached_evaluator

    evaluator = cached_evaluator(judge)
    return evaluator.evaluate(evaluator.parse_query(text, corpus), corpus)


def _evaluate_program(options: argparse.Namespace, judge: Judge, corpus: Corpus, text: str) -> Table:
    from legit.query.asp_sandbox import ProgramLimits, run_program
    from legit.query.evaluator import cached_evaluator

    try:
        limits = ProgramLimits(
            options.time_limit or _TIME_LIMIT,
            options.memory_limit or _MEMORY_LIMIT,
            options.answer_sets or _ANSWER_SETS,
        )
    except ValueError as error:
        raise UsageError(f"limits of a program: {error}") from error
    rules, source = (options.asp, "the program")
    if options.asp.endswith(".lp") or options.asp == "-":
        rules, source = read_text(options.asp)
    if not text:
        return run_program(judge.base, iter(corpus), rules, source, limits)
    evaluator = cached_evaluator(judge)
    query = evaluator.parse_query(text, corpus)
    if query.citation_query or query.is_count or query.group_by:
        raise UsageError("beside --asp a query selects cases: it cannot count, group or cite")
    cases = evaluator.matching_cases(query, corpus)
    return evaluator.with_paraphrase(query, run_program(judge.base, cases, rules, source, limits))


def _print_table(output_format: str, table: Table) -> None:
    # A program that reads rows gets nothing else on standard output.
    notes_stream = sys.stdout if output_format == "text" else sys.stderr
    if table.paraphrase:
        print(message("cli.understood_as", paraphrase=printable_line(table.paraphrase)), file=notes_stream)
    for note in table.notes:
        print(f"    ({note})", file=notes_stream)
    if output_format == "json":
        print_json_rows(table.rows)
    elif output_format == "csv":
        print_csv(table.columns, table.rows)
    else:
        count = 0

        def counted() -> Iterator[Mapping[str, str | int]]:
            nonlocal count
            for row in table.rows:
                count += 1
                yield row

        for line in table_lines(table.columns, counted()):
            print(line)
        if table.row_kind:
            print(message("cli.rows", count=count) if count else message(f"query.no_{table.row_kind}"))


def _print_forms(judge: Judge) -> None:
    from legit.query.lexicon import query_lexicon

    lowest, highest = _WIDTHS
    width = max(lowest, terminal_width(limit=highest))
    lexicon = query_lexicon()
    print(message("cli.query_forms"))
    for form, meaning in lexicon.forms.items():
        print(f"  {form}")
        if meaning:
            print(fill(meaning, width, "      ", "      "))
    print("\n" + message("cli.query_blanks"))
    for kind in ("listed", "some", "no", "every"):
        meaning = message(f"cli.blank_{kind}")
        print(f"  {', '.join(lexicon.wildcards[kind])}: {meaning}")
    comparisons = ", ".join(text for texts in lexicon.comparisons.values() for text in texts)
    print(message("cli.query_comparisons", comparisons=comparisons))
    print("\n" + message("cli.query_dimensions"))
    dimensions = ", ".join(text for texts in lexicon.dimensions.values() for text in texts[:1])
    predicates = ", ".join(judge.base.vocabulary.predicates).replace("_", " ")
    names = message("cli.query_dimension_names", dimensions=dimensions, predicates=predicates)
    print(fill(names, width, "  ", "  "))
