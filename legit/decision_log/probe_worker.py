"""A process of its own that loads a knowledge base and decides cases under limits of memory and time.

Standard input holds lines of JSON: first `{"folder", "profile", "megabytes"}`, then `{"case", "whole"}` for each case.
Each line is answered by `{"ok": true}` when the work ended, well or with an error of `legit` (whoever asked meets the
same error). A process that runs out of memory, or that clingo ends, gives no answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from typing import IO

from legit.engine.bounded_grounding import limited_process
from legit.errors import LegitError
from legit.judge import TIME_LIMIT, Judge
from legit.knowledge.base import KnowledgeBase


def main() -> None:
    """Answer the lines of standard input."""
    # clingo writes to standard output where it fails: the answers go elsewhere.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    for what, most in (
        (resource.RLIMIT_AS, int(first["megabytes"]) * 1_000_000),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))
    judge = None
    with contextlib.suppress(LegitError):
        judge = Judge(KnowledgeBase.load(first["folder"], first["profile"]))
    _answer(answers)
    for line in sys.stdin:
        if judge is not None:
            asked = json.loads(line)
            _decide(judge, asked["case"], whole=asked["whole"])
        _answer(answers)


def _decide(judge: Judge, text: str, *, whole: bool) -> None:
    with contextlib.suppress(LegitError):
        answer = judge.assess if whole else judge.decide
        answer(judge.parse_case(text), time_limit=TIME_LIMIT)


def _answer(file: IO[str]) -> None:
    print('{"ok": true}', file=file, flush=True)


if __name__ == "__main__":
    try:
        with limited_process():
            main()
    except MemoryError:
        os._exit(3)
