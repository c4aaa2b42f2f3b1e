"""The committed bundles are those of the sources; npm is needed only to build them anew."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from legit.workbench.pages import BUNDLES
from tests.workbench.node import FRONTEND


def source_digest() -> str:
    """The digest of all that the bundles are built from, as `build.mjs` writes it into their first line."""
    names = ["package-lock.json", "build.mjs"]
    names += [path.relative_to(FRONTEND).as_posix() for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    found = hashlib.sha256()
    for name in sorted(names):
        found.update(name.encode() + b"\0" + (FRONTEND / name).read_bytes() + b"\0")
    return found.hexdigest()


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_says_that_it_was_built_from_these_sources(name: str) -> None:
    text = files("legit.workbench").joinpath("static", name).read_text(encoding="utf-8")
    assert text.startswith(f"/* legit workbench, built from {source_digest()} */"), "make workbench builds them"


def test_a_fresh_build_gives_the_committed_bundles(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules" / "esbuild").is_dir():
        pytest.skip("npm ci has not been run in legit/workbench/frontend")
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=FRONTEND, check=True, capture_output=True)
    for name in BUNDLES:
        committed = files("legit.workbench").joinpath("static", name).read_bytes()
        assert (tmp_path / name).read_bytes() == committed, name


def test_the_bundles_load_nothing_from_elsewhere() -> None:
    for name in BUNDLES:
        text = files("legit.workbench").joinpath("static", name).read_text(encoding="utf-8")
        addresses = set(re.findall(r"https?://[^\s\"'`)]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}, name
        assert not re.search(r"\beval\(|new Function\(", text), name


def test_versions_are_pinned() -> None:
    import json

    package = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert (FRONTEND / "package-lock.json").is_file()
