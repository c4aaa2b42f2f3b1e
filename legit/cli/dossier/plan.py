"""`legit dossier plan`: writes and seals the protocol, before the run."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit.cli.dossier.keys import add_sealing_keys, load_sealing_keys
from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_base
from legit.cli.options import Subparsers, add_base_options, add_command, existing_path
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "plan", run, "write and seal the protocol of an evaluation, before the run")
    parser.add_argument("draft", type=existing_path, metavar="DRAFT", help="the draft of the protocol (TOML)")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="a folder for protocol and records",
    )
    add_sealing_keys(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.dossier.archive import PROTOCOL_SEAL
    from legit.dossier.plan import make_protocol, read_draft, write_protocol
    from legit.dossier.records import now

    draft = read_draft(options.draft)
    protocol, sample = make_protocol(draft, options.draft.parent, open_base(options), now())
    checkpoint = write_protocol(options.output, protocol, sample, load_sealing_keys(options))
    print(message("dossier.planned", path=options.output / PROTOCOL_SEAL, id=protocol.id))
    print(message("dossier.planned_cases", drawn=len(sample.cases), wanted=protocol.sample.for_each_pole))
    print(message("dossier.planned_keep"))
    print(checkpoint, end="")
    return DONE
