"""`legit kb site`: a whole knowledge base as a static site."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit._util.terminal_escape import printable
from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_judge
from legit.cli.options import Subparsers, add_base_options, add_command
from legit.cli.usage_error import UsageError, os_error_reason
from legit.messages import message


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "site", run, "write the whole knowledge base as a static site")
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to write it: a new folder, or one with a site")
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.site.build import check_folder, write_site
    from legit.workbench.pages import WorkbenchPages

    try:
        check_folder(options.folder)
        files = WorkbenchPages(open_judge(options), service=False).all()
        write_site(files, options.folder)
    except OSError as error:
        raise UsageError(f"cannot write `{options.folder}`: {os_error_reason(error)}") from error
    pages = sum(name.endswith(".html") for name in files)
    print(printable(message("cli.site_written", count=pages, index=options.folder / "index.html")))
    return DONE
