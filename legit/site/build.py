"""Building a site: from a judge to the text of every file, and from there to a folder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
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
from legit.site.index_pages import front_page, kind_page, search_index, search_script
from legit.site.page import entry_page
from legit.site.urls import Urls, relative_url
from legit.site.verdicts import CaseVerdicts, judge_own_cases

FILE_LIST = "files.txt"
"""The file that names every file of a site, so that a new build removes files that are no longer part of it."""

_GENERATED_FILE = re.compile(r"(?:[a-z0-9_-]+/)?[a-z0-9_-]+\.(?:html|css|js)\Z")


@dataclass(frozen=True)
class BuiltSite:
    """A site whose pages are rendered when they are asked for. `pages` makes each file by its path."""

    pages: dict[str, Callable[[], str]]
    context: SiteContext

    def file(self, name: str) -> str | None:
        """A file by its path; None where there is none."""
        return self.pages[name]() if name in self.pages else None

    def all(self) -> dict[str, str]:
        """Every file by its path."""
        return {name: make() for name, make in self.pages.items()}


def shared_files() -> dict[str, str]:
    """The files of a site that do not depend on its base."""
    return {"style.css": str(style_sheets(*STYLE_SHEETS)), "search.js": search_script()}


def site_frame(base: KnowledgeBase, screens: tuple[tuple[str, str], ...] = ()) -> Site:
    """What every page of a base says: its name, its versions, and the screens beside it."""
    footer = message(
        "site.footer", base=base.name, version=base.version, profile=base.profile.id, legit_version=__version__
    )
    return Site(base.name, footer, screens)


def build_site(
    judge: Judge,
    screens: tuple[tuple[str, str], ...] = (),
    verdicts: CaseVerdicts | None = None,
    entries: Entries | None = None,
) -> BuiltSite:
    """The site of a judge's base; the same base gives the same texts.

    `screens` are the screens of the workbench that stand beside it, by name and address; `verdicts` are those of the
    base's own cases and `entries` its entries where they are known already. Raises KnowledgeBaseError when precedents
    or properties cannot be read.
    """
    base = judge.base
    all_entries = (entries or Entries(base)).all
    addresses = Urls(all_entries)
    found = verdicts or judge_own_cases(judge)
    context = SiteContext(
        site=site_frame(base, screens),
        urls=addresses,
        titles={(entry.kind, entry.id): entry.title for entry in reversed(all_entries)},
        outgoing=defaultdict(list),
        incoming=defaultdict(list),
        pinpoints=_pinpoints_by_source(base),
        rules=_rule_texts(base),
        verdicts=found,
        graph_of=lru_cache(maxsize=None)(partial(_graph_of, base, addresses)),
    )
    for item in [*relations(base), *_precedent_relations(found)]:
        context.outgoing[item.start].append(item)
        context.incoming[item.end].append(item)
    pages: dict[str, Callable[[], str]] = {
        address: partial(entry_page, context, entry, address) for entry, address in addresses.pages
    }
    pages |= {addresses.of((kind, "")): partial(kind_page, context, kind) for kind in addresses.folders}
    pages["index.html"] = partial(front_page, context, base, all_entries)
    pages["search-index.js"] = partial(search_index, context, all_entries)
    pages |= {name: partial(str, text) for name, text in shared_files().items()}
    return BuiltSite(pages, context)


def build_site_files(judge: Judge) -> dict[str, str]:
    """Every file of the site of a judge's base, by its path. Raises as `build_site` does."""
    return with_file_list(build_site(judge).all())


def with_file_list(files: dict[str, str]) -> dict[str, str]:
    """The files, and among them the list of their names."""
    return {**files, FILE_LIST: "".join(f"{name}\n" for name in sorted(files))}


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


def _graph_of(base: KnowledgeBase, urls: Urls, key: EntryKey) -> GraphView | None:
    """The graph of a criterion or of a family with criteria, with links to the pages of its nodes."""
    kind, name = key
    if kind == "criterion" and name in base.criteria:
        return _graph(base, urls, key, [name], message("site.graph_of_criterion", criterion=base.criteria[name].title))
    if kind == "family" and name in base.manifest.families:
        members = [item.id for item in base.criteria.values() if item.family == name]
        title = message("site.graph_of_family", family=name.replace("_", " "))
        return _graph(base, urls, key, members, title) if members else None
    return None


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
