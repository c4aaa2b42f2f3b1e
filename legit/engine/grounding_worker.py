"""A process of its own that grounds one program under limits of memory and processor time.

Standard input holds one line of JSON: `{"program", "seconds", "megabytes", "most_rules"}`. Standard output gets one
line of JSON: `{"grounding": [atoms, inputs, rules]}`, `{"problems": [...]}` with the fields of each problem, or
`{"too_many": number of rules}`. A process that runs out of memory or time, or that clingo ends, gives no line.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import sys
from typing import Any

from legit.engine.grounding import ground
from legit.errors import KnowledgeBaseError


def main() -> None:
    """Ground the program of standard input."""
    # clingo writes to standard output where it fails: the answer goes elsewhere.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        os.dup2(2, 1)
        request = json.loads(sys.stdin.readline())
        limit_resources(request["seconds"], request["megabytes"])
        print(json.dumps(_answer(request), separators=(",", ":")), file=answer)


def limit_resources(seconds: float, megabytes: int) -> None:
    """Limit this process: processor time, memory in millions of bytes, no files written, no core."""
    with contextlib.suppress(ImportError):  # Windows has no such limits: there only the clock of the caller counts
        import resource

        for what, most in (
            (resource.RLIMIT_AS, megabytes * 1_000_000),
            (resource.RLIMIT_CPU, math.ceil(seconds)),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
        ):
            resource.setrlimit(what, (most, most))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        found = ground(request["program"])
    except KnowledgeBaseError as error:
        return {"problems": [dataclasses.asdict(problem) for problem in error.problems]}
    if len(found.rules) > request["most_rules"]:
        return {"too_many": len(found.rules)}
    return {"grounding": [found.atoms, sorted(found.input_atoms), found.rules]}


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        os._exit(3)
