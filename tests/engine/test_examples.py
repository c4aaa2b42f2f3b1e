"""The worked examples at the head of the engine's modules are right."""

from __future__ import annotations

import doctest

from legit.engine import scenarios
from legit.engine.bitmask_compiler import _stratify
from legit.engine.ground_rule import GroundRule
from legit.engine.pass_code import load_pass, pass_code
from legit.engine.pass_guards import SINGLE


def test_the_example_of_the_space_of_scenarios() -> None:
    assert doctest.testmod(scenarios) == (0, 6)


def test_the_example_of_a_compiled_pass() -> None:
    rules = [GroundRule(False, (3,), (1, -2)), GroundRule(False, (4,), (-3,))]
    strata = _stratify(rules)
    assert strata is not None
    run = load_pass(pass_code([1, 2], rules, strata, SINGLE))
    assert run([0b1010, 0b1100], 0b1111) == {3: 0b0010, 4: 0b1101}
