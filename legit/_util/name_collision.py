"""Detects another distribution whose files lie in the folder of this package.

The project `legit` on PyPI, a tool for Git, has the same import name and the same command. Installed side by side, the
one that came last overwrites parts of the other, and `pip check` finds nothing.
"""

from __future__ import annotations

from pathlib import Path


def other_distribution(site: Path | None = None) -> str:
    """The name and version of another distribution that claims the folder `legit` beside its metadata; empty if there
    is none. `site` is the folder that holds the package.
    """
    folder = site or Path(__file__).parents[2]
    found = sorted(path.name.rpartition(".")[0] for path in folder.glob("legit-[0-9]*-info"))
    return found[0] if found else ""
