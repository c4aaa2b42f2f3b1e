"""Runs a user's program over decided cases, in a process that cannot read files or exceed its limits."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from legit.errors import Problem, QueryError
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.forbidden_syntax import find_forbidden_syntax, without_comments
from legit.query.citation_query import Row
from legit.query.corpus import CorpusCase
from legit.query.evaluator import Table
from legit.query.facts import INPUT_SIGNATURES, WorkerFact, base_facts, case_facts

MAX_PROGRAM_CHARACTERS = 100_000
MAX_ROWS = 100_000
_MAX_OUTPUT_BYTES = 50_000_000
_MAX_LIMITS = {"seconds": 86_400, "megabytes": 1_000_000, "answer_sets": MAX_ROWS}
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
_SURROGATE = re.compile("[\ud800-\udfff]")
_ALLOWED_DIRECTIVES = frozenset({"#show", "#const"})
_HELP = "rules, choices, #show and #const may stand in a program"


@dataclass(frozen=True, slots=True)
class ProgramLimits:
    """The limits of a program: seconds, megabytes of memory, number of answer sets.

    Raises ValueError for one that is no number above 0, or more than the system can enforce.
    """

    seconds: float = 30.0
    megabytes: int = 1024
    answer_sets: int = 1

    def __post_init__(self) -> None:
        for name, most in _MAX_LIMITS.items():
            if not 0 < getattr(self, name) <= most:
                raise ValueError(f"{name.replace('_', ' ')}: a number above 0, and up to {most:,}")


def run_program(
    base: KnowledgeBase,
    items: Iterable[CorpusCase],
    program: str,
    source: str = "",
    limits: ProgramLimits | None = None,
) -> Table:
    """The answers of a program over cases: the atoms of `answer`, or those that it shows.

    Raises QueryError: Q201 a statement that is not allowed, Q202 no valid program, Q203 too many rows, Q204 timeout,
    Q205 out of memory, Q206 no answer set, Q207 a crash. Raises also the errors of reading the cases.
    """
    limits = limits or ProgramLimits()
    _check_program(program, source)
    found = _run_worker(program, source, limits, itertools.chain(base_facts(base), case_facts(items, base)))
    width = max((len(arguments) for _, _, arguments in found), default=0)
    several = limits.answer_sets > 1
    names = len({name for _, name, _ in found}) > 1
    columns = tuple(str(number) for number in range(1, width + 1))
    heads = (*(("set",) if several else ()), *(("atom",) if names or not width else ()), *columns)

    def rows() -> Iterator[Row]:
        for number, name, arguments in found:
            row: Row = {"set": number, "atom": name, **dict(zip(columns, arguments, strict=False))}
            yield {head: row.get(head, "") for head in heads}

    return Table(heads, rows(), "answer")


def _check_program(program: str, source: str) -> None:
    if len(program) > MAX_PROGRAM_CHARACTERS:
        raise QueryError(
            Problem("Q201", f"the program is longer than {MAX_PROGRAM_CHARACTERS} characters", source=source)
        )
    if not program.isascii() and _SURROGATE.search(program):
        raise QueryError(Problem("Q202", "not a text in UTF-8", source=source))
    problems = find_forbidden_syntax(program, source, allowed_directives=_ALLOWED_DIRECTIVES, container="a program")
    if problems:
        refused = [
            Problem("Q201" if item.code == "K105" else "Q202", item.message, item.line, item.column, source, _HELP)
            for item in problems
        ]
        raise QueryError(*refused)


def _run_worker(
    program: str, source: str, limits: ProgramLimits, facts: Iterable[WorkerFact]
) -> list[tuple[int, str, list[Any]]]:
    """The output of the worker. The worker has ended when this returns or raises."""
    asked = {
        "program": without_comments(program), "answer_sets": limits.answer_sets,
        "most_rows": MAX_ROWS, "given": INPUT_SIGNATURES,
        "cpu": int(limits.seconds) + 1, "memory": limits.megabytes * 1_000_000,
    }  # fmt: skip
    # Of the environment the worker gets nothing but where to find clingo.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-s", str(Path(__file__).with_name("asp_worker.py"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/",
        text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(limits.seconds, process.send_signal, [signal.SIGXCPU])
        try:
            # The clock runs once the cases are read: reading them is not the program's doing.
            with contextlib.suppress(BrokenPipeError):
                print(json.dumps(asked), file=process.stdin)
                for fact in facts:
                    print(json.dumps(fact), file=process.stdin)
                process.stdin.close()
            timer.start()
            found, last = _read_output(process.stdout)
            if not last:
                process.wait()
        finally:
            timer.cancel()
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        status = process.wait()
    if not last:
        # The system ends a process that has used up its time by this signal, and so does the timer.
        kind = "time" if status == -signal.SIGXCPU else "crash" if -status in _CRASHES else "memory"
        last = ["error", kind, ""]
    if last[0] == "done":
        if not last[1]:
            help_ = "its rules contradict each other, or a constraint rules everything out"
            raise QueryError(Problem("Q206", "the program has no answer set", source=source, help=help_))
        return found
    raise QueryError(_worker_problem(last[1], last[2], source, limits))


def _read_output(lines: IO[str]) -> tuple[list[tuple[int, str, list[Any]]], list[Any]]:
    """The atoms that a worker writes, and its last message; an empty message when it was killed."""
    found: list[tuple[int, str, list[Any]]] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > _MAX_OUTPUT_BYTES:
            return found, ["error", "rows", f"more than {_MAX_OUTPUT_BYTES} bytes"]
        try:
            said = json.loads(line)
        except ValueError:
            break
        if said[0] != "atom":
            return found, said
        found.append((said[1], said[2], said[3]))
    return found, []


def _worker_problem(kind: str, message: str, source: str, limits: ProgramLimits) -> Problem:
    if kind == "refused":
        return Problem("Q201", message, source=source, help=_HELP)
    if kind == "program":
        return Problem("Q202", message.replace("<string>:", "").strip(), source=source)
    if kind == "rows":
        return Problem("Q203", f"the answer has {message}", source=source, help="show less")
    if kind == "time":
        said = f"the program took longer than {limits.seconds:g} seconds"
        return Problem("Q204", said, source=source, help="ask for less, choose cases by a question, or --time-limit")
    if kind == "crash":
        help_ = "simplify it: terms within terms that are thousands deep overflow the stack"
        return Problem("Q207", "the program ended the process that ran it", source=source, help=help_)
    said = f"the program took more than {limits.megabytes} megabytes of memory"
    return Problem("Q205", said, source=source, help="ask for less, choose cases by a question, or --memory-limit")
