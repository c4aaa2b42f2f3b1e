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
    parser.add_argument(
        "--language", default="", metavar="TAG", help="list what this language lacks, and check it alone"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Raises KnowledgeBaseError with all problems."""
    from legit.assurance.lint import check_base, lint_warnings

    if options.language:
        return _check_language(options)

    with progress(message("cli.checking")) as step:
        problems = check_base(options.kb, options.profile, step, options.pack)
    if problems:
        raise KnowledgeBaseError(*problems)
    for warning in lint_warnings(open_base(options)):
        print(message("cli.note", note=warning))
    print(message("cli.base_is_valid"))
    return DONE


def _check_language(options: argparse.Namespace) -> int:
    """List what a language lacks. Raises KnowledgeBaseError with what is wrong with it."""
    from legit.assurance.language_checks import language_problems, missing_words, must_be_whole
    from legit.judge import cached_judge
    from legit.knowledge.languages import language_tag

    judge = cached_judge(options.kb, options.profile, options.pack)
    tag = language_tag(judge.base.layers, options.language)
    if problems := list(language_problems(judge, tag)):
        raise KnowledgeBaseError(*problems)
    missing = list(missing_words(judge, tag))
    if missing and must_be_whole(judge, tag):
        raise KnowledgeBaseError(*missing)
    for problem in missing:
        print(message("cli.note", note=problem))
    print(message("cli.language_is_valid"))
    return DONE
