"""Who follows the page of batches comes from a CSV of a thousand rules to a table of verdicts in DuckDB."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from legit.cli import main
from legit.errors import LegitError
from legit.judge import Judge
from tests.conftest import ROOT

RULES = 1000


def test_from_a_csv_of_a_thousand_rules_to_verdicts_in_duckdb(
    tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs/batch.md").read_text(encoding="utf-8")
    part = page[page.index("## From a CSV to a DuckDB table") :].partition("\n## ")[0]
    (sample,) = re.findall(r"^```csv\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"^```sh\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    (query,) = re.findall(r"^```python\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    heading, *rows = list(csv.reader(io.StringIO(sample)))
    monkeypatch.chdir(tmp_path)
    with Path("rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        for number in range(RULES):
            name, facts = rows[number % len(rows)]
            writer.writerow([f"{name} {number}", f"{facts}\nThe rule is {number % 40 + 1} years old."])
    assert main([*shlex.split(command)[1:], "--workers", "1"]) == 0
    expected: Counter[tuple[str, str]] = Counter()
    refused = 0
    with Path("rules.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                decision = judge.decide(row["facts"])
            except LegitError:
                refused += 1
            else:
                expected[decision.verdict.value, decision.action] += 1
    space: dict[str, Any] = {}
    exec(compile(query, "docs/batch.md", "exec"), space)
    found = space["verdicts"]()
    assert {(verdict, action): count for verdict, action, count in found} == expected
    assert len(expected) > 1
    rejects = [
        json.loads(line) for line in Path("verdicts.duckdb.rejects.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rejects) == refused == RULES // len(rows)
    assert {problem["code"] for reject in rejects for problem in reject["problems"]} == {"L108"}
