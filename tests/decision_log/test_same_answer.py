"""`log.assess` gives what `Judge.assess` gives, byte for byte, whatever the quoted texts are called.

The judgement is made with placeholders for the texts. Names are drawn that are easily put into another order: one the
beginning of another, spellings of one name, quotation marks, signs that come before and after letters.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from legit.decision_log import DecisionLog
from legit.errors import LegitError
from legit.judge import Judge
from legit.model.facts import text_order

NAMES = (
    "lease", "lease 2020", "Lease", "LEASE 2020", "lease!", "lease-2", "leasé", "a", "B", "b", "A b", "a  b", "z", "1",
    "10", "2", "§ 4", "¡", "ab", "a lease", "so-called “lease”", "⟨1text⟩", "⟨2text⟩x", "ß", "ss", "İ", "i̇",
)  # fmt: skip
FORMS = (
    'The rule requires "{}". [document "{}"]', 'Breaking the rule harms nobody. [document "{}"]',
    'The rule forbids "{}". [document "{}"]', 'It is unknown whether "{}" needs "{}" first.',
    '"{}" needs "{}" first. [document "{}"]', "The authority is a landlord. [document \"{}\"]",
    'What the rule depends on does not exist: "{}". [record "{}"]',
    "The user tried no official channel. [record \"{}\"]", "The user asks to evade the rule. [operator]",
    'The user believes that "{}".',
)  # fmt: skip


def random_case(seed: int) -> str:
    rng = random.Random(seed)
    lines = [f'Case "{rng.choice(NAMES[:20])}".'] if seed % 3 == 0 else []
    for form in rng.sample(FORMS, rng.randint(2, 7)):
        lines.append(form.format(*(rng.choice(NAMES) for _ in range(3))))
    return "\n".join(lines)


def test_the_answer_is_the_same(tmp_path: Path, judge: Judge) -> None:
    understood = 0
    with DecisionLog(tmp_path / "log") as log:
        for seed in range(10_000 if os.environ.get("LEGIT_LONG") else 50):
            text = random_case(seed)
            try:
                case = judge.parse_case(text)
                expected = judge.assess(case).model_dump_json()
            except LegitError:
                continue
            understood += 1
            assert log.assess(case, judge=judge).model_dump_json() == expected, text
    assert understood > 30


def test_one_reference_that_begins_as_another(tmp_path: Path, judge: Judge) -> None:
    case = (
        'The authority is a landlord.\nThe rule requires "x". [document "lease"]\n'
        'Breaking the rule harms nobody. [document "lease 2020"]\n'
    )
    expected = judge.assess(case)
    assert expected.speakers == ('document "lease"', 'document "lease 2020"', "user")
    with DecisionLog(tmp_path / "log") as log:
        assert log.assess(case, judge=judge).model_dump_json() == expected.model_dump_json()


@pytest.mark.parametrize("first", NAMES)
def test_sentences_are_in_the_order_of_what_they_quote(first: str) -> None:
    for second in NAMES:
        if '"' in first + second or "“" in first + second:
            continue
        quoted = [f'The rule requires "{name}", and more.' for name in (first, second)]
        if text_order(first) < text_order(second):
            assert text_order(quoted[0]) < text_order(quoted[1])
