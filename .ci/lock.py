"""Writes the versions with which the checks run: those of this environment, of what `legit-rules[dev,stats]` needs.

Run: `make lock`, in an environment in which the checks pass. The Makefile installs by the file (`constraints.txt`).
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT, EXTRAS = "legit-rules", frozenset({"dev", "stats", "compare"})


def pins() -> dict[str, str]:
    """The version of each installed distribution that the project needs, directly or not, by its name."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(PROJECT, EXTRAS)]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # of an extra that this environment leaves out
        if name != PROJECT:
            found[name] = installed.version
        for text in installed.requires or ():
            needed = Requirement(text)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return found


if __name__ == "__main__":
    print("# The versions with which the checks run. `make lock` writes this file; the Makefile installs by it.")
    for name, version in sorted(pins().items()):
        print(f"{name}=={version}")
