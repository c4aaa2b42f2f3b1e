"""The report on a log: its figures are those of the list of decisions, and its page stands alone."""

from __future__ import annotations

import datetime
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.cli import main
from legit.decision_log import DecisionLog, LogReader, TreeHead
from legit.decision_log.entries import Decision
from legit.decision_log.filters import Found, Wanted, select
from legit.decision_log.regression import drift
from legit.decision_log.report import Figures, Group, figures, over_time
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import ROOT

Log = tuple[Path, TreeHead]
BY = ("authority",)


def found(path: Path) -> list[Found]:
    return list(select(LogReader(path), Wanted()))


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


def report(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["log", "report", *argv]) == status
    return capsys.readouterr().out


def test_figures_are_those_of_the_list(pristine: Log) -> None:
    counted, listed = figures(LogReader(pristine[0]), Wanted(), BY), found(pristine[0])
    assert counted.head == pristine[1]
    assert counted.whole.decisions == len(listed) == 13
    assert counted.whole.verdicts == Counter(item.record.answer.verdict.value for item in listed)
    assert counted.whole.alone == Counter(item.record.answer.alone for item in listed)
    assert [item.number for item in counted.overrides] == [5]
    assert counted.changed == {(listed[3].record.answer.action, "help"): 1}
    for family, group in counted.families.items():
        assert group.decisions == sum(family in {one.family for one in item.record.answer.findings} for item in listed)
        assert max(counted.effects[family].values()) <= group.decisions <= counted.effects[family].total()
    for groups in (counted.guidance, counted.stances, counted.harm, counted.days, dict(counted.made)):
        total = sum(group.decisions if isinstance(group, Group) else len(group) for group in groups.values())
        assert total == 13
    assert sum(group.decisions for group in counted.said["authority"].values()) >= 13


def test_a_period_is_counted_alone(pristine: Log) -> None:
    listed = found(pristine[0])
    cut = listed[4].record.time
    before, after = (figures(LogReader(pristine[0]), wanted) for wanted in (Wanted(until=cut), Wanted(since=cut)))
    assert (before.whole.decisions, after.whole.decisions) == (4, 9)
    assert (before.whole.overridden, after.whole.overridden) == (1, 0)


@given(st.dictionaries(st.dates(datetime.date(1990, 1, 1), datetime.date(2060, 1, 1)), st.integers(1, 9), min_size=1))
def test_no_decision_is_lost_over_time(days: dict[datetime.date, int]) -> None:
    _, groups = over_time({day: Group(number, Counter(stands=number)) for day, number in days.items()})
    assert sum(group.decisions for group in groups.values()) == sum(days.values())
    assert list(groups) == sorted(groups)
    assert len(groups) <= 72


