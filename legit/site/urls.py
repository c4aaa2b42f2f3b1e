"""The address of each entry of a base in the site."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Sequence

from legit.catalogue.entry import Entry
from legit.catalogue.relations import EntryKey

_MAX_NAME_LENGTH = 60
_SAFE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")


class Urls:
    """The page of each entry, as a path within the site; names that a file system might not take are replaced."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.pages: list[tuple[Entry, str]] = []
        self.folders: dict[str, str] = {}
        self._by_key: dict[EntryKey, str] = {}
        taken: set[str] = {"index"}
        for kind in dict.fromkeys(entry.kind for entry in entries):
            self.folders[kind] = _file_name(kind, taken)
        within: dict[str, set[str]] = {kind: {"index"} for kind in self.folders}
        for entry in entries:
            address = f"{self.folders[entry.kind]}/{_file_name(entry.id, within[entry.kind])}.html"
            self.pages.append((entry, address))
            self._by_key.setdefault((entry.kind, entry.id), address)

    def of(self, key: EntryKey) -> str:
        """The page of an entry, or with an empty id the list of a kind; empty when there is none."""
        kind, name = key
        if name or kind not in self.folders:
            return self._by_key.get(key, "")
        return f"{self.folders[kind]}/index.html"


def anchor(text: str) -> str:
    """A name for a place within a page."""
    return f"at-{_file_name(text, set())}"


def relative_url(here: str, target: str) -> str:
    """The way from one page of the site to another, or to a place in one."""
    page, mark, place = target.partition("#")
    if page == here and mark:
        return mark + place
    return posixpath.relpath(page, posixpath.dirname(here) or ".") + mark + place


def _file_name(text: str, taken: set[str]) -> str:
    """A file name for a text: the text itself in small letters if possible, otherwise with a digest of the text."""
    name = text.lower().replace(" ", "-")
    if not _SAFE_NAME.match(name) or name in taken:
        kept = re.sub(r"[^a-z0-9_]+", "-", name)[:_MAX_NAME_LENGTH].strip("-")
        name = f"{kept}-{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}".lstrip("-")
    taken.add(name)
    return name
