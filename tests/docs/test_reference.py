"""The API reference shows every public module, and nothing else."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.test_public_api import PUBLIC


def test_every_public_module_is_in_the_reference() -> None:
    pages = sorted((ROOT / "docs" / "reference").glob("*.md"))
    shown = [
        name for page in pages for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert sorted(re.sub(r"^integrations\b", "legit.integrations", name) for name in shown) == sorted(PUBLIC)


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert (
        sorted(page for page in pages if not page.startswith("decisions/0") and f": {page}\n" not in navigation) == []
    )
