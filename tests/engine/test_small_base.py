"""A base of a few rules: what the engine does with programs of forms that the shipped base does not have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from legit.engine.bitmask_compiler import _plan, compile_program
from legit.engine.case_encoder import CaseEncoder
from legit.engine.ground_rule import Bounds, GroundRule
from legit.engine.grounding import _located_problem
from legit.engine.program import Program
from legit.engine.solver import Solver
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Verdict
from legit.model.facts import Case
from legit.testing.fuzz.bases import unpack_files

CORPUS = Path(__file__).parents[1] / "testing" / "fuzz_corpus" / "base" / "alone.txt"
RULES = "judgement/all.lp"

Small = Callable[..., Judge]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Small:
    """Loads the small base of the corpus with further rules, or a text in one of its files replaced."""
    monkeypatch.setenv("LEGIT_CACHE", "")

    def load(rules: str = "", **swaps: str) -> Judge:
        text = CORPUS.read_text(encoding="utf-8")
        for old, new in swaps.items():
            assert old in text
            text = text.replace(old, new)
        assert unpack_files(text.encode(), tmp_path)
        path = tmp_path / RULES
        path.write_text(f"{path.read_text(encoding='utf-8')}{rules}\n", encoding="utf-8")
        return Judge(KnowledgeBase.load(tmp_path))

    return load


def test_it_judges_and_is_read(small: Small) -> None:
    judge = small()
    assert judge.decide("The rule is 60 years old.").verdict is Verdict.DEFEATED
    assert judge.decide("The rule is 60 years old.\nThe maker is a shop.").verdict is Verdict.STANDS
    assert judge.decide("The rule is 1 year old.").findings == ()


# Choices that one pass cannot take: clingo decides, and says the same as the rules.
CHOICES = [
    ("opened by two facts", "{ way(one) } :- maker(club), missing. method_harm_level(stop) :- way(one)."),
    ("opened by a choice", "1 { way(one); way(two) } 1 :- maker(club). 1 { then(a); then(b) } 1 :- way(one), missing. method_harm_level(stop) :- then(a)."),
    ("derived by a rule too", "{ way(one) } :- maker(club). way(one) :- harmed(rlife). method_harm_level(stop) :- way(one), missing."),
]  # fmt: skip


@pytest.mark.parametrize("rules", [item[1] for item in CHOICES], ids=[item[0] for item in CHOICES])
def test_a_choice_beyond_one_pass_is_left_to_a_search(small: Small, rules: str) -> None:
    judge = small(rules)
    case = 'The maker is a club.\nSomething is missing: "x".\nThe rule is 60 years old.'
    inputs = judge.encoder.encode(judge.parse_case(case))
    engine = judge.engines.for_case(inputs)
    assert engine.index.compiled is None
    assert engine.scenarios(inputs.true_inputs, ()) is None
    settled = engine.decide(inputs, 5.0)
    assert settled.scenarios is None
    assert ("stop",) in settled.brave["method_harm_level"]
    assert "method_harm_level" not in settled.cautious
    assert not settled.single_scenario
    assert judge.assess(case).verdict is Verdict.DEFEATED


def test_choices_with_bounds_that_lean_on_the_same_idea_are_gone_through(small: Small) -> None:
    judge = small(
        "here :- missing, maker(club). "
        "1 { way(one); way(two) } 1 :- here, old(B), at_most(B,1,years). 1 { then(one); then(two) } 1 :- here, old(B), at_most(B,1,years). "
        "method_harm_level(stop) :- way(one), then(two)."
    )
    case = 'The maker is a club.\nSomething is missing: "x".\nThe rule is 1 year old.'
    inputs = judge.encoder.encode(judge.parse_case(case))
    settled = judge.engines.for_case(inputs).decide(inputs, 5.0)
    assert settled.scenarios is not None
    assert settled.scenarios.space.count == 4
    assert settled.scenarios.result_mask("method_harm_level", ("stop",)).bit_count() == 1


def with_rules(program: Program, *more: GroundRule) -> Program:
    """A program with further ground rules, which loading would have refused."""
    other = Program.__new__(Program)
    other.__dict__.update(program.__dict__)
    other.residual_rules = [*program.residual_rules, *more]
    other.__dict__["rules"] = [*program.rules, *more]
    return other


def test_a_case_that_breaks_a_constraint_is_refused(small: Small) -> None:
    program = (
        small("{ way(one) } :- maker(club). method_harm_level(stop) :- way(one).").engines.within(Bounds()).program
    )
    missing, club = program.atoms["missing"], program.atoms["maker(club)"]
    broken = with_rules(program, GroundRule(False, (), (missing,)))
    assert _plan(program) is not None
    assert _plan(broken) is None  # a constraint of no choice
    assert _plan(with_rules(program, GroundRule(False, (), (club,)))) is None  # a choice of which no way is left
    solver = Solver(broken)
    assert solver.consequences((), (), 5.0).cautious == solver.consequences((), (), 5.0).brave
    with pytest.raises(KnowledgeBaseError, match="K505: the rules have no answer set"):
        solver.consequences((missing,), (), 5.0)


def test_rules_that_read_nothing_are_compiled(small: Small) -> None:
    program = with_rules(small().engines.within(Bounds()).program)
    program.residual_rules, program.read_atoms = [GroundRule(False, (7,), ())], set()
    program.cache_key = "rules that read nothing"
    code = compile_program(program)
    assert code is not None
    assert code.full_pass([], 1) == {7: 1}


@pytest.mark.parametrize(
    ("rules", "code", "says"),
    [
        ("odd :- method_harm_level(stop).", "K502", "`odd :- method_harm_level(stop).`"),
        ("odd(X) :- missing, not maker(X).", "K501", "`odd(X) :- missing, not maker(X).`"),
    ],
)
def test_what_only_grounding_finds_is_named_with_its_rule(small: Small, rules: str, code: str, says: str) -> None:
    with pytest.raises(KnowledgeBaseError) as caught:
        small(rules).decide(Case())
    (problem,) = caught.value.problems
    assert problem.code == code
    assert says in problem.message
    assert problem.source.endswith(RULES)


def test_a_complaint_that_names_no_place_is_told_as_it_is() -> None:
    assert str(_located_problem("K501", "out  of\nluck", "")) == "K501: out of luck"


def test_more_kinds_of_facts_than_are_kept_ready_are_encoded_all_the_same(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = judge.parse_case("The authority is a club.\nThe rule is 60 years old.\nBreaking the rule harms nobody.")
    kept = CaseEncoder(judge.base)
    inputs = kept.encode(case)
    monkeypatch.setattr("legit.engine.case_encoder._MAX_CACHED_SYMBOLS", 0)
    other = CaseEncoder(judge.base)
    assert other.encode(case) == inputs
    assert [other.symbol(fact) for fact in case.facts] == [kept.symbol(fact) for fact in case.facts]
    assert set(inputs.true_inputs) == {kept.symbol(fact) for fact in case.facts}


def test_a_weighted_sum_is_gone_through_searched_and_supported(small: Small) -> None:
    judge = small(
        "many :- #sum { 1,m : missing; 1,c : maker(club); 2,o : old(B), at_most(B,1,years) } >= 3. method_harm_level(stop) :- many."
    )
    for facts, harmed in (
        ('Something is missing: "x".\nThe rule is 1 year old.', True),
        ("The maker is a club.", False),
    ):
        case = judge.parse_case(facts)
        inputs = judge.encoder.encode(case)
        engine = judge.engines.for_case(inputs)
        harm = engine.program.atoms["method_harm_level(stop)"]
        settled = engine.decide(inputs, 5.0)
        searched = engine.decider.solver.consequences(engine.index.input_atoms(inputs.true_inputs), (), 5.0)
        assert (judge.decide(case).method_harm == "stop") == harmed
        assert (harm in settled.brave_atoms) == (harm in searched.brave) == harmed
        assert (harm in engine.supports.for_consequences(inputs, settled)) == harmed


def test_what_is_open_by_default_is_open_until_something_is_said(small: Small) -> None:
    ask = 'ask = "Is something missing?"'
    judge = small("fallen :- missing.", **{ask: f'{ask}\nworld_assumption = "open"'})
    assert judge.decide("The maker is a club.").verdict is Verdict.UNDETERMINED
    assert judge.decide('Nothing is missing: "x".').verdict is Verdict.STANDS
    assert judge.decide('Something is missing: "x".').verdict is Verdict.DEFEATED


def test_the_word_of_a_speaker_who_is_not_trusted_leaves_it_open(small: Small) -> None:
    trust = '[trust]\nwhy = "so"\nsources = ["book"]\n[trust.values]\nuser = 0\ndocument = 1\n\n[tier]'
    judge = small("", **{"[tier]\ngloss": f"{trust}\ngloss"})
    assert judge.decide("The rule is 60 years old.").verdict is Verdict.UNDETERMINED
    assert judge.decide("The rule is 60 years old. [document]").verdict is Verdict.DEFEATED
