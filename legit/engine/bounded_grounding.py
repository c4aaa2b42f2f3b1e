"""Grounds the program of a base that is not the shipped one in a process with limits.

The rules of such a base may take for ever and all memory to ground, or end clingo and its process with it. What the
worker grounds within its limits, this process takes over as data. A ground program that the cache holds is not grounded
again, so that a worker starts only for a base that is new on this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from legit.engine.ground_rule import Grounding, ground_rule
from legit.errors import KnowledgeBaseError, Problem

GROUNDING_SECONDS = 60.0
"""How long the worker may take, in seconds of the clock and of processor time."""
GROUNDING_MEGABYTES = 2048
"""The memory that the worker may address, in millions of bytes."""
MAX_GROUND_RULES = 200_000
"""The number of ground rules that are taken over; the shipped base has less than 50,000."""

_WORKER = ["-m", "legit.engine.grounding_worker"]
_HELP = "join fewer domains in one rule, and shorten its ranges"

_LIMITED = ContextVar("limited_process", default=False)


@contextlib.contextmanager
def limited_process() -> Iterator[None]:
    """A context for a process that somebody limits from outside: it grounds every base itself."""
    token = _LIMITED.set(True)
    try:
        yield
    finally:
        _LIMITED.reset(token)


def is_limited_process() -> bool:
    """Whether the current code runs within `limited_process`."""
    return _LIMITED.get()


def ground_within_limits(program_text: str, base_name: str) -> Grounding:
    """Ground the program of a base in a worker; `base_name` names the base in errors.

    Raises KnowledgeBaseError: K501 and K502 as `legit.engine.grounding.ground` does, K509 when a limit is exceeded or
    the solver ends the worker.
    """
    request = {
        "program": program_text, "seconds": GROUNDING_SECONDS, "megabytes": GROUNDING_MEGABYTES,
        "most_rules": MAX_GROUND_RULES,
    }  # fmt: skip
    output = ""
    try:
        output = _ask_worker(json.dumps(request) + "\n")
        answer: dict[str, Any] = json.loads(output)
    except subprocess.TimeoutExpired as late:
        raise _too_much(base_name, f"takes more than {GROUNDING_SECONDS:g} seconds") from late
    except ValueError as cut:
        limit = f"takes more than {GROUNDING_MEGABYTES} megabytes of memory or ends the solver"
        raise _too_much(base_name, limit) from cut
    if "problems" in answer:
        raise KnowledgeBaseError(
            *(Problem(**{**fields, "nearest": tuple(fields["nearest"])}) for fields in answer["problems"])
        )
    if "too_many" in answer:
        raise _too_much(base_name, f"gives {answer['too_many']} ground rules, more than {MAX_GROUND_RULES}")
    atoms, inputs, rules = answer["grounding"]
    return Grounding(atoms, set(inputs), [ground_rule(rule) for rule in rules])


def _ask_worker(request: str) -> str:
    # Of the environment the worker gets nothing but where to find the packages; it writes no cache.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LEGIT_CACHE": ""}
    with contextlib.suppress(BrokenPipeError):
        return subprocess.run(
            [sys.executable, "-P", "-s", *_WORKER],
            input=request, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True,
            encoding="utf-8", timeout=GROUNDING_SECONDS, check=False,
        ).stdout  # fmt: skip
    return ""


def _too_much(base_name: str, limit: str) -> KnowledgeBaseError:
    message = f"grounding the knowledge base `{base_name}` {limit}: it is not loaded"
    return KnowledgeBaseError(Problem("K509", message, help=_HELP))
