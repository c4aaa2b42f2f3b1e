"""The screen of the decision log in a browser: filter, look, override, replay, erase, verify, export."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from legit.decision_log import DecisionLog, LogReader
from legit.judge import Judge
from tests.workbench.conftest import Screen, running_service
from tests.workbench.test_case_screen import CASE
from tests.workbench.test_everywhere import PHONE, violations

pytest.importorskip("legit.serve.record")
DECISIONS = int(os.environ.get("LEGIT_RECORD_ROWS") or (10_000 if os.environ.get("LEGIT_LONG") else 900))
OTHERS = [
    "The authority is a regulator.\nObeying costs nothing that matters.\nBreaking the rule does grave harm to the health of others.",
    "The authority is a bank.\nIt is unknown whether the rule treats people differently by religion.",
]


@pytest.fixture(scope="module")
def log_path(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of many decisions, most of them alike."""
    path = tmp_path_factory.mktemp("record") / "decisions.log"
    with DecisionLog(path) as log:
        texts = [CASE, *OTHERS]
        cases = [judge.parse_case(text) for text in texts]
        entries = [log.prepare(case, judge=judge, caller={"session": "s1"}) for case in cases]
        log.append([entries[number % 3] for number in range(DECISIONS)], judge=judge)
    return path


@pytest.fixture(scope="module")
def record(log_path: Path) -> Iterator[str]:
    with running_service(log_path) as origin:
        yield origin


@pytest.fixture
def shown(browser: Any, record: str) -> Iterator[Screen]:
    screen = Screen(browser, record, accept_downloads=True)
    yield screen
    screen.close()


def rows(page: Any) -> list[str]:
    return [str(text) for text in page.locator("#decisions tr").all_inner_texts()]


def found(page: Any, count: int) -> None:
    page.locator("#record-state").filter(has_text=f"{count} decisions").wait_for()


def test_a_log_is_filtered_and_counted(shown: Screen, judge: Judge) -> None:
    page = shown.open("record.html")
    found(page, DECISIONS)
    assert len(rows(page)) == 100
    page.locator("#f-verdict").select_option("defeated")
    page.get_by_role("button", name="Filter").click()
    expected = sum(number % 3 == 0 for number in range(DECISIONS))
    found(page, expected)
    assert all("defeated" in row for row in rows(page))
    assert str(expected) in page.locator("#figures figure", has_text="By verdict").inner_text()
    assert "Discrimination on a protected ground" in page.locator("#figures").inner_text()
    page.locator("#f-fact").fill("The authority is a bank.")
    page.get_by_role("button", name="Filter").click()
    found(page, 0)
    page.locator("#f-where").fill("nonsense>1")
    page.get_by_role("button", name="Filter").click()
    page.locator("#record-state").filter(has_text="there is no column `nonsense`").wait_for()
    shown.wrong = [text for text in shown.wrong if "422" not in text]  # the console tells each refused request


def test_a_decision_is_looked_at_overridden_decided_again_and_erased(shown: Screen, log_path: Path) -> None:
    page = shown.open("record.html")
    found(page, DECISIONS)
    page.locator("#decisions button").first.click()
    body = page.locator("#decision-body")
    body.filter(has_text="The rule treats people differently by religion.").wait_for()
    assert "s1" in body.inner_text()
    body.get_by_role("button", name="Decide again as then").click()
    page.locator("#replayed").filter(has_text="DEFEATED as it was decided").wait_for()
    body.get_by_text("Record an override").click()
    page.locator("#override-by").fill("a supervisor")
    page.locator("#override-why").fill("the rule was enforced all the same")
    page.get_by_role("button", name="Record", exact=True).click()
    body.filter(has_text="a supervisor acted otherwise. the rule was enforced all the same").wait_for()
    body.get_by_text("Erase its texts").click()
    page.locator("#redact-by").fill("the controller")
    page.locator("#redact-why").fill("asked for by the person")
    page.get_by_role("button", name="Erase for good").click()
    body.filter(has_text="the controller erased texts.").wait_for()
    assert "any head covering" not in page.locator("#decision-body .sentences").inner_text()
    kinds = [entry.kind for _, entry in LogReader(log_path).entries()][-2:]
    assert kinds == ["override", "redaction"]


def test_the_log_is_verified_against_a_kept_head_and_exported(shown: Screen, log_path: Path) -> None:
    page = shown.open("record.html")
    page.locator("#log-head").filter(has_text="\n").wait_for()
    head = page.locator("#log-head").inner_text()
    page.get_by_role("button", name="Verify").click()
    page.locator("#verified").filter(has_text="The log is valid.").wait_for()
    name, size, root, *_ = head.splitlines()
    page.locator("#kept-head").fill("\n".join([name, size, root[:-5] + "AAAA=", ""]))
    page.get_by_role("button", name="Verify").click()
    page.locator("#verified").filter(has_text="The head that was kept is of other entries.").wait_for()
    page.locator("#kept-head").fill(head)
    page.get_by_role("button", name="Verify").click()
    page.locator("#verified").filter(has_text="It is the log of the head that was kept.").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON lines").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(lines) >= len(LogReader(log_path))
    assert all(isinstance(json.loads(line), dict) for line in lines[:3])


def test_axe_finds_nothing_on_the_record(browser: Any, record: str, axe: Path) -> None:
    screen = Screen(browser, record)
    page = screen.open("record.html")
    found(page, DECISIONS)
    page.locator("#decisions button").first.click()
    page.locator("#decision-body .sentences").wait_for()
    assert violations(page, axe) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screen.close()
