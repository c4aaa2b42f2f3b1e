"""The worked examples at the head of the engine's modules are right."""

from __future__ import annotations

import doctest

from legit.engine import scenarios
from legit.engine.bitmask_compiler import _generate_code, _load_pass, _stratify
from legit.engine.ground_rule import GroundRule


def test_the_example_of_the_space_of_scenarios() -> None:
    assert doctest.testmod(scenarios) == (0, 6)


def test_the_example_of_a_compiled_pass() -> None:
    rules = [GroundRule(False, (3,), (1, -2)), GroundRule(False, (4,), (-3,))]
    strata = _stratify(rules)
    assert strata is not None
    run = _load_pass(_generate_code([1, 2], rules, strata))
    assert run([0b1010, 0b1100], 0b1111) == {3: 0b0010, 4: 0b1101}
