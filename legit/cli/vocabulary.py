"""`legit vocabulary`: the sentences that are understood, in whole, for agents, by topic, or the values of a type."""

from __future__ import annotations

import argparse

from legit.cli.exit_status import DONE
from legit.cli.knowledge import open_base, require_known
from legit.cli.options import Subparsers, add_base_options, add_command
from legit.cli.usage_error import UsageError
from legit.messages import message


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


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    from legit.render.vocabulary import VocabularyPages

    base = open_base(options)
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
            synonyms = message("cli.synonyms", synonyms=", ".join(item.synonyms)) if item.synonyms else ""
            print(f"{item.phrase}{synonyms}")
    elif options.for_agents:
        print(pages.for_agents([options.topic] if options.topic else ()), end="")
    else:
        print(pages.for_people(options.topic), end="")
    return DONE
