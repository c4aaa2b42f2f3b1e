"""Many texts are decided as each of them alone: the cases of each, or its problems."""

from __future__ import annotations

import random

import pytest

from legit.batch import text_judge
from legit.batch.text_judge import DecidedCase, DecidedText, TextJudge
from legit.errors import LegitError
from legit.judge import Judge
from legit.testing.seeded_cases import SeededCases

BANK = "The authority is a bank."
PENALISED = "The user was or is being penalised."

ODD = [
    "",
    "\n \n",
    "Case.",
    'Case "alone".',
    f'Case "a".\n{BANK}\nCase "b".\n{PENALISED}',
    f'Case "a".\n{BANK}\nCase "a".\n{PENALISED}',
    f'Case "a". {BANK}\n{PENALISED}',
    f"case.\n{BANK}",
    f'{BANK}\nCase "later".\n{PENALISED}',
    f"{BANK} {PENALISED}",
    f"{BANK}\r{PENALISED}\r\n",
    "The authority\nis a bank.",
    f"{BANK}\n[user]",
    f"{PENALISED}\nThe user was not penalised.",
    f'{BANK}\n"Step 1" needs "step 2" first.\n"Step 2" needs "step 1" first.',
    "The athority is a bank.",
    f"{BANK}\nThe official way takes 4 days.\nThe official way takes 5 days.",
    "\n".join(f'"a{number}" needs "b{number}" first.' for number in range(40)),
    "x" * 200_000,
]


def alone(judge: Judge, text: str) -> DecidedText:
    try:
        return DecidedText(tuple(DecidedCase(case.name, judge.decide(case)) for case in judge.parse_cases(text)))
    except LegitError as error:
        return DecidedText((), error.problems)


def generated_texts(judge: Judge, count: int, seed: int) -> list[str]:
    """Generated cases as texts, some with a heading, some with sentences of another, some twice."""
    source, chance = SeededCases(judge), random.Random(seed)
    texts = [judge.writer.case(source.case(seed + number)) for number in range(count)]
    for number in range(0, count, 5):
        texts[number] = f'Case "form {number}".\n{texts[number].removeprefix("Case.")}'
    for number in range(1, count, 5):
        texts[number] += texts[chance.randrange(count)]
    return texts + chance.sample(texts, count // 4)


@pytest.mark.parametrize("installed", [True, False], ids=["in columns", "without numpy"])
def test_texts_are_decided_as_each_alone(judge: Judge, monkeypatch: pytest.MonkeyPatch, *, installed: bool) -> None:
    monkeypatch.setattr(text_judge, "is_installed", lambda _: installed)
    texts = generated_texts(judge, 200 if installed else 40, seed=300) + ODD
    found = TextJudge(judge).decide(texts)
    expected = [alone(judge, text) for text in texts]
    assert found == expected
    assert any(item.problems for item in found)
    assert len({case.decision.verdict for item in found for case in item.cases}) >= 3
    assert any(case.name.startswith("form") for item in found for case in item.cases)


def test_what_was_decided_is_remembered_and_forgotten(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_judge, "_MOST_DECIDED", 50)
    decider = TextJudge(judge)
    texts = generated_texts(judge, 40, seed=900)
    expected = [alone(judge, text) for text in texts]
    assert decider.decide(texts) == expected
    assert decider.decide(texts) == expected
    assert decider.decide([BANK, *ODD, *texts])[-len(texts) :] == expected
    assert decider.decide([]) == []
