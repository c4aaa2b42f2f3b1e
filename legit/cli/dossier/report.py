"""`legit dossier report`: the page on the records of a folder, as it would be sealed."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command, add_format, add_output, existing_path
from legit.cli.output import format_json, write_output
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "report", run, "show the report on the records, before it is sealed")
    parser.add_argument("folder", type=existing_path, metavar="DIR", help="the folder of the dossier")
    add_format(parser, "html", "json")
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.dossier.page import render_page
    from legit.dossier.records import read_chain
    from legit.dossier.sealing import report_on
    from legit.dossier.work_folder import WorkFolder, read_file

    folder = WorkFolder.open(options.folder)
    chain = read_chain(folder.protocol, read_file(folder.records_path), str(folder.records_path))
    report = report_on(folder, chain)
    text = render_page(folder.protocol, report) if options.format == "html" else format_json(report) + "\n"
    write_output(options.output, text)
    if options.output:
        print(message("dossier.report_written", path=options.output))
    return DONE
