"""`legit dossier verify`: computes everything in an archive again, offline."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._util.terminal_escape import printable_line
from legit.cli.dossier.keys import add_outside, load_outside
from legit.cli.exit_status import DONE, LOG_INVALID, USAGE
from legit.cli.options import Subparsers, add_command, add_format, existing_path
from legit.cli.output import print_json, write_output
from legit.messages import message

if TYPE_CHECKING:
    from legit.dossier.verify import Verification

_STATUS = {True: DONE, False: LOG_INVALID, None: USAGE}


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "verify", run, "verify an archive offline: every digest, seal, record and figure")
    parser.add_argument("archive", type=existing_path, metavar="FILE", help="the archive that `dossier seal` wrote")
    add_outside(parser)
    parser.add_argument("--every-judgement", action="store_true", help="make every judgement by words again, not 500")
    parser.add_argument("--without-page", action="store_true", help="disregard the page in the archive")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page as it is computed here")
    add_format(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.dossier.page import render_page

    found = verify_file(options.archive, options)
    if options.page and found.protocol and found.report and found.valid is not False:
        write_output(options.page, render_page(found.protocol, found.report))
    if options.format == "json":
        print_json(_as_json(found))
        return _STATUS[found.valid]
    for problem in found.problems:
        print(problem)
    for note in found.notes:
        print(printable_line(message("cli.note", note=message(f"dossier.note_{note}"))))
    for name, time in found.cosigned:
        print(message("dossier.verify_cosigned", name=name, time=time))
    print(_summary(found))
    if found.read_again[1] and found.valid is not False:
        print(message("dossier.verify_read_again", number=found.read_again[0], total=found.read_again[1]))
    if found.report and found.valid is not False:
        conclusion = message(f"dossier.conclusion_{found.report.conclusion}")
        print(message("dossier.verify_conclusion", conclusion=conclusion))
        if found.report.sealed_by_provider:
            print(printable_line(message("cli.note", note=message("dossier.sealed_by_provider"))))
        if options.page:
            print(message("dossier.verify_page_written", path=options.page))
    return _STATUS[found.valid]


def verify_file(path: Path, options: argparse.Namespace) -> Verification:
    """Verify the archive in a file against what the options give. Raises DossierError (E101, E202) as files do."""
    from legit.dossier.archive import archive_bytes
    from legit.dossier.verify import READ_AGAIN, verify_archive

    data = archive_bytes(path)
    every = getattr(options, "every_judgement", False)
    return verify_archive(
        data,
        load_outside(options),
        str(path),
        read_at_most=None if every else READ_AGAIN,
        with_page=not getattr(options, "without_page", False),
    )


def _summary(found: Verification) -> str:
    if found.valid is False:
        return message("dossier.verify_rejected", count=len(found.problems))
    if found.valid is None:
        return message("dossier.verify_indeterminate")
    names = ", ".join(item.name for item in found.seal.signers) if found.seal else ""
    return message("dossier.verify_accepted", names=names or message("dossier.nobody"))


def _as_json(found: Verification) -> dict[str, Any]:
    return {
        "valid": found.valid,
        "problems": [
            {"code": item.code, "message": item.message, "source": item.source, "line": item.line}
            for item in found.problems
        ],
        "notes": found.notes,
        "sealed_by": [item.name for item in found.seal.signers] if found.seal else [],
        "judgements_read_again": found.read_again[0],
        "judgements_by_words": found.read_again[1],
        "cosigned": [{"witness": name, "time": time} for name, time in found.cosigned],
        "report": found.report if found.valid is not False else None,
    }
