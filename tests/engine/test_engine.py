"""The two ways of deciding agree: masks of scenarios in one pass, and clingo's consequences."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.engine.case_encoder import EncodedCase
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.engine.pass_code import at_least
from legit.engine.program import Program
from legit.engine.program_text import to_term
from legit.engine.scenarios import Results, ScenarioSpace
from legit.judge import Judge
from legit.testing.strategies import cases


@pytest.fixture(scope="module")
def engine(judge: Judge) -> Engine:
    return Engine(judge.base, Bounds.for_case(1, 1))


def _sets(results: Results) -> dict[str, set[tuple[str, ...]]]:
    return {name: set(args) for name, args in results.items()}


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_pass_over_the_scenarios_gives_what_clingo_gives(judge: Judge, engine: Engine, data: st.DataObject) -> None:
    inputs = judge.encoder.encode(data.draw(cases(judge.base.vocabulary, 18)))
    scenarios = engine.scenarios(inputs.true_inputs, engine.undecided_inputs(inputs))
    assert scenarios is not None
    passed, searched = (
        engine.decider._consequences_of_scenarios(scenarios),
        engine.decider._consequences_of_search(_consequences(engine, inputs)),
    )
    assert _sets(passed.cautious) == _sets(searched.cautious)
    assert _sets(passed.brave) == _sets(searched.brave)
    named = [atom for atom in engine.program.atoms.values() if atom not in engine.program.fact_atoms]
    read = {abs(literal) for rule in engine.program.residual_rules for literal in (*rule.heads, *rule.body)}
    for atom in named:
        if atom in read:
            assert (atom in passed.cautious_atoms, atom in passed.brave_atoms) == (
                atom in searched.cautious_atoms,
                atom in searched.brave_atoms,
            )


def _consequences(engine: Engine, inputs: EncodedCase):  # type: ignore[no-untyped-def]
    return engine.decider.solver.consequences(
        engine.index.input_atoms(inputs.true_inputs),
        engine.index.input_atoms(engine.undecided_inputs(inputs)),
        time_limit=60.0,
    )


def test_the_shipped_base_is_compiled(engine: Engine) -> None:
    assert engine.index.compiled is not None
    ways = {
        engine.program.atom_texts[choice.heads[0]]: len(choice.alternatives) for choice in engine.index.compiled.choices
    }
    assert ways == {"assumed(cost,none)": 6, "assumed(protection,none)": 6, "assumed(remedy,none)": 2}


@given(
    pairs=st.lists(st.tuples(st.integers(0, 255), st.integers(1, 4)), max_size=6),
    lower=st.integers(0, 12),
)
def test_weighted_sums_over_scenarios(pairs: list[tuple[int, int]], lower: int) -> None:
    expected = sum(
        1 << scenario for scenario in range(8) if sum(weight for mask, weight in pairs if mask >> scenario & 1) >= lower
    )
    assert at_least(pairs, lower, 255) == expected


@given(sizes=st.lists(st.integers(1, 4), max_size=4), data=st.data())
def test_the_space_of_scenarios(sizes: list[int], data: st.DataObject) -> None:
    space = ScenarioSpace(sizes)
    points = [tuple(reversed(point)) for point in itertools.product(*(range(size) for size in reversed(sizes)))]
    assert space.count == len(points)
    mask = data.draw(st.integers(0, space.all_scenarios))
    inside = {point for number, point in enumerate(points) if mask >> number & 1}
    for dimension, size in enumerate(sizes):
        for value in range(size):
            where = space.mask_where(dimension, value)
            assert {p for n, p in enumerate(points) if where >> n & 1} == {p for p in points if p[dimension] == value}
        for folded, among in ((space.exists(mask, dimension), any), (space.for_all(mask, dimension), all)):
            for number, point in enumerate(points):
                line = [(*point[:dimension], value, *point[dimension + 1 :]) for value in range(size)]
                assert bool(folded >> number & 1) == among(other in inside for other in line)


def test_atoms_that_depend_on_their_own_absence_are_left_to_clingo(judge: Judge) -> None:
    program = Program(judge.base)
    from legit.engine.bitmask_compiler import _stratify
    from legit.engine.ground_rule import GroundRule

    assert _stratify([GroundRule(False, (1,), (-2,)), GroundRule(False, (2,), (-1,))]) is None
    order = _stratify([GroundRule(False, (1,), (-2,)), GroundRule(False, (2,), (3,)), GroundRule(False, (3,), (2,))])
    assert order == [[2, 3], [1]]
    assert _stratify(program.residual_rules[:0]) == []


def test_many_open_inputs_take_no_room_before_they_are_counted(judge: Judge) -> None:
    engine = judge.engines.within(Bounds())
    inputs = engine.index.input_symbols(0)[:60]
    assert engine.scenarios((), inputs[:1])  # builds what the engine keeps for every case
    tracemalloc.start()
    try:
        assert engine.scenarios((), inputs) is None  # 2 to the 60 scenarios
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 24


def test_an_atom_is_taken_apart_once(engine: Engine) -> None:
    atom = engine.program.atoms["verdict(stands)"]
    found = engine.index.parsed_atom(atom)
    assert found == ("verdict", ("stands",))
    assert engine.index.parsed_atom(atom) is found


def test_what_no_rule_concludes_has_no_grounds(judge: Judge) -> None:
    judged = judge._decide_case(judge.parse_case("The user is a tenant."), 60.0)
    assert judged.evidence("meets", "nobody") == []


def test_truth_values_are_no_terms() -> None:
    """`true` would be a constant, and `True` a variable."""
    with pytest.raises(TypeError, match="True"):
        to_term(True)
