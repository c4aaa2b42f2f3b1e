"""Every file of the workbench of a base: the screens, their scripts and data, and the pages of the knowledge base.

One set of files serves two uses: a service sends them, and `legit kb site` writes them as a folder for reading.
"""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files as resources
from typing import Any

from legit.catalogue.entries import Entries
from legit.catalogue.relations import EntryKey
from legit.judge import Judge
from legit.messages import message
from legit.model.assessment import Verdict
from legit.render.html import render_html
from legit.site.build import BuiltSite, build_site, shared_files, site_frame, with_file_list
from legit.site.urls import Urls
from legit.site.verdicts import CaseVerdicts, judge_own_cases
from legit.workbench.data_files import cases_script, settings_script
from legit.workbench.offline_base import offline_script

SCREENS = (("case", "case.html"), ("knowledge", "index.html"), ("record", "record.html"))
"""The screens by name, and the page of each."""

FILE_PATTERN = r"(?:[a-z0-9_-]+/)?[a-z0-9_-]+\.(?:html|css|js)"
"""The form of the path of every file, as a regular expression."""

BUNDLES = ("case.js", "pages.js", "record.js", "workbench.css")
"""The files that are built from `frontend/`."""


class WorkbenchPages:
    """The files of one base and profile. What takes long is made when it is first asked for, and kept.

    `service` tells whether a service answers the pages, `log` whether it has a decision log. Without a service a case
    is judged in the browser alone. `entries` are those of the base where they are known already. Raises
    KnowledgeBaseError where precedents, properties or a profile cannot be read, and MissingExtraError (X001) without
    the extra `html`.
    """

    def __init__(self, judge: Judge, *, service: bool, log: bool = False, entries: Entries | None = None) -> None:
        self.judge = judge
        self._entries = entries or Entries(judge.base)
        self._service, self._log = service, log

    @cached_property
    def urls(self) -> Urls:
        """The addresses of the pages of entries."""
        return Urls(self._entries.all)

    @cached_property
    def site(self) -> BuiltSite:
        """The pages of the knowledge base."""
        return build_site(self.judge, SCREENS, self.verdicts, self._entries)

    @cached_property
    def verdicts(self) -> CaseVerdicts:
        """The examples and precedents of the base as they are judged."""
        return judge_own_cases(self.judge)

    def file(self, name: str) -> str | None:
        """One file by its path; None where there is none."""
        if name not in self._kept:
            made = self._made(name)
            if made is None:
                return None
            self._kept[name] = made
        return self._kept[name]

    def all(self) -> dict[str, str]:
        """Every file, with the list of their names."""
        names = [*BUNDLES, "case.html", "record.html", "words.js", "cases.js", *map(_pass_name, self.profile_ids)]
        return with_file_list({**self.site.all(), **{name: text for name in names if (text := self.file(name))}})

    @cached_property
    def profile_ids(self) -> tuple[str, ...]:
        """The profiles under which a case may be judged."""
        return self.judge.base.profile_ids

    @cached_property
    def _kept(self) -> dict[str, str]:
        return {}

    def _made(self, name: str) -> str | None:
        if name in BUNDLES:
            return resources("legit.workbench").joinpath("static", name).read_text(encoding="utf-8")
        if name in (shared := shared_files()):
            return shared[name]
        if name in ("case.html", "record.html"):
            return self._screen(name.removesuffix(".html"))
        if name == "words.js":
            return settings_script(self.judge, self._href, service=self._service, log=self._log)
        if name == "cases.js":
            return cases_script(self.judge, self.verdicts, self._href)
        for profile in self.profile_ids:
            if name == _pass_name(profile):
                return offline_script(self.judge.with_profile(profile), self._href)
        return self.site.file(name)

    def _screen(self, screen: str) -> str:
        base = self.judge.base
        values: dict[str, Any] = {
            "profiles": [base.with_profile(name).profile for name in self.profile_ids],
            "verdicts": [verdict.value for verdict in Verdict],
            "actions": base.caution_order.get("guidance", ()),
        }
        return render_html(
            f"workbench_{screen}.html",
            title=message("site.title", page=message(f"workbench.screen_{screen}"), site=base.name),
            up="",
            site=site_frame(base, SCREENS),
            screen=screen,
            trail=False,
            breadcrumbs=(),
            heading=message(f"workbench.screen_{screen}"),
            base=base,
            **values,
        )

    def _href(self, key: EntryKey) -> str:
        return self.urls.of(key)


def _pass_name(profile: str) -> str:
    return f"pass-{profile}.js"
