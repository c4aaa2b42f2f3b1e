"""`legit lsp`: the language server, for editors."""

from __future__ import annotations

import argparse

from legit._util.optional import import_optional
from legit.cli.exit_status import DONE
from legit.cli.options import Subparsers, add_command


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    add_command(subparsers, "lsp", run, "serve an editor: problems, completion and meanings, over standard streams")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    del options
    import_optional("pygls", "lsp", "the language server")
    from legit.lsp.server import make_server

    make_server().start_io()
    return DONE
