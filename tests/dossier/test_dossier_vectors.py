"""The test vectors of the specification, and the sample dossier, have the answers that the pages give."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dossier import outside_of
from legit.dossier.figures import FIGURES
from legit.dossier.page import PAGE_VERSION
from legit.dossier.verify import verify_archive
from tests.conftest import ROOT

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "docs" / "vectors" / "index.json").read_bytes())["vectors"]
OF_THE_PAGE = "page-edited-and-sealed-again.dossier"


def page_version(name: str) -> str:
    """The version of the page in a vector."""
    found = re.search(rb'"page_version":"([0-9a-f]+)"', (ROOT / "docs" / "vectors" / name).read_bytes())
    assert found
    return found[1].decode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['file']} {'+'.join(vector['outside'])}")
def test_a_vector_has_its_answer(vector: dict[str, Any]) -> None:
    same = page_version("whole.dossier") == PAGE_VERSION
    if not same and vector["file"] == OF_THE_PAGE:
        pytest.skip("another version made the page: `python benchmarks/dossier.py vectors` makes it anew")
    data = (ROOT / "docs" / "vectors" / vector["file"]).read_bytes()
    found = verify_archive(data, outside_of(vector["outside"]), with_page=same)
    answer = {True: "accept", False: "reject", None: "indeterminate"}[found.valid]
    assert (answer, sorted({problem.code for problem in found.problems})) == (vector["answer"], vector["codes"])


def test_there_are_vectors_of_each_answer() -> None:
    assert {vector["answer"] for vector in VECTORS} == {"accept", "reject", "indeterminate"}
    assert len({code for vector in VECTORS for code in vector["codes"]}) >= 8


def test_the_sample_is_accepted_with_its_key_and_its_checkpoint() -> None:
    folder = ROOT / "docs" / "samples"
    given = {
        "public_key": (folder / "auditor.key.pub").read_text(encoding="utf-8"),
        "checkpoint": (folder / "protocol.checkpoint").read_text(encoding="utf-8"),
    }
    found = verify_archive((folder / "acme.dossier").read_bytes(), outside_of(given), with_page=False)
    assert (found.problems, found.valid) == ([], True)
    assert found.report is not None
    assert found.report.conclusion == "not_shown"
    assert {item.outcome for item in found.report.thresholds} == {"met", "not_shown"}


def test_every_figure_and_every_code_stands_on_its_page(root: Path) -> None:
    page = (root / "docs" / "dossier-format.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert FIGURES.keys() <= rows
    code = "\n".join(path.read_text(encoding="utf-8") for path in (root / "legit" / "dossier").rglob("*.py"))
    guide = (root / "docs" / "dossier.md").read_text(encoding="utf-8")
    raised = set(re.findall(r'"(E\d{3})"', code))
    assert set(re.findall(r"^\| (E\d{3}) \|", guide, re.MULTILINE)) == raised
