"""`legit dossier run`: the harness under a sealed protocol; or records that were made elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from legit.cli.exit_status import DONE, INTERRUPTED
from legit.cli.knowledge import open_base
from legit.cli.options import (
    Subparsers,
    add_base_options,
    add_command,
    add_repeatable,
    add_time_limit,
    existing_path,
    positive_number,
)
from legit.messages import message
from legit.render.terminal import progress

if TYPE_CHECKING:
    from legit.dossier.records import Body
    from legit.dossier.run import RunState


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "run", run, "ask the system the drawn cases, and put every answer and judgement on record"
    )
    parser.add_argument("folder", type=existing_path, metavar="DIR", help="the folder that `dossier plan` wrote")
    parser.add_argument(
        "--cases", type=existing_path, required=True, metavar="FILE_OR_DIR", help="the dataset of the protocol"
    )
    group = parser.add_argument_group("records that were made elsewhere")
    group.add_argument(
        "--run-log", type=existing_path, metavar="FILE", help="take the answers of this run log, and ask nothing"
    )
    group.add_argument(
        "--decision-log", type=existing_path, metavar="LOG", help="add the refusals and enforcements of turns of use"
    )
    group.add_argument("--records", type=existing_path, metavar="FILE", help="add these bodies of records (JSON lines)")
    add_repeatable(group, "--head", "TIME=FILE", "add a checkpoint that was deposited elsewhere at a time (UTC)")
    parser.add_argument("--close", action="store_true", help="end the run also when answers or judgements are missing")
    parser.add_argument("--no-close", action="store_true", help="do not end the run: records are to be added")
    parser.add_argument(
        "--concurrency", type=positive_number, default=4, metavar="N", help="answers at a time (default: %(default)s)"
    )
    add_time_limit(parser, 600.0, "for each answer")
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.dossier.imports import deposited_head, read_bodies, turn_acts
    from legit.dossier.run import add_records, begin_run, close_run, import_run_log, missing_records
    from legit.dossier.work_folder import WorkFolder

    state = begin_run(WorkFolder.open(options.folder), options.cases)
    bodies: list[Body] = [deposited_head(text) for text in options.head]
    if options.decision_log:
        bodies += turn_acts(options.decision_log)
    if options.records:
        bodies += read_bodies(options.records)
    try:
        if options.run_log:
            asyncio.run(import_run_log(state, options.run_log))
        elif not bodies:
            _ask(options, state)
    except KeyboardInterrupt:
        print(f"\nlegit: {message('cli.evaluation_stopped', path=options.folder)}", file=sys.stderr)
        return INTERRUPTED
    if bodies:
        add_records(state, bodies)
        print(message("dossier.added", count=len(bodies)))
    answers, judgements, missing = missing_records(state)
    print(message("dossier.run_done", answers=answers, judgements=judgements, path=state.folder.records_path))
    if (missing and not options.close) or options.no_close or (bodies and not options.close):
        print(message("dossier.run_not_closed", missing=missing))
        return DONE
    close_run(state)
    print(message("dossier.run_closed"))
    return DONE


def _ask(options: argparse.Namespace, state: RunState) -> None:
    from legit.dossier.run import run_harness
    from legit.evals.systems import load_system

    protocol = state.folder.protocol
    # As with `python -m`: a module beside the caller can be named.
    sys.path.insert(0, str(Path.cwd()))
    system = load_system(protocol.system.model, protocol.system.operator_prompt)
    with progress(message("cli.evaluating")) as step:
        asyncio.run(
            run_harness(
                state,
                system,
                open_base(options),
                concurrency=options.concurrency,
                time_limit=options.time_limit,
                progress=lambda done, total, failed: step(done, total, ""),
            )
        )
