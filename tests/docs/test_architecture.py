"""The architecture page agrees with the repository: packages, paths, layers and the public API."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT
from tests.test_public_api import PUBLIC

PAGE = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
TOP = "|".join(("legit", "integrations", "grammar", "rules_kb", "tests", "docs", "benchmarks", "examples"))


def test_every_package_stands_on_the_page() -> None:
    packages = {path.parent for path in (ROOT / "legit").rglob("__init__.py")}
    folders = {f"`{path.relative_to(ROOT).as_posix()}/`" for path in packages}
    assert sorted(folder for folder in folders if folder not in PAGE) == []


def test_every_path_on_the_page_exists() -> None:
    paths = re.findall(rf"(?<![\w/])(?:{TOP})/[\w./]*", PAGE)
    assert len(paths) > 50
    assert sorted({path for path in paths if not (ROOT / path.rstrip(".")).exists()}) == []


def test_the_layers_are_those_of_the_import_contracts() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(contract["layers"] for contract in settings["contracts"] if contract["id"] == "layers")
    section = PAGE.split("## Who may import whom")[1]
    drawn = section.split("```text\n")[1].split("```")[0].splitlines()
    assert [re.split(r" [|:] ", layer) for layer in layers if layer != "_version"] == [line.split() for line in drawn]


def test_the_public_modules_are_marked() -> None:
    marked = set(re.findall(r"^\| `([\w/]+)/` ●", PAGE, re.MULTILINE))
    public = {name.replace(".", "/") for name in PUBLIC}
    # Modules of packages: one beside internal ones, one beside those that its package exports.
    public -= {"legit/testing/strategies", "legit/batch/ray"}
    assert marked == {"integrations" if name.startswith("legit/integrations") else name for name in public}
