"""The report on a log: its figures are those of the list of decisions, and its page stands alone."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.cli import main
from legit.decision_log import Checkpoint, DecisionLog, LogReader
from legit.decision_log.entries import Decision
from legit.decision_log.filters import DecisionFilter, Match, filter_decisions
from legit.decision_log.metrics import DecisionGroup, LogMetrics, bucket_by_time, compute_log_metrics
from legit.decision_log.regression import replay_under_latest
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import ROOT

Log = tuple[Path, Checkpoint]
BY = ("authority",)


def all_matches(path: Path) -> list[Match]:
    return list(filter_decisions(LogReader(path), DecisionFilter()))


class Page(HTMLParser):
    """The tables of a page by their captions, and its elements counted; unbalanced elements are an error."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.caption = ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags[tag] += 1
        if tag not in self.VOID and not tag.startswith(("rect", "line")):
            self.open.append(tag)
        if tag == "caption":
            self.caption = ""
        if tag == "tr":
            self.tables.setdefault(self.caption, []).append([])
        if tag in {"td", "th"}:
            self.tables[self.caption][-1].append("")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.caption += data
        elif {"td", "th"} & set(self.open):
            self.tables[self.caption][-1][-1] += data


def run_report(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["log", "report", *argv]) == status
    return capsys.readouterr().out


def test_figures_are_those_of_the_list(pristine: Log) -> None:
    counted, listed = compute_log_metrics(LogReader(pristine[0]), DecisionFilter(), BY), all_matches(pristine[0])
    assert counted.checkpoint == pristine[1]
    assert counted.total.decisions == len(listed) == 13
    assert counted.total.verdicts == Counter(item.decision.answer.verdict.value for item in listed)
    assert counted.total.sole_sources == Counter(item.decision.answer.sole_source for item in listed)
    assert [(item.number, override.why) for item, override in counted.overrides] == [
        (5, "the rule was lifted that day")
    ]
    assert counted.override_transitions == {(listed[3].decision.answer.action, "help"): 1}
    for family, group in counted.families.items():
        assert group.decisions == sum(
            family in {one.family for one in item.decision.answer.findings} for item in listed
        )
        assert max(counted.effects[family].values()) <= group.decisions <= counted.effects[family].total()
    for groups in (
        counted.guidance,
        counted.stances,
        counted.method_harm,
        counted.by_day,
        dict(counted.decision_numbers),
    ):
        total = sum(group.decisions if isinstance(group, DecisionGroup) else len(group) for group in groups.values())
        assert total == 13
    assert sum(group.decisions for group in counted.stated_values["authority"].values()) >= 13


def test_a_period_is_counted_alone(pristine: Log) -> None:
    listed = all_matches(pristine[0])
    cut = listed[4].decision.time
    before, after = (
        compute_log_metrics(LogReader(pristine[0]), wanted)
        for wanted in (DecisionFilter(until=cut), DecisionFilter(since=cut))
    )
    assert (before.total.decisions, after.total.decisions) == (4, 9)
    assert (before.total.overridden, after.total.overridden) == (1, 0)


@given(st.dictionaries(st.dates(datetime.date(1990, 1, 1), datetime.date(2060, 1, 1)), st.integers(1, 9), min_size=1))
def test_no_decision_is_lost_over_time(days: dict[datetime.date, int]) -> None:
    _, groups = bucket_by_time({day: DecisionGroup(number, Counter(stands=number)) for day, number in days.items()})
    assert sum(group.decisions for group in groups.values()) == sum(days.values())
    assert list(groups) == sorted(groups)
    assert len(groups) <= 72


