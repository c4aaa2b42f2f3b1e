"""`legit kb check`: every problem of a knowledge base."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_base
from legit.cli.options import Subparsers, add_base_options, add_command
from legit.errors import KnowledgeBaseError
from legit.messages import message
from legit.render.terminal import progress


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "check", run, "find what is wrong with a knowledge base")
    add_base_options(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Raises KnowledgeBaseError with all problems."""
    from legit.assurance.lint import check_base, lint_warnings

    with progress(message("cli.checking")) as step:
        problems = check_base(options.kb, options.profile, step)
    if problems:
        raise KnowledgeBaseError(*problems)
    for warning in lint_warnings(open_base(options)):
        print(message("cli.note", note=warning))
    print(message("cli.base_is_valid"))
    return DONE
