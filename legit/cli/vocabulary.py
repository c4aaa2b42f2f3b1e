"""The command that shows what is understood: `vocabulary`."""

from __future__ import annotations

import argparse

from legit.cli.common import DONE, Subparsers, UsageError, add_command


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    vocabulary = add_command(commands, "vocabulary", _vocabulary, "print the sentences that are understood")
    vocabulary.add_argument(
        "--for-agents", action="store_true", help="the shortest form from which a language model can write"
    )
    vocabulary.add_argument(
        "--list", default="", metavar="TYPE", help="only the values of one kind of slot (purpose, ...)"
    )
    vocabulary.add_argument("--topic", default="", help="only this topic (authority, content, ...)")
    vocabulary.add_argument(
        "--stats", action="store_true", help="print counts, with the number of tokens of the agents' form"
    )


def _vocabulary(options: argparse.Namespace) -> int:
    from legit.knowledge.base import KnowledgeBase
    from legit.render.vocabulary import VocabularyPages

    base = KnowledgeBase.load(options.kb, options.profile)
    if options.topic and options.topic not in base.vocabulary.topics:
        raise UsageError(f"there is no topic `{options.topic}`; topics: {', '.join(base.vocabulary.topics)}")
    if options.list and options.list not in base.vocabulary.types:
        raise UsageError(f"there is no kind of slot `{options.list}`; kinds: {', '.join(base.vocabulary.types)}")
    pages = VocabularyPages(base.vocabulary, base.prompt_guide)
    if options.stats:
        for name, value in pages.stats().items():
            print(f"{name:<28}{value}")
    elif options.list:
        for item in base.vocabulary.types[options.list].values.values():
            also = f"  (also: {', '.join(item.synonyms)})" if item.synonyms else ""
            print(f"{item.phrase}{also}")
    elif options.for_agents:
        print(pages.for_agents(), end="")
    else:
        print(pages.for_people(options.topic), end="")
    return DONE