def test_the_page_stands_alone_and_its_tables_hold_the_figures(
    pristine: Log, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    head = tmp_path / "head"
    head.write_text(str(pristine[1]), encoding="utf-8")
    shown = report(capsys, str(pristine[0]), "--head", str(head))
    assert shown == report(capsys, str(pristine[0]), "--head", str(head))
    for outside in ("http:", "https:", "url(", "@import", "src=", "<script", "/tmp"):
        assert outside not in shown
    page = Page(shown)
    assert page.tags["svg"] == shown.count('role="img" aria-label="') >= 8
    assert page.tags["table"] == page.tags["caption"] == shown.count('tabindex="0"') == len(page.tables)
    whole = figures(LogReader(pristine[0]), Wanted(), BY)
    rows = {row[0]: row for row in page.tables["Decisions by guidance"][1:]}
    for action, group in whole.guidance.items():
        assert rows[action.replace("_", " ")][1] == str(group.decisions)
    kinds = {row[0]: row[1] for row in page.tables["Decisions by kind of authority"][1:]}
    assert kinds == {name.replace("_", " "): str(group.decisions) for name, group in whole.said["authority"].items()}
    assert {"employer", "landlord"} <= set(kinds)
    (overridden,) = page.tables["The overridden decisions"][1:]
    assert [overridden[0], *overridden[4:]] == ["5", "help", "the desk", "the rule was lifted that day"]
    (redacted,) = page.tables["The redactions"][1:]
    assert redacted[0] == "3"
    assert redacted[2].startswith("⟨1text⟩, ⟨2text⟩")
    assert redacted[3:] == ["the desk", "the user asked for it"]
    assert "<strong>The log holds</strong>, verified against 1 tree head kept elsewhere." in shown
    assert "since it was taken" in shown
    assert str(pristine[1]).rstrip() in shown
    assert "It does not claim:" in shown
    assert "nothing to compare" in shown


def test_without_a_head_the_page_says_what_is_not_shown(pristine: Log, capsys: pytest.CaptureFixture[str]) -> None:
    shown = report(capsys, str(pristine[0]))
    assert "verified against itself only" in shown
    assert "Not that nothing was cut off or rewritten as a whole" in shown
    assert "since it was taken" not in shown


def test_a_log_that_does_not_hold_is_named_on_the_page(
    copied: Log, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    head = tmp_path / "head"
    head.write_text(str(TreeHead(copied[1].log, copied[1].size, bytes(32))), encoding="utf-8")
    shown = report(capsys, str(copied[0]), "--head", str(head), status=5)
    assert "THE LOG DOES NOT HOLD" in shown
    assert "R209: the first 17 records are not those" in shown
    assert "It shows:" in shown
    assert "since it was taken" not in shown


def test_nothing_on_record_and_wrong_calls(pristine: Log, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    empty = report(capsys, str(pristine[0]), "--since", "2999")
    assert "No decision on record was asked for." in empty
    assert "since: 2999" in empty
    Page(empty)
    report(capsys, str(tmp_path / "none"), status=1)
    report(capsys, str(pristine[0]), "--by", "banana", status=1)
    report(capsys, str(pristine[0]), "--again", "-1", status=2)


def test_a_hostile_record_cannot_write_into_the_page(
    tmp_path: Path, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    with DecisionLog(path) as log:
        log.assess('The rule requires "<script>alert(1)</script>".', judge=judge)
        log.override(2, action="help", by="\x1b[2J\u202e<b>x</b>", why="</table><script>")
    shown = report(capsys, str(path), "--caller", "a=<i>", status=0) + report(capsys, str(path))
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


def counted(path: Path) -> tuple[Figures, list[Decision]]:
    log = LogReader(path)
    return figures(log, Wanted()), [record for _, record in log.records() if isinstance(record, Decision)]


def test_drift_is_what_comes_out_otherwise_under_the_latest_version(two_versions: Path, judge: Judge) -> None:
    whole, made = counted(two_versions)
    result = drift(LogReader(two_versions), whole, 1000)
    assert result.latest is not None
    assert result.latest.base_digest == judge.base.digest
    assert (result.earlier, result.tried, result.problem) == (14, 14, "")
    now = [judge.assess(record.case) for record in made[:14]]
    pairs = [(old.answer, new) for old, new in zip(made, now, strict=False)]
    expected = Counter((old.verdict.value, new.verdict.value) for old, new in pairs if old.verdict != new.verdict)
    assert result.other_verdict == expected
    assert expected[("undetermined", "defeated")] > 0
    alike = [(old, new) for old, new in pairs if old.verdict == new.verdict]
    assert result.same == sum(old.action == new.guidance.action for old, new in alike)
    assert result.same + result.other_guidance + expected.total() + result.not_decided == 14
    assert any(
        "why it is open: one word alone before, nothing but the facts now" in item.changes for item in result.listed
    )


def test_as_many_as_asked_for_are_made_again(two_versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, _ = counted(two_versions)
    assert drift(LogReader(two_versions), whole, 0).tried == 0
    assert drift(LogReader(two_versions), whole, 4).tried == 4
    assert "So 4, evenly spread, of 14 decisions" in report(capsys, str(two_versions), "--again", "4")
    assert "14 decisions of earlier versions were not made again" in report(capsys, str(two_versions), "--again", "0")
    page = Page(report(capsys, str(two_versions)))
    rows = page.tables["Decisions of earlier versions, made again under the latest"][1:]
    assert sum(int(row[1]) for row in rows) == 14
    assert len(page.tables["Decisions by version"]) == 3
