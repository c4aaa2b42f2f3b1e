"""The commands about the knowledge base: `kb check`, `list`, `show`, `search` and `citations`.

The modules beside this one add their own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from legit.cli.common import DONE, Subparsers, UsageError, add_command, progress
from legit.cli.kb import assurance, diff, new, query, site
from legit.cli.kb.entry_names import require_entry, suggestion_text
from legit.errors import KnowledgeBaseError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from legit.catalogue.entries import Entries


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    kb_parser = commands.add_parser("kb", help="look at the knowledge base and check it")
    kb = kb_parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_command(kb, "check", _kb_check, "find what is wrong with a knowledge base")
    assurance.register(kb)
    diff.register(kb)
    query.register(kb)
    listing = add_command(kb, "list", _kb_list, "list the criteria")
    listing.add_argument("--family", default="", help="only this family")
    listing.add_argument("--source", default="", help="only those that rest on this source, or on a place in it")
    listing.add_argument("--right", default="", help="only those that rest on this right of the catalogue")
    listing.add_argument("--own", action="store_true", help="only those of the base itself, without what it extends")
    listing.add_argument("--unverified", action="store_true", help="only those that rest on something never seen")
    show = add_command(kb, "show", _kb_show, "show a criterion, right, source, precedent, authority, sentence or idea")
    show.add_argument("name", metavar="ID", help="an id or a name")
    search = add_command(kb, "search", _kb_search, "find whatever in the knowledge base speaks of these words")
    search.add_argument("words", metavar="WORDS", nargs="+")
    search.add_argument("--most", type=int, default=10, metavar="N", help="how many to show (default: %(default)s)")
    citations = add_command(kb, "citations", _kb_citations, "print the bibliography, with where each source is used")
    citations.add_argument("--unverified", action="store_true", help="only what was never seen")
    for command in (listing, show, search, citations):
        command.add_argument("--json", action="store_true", help="print JSON")
    site.register(kb)
    new.register(kb)


def _kb_check(options: argparse.Namespace) -> int:
    from legit.assurance.lint import check_base, lint_warnings
    from legit.knowledge.base import KnowledgeBase

    with progress("checking") as step:
        problems = check_base(options.kb, options.profile, step)
    if problems:
        raise KnowledgeBaseError(*problems)
    for note in lint_warnings(KnowledgeBase.load(options.kb, options.profile)):
        print(f"note: {note}")
    print("the knowledge base holds together")
    return DONE


def _entries(options: argparse.Namespace) -> Entries:
    from legit.catalogue.entries import Entries
    from legit.knowledge.base import KnowledgeBase

    return Entries(KnowledgeBase.load(options.kb, options.profile))


def _print_json(items: Iterable[BaseModel]) -> None:
    print(json.dumps([item.model_dump(mode="json") for item in items], indent=2, ensure_ascii=False))


def _kb_list(options: argparse.Namespace) -> int:
    entries = _entries(options)
    families = entries.base.manifest.families
    if options.family and options.family not in families:
        raise UsageError(f"there is no family `{options.family}`; families: {', '.join(families)}")
    source = _resolve_reference(entries, options.source, ("source", "doctrine"))
    right = _resolve_reference(entries, options.right, ("right",))
    found = entries.criteria(options.family, source, right, options.unverified)
    found = [entry for entry in found if not options.own or entries.base.owns_path(entry.path)]
    if options.json:
        _print_json(found)
        return DONE
    if not found:
        print(f"no criterion is found{f' that rests on {options.source or options.right}' if source or right else ''}")
    for entry in found:
        print(f"{entry.id:<34}{entries.base.criteria[entry.id].family:<26}{entry.title}")
        if options.unverified:
            for place in entry.sources:
                if not place.verified:
                    print(f"    {place.text}")
    return DONE


def _resolve_reference(entries: Entries, name: str, kinds: tuple[str, ...]) -> str:
    """The reference that a name of a source or right stands for; a place in a source stands for itself."""
    if not name or entries.base.bibliography.resolve(name):
        return name
    found = require_entry(entries, name, kinds)
    if found.kind != "source":
        return found.id
    return next(
        (place.ref for place in entries.pinpoints(found.id) if _equal_ignoring_case(place.text, name)), found.id
    )


def _equal_ignoring_case(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _kb_show(options: argparse.Namespace) -> int:
    from legit.catalogue.entry_text import entry_text

    entries = _entries(options)
    place = entries.pinpoint(options.name)
    found = [place] if place else entries.lookup(options.name)
    if not found:
        raise UsageError(f"nothing has the id or name `{options.name}`{suggestion_text(entries.suggest(options.name))}")
    if options.json:
        _print_json(found)
    else:
        print("\n".join(map(entry_text, found)), end="")
    return DONE


def _kb_search(options: argparse.Namespace) -> int:
    from legit.catalogue.entry_text import entry_list
    from legit.catalogue.search import Search

    if options.most < 1:
        raise UsageError("`--most` takes a number from 1")
    words = " ".join(options.words)
    found = [match.entry for match in Search(_entries(options).all).find(words, options.most)]
    if options.json:
        _print_json(found)
    else:
        print(entry_list(found) or f"nothing speaks of `{words}`\n", end="")
    return DONE


def _kb_citations(options: argparse.Namespace) -> int:
    from legit.catalogue.citations import bibliography
    from legit.catalogue.entry_text import bibliography_text

    places = [place for place in bibliography(_entries(options).base) if not (options.unverified and place.verified)]
    if options.json:
        _print_json(places)
    else:
        print(bibliography_text(places), end="")
    return DONE
