"""The commands that measure models: `bench agent` and `bench report`."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.common import DONE, Subparsers, UsageError, add_command, read_text

if TYPE_CHECKING:
    from legit.evals.dataset import LabelledCase
    from legit.evals.run_log import ModelAnswer

_MODEL_HELP = (
    "a chat model's name as LangChain's init_chat_model takes it, or module:attribute (a chat model or a function)"
)
_BAR_WIDTH = 24


def register(commands: Subparsers) -> None:
    """Add the commands of this module to those of `bench`."""
    agent = add_command(commands, "agent", _agent, "let a model answer labelled cases, without and with the tool")
    agent.add_argument("model", metavar="MODEL", help=_MODEL_HELP)
    agent.add_argument("--cases", type=Path, required=True, metavar="FILE_OR_DIR", help="the labelled cases (JSON)")
    agent.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="where the answers go (JSON lines); goes on where it ended",
    )
    agent.add_argument(
        "--judge", default="", metavar="MODEL", help="the model that classifies the responses (default: spotting words)"
    )
    agent.add_argument(
        "--system", default="", metavar="FILE", help="the operator's prompt, the same in both conditions"
    )
    agent.add_argument("--only", choices=("baseline", "tool"), help="one condition instead of both")
    agent.add_argument(
        "--limit", type=int, metavar="N", help="a fixed sample of N cases; a larger N keeps the smaller's"
    )
    agent.add_argument(
        "--concurrency", type=int, default=4, metavar="N", help="answers at a time (default: %(default)s)"
    )
    agent.add_argument(
        "--time-limit", type=float, default=600.0, metavar="SECONDS", help="for each answer (default: %(default)s)"
    )
    report = add_command(commands, "report", _report, "show the figures of a run of `bench agent`")
    report.add_argument("run_file", type=Path, metavar="FILE", help="what `bench agent` wrote")
    report.add_argument(
        "--format", choices=("text", "json", "html"), default="text", help="how to print (default: %(default)s)"
    )
    report.add_argument("--out", type=Path, metavar="FILE", help="write to a file instead of standard output")


def _agent(options: argparse.Namespace) -> int:
    from legit.consult import Consultant
    from legit.evals.dataset import load_cases
    from legit.evals.run_log import ARMS
    from legit.evals.runner import Grader, run_evaluation
    from legit.evals.systems import SystemLoadError, load_grader, load_system
    from legit.knowledge.base import KnowledgeBase

    if options.concurrency < 1 or (options.limit is not None and options.limit < 1):
        raise UsageError("--concurrency and --limit must be at least 1")
    if not options.time_limit > 0:
        raise UsageError("the time limit must be more than 0 seconds")
    if not options.cases.exists():
        raise UsageError(f"`{options.cases}` does not exist")
    cases = _sample(load_cases(options.cases), options.limit)
    system = read_text(options.system)[0] if options.system else ""
    # As with `python -m`: a module beside the caller can be named.
    sys.path.insert(0, str(Path.cwd()))
    try:
        subject = load_system(options.model, system)
        judge = Grader(load_grader(options.judge), options.judge) if options.judge else None
    except SystemLoadError as error:
        raise UsageError(str(error)) from error
    base = KnowledgeBase.load(options.kb, options.profile)
    running = _with_thread_pool(
        options.concurrency,
        run_evaluation(
            subject,
            cases,
            options.out,
            consultant=Consultant(base=base),
            grader=judge,
            arms=(options.only,) if options.only else ARMS,
            concurrency=options.concurrency,
            progress=_progress_bar(),
            time_limit=options.time_limit,
        ),
    )
    try:
        answers = asyncio.run(running)
    except KeyboardInterrupt:
        print(f"\nlegit: stopped; the same command goes on from `{options.out}`", file=sys.stderr)
        return 130
    failed = [answer for answer in answers if not answer.is_classified]
    if failed:
        print(f"legit: {len(failed)} failed, the last: {failed[-1].error}", file=sys.stderr)
    print(f"{len(answers) - len(failed)} answers in {options.out}; see `legit bench report {options.out}`")
    return DONE


async def _with_thread_pool(threads: int, running: Awaitable[list[ModelAnswer]]) -> list[ModelAnswer]:
    """Await with a thread for each answer at a time: the default has few on a small machine."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads + 4))
    return await running


def _report(options: argparse.Namespace) -> int:
    from legit.evals.metrics import compute_metrics
    from legit.evals.report import render_eval_text
    from legit.evals.run_log import read_run_log
    from legit.render.eval_report_html import render_eval_html

    if not options.run_file.exists():
        raise UsageError(f"`{options.run_file}` does not exist")
    found = compute_metrics(*read_run_log(options.run_file))
    if options.format == "json":
        shown = found.model_dump_json(indent=2) + "\n"
    else:
        shown = render_eval_html(found) if options.format == "html" else render_eval_text(found)
    if options.out is None:
        print(shown, end="")
        return DONE
    try:
        options.out.write_text(shown, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write `{options.out}`: {(error.strerror or 'no such folder').lower()}") from error
    return DONE


def _sample(cases: list[LabelledCase], limit: int | None) -> list[LabelledCase]:
    """The first `limit` cases in an order that depends on their ids alone, as chance would have it."""
    if limit is None:
        return cases
    return sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest())[:limit]


def _progress_bar() -> Callable[[int, int, int], None] | None:
    """A progress bar on standard error, only on a terminal."""
    if not sys.stderr.isatty():
        return None
    width = min(_BAR_WIDTH, shutil.get_terminal_size().columns // 3)

    def show(done: int, total: int, failed: int) -> None:
        full = width * done // total if total else width
        failures = f", {failed} failed" if failed else ""
        end = os.linesep if done == total else ""
        print(f"\r[{'#' * full}{'.' * (width - full)}] {done}/{total}{failures}", end=end, file=sys.stderr, flush=True)

    return show