def test_the_page_stands_alone_and_its_tables_hold_the_figures(
    pristine: Log, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    head = tmp_path / "head"
    head.write_text(str(pristine[1]), encoding="utf-8")
    shown = run_report(capsys, str(pristine[0]), "--checkpoint", str(head))
    assert shown == run_report(capsys, str(pristine[0]), "--checkpoint", str(head))
    for outside in ("http:", "https:", "url(", "@import", "src=", "<script", "/tmp"):
        assert outside not in shown
    page = Page(shown)
    assert page.tags["svg"] == shown.count('role="img" aria-label="') >= 8
    assert page.tags["table"] == page.tags["caption"] == shown.count('tabindex="0"') == len(page.tables)
    whole = compute_log_metrics(LogReader(pristine[0]), DecisionFilter(), BY)
    rows = {row[0]: row for row in page.tables["Decisions by guidance"][1:]}
    for action, group in whole.guidance.items():
        assert rows[action.replace("_", " ")][1] == str(group.decisions)
    kinds = {row[0]: row[1] for row in page.tables["Decisions by kind of authority"][1:]}
    assert kinds == {
        name.replace("_", " "): str(group.decisions) for name, group in whole.stated_values["authority"].items()
    }
    assert {"employer", "landlord"} <= set(kinds)
    (overridden,) = page.tables["The overridden decisions"][1:]
    assert [overridden[0], *overridden[4:]] == ["5", "help", "the desk", "the rule was lifted that day"]
    (redacted,) = page.tables["The redactions"][1:]
    assert redacted[0] == "3"
    assert redacted[2].startswith("⟨1text⟩, ⟨2text⟩")
    assert redacted[3:] == ["the desk", "the user asked for it"]
    assert "<strong>The log holds</strong>, verified against 1 checkpoint that was given." in shown
    assert "since it was taken" in shown
    assert str(pristine[1]).rstrip() in shown
    assert "It does not claim:" in shown
    assert "nothing to compare" in shown


def test_without_a_head_the_page_says_what_is_not_shown(pristine: Log, capsys: pytest.CaptureFixture[str]) -> None:
    shown = run_report(capsys, str(pristine[0]))
    assert "verified against itself only" in shown
    assert "It was not shown whether entries were cut off or the whole log was rewritten" in shown
    assert "since it was taken" not in shown


def test_a_log_that_does_not_hold_is_named_on_the_page(
    copied: Log, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    head = tmp_path / "head"
    head.write_text(str(Checkpoint(copied[1].log_name, copied[1].size, bytes(32))), encoding="utf-8")
    shown = run_report(capsys, str(copied[0]), "--checkpoint", str(head), status=5)
    assert "THE LOG DOES NOT HOLD" in shown
    assert "R209: the first 17 entries are not those" in shown
    assert "It shows:" in shown
    assert "since it was taken" not in shown


def test_nothing_on_record_and_wrong_calls(pristine: Log, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    empty = run_report(capsys, str(pristine[0]), "--since", "2999")
    assert "No decision on record was asked for." in empty
    assert "since: 2999" in empty
    Page(empty)
    run_report(capsys, str(tmp_path / "none"), status=1)
    run_report(capsys, str(pristine[0]), "--group-by", "banana", status=1)
    run_report(capsys, str(pristine[0]), "--replay-limit", "-1", status=2)


def test_a_hostile_record_cannot_write_into_the_page(
    tmp_path: Path, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    with DecisionLog(path) as log:
        log.assess('The rule requires "<script>alert(1)</script>".', judge=judge)
        log.override(2, action="help", by="\x1b[2J\u202e<b>x</b>", why="</table><script>")
    shown = run_report(capsys, str(path), "--caller", "a=<i>", status=0) + run_report(capsys, str(path))
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert not re.search("[\x1b\u202e]", shown)


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Path:
    """A log whose earlier decisions were made by another version, which wants a word that is not the user's."""
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.legit"))]
    folder = tmp_path_factory.mktemp("versions")
    shutil.copytree(ROOT / "rules_kb", folder / "kb", ignore=shutil.ignore_patterns("__pycache__"))
    about = folder / "kb" / "base.toml"
    about.write_text(
        about.read_text(encoding="utf-8").replace('version = "0.1.0"', 'version = "0.0.9"'), encoding="utf-8"
    )
    earlier = Judge(KnowledgeBase.load(folder / "kb", "corroborated"))
    with DecisionLog(folder / "log") as log:
        log.assess_many(examples, judge=earlier)
        log.assess_many(examples[:2], judge=judge)
    return folder / "log"


def metrics_and_decisions(path: Path) -> tuple[LogMetrics, list[Decision]]:
    log = LogReader(path)
    return compute_log_metrics(log, DecisionFilter()), [
        record for _, record in log.entries() if isinstance(record, Decision)
    ]


def test_drift_is_what_comes_out_otherwise_under_the_latest_version(two_versions: Path, judge: Judge) -> None:
    whole, made = metrics_and_decisions(two_versions)
    result = replay_under_latest(LogReader(two_versions), whole, 1000)
    assert result.latest is not None
    assert result.latest.base_digest == judge.base.digest
    assert (result.earlier_count, result.replayed_count, result.problem) == (14, 14, "")
    now = [judge.assess(record.case) for record in made[:14]]
    pairs = [(old.answer, new) for old, new in zip(made, now, strict=False)]
    expected = Counter((old.verdict.value, new.verdict.value) for old, new in pairs if old.verdict != new.verdict)
    assert result.verdict_transitions == expected
    assert expected[("undetermined", "defeated")] > 0
    alike = [(old, new) for old, new in pairs if old.verdict == new.verdict]
    assert result.unchanged_count == sum(old.action == new.guidance.action for old, new in alike)
    assert result.unchanged_count + result.guidance_change_count + expected.total() + result.failed_count == 14
    assert any(
        "why it is undetermined: confirmation by another source before, nothing but the facts now" in item.changes
        for item in result.listed_changes
    )


def test_as_many_as_asked_for_are_made_again(two_versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, _ = metrics_and_decisions(two_versions)
    assert replay_under_latest(LogReader(two_versions), whole, 0).replayed_count == 0
    assert replay_under_latest(LogReader(two_versions), whole, 4).replayed_count == 4
    assert "So 4, evenly spread, of 14 decisions" in run_report(capsys, str(two_versions), "--replay-limit", "4")
    assert "14 decisions of earlier versions were not replayed" in run_report(
        capsys, str(two_versions), "--replay-limit", "0"
    )
    page = Page(run_report(capsys, str(two_versions)))
    rows = page.tables["Decisions of earlier versions, replayed under the latest"][1:]
    assert sum(int(row[1]) for row in rows) == 14
    assert len(page.tables["Decisions by version"]) == 3


def test_the_same_log_gives_the_same_page_in_every_process(pristine: Log, tmp_path: Path) -> None:
    """Families with equal counts keep their order, whatever the order of a set is."""
    pages = set()
    for seed in ("0", "2", "3"):
        page = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "legit", "log", "report", str(pristine[0]), "-o", str(page)]
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed})
        pages.add(page.read_bytes())
    assert len(pages) == 1
