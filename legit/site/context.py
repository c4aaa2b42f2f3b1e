"""The common parts of the pages of a site: links between them, and the frame of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from legit.catalogue.citations import BibliographyItem
from legit.catalogue.kinds import kind_name
from legit.catalogue.relations import EntryKey, Relation
from legit.messages import message
from legit.render.html import render_html
from legit.site.drawing import GraphView
from legit.site.urls import Urls, relative_url
from legit.site.verdicts import CaseVerdicts


class Site(NamedTuple):
    """The data of the base on every page: its name and version, the line at the foot, and the screens of the workbench
    that stand beside the site, each with its address."""

    title: str
    footer: str
    screens: tuple[tuple[str, str], ...] = ()


class Link(NamedTuple):
    """A text that leads to another page; only the text if `href` is empty. The other fields are shown after it."""

    text: str
    href: str = ""
    note: str = ""
    kind: str = ""
    via: Link | None = None


@dataclass(frozen=True, slots=True)
class SiteContext:
    """The data that the pages of one site share. `outgoing` and `incoming` hold the relations by the entry where they
    start and end; `pinpoints` the places in each source; `rules` the rules of files and derived concepts as the machine
    runs them; `graph_of` the drawing of an entry, if it has one.
    """

    site: Site
    urls: Urls
    titles: dict[EntryKey, str]
    outgoing: dict[EntryKey, list[Relation]]
    incoming: dict[EntryKey, list[Relation]]
    pinpoints: dict[str, list[BibliographyItem]]
    rules: dict[EntryKey, str]
    verdicts: CaseVerdicts
    graph_of: Callable[[EntryKey], GraphView | None]

    def render(self, template: str, here: str, heading: str, breadcrumbs: Sequence[Link] = (), **values: Any) -> str:
        """A whole page of the site. Raises MissingExtraError (X001) when the extra `html` is not installed."""
        title = self.site.title
        return render_html(
            template,
            title=heading if heading == title else message("site.title", page=heading, site=title),
            up="../" * here.count("/"),
            site=self.site,
            screen="knowledge",
            trail=True,
            breadcrumbs=breadcrumbs,
            heading=heading,
            **values,
        )

    def link(self, here: str, key: EntryKey, text: str, place: str = "") -> Link:
        """A link to the page of an entry, or with `place` to a place in it."""
        page = self.urls.of(key)
        return Link(text, relative_url(here, f"{page}#{place}" if place else page) if page else "")

    def entry_link(self, here: str, key: EntryKey, note: str = "", via: Link | None = None) -> Link:
        """A link to the page of an entry, by its title and with its kind."""
        kind, name = key
        title = self.titles.get(key, name or message("site.every", kind=kind_name(kind)))
        return self.link(here, key, title)._replace(note=note, kind=kind_name(kind), via=via)
