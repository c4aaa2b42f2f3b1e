"""`legit dossier seal`: everything in one archive, with a signed checkpoint over it."""

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
    parser = add_command(subparsers, "seal", run, "seal protocol, records, report and base in one archive")
    parser.add_argument("folder", type=existing_path, metavar="DIR", help="the folder of the dossier")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a new file for the archive")
    parser.add_argument("--without-base", action="store_true", help="leave the files of the knowledge base out")
    add_sealing_keys(parser)
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.decision_log.checkpoint import Checkpoint
    from legit.dossier.archive import SEAL, unpack
    from legit.dossier.sealing import seal_folder, write_archive
    from legit.dossier.work_folder import WorkFolder

    folder = WorkFolder.open(options.folder)
    base = None if options.without_base else open_base(options)
    keys = load_sealing_keys(options)
    data = seal_folder(folder, keys, base)
    write_archive(options.output, data)
    head = Checkpoint.parse(unpack(data)[SEAL].decode())
    if keys:
        names = ", ".join(key.log_name for key in keys)
        root = str(head).splitlines()[2]
        print(message("dossier.sealed", path=options.output, names=names, entries=head.size, root=root))
    else:
        print(message("dossier.sealed_unsigned", path=options.output))
    return DONE
