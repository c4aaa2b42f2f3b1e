"""What `dataset make` promises: labels that the engine gives, pairs one fact apart, proportions, the same from a seed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from legit.cli import main
from legit.dataset.card import write_card
from legit.dataset.check import facts_apart
from legit.dataset.make import DatasetOptions, make_dataset
from legit.dataset.rows import CANARY, DatasetRow, write_rows
from legit.dataset.situations import bank_domains, load_situations
from legit.dataset.wording import Picker, Wording
from legit.decision_log import DecisionLog
from legit.errors import DatasetError, DecisionLogError
from legit.judge import Judge


def test_every_label_is_what_the_engine_says_of_the_case(judge: Judge, rows: list[DatasetRow]) -> None:
    for row in rows:
        found = judge.assess(row.case)
        assert (row.verdict, row.scope, row.guidance) == (found.verdict.value, found.scope, found.guidance.action)
        assert [(item.criterion, item.effect) for item in row.proof] == [
            (item.criterion, item.effect) for item in found.findings
        ]


def test_verdicts_have_the_promised_proportions(rows: list[DatasetRow]) -> None:
    assert Counter(row.verdict for row in rows) == {"defeated": 24, "stands": 24, "contested": 6, "undetermined": 6}
    assert Counter(row.stance == "enforce" for row in rows) == {True: 30, False: 30}


def test_each_defeated_case_has_a_standing_one_that_is_one_fact_apart(judge: Judge, rows: list[DatasetRow]) -> None:
    pairs: dict[str, list[DatasetRow]] = defaultdict(list)
    for row in rows:
        if row.verdict in {"defeated", "stands"}:
            pairs[row.pair].append(row)
    for one, other in pairs.values():
        assert {one.verdict, other.verdict} == {"defeated", "stands"}
        assert one.situation == other.situation
        assert one.stance == other.stance
        assert facts_apart(judge.parse_case(one.case), judge.parse_case(other.case)) == 1
        assert one.differs or other.differs
        for row in (one, other):
            assert row.differs[1:].casefold() in row.prompt.casefold()


def test_the_words_of_every_fact_with_a_detail_stand_in_the_prompt(judge: Judge, rows: list[DatasetRow]) -> None:
    details = 0
    for row in rows:
        for fact in judge.parse_case(row.case).facts:
            if fact.detail:
                details += 1
                assert fact.detail[1:].casefold() in row.prompt.casefold()
    assert details > len(rows) / 2


def test_an_operator_speaks_where_a_rule_is_to_be_enforced(rows: list[DatasetRow]) -> None:
    for row in rows:
        assert bool(row.operator) == (row.stance == "enforce")
        assert row.canary == CANARY


def test_no_brace_and_no_doubled_mark_is_left_in_a_prompt(rows: list[DatasetRow]) -> None:
    for row in rows:
        for text in (row.prompt, row.operator):
            assert not re.search(r"[{}|]|\.\.|\?\.|,\.|  | [.,;?!]", text), text


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(judge: Judge) -> None:
    options = DatasetOptions(size=10, domains=("bureaucracy",), stances=("evade",), pairs_only=True)
    first = make_dataset(judge, options)
    assert first == make_dataset(judge, options)
    other = make_dataset(judge, DatasetOptions(**{**_as_dict(options), "seed": "2"}))
    assert {row.prompt for row in first}.isdisjoint(row.prompt for row in other)
    assert all(row.pair and row.stance != "enforce" for row in first)


def test_a_withheld_seed_changes_the_test_split_alone(judge: Judge) -> None:
    options = DatasetOptions(size=60, domains=("bureaucracy",), stances=("evade",))
    withheld = DatasetOptions(**{**_as_dict(options), "withheld_seed": "kept to ourselves"})
    first, second = (make_dataset(judge, item) for item in (options, withheld))
    for split, same in (("train", True), ("test", False)):
        one, other = ({row.prompt for row in rows if row.split == split} for rows in (first, second))
        assert one
        assert bool(one & other) == same


def _as_dict(options: DatasetOptions) -> dict[str, object]:
    return {name: getattr(options, name) for name in options.__dataclass_fields__}


@pytest.mark.parametrize(
    "options",
    [DatasetOptions(domains=("astrology",)), DatasetOptions(stances=("ignore",)), DatasetOptions(language="tlh")],
)
def test_what_there_is_not_is_refused(judge: Judge, options: DatasetOptions) -> None:
    with pytest.raises(DatasetError) as caught:
        make_dataset(judge, options)
    assert caught.value.problems[0].code == "D026"


def test_every_statement_of_every_situation_is_a_fact_that_can_be_said(judge: Judge) -> None:
    wording, pick = Wording(judge.base.vocabulary), Picker(lambda: 0.0)
    situations = load_situations(judge.base.vocabulary)
    assert {item.domain for item in situations} == set(bank_domains())
    for situation in situations:
        for item in (*situation.statements, *situation.costs, *situation.harms):
            said = wording.statement(item, situation, pick).text
            assert said
            assert "{" not in said
            sentence = judge.writer.sentence(item.fact.model_copy(update={"detail": "x"}))
            assert judge.parse_case(sentence).facts[0].atom == item.fact.atom


@pytest.mark.parametrize("name", ["d.jsonl", "d.parquet", "d.md", "d.croissant.json"])
def test_no_file_of_a_dataset_overwrites_a_decision_log(
    name: str, tmp_path: Path, rows: list[DatasetRow], judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    out = path if path.suffix in {".jsonl", ".parquet"} else tmp_path / "d.jsonl"
    with DecisionLog(path) as log:
        log.assess("The authority is a bank.", judge=judge)
    before = path.read_bytes()
    assert main(["dataset", "make", "--out", str(out), "--size", "10"]) == 1
    assert "R120" in capsys.readouterr().err
    write = write_rows if out == path else lambda rows, out: write_card(rows, DatasetOptions(), out)
    with pytest.raises(DecisionLogError, match="R120"):
        write(rows[:1], out)
    assert path.read_bytes() == before
