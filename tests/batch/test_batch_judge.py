"""Many cases at once are decided as each of them alone."""

from __future__ import annotations

import dataclasses
import os
import random
import re
from typing import Any

import numpy as np
import pytest

from legit.batch import batch_judge, decide_many
from legit.batch.batch_judge import BatchJudge
from legit.batch.sentence_table import SentenceTable
from legit.engine import columnar
from legit.engine.engine import Engine
from legit.errors import CaseError, DecisionTimeoutError, LegitError, Problem
from legit.judge import Judge
from legit.language.tokenizer import QUOTATION_PATTERN
from legit.model.assessment import Decision
from legit.testing.seeded_cases import SeededCases
from tests.engine.test_small_base import Small, small

__all__ = ["small"]

QUOTATION = re.compile(QUOTATION_PATTERN)

ROWS = int(os.environ.get("LEGIT_BATCH_ROWS", "600"))
"""The rows that are compared one at a time; the long run takes 200,000."""


def _batch(judge: Judge, rows: list[list[str]]) -> list[Decision | list[str]]:
    """The decision of each row, or the codes of its problems."""
    batch = BatchJudge(judge)
    starts = np.cumsum([0, *map(len, rows)])
    found = batch.decide(starts, batch.sentences.numbers(sentence for row in rows for sentence in row))
    assert found.effects is not None
    return [
        [problem.code for problem in found.rejected[number]]
        if number in found.rejected
        else batch.decision(int(outcome), found.effects[number])
        for number, outcome in enumerate(found.outcomes)
    ]


def _alone(judge: Judge, row: list[str]) -> Decision | list[str]:
    try:
        return judge.decide("\n".join(row))
    except LegitError as error:
        return [problem.code for problem in error.problems]


