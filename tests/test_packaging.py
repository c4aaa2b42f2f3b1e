"""What a new user meets first: names, addresses and versions that agree, a checkout that works, a plugin that is free."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
import setuptools
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import legit
from legit._util.name_collision import other_distribution
from legit.cli import cli, main
from legit.cli.mcp import register
from legit.cli.parser import CommandParser
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SERVER = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def setup_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(setuptools, "setup", lambda **options: None)
    spec = importlib.util.spec_from_file_location("legit_setup", ROOT / "setup.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_description_has_only_absolute_links_and_those_of_the_readme(setup_module: ModuleType) -> None:
    relative = re.findall(r"\]\((?!https?:|#)([^)]+)\)", README)
    assert len(relative) > 5
    assert [path for path in relative if not (ROOT / path.partition("#")[0]).exists()] == []
    described = setup_module.description()
    assert re.findall(r"\]\((?!https?:|#)([^)]+)\)", described) == []
    for path in relative:
        assert f"]({PROJECT['urls']['Repository']}/{path})" in described


def test_every_address_is_that_of_the_project() -> None:
    (host,) = {urlsplit(address).hostname for address in PROJECT["urls"].values()}
    assert host
    assert urlsplit(SERVER["websiteUrl"]).hostname == host
    reverse = ".".join(reversed(host.split(".")))
    assert SERVER["name"].startswith(f"{reverse}/")
    assert re.findall(r"<!-- mcp-name: (\S+) -->", README) == [SERVER["name"]]
    assert {"Repository", "Documentation", "Issues", "Changelog", "Security"} <= PROJECT["urls"].keys()


def test_the_registry_entry_starts_the_server() -> None:
    (package,) = SERVER["packages"]
    assert SERVER["version"] == package["version"] == PROJECT["version"] == legit.__version__
    assert len(SERVER["description"]) <= 100  # what the registry takes
    assert (package["registryType"], package["identifier"]) == ("pypi", PROJECT["name"])
    # The runner starts the command of the distribution's name, with the extra that the server needs.
    assert package["identifier"] in PROJECT["scripts"]
    assert [item["value"] for item in package["runtimeArguments"]] == [f"{PROJECT['name']}[mcp]=={PROJECT['version']}"]
    parser = CommandParser(prog="legit")
    register(parser.add_subparsers())
    words = []
    for item in package["packageArguments"]:
        words += [item["value"]] if item["type"] == "positional" else [item["name"], item.get("default", "x")]
    assert parser.parse_args(words).vocabulary_mode == "lookup"


def test_every_python_that_is_named_is_supported() -> None:
    named = {item.rpartition(" ")[2] for item in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", item)}
    assert {f"{sys.version_info.major}.{sys.version_info.minor}", "3.14"} <= named
    assert PROJECT["requires-python"] == f">={min(named, key=lambda item: int(item.partition('.')[2]))}"


def run(code: str, folder: Path) -> str:
    """What a program prints that is started in a folder, with this environment."""
    environment = os.environ | {"PYTHONSAFEPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_checkout_that_hides_the_package_has_all_its_parts() -> None:
    code = (
        "import sys\n"
        "sys.meta_path[:] = [item for item in sys.meta_path if 'editable' not in str(item).lower()]\n"
        "import legit.integrations.langchain as found, legit.grammar, legit.rules_kb\n"
        "print(found.__file__, legit.__file__)"
    )
    assert run(code, ROOT).split() == [str(ROOT / "integrations" / "langchain.py"), str(ROOT / "legit" / "__init__.py")]


def test_importing_the_package_or_the_pytest_plugin_loads_nothing_of_it() -> None:
    code = "import sys, legit, legit.testing.plugin; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    assert not {"clingo", "lark", "networkx", "pydantic"} & set(run(code, ROOT).split())


def test_every_public_name_is_found_when_it_is_used() -> None:
    assert {name for name in legit.__all__ if getattr(legit, name) is None} == set()
    assert set(legit.__all__) <= set(dir(legit))
    with pytest.raises(AttributeError, match="no attribute 'judgement'"):
        legit.judgement  # noqa: B018


@pytest.mark.parametrize("name", ["legit-1.2.0.post0.dist-info", "legit-1.0.egg-info"])
def test_another_distribution_of_this_name_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "legit_rules-0.1.0.dist-info").mkdir()
    assert other_distribution(tmp_path) == ""
    (tmp_path / name).mkdir()
    assert other_distribution(tmp_path) == name.rpartition(".")[0]
    monkeypatch.setattr(sys.modules["legit.cli.main"], "other_distribution", lambda: other_distribution(tmp_path))
    assert main(["--version"]) == 0
    told = capsys.readouterr().err
    assert told.startswith(f"legit: X003: `{name.rpartition('.')[0]}` is installed in the same folder")
    assert "environment of its own" in told
    assert cli() == 2  # what the other's command runs
    assert capsys.readouterr().err == told


def test_the_lock_holds_a_version_of_everything_that_the_checks_install_and_within_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert all(re.fullmatch(r"[0-9][0-9a-z.+]*", version) for version in locked.values())
    waiting, seen = ["dev", "stats", ""], set()
    while waiting:
        extra = waiting.pop()
        seen.add(extra)
        for text in PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]:
            needed = Requirement(text)
            if needed.name == PROJECT["name"]:
                waiting += needed.extras - seen
            elif needed.marker is None or needed.marker.evaluate():
                assert locked[canonicalize_name(needed.name)] in needed.specifier, needed
