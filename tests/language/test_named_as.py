"""Whom a sentence calls by what the authority is, a landlord or a bank, is the authority: the diagnosis says so."""

from __future__ import annotations

import pytest

from legit.errors import LanguageError
from legit.judge import Judge


@pytest.mark.parametrize("holder", ["the landlord", "the school", "a bank", "the police", "the employer"])
def test_who_is_called_by_the_kind_of_authority_is_suggested_first(judge: Judge, holder: str) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_case(f"Breaking the rule does minor harm to the money of {holder}.")
    (problem,) = caught.value.problems
    assert problem.code == "L105"
    assert problem.help.startswith("whose it is: the authority")


def test_another_word_is_not_taken_for_the_authority(judge: Judge) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_case("Breaking the rule does minor harm to the money of the lighthouse.")
    assert "the authority" not in caught.value.problems[0].help.partition(",")[0]
