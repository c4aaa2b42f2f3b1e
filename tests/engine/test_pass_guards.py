"""What a pass leaves out because its inputs are false everywhere would have been false."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from legit.engine import bitmask_compiler, pass_guards
from legit.engine.bitmask_compiler import PassPlan, _stratify
from legit.engine.early_rules import rule_places
from legit.engine.ground_rule import GroundRule
from legit.engine.pass_guards import Run, Sizes

SOURCES = [1, 2, 3, 4]
SIZES = Sizes(50, 50)


def rule(head: int, *body: int) -> GroundRule:
    return GroundRule(choice=False, heads=(head,), body=body)


def by_head(rules: list[GroundRule]) -> dict[int, list[GroundRule]]:
    found: dict[int, list[GroundRule]] = defaultdict(list)
    for one in rules:
        found[one.heads[0]].append(one)
    return found


def test_the_default_of_an_atom() -> None:
    rules = [
        rule(5, 1, 2), rule(5, 3), rule(6, -1), rule(7, 6, 5), rule(8, 6), rule(9, 9, 1), rule(9, 4), rule(10),
        rule(11, -8, 2), rule(12, -5, -9),
    ]  # fmt: skip
    strata = _stratify(rules)
    assert strata is not None
    found = pass_guards.defaults(SOURCES, by_head(rules), strata, SIZES)
    false = {atom: set(default.unless) for atom, default in found.items() if not default.value and atom > 4}
    assert false == {5: {1, 3}, 7: {1, 3}, 9: {4}, 11: {1}}
    true = {atom: set(default.unless) for atom, default in found.items() if default.value}
    assert true == {6: {1}, 8: {1}, 10: set(), 12: {1, 3, 4}}


def test_an_atom_that_may_be_either_has_no_default() -> None:
    rules = [rule(5, 1), rule(5, -9, 10), rule(6, -1)]
    found = pass_guards.defaults([*SOURCES, 9], by_head(rules), [[5], [6]], SIZES)
    assert 5 not in found, "10 is no source of which anything is known"
    assert found[6] == pass_guards.Default(True, frozenset({1}))


def test_what_no_wanted_atom_needs() -> None:
    rules = [rule(6, -1, 12), rule(7, 6, 2), rule(8, -6, 3), rule(9, -1), rule(10, 9), rule(11, 7), rule(11, 8)]
    strata = _stratify(rules)
    assert strata is not None
    known = pass_guards.defaults(SOURCES, by_head(rules), strata, SIZES)
    assert 6 not in known
    found = pass_guards.needs(by_head(rules), strata, known, {10, 11}, SIZES)
    assert found == {6: frozenset({2, 3})}


def test_a_rule_of_all_criteria_is_computed_with_the_one_that_it_needs() -> None:
    """The verdict 20 has a rule for each of three criteria; the one that reads 16 too waits for it."""
    criteria = [rule(head, source) for source, head in ((1, 5), (2, 8), (3, 11))]
    criteria += [rule(head + step, head + step - 1) for head in (5, 8, 11) for step in (1, 2)]
    verdict = [rule(20, 7), rule(20, 10), rule(20, 13, 16), rule(20, -16)]
    rules = [*criteria, rule(16, -17), rule(17, 4), *verdict]
    strata = [[head] for head in (5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 16, 20)]
    known = pass_guards.defaults(SOURCES, by_head(rules), strata, SIZES)
    runs = [Run([source], [[head], [head + 1], [head + 2]]) for source, head in ((1, 5), (2, 8), (3, 11))]
    runs += [Run([], [[17], [16], [20]])]
    found = rule_places(runs, SOURCES, by_head(rules), known)
    assert found.early == {5: [rule(20, 7)], 8: [rule(20, 10)]}
    assert found.late[20] == [rule(20, 13, 16), rule(20, -16)]
    assert found.early_heads() == {20}
    assert (found.read_at[7], found.read_at[13]) == ({5}, {17})


def perfect_model(rules: list[GroundRule], true: set[int], strata: list[list[int]]) -> set[int]:
    found = set(true)
    for component in strata:
        grown = True
        while grown:
            grown = False
            for one in rules:
                holds = all(item in found if item > 0 else -item not in found for item in one.body)
                if one.heads[0] in component and one.heads[0] not in found and holds:
                    found.add(one.heads[0])
                    grown = True
    return found - set(true)


@pytest.mark.parametrize("seed", range(60))
def test_both_passes_compute_the_perfect_model(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    sizes = Sizes(chance.choice([1, 2, 4, 50]), chance.choice([1, 4, 50]))
    monkeypatch.setattr(bitmask_compiler, "COARSE", sizes)
    monkeypatch.setattr(bitmask_compiler, "SINGLE", sizes)
    monkeypatch.setattr(pass_guards, "_FEWEST_HEADS", chance.choice([1, 3]))
    monkeypatch.setattr(pass_guards, "_HEADS_OF_SMALL", chance.choice([1, 6]))
    monkeypatch.setattr(pass_guards, "_MOST_COMPONENTS", chance.choice([1, 3, 16]))
    sources, heads = list(range(1, 9)), list(range(9, 25))
    rules = []
    for _ in range(40):
        head = chance.choice(heads)
        below = [atom for atom in [*sources, *heads] if atom < head]
        body = {chance.choice(below) for _ in range(chance.randint(0, 3))}
        positive = {chance.choice(heads)} if chance.random() < 0.1 else set()
        rules.append(rule(head, *(atom * chance.choice([1, 1, -1]) for atom in body - positive), *sorted(positive)))
    strata = _stratify(rules)
    if strata is None:
        return
    underived = {abs(item) for one in rules for item in one.body} - {one.heads[0] for one in rules}
    sources = sorted({*sources, *underived})
    compiled = PassPlan(sources, [], rules, strata).passes()
    wanted = frozenset(chance.sample(heads, 4))
    for _ in range(20):
        true = {source for source in sources if chance.random() < 0.3}
        masks = [int(source in true) for source in sources]
        expected = perfect_model(rules, true, strata)
        assert set(compiled.full_pass(masks, 1)) == expected
        assert set(compiled.result_pass(wanted)(masks, 1)) == expected & wanted
