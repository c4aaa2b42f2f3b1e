"""Finds the packages that lie beside `legit/` in a checkout and inside it when installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

FOLDERS: Final = ("grammar", "integrations", "rules_kb")


class CheckoutFinder(MetaPathFinder):
    """Finds `legit.integrations` and the like in the root of a checkout, where nothing else finds them.

    An editable installation finds them itself. Python started in a checkout whose package is installed otherwise takes
    `legit/` from the checkout, and would miss them.
    """

    def __init__(self, root: Path) -> None:
        self._folders = {f"legit.{name}": root / name for name in FOLDERS}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The place of one of the folders; None for every other name, and outside a checkout."""
        folder = self._folders.get(fullname)
        if folder is None or not (folder / "__init__.py").is_file():
            return None
        return importlib.util.spec_from_file_location(
            fullname, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
