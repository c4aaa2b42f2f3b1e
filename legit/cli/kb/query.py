"""The command `kb query`: questions over decided cases, in sentences with gaps or as rules."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from legit._util.terminal_escape import printable_line
from legit.cli.common import (
    DONE,
    Subparsers,
    UsageError,
    add_command,
    open_judge,
    print_csv,
    print_json_rows,
    read_text,
)
from legit.render.text_table import table_lines

if TYPE_CHECKING:
    from legit.judge import Judge
    from legit.query.corpus import Corpus
    from legit.query.evaluator import Table


def register(kb: Subparsers) -> None:
    """Add the command of this module to those of `kb`."""
    query = add_command(
        kb, "query", _query, "ask which decided cases, and how many, in sentences with gaps or as a program of rules"
    )
    query.add_argument("question", nargs="*", metavar="QUESTION", help="as in: which cases are defeated?")
    query.add_argument("--forms", action="store_true", help="list what may be asked")
    query.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="how to print (default: %(default)s)"
    )
    where = query.add_argument_group("whom to ask about").add_mutually_exclusive_group()
    where.add_argument(
        "--precedents", action="store_true", help="the decided cases of the knowledge base (the default)"
    )
    where.add_argument(
        "--cases",
        action="append",
        type=Path,
        metavar="PATH",
        help="a file of cases, or a folder of them; once for each",
    )
    where.add_argument("--log", type=Path, metavar="LOG", help="the decisions of a log, as they were recorded")
    rules = query.add_argument_group("as a program (see docs/auditors.md)")
    rules.add_argument("--asp", metavar="FILE.lp|TEXT", help="rules over the cases, or those that QUESTION asks for")
    rules.add_argument(
        "--answer-sets", type=int, default=1, metavar="N", help="how many at most (default: %(default)s)"
    )
    rules.add_argument("--time-limit", type=float, default=30.0, metavar="SECONDS", help="(default: %(default)s)")
    rules.add_argument("--memory-limit", type=int, default=1024, metavar="MB", help="(default: %(default)s)")


def _query(options: argparse.Namespace) -> int:
    judge = open_judge(options)
    if options.forms:
        _print_forms(judge)
        return DONE
    text = " ".join(options.question)
    if not text and not options.asp:
        raise UsageError(
            "ask something, as in `legit kb query which cases are defeated`; --forms lists what may be asked"
        )
    corpus = _corpus(options, judge)
    table = _evaluate_program(options, judge, corpus, text) if options.asp else _evaluate_text(judge, corpus, text)
    _print_table(options.format, table)
    return DONE


def _corpus(options: argparse.Namespace, judge: Judge) -> Corpus:
    from legit.decision_log import LogReader
    from legit.query.corpus import Corpus, case_files

    if options.log:
        return Corpus("a log", judge, log=LogReader(options.log))
    if options.cases:
        return Corpus("a file of cases", judge, case_files(options.cases))
    return Corpus("the precedents", judge)


def _evaluate_text(judge: Judge, corpus: Corpus, text: str) -> Table:
    from legit.query.evaluator import cached_evaluator

    asker = cached_evaluator(judge)
    return asker.evaluate(asker.parse_query(text, corpus), corpus)


def _evaluate_program(options: argparse.Namespace, judge: Judge, corpus: Corpus, text: str) -> Table:
    from legit.query.asp_sandbox import ProgramLimits, run_program
    from legit.query.evaluator import cached_evaluator

    try:
        limits = ProgramLimits(options.time_limit, options.memory_limit, options.answer_sets)
    except ValueError as error:
        raise UsageError(f"limits of a program: {error}") from error
    rules, source = (options.asp, "the program")
    if options.asp.endswith(".lp") or options.asp == "-":
        rules, source = read_text(options.asp)
    if not text:
        return run_program(judge.base, iter(corpus), rules, source, limits)
    asker = cached_evaluator(judge)
    question = asker.parse_query(text, corpus)
    if question.citation_query or question.is_count or question.group_by:
        raise UsageError("beside --asp a question chooses cases; what it counts or cites has no place there")
    return asker.with_paraphrase(
        question, run_program(judge.base, asker.matching_cases(question, corpus), rules, source, limits)
    )


def _print_table(output_format: str, table: Table) -> None:
    # A program that reads rows gets nothing else on standard output.
    out = sys.stdout if output_format == "table" else sys.stderr
    if table.paraphrase:
        print(f"understood as: {printable_line(table.paraphrase)}", file=out)
    for note in table.notes:
        print(f"    ({note})", file=out)
    if output_format == "json":
        print_json_rows(table.rows)
    elif output_format == "csv":
        print_csv(table.columns, table.rows)
    else:
        number = 0
        for line in table_lines(table.columns, table.rows):
            print(line)
            number += 1
        if table.row_noun:
            rows = max(number - 1, 0)
            print(f"no {table.row_noun}" if not rows else f"{rows} {'row' if rows == 1 else 'rows'}")


def _print_forms(judge: Judge) -> None:
    from legit.query.lexicon import query_lexicon

    width = max(60, min(110, shutil.get_terminal_size((100, 24)).columns))
    words = query_lexicon()
    print("A question names cases and says what must hold of them, joined by `and`, `or` and full stops:")
    print("  Which defeated cases rest on the user's word alone?")
    print("  How many rules by a landlord reach into the inside of the home, by verdict?")
    print("  Which cases: The rule treats people differently by <ground>. The verdict is what?")
    print("\nEvery sentence of `legit vocabulary` may stand in it, and of decisions:")
    for form, says in words.forms.items():
        print(f"  {form}")
        if says:
            print(textwrap.fill(says, width, initial_indent="      ", subsequent_indent="      "))
    print("\nGaps stand in the place of a name, a value or a quotation:")
    gaps = {
        "listed": "listed in the answer; also …, <holder>, or <holder H> where the same must fill several",
        "some": "filled by something, which is not listed",
        "no": "filled by nothing that the case states",
        "every": "all that the case states with the same sentence",
    }
    for kind, says in gaps.items():
        print(f"  {', '.join(words.wildcards[kind])}: {says}")
    print(f"  before a number: {', '.join(text for texts in words.comparisons.values() for text in texts)}")
    print("\nCounted or listed `by`:")
    names = [text for texts in words.dimensions.values() for text in texts[:1]]
    print(textwrap.fill(", ".join(names) + ", and the sentences of the vocabulary by their ids: "
                        + ", ".join(judge.base.vocabulary.predicates).replace("_", " "),
                        width, initial_indent="  ", subsequent_indent="  "))  # fmt: skip
