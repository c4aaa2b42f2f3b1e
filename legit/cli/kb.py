"""The commands about the knowledge base: `kb check`, `kb list`, `kb show`; `kb_audit` and `kb_diff` add their own."""

from __future__ import annotations

import argparse

from legit.cli import kb_audit, kb_diff
from legit.cli.common import DONE, Commands, UsageError, add_command, progress
from legit.errors import KnowledgeBaseError


def register(commands: Commands) -> None:
    """Add the commands of this module."""
    kb_parser = commands.add_parser("kb", help="look at the knowledge base and check it")
    kb = kb_parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_command(kb, "check", _kb_check, "find what is wrong with a knowledge base")
    kb_audit.register(kb)
    kb_diff.register(kb)
    listing = add_command(kb, "list", _kb_list, "list the criteria")
    listing.add_argument("--family", default="", help="only this family")
    show = add_command(kb, "show", _kb_show, "show one criterion with its rules, sources and examples")
    show.add_argument("name", metavar="CRITERION")


def _kb_check(options: argparse.Namespace) -> int:
    from legit.audit.check import check

    with progress("checking") as step:
        problems = check(options.kb, options.profile, step)
    if problems:
        raise KnowledgeBaseError(*problems)
    print("the knowledge base holds together")
    return DONE


def _kb_list(options: argparse.Namespace) -> int:
    from legit.knowledge.base import KnowledgeBase

    base = KnowledgeBase.load(options.kb, options.profile)
    families = sorted({item.family for item in base.criteria.values()})
    if options.family and options.family not in families:
        raise UsageError(f"there is no family `{options.family}`; families: {', '.join(families)}")
    for item in base.criteria.values():
        if options.family in ("", item.family):
            print(f"{item.id:<34}{item.family:<26}{item.title}")
    return DONE


def _kb_show(options: argparse.Namespace) -> int:
    import difflib

    from legit.explain.criterion import page
    from legit.knowledge.base import KnowledgeBase

    base = KnowledgeBase.load(options.kb, options.profile)
    criterion = base.criteria.get(options.name)
    if criterion is None:
        close = difflib.get_close_matches(options.name, base.criteria, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(close)}?" if close else "; see `legit kb list`"
        raise UsageError(f"there is no criterion `{options.name}`{hint}")
    print(page(base, criterion), end="")
    return DONE
