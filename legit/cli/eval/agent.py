"""`legit eval agent`: a model answers labelled cases, without and with the tool; the answers go to a run log."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from legit.cli.exit_status import DONE, INTERRUPTED
from legit.cli.input_files import read_text
from legit.cli.knowledge import open_base
from legit.cli.options import (
    Subparsers,
    add_base_options,
    add_command,
    add_limit,
    add_output,
    add_time_limit,
    existing_path,
    positive_number,
)
from legit.messages import message
from legit.render.terminal import progress

if TYPE_CHECKING:
    from legit.evals.dataset import LabelledCase
    from legit.evals.run_log import ModelAnswer

_MODEL_HELP: Final = (
    "a chat model's name as LangChain's init_chat_model takes it, or module:attribute (a chat model or a function)"
)


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "agent", run, "let a model answer labelled cases, without and with the tool")
    parser.add_argument("model", metavar="MODEL", help=_MODEL_HELP)
    parser.add_argument(
        "--cases", type=existing_path, required=True, metavar="FILE_OR_DIR",
        help="the labelled cases: JSON, or a file of `legit dataset make`",
    )  # fmt: skip
    parser.add_argument(
        "--stance", choices=("evade", "enforce", "both"), default="both",
        help="only cases in which the user wants to get around the rule, or the operator wants it enforced "
        "(default: %(default)s)",
    )  # fmt: skip
    add_output(parser, "the run log, a file of JSON lines; an evaluation that stopped is continued", required=True)
    parser.add_argument(
        "--grader", default="", metavar="MODEL", help="the model that classifies the responses (default: by keywords)"
    )
    parser.add_argument(
        "--system-prompt", default="", metavar="FILE", help="the operator's prompt, the same in both arms"
    )
    parser.add_argument("--arm", choices=("baseline", "tool"), help="one arm instead of both")
    add_limit(parser, "a fixed sample of N cases; a larger N includes the cases of a smaller one")
    parser.add_argument(
        "--concurrency", type=positive_number, default=4, metavar="N", help="answers at a time (default: %(default)s)"
    )
    add_time_limit(parser, 600.0, "for each answer")
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.consult import Consultant
    from legit.evals.dataset import load_cases
    from legit.evals.run_log import ARMS
    from legit.evals.runner import Grader, run_evaluation
    from legit.evals.systems import load_grader, load_system

    cases = [case for case in load_cases(options.cases) if options.stance in {case.stance, "both"}]
    cases = _sample(cases, options.limit)
    system_prompt = read_text(options.system_prompt)[0] if options.system_prompt else ""
    # As with `python -m`: a module beside the caller can be named.
    sys.path.insert(0, str(Path.cwd()))
    system = load_system(options.model, system_prompt)
    grader = Grader(load_grader(options.grader), options.grader) if options.grader else None
    try:
        with progress(message("cli.evaluating")) as step:
            evaluation = run_evaluation(
                system,
                cases,
                options.output,
                consultant=Consultant(base=open_base(options)),
                grader=grader,
                arms=(options.arm,) if options.arm else ARMS,
                concurrency=options.concurrency,
                progress=lambda done, total, failed: step(done, total, _failed_note(failed)),
                time_limit=options.time_limit,
            )
            answers = asyncio.run(_with_thread_pool(options.concurrency, evaluation))
    except KeyboardInterrupt:
        print(f"\nlegit: {message('cli.evaluation_stopped', path=options.output)}", file=sys.stderr)
        return INTERRUPTED
    failed = [answer for answer in answers if not answer.is_classified]
    if failed:
        failure = message("cli.answers_failed", number=len(failed), error=failed[-1].error)
        print(f"legit: {failure}", file=sys.stderr)
    print(message("cli.answers_written", count=len(answers) - len(failed), path=options.output))
    return DONE


async def _with_thread_pool(threads: int, evaluation: Awaitable[list[ModelAnswer]]) -> list[ModelAnswer]:
    """Await with a thread for each answer at a time: the default pool has few on a small machine."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads + 4))
    return await evaluation


def _sample(cases: list[LabelledCase], limit: int | None) -> list[LabelledCase]:
    """The first `limit` cases in an order that depends on their ids alone: a pseudo-random sample. Pairs stay whole."""
    if limit is None:
        return cases
    return sorted(cases, key=lambda case: hashlib.sha256((case.pair or case.id).encode()).digest())[:limit]


def _failed_note(failed: int) -> str:
    return message("cli.failed_so_far", number=failed) if failed else ""
