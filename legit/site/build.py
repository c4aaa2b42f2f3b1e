"""Building a site: from a judge to the text of every file, and from there to a folder."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path, PurePosixPath

from legit._version import __version__
from legit.catalogue.citation_graph import build_citation_graph
from legit.catalogue.citations import BibliographyItem, bibliography
from legit.catalogue.entries import Entries
from legit.catalogue.relations import EntryKey, Relation, relations
from legit.catalogue.rule_verbalizer import RuleVerbalizer
from legit.errors import FolderInUseError, Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.properties import load_properties
from legit.messages import message
from legit.render.html import style_sheets
from legit.site.context import Site, SiteContext
from legit.site.drawing import STYLE_SHEETS, GraphView, graph_view
from legit.site.index_pages import front_page, kind_page, search_index
from legit.site.page import entry_page
from legit.site.urls import Urls, relative_url
from legit.site.verdicts import CaseVerdicts, judge_own_cases

FILE_LIST = "files.txt"
"""The file that names every file of a site, so that a new build removes files that are no longer part of it."""

_GENERATED_FILE = re.compile(r"(?:[a-z0-9_-]+/)?[a-z0-9_-]+\.(?:html|css|js)\Z")


def build_site_files(judge: Judge) -> dict[str, str]:
    """Every file of the site of a judge's base, by its path; the same base gives the same texts.

    Raises KnowledgeBaseError when precedents or properties cannot be read.
    """
    base = judge.base
    entries = list(Entries(base).all)
    addresses = Urls(entries)
    found = judge_own_cases(judge)
    context = SiteContext(
        site=Site(
            base.name,
            message(
                "site.footer", base=base.name, version=base.version, profile=base.profile.id, legit_version=__version__
            ),
        ),
        urls=addresses,
        titles={(entry.kind, entry.id): entry.title for entry in reversed(entries)},
        outgoing=defaultdict(list),
        incoming=defaultdict(list),
        pinpoints=_pinpoints_by_source(base),
        rules=_rule_texts(base),
        verdicts=found,
        graphs=_graphs(base, addresses),
    )
    for item in [*relations(base), *_precedent_relations(found)]:
        context.outgoing[item.start].append(item)
        context.incoming[item.end].append(item)
    files = {address: entry_page(context, entry, address) for entry, address in addresses.pages}
    files |= {addresses.of((kind, "")): kind_page(context, kind) for kind in addresses.folders}
    files["index.html"] = front_page(context, base, entries)
    files["search-index.js"] = search_index(context, entries)
    files["style.css"] = str(style_sheets(*STYLE_SHEETS))
    files[FILE_LIST] = "".join(f"{name}\n" for name in sorted(files))
    return files


def check_folder(folder: Path) -> None:
    """Raises FolderInUseError when a folder holds anything but a site."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / FILE_LIST).is_file())):
        message = f"`{folder}` is not empty and holds no site"
        raise FolderInUseError(Problem("F001", message, help="name a new folder, or one with a site"))


def write_site(files: dict[str, str], folder: Path) -> None:
    """Write a site to a folder, which is created if it is missing. Pages of an earlier build that no longer exist are
    removed, and so are links in place of a page or of its folder: nothing outside of the folder is written.

    Raises FolderInUseError when the folder holds anything but a site, OSError when it cannot be written.
    """
    check_folder(folder)
    if (folder / FILE_LIST).is_file():
        before = (folder / FILE_LIST).read_text(encoding="utf-8", errors="replace").splitlines()
        for name in before:
            if _GENERATED_FILE.match(name) and name not in files:
                (folder / PurePosixPath(name)).unlink(missing_ok=True)
    for name, content in files.items():
        path = folder / PurePosixPath(name)
        for place in (path.parent, path):
            if place != folder and place.is_symlink():  # what it leads to is not of the site
                place.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")


def _pinpoints_by_source(base: KnowledgeBase) -> dict[str, list[BibliographyItem]]:
    found: dict[str, list[BibliographyItem]] = {}
    for place in bibliography(base):
        found.setdefault(place.ref.partition(" ")[0], []).append(place)
    return found


def _rule_texts(base: KnowledgeBase) -> dict[EntryKey, str]:
    """The rules as the machine runs them: of criteria, shared files, properties, and those that define an idea."""
    found: dict[EntryKey, str] = {("criterion", name): item.rule_text for name, item in base.criteria.items()}
    found |= {("judgement_rules", name): item.rule_text for name, item in base.judgement_files.items()}
    found |= {("property", item.id): item.rule_text for item in load_properties(base)}
    defining = RuleVerbalizer(base).rules_by_head
    for name, saying in base.glosses.items():
        texts = dict.fromkeys(rule.text for _, rule in defining.get((name, len(saying.args)), ()))
        found["derived_concept", name] = "\n".join(texts)
    return found


def _graphs(base: KnowledgeBase, urls: Urls) -> dict[EntryKey, GraphView]:
    """The graph of each criterion and of each family, with links to the pages of its nodes."""
    wanted: dict[EntryKey, tuple[list[str], str]] = {
        ("criterion", name): ([name], message("site.graph_of_criterion", criterion=item.title))
        for name, item in base.criteria.items()
    }
    for family in base.manifest.families:
        members = [item.id for item in base.criteria.values() if item.family == family]
        if members:
            wanted["family", family] = (members, message("site.graph_of_family", family=family.replace("_", " ")))
    return {key: _graph(base, urls, key, names, title) for key, (names, title) in wanted.items()}


def _graph(base: KnowledgeBase, urls: Urls, key: EntryKey, names: list[str], title: str) -> GraphView:
    """A graph for a page. The page of a criterion already has its graph in words."""
    here = urls.of(key)
    graph = build_citation_graph(base, names)
    return graph_view(graph, title, lambda node: relative_url(here, urls.of(node.key)), with_text=key[0] == "family")


def _precedent_relations(found: CaseVerdicts) -> list[Relation]:
    return [
        Relation(("precedent", name), ("criterion", criterion), "applying_criteria", "applied_in")
        for name, judged in found.precedents.items()
        for criterion in judged.applicable
    ]
