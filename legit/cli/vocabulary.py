"""`legit vocabulary`: the sentences that are understood, in whole, for agents, by topic, or the values of a type."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_judge, require_known
from legit.cli.options import Subparsers, add_base_options, add_command
from legit.cli.usage_error import UsageError
from legit.messages import message

if TYPE_CHECKING:
    from legit.knowledge.base import KnowledgeBase


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_command(subparsers, "vocabulary", run, "print the sentences that are understood")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--for-agents", action="store_true", help="the shortest form from which a language model can write"
    )
    which.add_argument("--type", default="", metavar="TYPE", help="only the values of one type of slot (purpose, ...)")
    which.add_argument("--stats", action="store_true", help="print counts, with the number of tokens for agents")
    parser.add_argument(
        "--topic", default="", metavar="TOPIC", help="only the sentences of this topic (authority, content, ...)"
    )
    add_base_options(parser, profile=False)
    parser.add_argument("--language", default="", metavar="TAG", help="the sentences in a language, as sv")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    judge = open_judge(options)
    with judge.speaking():
        return _print(judge.base, options)


def _print(base: KnowledgeBase, options: argparse.Namespace) -> int:
    from legit.render.vocabulary import VocabularyPages, value_line

    pages = VocabularyPages(base.vocabulary, base.prompt_guide)
    if options.topic:
        if options.type or options.stats:
            raise UsageError("--topic goes with the sentences, and not with --type or --stats")
        require_known("topic", options.topic, base.vocabulary.topics, plural="topics")
    if options.stats:
        for name, value in pages.stats(base.manifest.prompt_tokens_at_most).items():
            print(f"{message(f'cli.vocabulary_{name}'):<32}{value}")
    elif options.type:
        require_known("type", options.type, base.vocabulary.types, plural="types")
        for item in base.vocabulary.types[options.type].values.values():
            print(value_line(item).strip())
    elif options.for_agents:
        print(pages.for_agents([options.topic] if options.topic else ()), end="")
    else:
        print(pages.for_people(options.topic), end="")
    return DONE
