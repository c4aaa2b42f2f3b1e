"""Mutants of a knowledge base, and who notices them."""

from __future__ import annotations

import pytest

from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.testing.mutation import killer, mutants


def test_each_rule_and_literal_is_changed_once(judge: Judge) -> None:
    found = [mutant.change for mutant in mutants(judge.base, "dead_letter")]
    rule = "meets(dead_letter) :- never_enforced; pressed."
    assert found[-5:] == [
        f"without `{rule}`",
        f"without `never_enforced` in `{rule}`",
        f"`never_enforced` negated in `{rule}`",
        f"without `pressed` in `{rule}`",
        f"`pressed` negated in `{rule}`",
    ]
    assert len(found) == 5 + 7


def test_the_examples_of_a_criterion_kill_its_mutants(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", "")
    found = {mutant.change: mutant for mutant in mutants(judge.base, "harm_forgery")}
    without = next(mutant for change, mutant in found.items() if change.startswith("without `meets"))
    assert killer(without).startswith("harm_forgery meets ")
    negated = next(mutant for change, mutant in found.items() if "negated" in change)
    assert killer(negated) != ""


def test_a_mutant_with_an_unbound_variable_is_no_program(judge: Judge) -> None:
    mutant = next(item for item in mutants(judge.base, "verdict") if "without `meets(C)` in" in item.change)
    with pytest.raises(KnowledgeBaseError):
        killer(mutant)