def _rows(judge: Judge, count: int, seed: int = 0) -> list[list[str]]:
    """The sentences of generated cases, and mixtures of them, which often contradict themselves."""
    source = SeededCases(judge)
    cases = [source.case(seed + number) for number in range(count)]
    rows = [judge.writer.case(case.model_copy(update={"name": ""})).splitlines() for case in cases]
    chance = random.Random(seed)
    sentences = [sentence for row in rows for sentence in row if sentence]
    for number in chance.sample(range(count), count // 3):
        rows[number] = [chance.choice(sentences) for _ in range(chance.randint(1, 14))]
    return [
        [sentence for sentence in row if sentence and sentence != "Case."] or ["The user was or is being penalised."]
        for row in rows
    ]


def test_rows_are_decided_or_refused_as_each_alone(judge: Judge) -> None:
    rows = _rows(judge, ROWS)
    together = _batch(judge, rows)
    for row, found in zip(rows, together, strict=True):
        assert found == _alone(judge, row), row
    assert any(isinstance(found, list) for found in together)
    assert len({found.verdict for found in together if isinstance(found, Decision)}) == 4


QUOTED = '"abc 1ä-,.#[]%“”'


def test_sentences_that_differ_in_what_they_quote_are_read_as_each_alone(judge: Judge) -> None:
    """Such sentences are read once, unless what is quoted can matter."""
    chance = random.Random(3)
    written = sorted({sentence for row in _rows(judge, 300) for sentence in row if '"' in sentence})
    sentences = [
        QUOTATION.sub(lambda _: f'"{"".join(chance.choices(QUOTED, k=chance.randint(0, 9)))}"', sentence)
        if number
        else QUOTATION.sub('"a word"', sentence)
        for sentence in chance.sample(written, 60)
        for number in range(8)
    ]
    together = SentenceTable(judge, symbols := _Numbers())
    together.numbers(sentences)
    assert len(set(together.kinds.tolist())) >= 4
    for number, sentence in enumerate(dict.fromkeys(sentences)):
        alone = SentenceTable(judge, symbols)
        alone.numbers([sentence])
        assert (together.kinds[number], together.symbols[number]) == (alone.kinds[0], alone.symbols[0]), sentence


def test_what_is_quoted_decides_what_is_a_quotation(judge: Judge) -> None:
    """Marks of quotation pair from the left: what stands between two quotations is no quotation."""
    table = SentenceTable(judge, _Numbers())
    first, second = table.numbers(['The rule forbids "- "a" b".', 'The rule forbids "- "c" b".'])
    assert [len(table.sentence(number).problems) for number in (first, second)] == [1, 1]


class _Numbers(dict[str, int]):
    """Gives each symbol a number."""

    def __call__(self, symbol: str) -> int:
        return self.setdefault(symbol, len(self) + 1)


def test_cases_are_decided_as_each_alone(judge: Judge) -> None:
    source = SeededCases(judge)
    cases = [source.case(number) for number in range(7_000, 7_200)]
    assert list(decide_many(cases, judge)) == [judge.decide(case) for case in cases]


@pytest.mark.parametrize("most", [1, 4, 1 << 12])
def test_a_case_with_more_scenarios_than_a_segment_holds_is_decided_alone(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(columnar, "MAX_SEGMENT", most)
    monkeypatch.setattr(columnar, "BLOCK_BITS", 64)  # blocks of few cases, the last one not full
    rows = _rows(judge, 60, seed=900)
    assert _batch(judge, rows) == [_alone(judge, row) for row in rows]


def test_a_pass_for_results_alone_gives_the_same(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "_RESULT_PASS_BITS", 1)
    rows = _rows(judge, 150, seed=1700)
    assert _batch(judge, rows) == [_alone(judge, row) for row in rows]


UNLIKE = [
    ("one fact in two ways", ["The user was or is being penalised.", "The user was not penalised."]),
    (
        "two speakers of two minds",
        ["The user was or is being penalised. [user]", "The user was not penalised. [operator]"],
    ),
    (
        "one does not know",
        [
            "The user was or is being penalised. [user]",
            "It is unknown whether the user was or is being penalised. [operator]",
        ],
    ),
    ("two values where one is possible", ["The authority is a bank.", "The authority is a school."]),
    ("two speakers, two values", ["The authority is a bank. [user]", "The authority is a school. [operator]"]),
    ("values that are compared", ["The harm of obeying comes within 3 days.", "The official way takes 5 days."]),
    (
        "values of one band",
        ["The official way takes 5 days. [user]", "It is not the case that the official way takes 4 days."],
    ),
    ("two exact values", ["The official way takes 5 days.", "The official way takes 4 days."]),
    ("names", ['"a" needs "b" first.', '"b" needs "a" first.']),
    ("an opinion alone", ["I think that the rule is bad."]),
    ("twice the same", ["The authority is a bank.", "The authority is a bank."]),
]


@pytest.mark.parametrize("row", [row for _, row in UNLIKE], ids=[name for name, _ in UNLIKE])
def test_sentences_that_bear_on_one_another_are_read_together(judge: Judge, row: list[str]) -> None:
    alone = _alone(judge, row)
    others = [["The user was or is being penalised."], ["The authority is a school."]]
    assert _batch(judge, [others[0], row, others[1]])[1] == alone
    assert alone not in (["L101"], ["L108"])


def test_a_row_that_cannot_be_judged_says_which_sentence_and_why(judge: Judge) -> None:
    batch = BatchJudge(judge)
    rows = [["The authority is a bank.", "The athority is a bank."], [], ["The user was or is being penalised."]]
    found = batch.decide(np.array([0, 2, 2, 3]), batch.sentences.numbers(sentence for row in rows for sentence in row))
    assert [(item.code, item.line) for item in found.rejected[0]] == [("L108", 2)]
    assert found.rejected[0][0] == dataclasses.replace(judge_problem(judge, rows[0][1]), line=2)
    assert [item.code for item in found.rejected[1]] == ["L005"]
    assert found.outcomes[2] >= 0 > found.outcomes[0]


def judge_problem(judge: Judge, sentence: str) -> Problem:
    with pytest.raises(LegitError) as raised:
        judge.parse_case(sentence)
    return raised.value.problems[0]


def test_no_rows_are_no_decisions(judge: Judge) -> None:
    assert _batch(judge, []) == []
    assert list(decide_many([], judge)) == []


def test_a_case_that_cannot_be_judged_is_an_error(judge: Judge) -> None:
    contradiction = "The user was or is being penalised.\nThe user was not penalised."
    with pytest.raises(CaseError, match="C201"):
        list(decide_many([contradiction], judge))


def test_a_base_whose_program_is_searched_is_decided_one_by_one(small: Small) -> None:
    judge = small("{ way(one) } :- maker(club), missing. method_harm_level(stop) :- way(one).")
    rows = [["The maker is a club.", 'Something is missing: "x".'], ["The rule is 60 years old."]]
    assert _batch(judge, rows) == [_alone(judge, row) for row in rows]


def test_a_base_with_an_open_world_is_decided_as_each_alone(small: Small) -> None:
    judge = small(**{"[missing]\n": '[missing]\nworld_assumption = "open"\n'})
    rows = [["The rule is 60 years old."], ['Something is missing: "x".', "The rule is 60 years old."]]
    assert judge.engines.for_case(judge.encoder.encode(judge.parse_case(rows[0][0]))).has_open_defaults
    assert _batch(judge, rows) == [_alone(judge, row) for row in rows]


def test_under_a_profile_that_asks_for_witnesses(judge: Judge) -> None:
    corroborated = judge.with_profile("corroborated")
    rows = _rows(judge, 60, seed=40)
    assert _batch(corroborated, rows) == [_alone(corroborated, row) for row in rows]


def test_small_groups_are_decided_together(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases that differ in their open inputs and choices share a pass while they are few: with the same decisions."""
    rows = [row for row in _rows(judge, 150, 40) if isinstance(_alone(judge, row), Decision)]
    run, passes = columnar.ColumnarDecider._results, 0

    def counting(*arguments: Any) -> Any:
        nonlocal passes
        passes += 1
        return run(*arguments)

    monkeypatch.setattr(columnar.ColumnarDecider, "_results", counting)
    together = _batch(judge, rows)
    few, passes = passes, 0
    monkeypatch.setattr(columnar, "FEW_BITS", 0)
    assert _batch(judge, rows) == together
    assert 0 < 2 * few < passes, "each group had a pass of its own"


def test_a_few_cases_need_no_pass(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _rows(judge, batch_judge.FEW_CASES, 3)
    monkeypatch.setattr(columnar.ColumnarDecider, "decide", lambda *_: pytest.fail("a pass"))
    assert _batch(judge, rows) == [_alone(judge, row) for row in rows]


def test_what_is_decided_alone_is_remembered_but_for_a_timeout(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ["The rule is 60 years old."]
    batch, starts = BatchJudge(judge), np.array([0, 1])
    numbers = batch.sentences.numbers(row)
    run, late = Engine.decide, [True, False]

    def decide(*arguments: Any) -> Any:
        if late.pop(0):
            raise DecisionTimeoutError
        return run(*arguments)

    monkeypatch.setattr(Engine, "decide", decide)
    found = [batch.decide(starts, numbers) for _ in range(3)]
    decisions = [batch.decision(int(item.outcomes[0]), item.effects[0]) for item in found if item.effects is not None]
    monkeypatch.undo()
    assert decisions[1:] == [judge.decide(row[0])] * 2
    assert decisions[0] != decisions[1]
    assert not late, "the third was recalled, the second was not"
