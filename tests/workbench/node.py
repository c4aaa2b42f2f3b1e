"""Runs scripts of the workbench in node, which is there where the workbench is built."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

FRONTEND = ROOT / "legit" / "workbench" / "frontend"
OFFLINE = (FRONTEND / "src" / "offline").as_uri()


def run_node(folder: Path, program: str, data: Any) -> Any:
    """What the function `answer(data)` of a program returns. Skips the test where there is no node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "program.mjs").write_text(
        'import fs from "node:fs";\n'
        'import { fileURLToPath } from "node:url";\n'
        "const place = (name) => fileURLToPath(new URL(name, import.meta.url));\n"
        f"{program}\n"
        'const found = answer(JSON.parse(fs.readFileSync(place("data.json"), "utf8")));\n'
        'fs.writeFileSync(place("found.json"), JSON.stringify(found));\n',
        encoding="utf-8",
    )
    done = subprocess.run([node, str(folder / "program.mjs")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text(encoding="utf-8"))
