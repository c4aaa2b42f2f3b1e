"""Engine and oracle agree, and the oracle is worth agreeing with."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
from pathlib import Path

import clingo
import pytest

from legit.judge import Judge
from legit.model.facts import Case, Fact
from legit.testing.generate import CaseGenerator, RandomChoices
from legit.testing.oracle import Oracle, disagreements
from legit.testing.oracle.answer_sets import AnswerSets, TooManyAnswerSetsError
from legit.testing.oracle.comparison import shrink
from legit.testing.oracle.grounder import Grounder
from legit.testing.oracle.proof_check import proof_problems
from legit.testing.oracle.rule_ast import Atom, UnsupportedRuleError, parse_rules
from legit.testing.seeded_cases import SeededCases
from tests.conftest import ROOT

CASES = 10_000
CHUNKS = 20


@pytest.fixture(scope="module")
def oracle(judge: Judge) -> Oracle:
    return Oracle(judge.base)


@pytest.fixture(scope="module")
def source(judge: Judge) -> SeededCases:
    return SeededCases(judge)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_engine_and_oracle_agree(judge: Judge, oracle: Oracle, source: SeededCases, chunk: int) -> None:
    left_out = 0
    for number in range(chunk * CASES // CHUNKS, (chunk + 1) * CASES // CHUNKS):
        case = source.case(number)
        try:
            assert disagreements(judge, oracle, case, limit=5_000) == [], judge.writer.case(case)
        except TooManyAnswerSetsError:
            left_out += 1
    assert left_out * 100 < CASES // CHUNKS


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "tests" / "corpus").glob("*.legit"), *(ROOT / "examples").glob("*.legit")]),
    ids=lambda path: path.stem,
)
def test_they_agree_on_the_examples_and_where_they_once_did_not(judge: Judge, oracle: Oracle, path: Path) -> None:
    for case in judge.parse_cases(path.read_text(encoding="utf-8")):
        assert disagreements(judge, oracle, case) == []


def test_proofs_of_the_engine_are_proofs(judge: Judge, oracle: Oracle, source: SeededCases) -> None:
    supported = 0
    for number in range(400):
        case = source.case(number)
        types = {
            argument.type for fact in case.facts for argument in judge.base.vocabulary.predicates[fact.predicate].args
        }
        if types & {"name", "date"}:
            continue
        inputs = judge.encoder.encode(case)
        engine = judge.engines.for_case(inputs)
        support = engine.supports.for_consequences(inputs, engine.decide(inputs, 60.0))
        supported += len(support)
        assert list(proof_problems(engine, inputs, support, oracle.answer(case))) == [], judge.writer.case(case)
    assert supported > 5_000


@pytest.mark.parametrize(
    ("criterion", "old", "new"),
    [
        ("excessive_cost", "cost_reaches(heavy)", "cost_reaches(extreme)"),
        ("verdict", "not cost_exceeds_protection, not heavy_tie", "not heavy_tie"),
        ("guidance", "guidance(stands,decline)          :- stance(evade)", "guidance(stands,weigh) :- stance(evade)"),
        ("harm_forgery", "method(forge)", "method(omit)"),
        ("open_questions", "assumed(remedy,none) ; assumed(remedy,failed)", "assumed(remedy,failed)"),
        ("open_questions", "1 { assumed(cost,none)", "0 { assumed(cost,extreme)"),
    ],
)
def test_a_wrong_rule_is_found(judge: Judge, source: SeededCases, criterion: str, old: str, new: str) -> None:
    """The oracle gets one rule otherwise than the engine: few cases are enough to see it."""
    base = judge.base
    files, criteria = dict(base.judgement_files), dict(base.criteria)
    for held in (files, criteria):
        if criterion in held:
            changed = held[criterion].rule_text.replace(old, new)  # type: ignore[attr-defined]
            assert changed != held[criterion].rule_text  # type: ignore[attr-defined]
            held[criterion] = held[criterion].model_copy(update={"rule_text": changed})  # type: ignore[attr-defined]
    other = Oracle(dataclasses.replace(base, judgement_files=files, criteria=criteria))
    cases = (source.case(number) for number in range(3_000))
    assert any(disagreements(judge, other, case, limit=50_000) for case in cases)


def test_the_smallest_case_keeps_what_is_wrong(judge: Judge) -> None:
    generator = CaseGenerator(judge.base.vocabulary)
    fact = Fact(predicate="was_penalised")
    big = generator.case(RandomChoices(5), 14)
    case = big.model_copy(update={"facts": (*big.facts, fact), "name": "n"})
    assert shrink(case, lambda other: fact in other.facts) == Case(facts=(fact,))


def test_what_does_not_fit_into_the_limit_is_said(judge: Judge, oracle: Oracle, much_open: str) -> None:
    with pytest.raises(TooManyAnswerSetsError):
        oracle.answer(judge.parse_case(much_open), limit=1_000)


PROGRAMS = [
    "a :- b. b :- in(x). c :- not a. d(X) :- in(X), not b.",
    "p(X+1) :- p(X), X < 6. p(0) :- in(x). q :- p((X+5)/2), in(y), X = 3. r(X\\3,X/2,X*X-1) :- p(X).",
    "n(-7/2,-7\\2,7/-2). m(X-1) :- n(X,_,_).",
    "e(a,b;b,c;c,d). t(X,Y) :- e(X,Y), in(X). t(X,Z) :- t(X,Y), e(Y,Z). loop :- t(X,X). far(X) :- in(X), not t(X,_).",
    "k(1..3;9). l(X,Y) :- k(X), k(Y), X < Y <= 3, in(x). big(M) :- M = #max { X : k(X) }. few :- #count { X : k(X) } < 3.",
    "s(S) :- S = #sum { X,Y : w(X,Y) }. w(2,a;2,b;3,a). low(M) :- M = #min { X : w(X,_) }.",
    "o(T) :- t(T), not in(T). t(x;y). 1 { as(T,1) ; as(T,V) : v(V), V != 2 } 1 :- o(T). v(1..3). g :- as(_,3).",
    "{ h(X) : v(X) } 1 :- in(x). v(1..2). v2 :- h(X), not h(1).",
    "2 { h(X) : v(X) }. v(1..3). w :- h(1), h(2).",
    "verdict(good) :- in(x). verdict(bad) :- not verdict(good), in(y). verdict(none) :- not verdict(good), not verdict(bad).",
    's("A b"). z(X) :- s(X), in(x). u(X,Y) :- in(X), in(Y), X != Y. eq(X) :- X = Y, in(Y). not_small(X) :- in(X), not X < y.',
    "x1(top..3). x2(1..top). three(X) :- X = 1..3, in(x).",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_language_of_rules_is_read_as_clingo_reads_it(program: str) -> None:
    inputs: list[Atom] = [("in", value) for value in "xyzab"]
    book = Grounder(parse_rules(program), [], [("in", 1)])
    for true, open_ in [([], []), (inputs[:1], []), (inputs[:2], inputs[3:]), ([], inputs[:4]), (inputs, [])]:
        worlds = AnswerSets(book.ground([*true, *open_]), true, open_, book.recursive_strata)
        fixed = {atom for relation in book._fixed_facts.own.values() for atom in relation.rows}
        found = {
            _text({*fixed, *worlds.certain_atoms, *itertools.compress(worlds.undecided_atoms, world.holds)})
            for values in itertools.product((0, 1), repeat=len(open_))
            for world in worlds
            # Open facts that nothing reads make no worlds of their own: here they are completed in every way.
            if world.assumed_true
            == frozenset(a for a, v in zip(open_, values, strict=True) if v and a in worlds.relevant_open_atoms)
        }
        shown = {frozenset(text for text in world if not text.startswith("in(")) for world in found}
        assert shown == _by_clingo(program, true, open_)


def _text(atoms: set[Atom]) -> frozenset[str]:
    named = [atom for atom in atoms if "/" not in str(atom[0])]
    return frozenset(f"{a[0]}({','.join(map(str, a[1:]))})" if a[1:] else str(a[0]) for a in named)


def _by_clingo(program: str, true: list[Atom], open_: list[Atom]) -> set[frozenset[str]]:
    control = clingo.Control(["--warn=none", "--models=0"])
    facts = "".join(f"in({value})." for _, value in true) + "".join(f"{{in({value})}}." for _, value in open_)
    control.add("base", [], program + facts)
    control.ground()
    found: set[frozenset[str]] = set()
    with control.solve(yield_=True) as handle:
        for model in handle:
            atoms = (str(symbol) for symbol in model.symbols(atoms=True))
            found.add(frozenset(text for text in atoms if not text.startswith("in(")))
    return found


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("a :- not a.", "depends on its own absence"),
        ("a ; b.", "a head that is no atom"),
        (":- a.", "a head that is no atom"),
        ("a :- not not b. b.", "a double negation"),
        ("-a.", "a classical negation"),
        ("a(f(1)).", "the term `f\\(1\\)`"),
        ("a(X..3) :- in(X).", "an interval with a variable"),
        ("a :- #count { X : in(X) } > 1.", "an aggregate over what a case can change"),
        ("{ a(X) : in(X) }.", "a condition that a case can change"),
        ("a :- 1 { b } 1. b.", "a literal that is no atom"),
        ("a :- 1 < #count { 1 } < 3.", "an aggregate with two bounds"),
        ("#const n = 3.", "Definition"),
    ],
)
def test_a_rule_that_the_oracle_cannot_evaluate_is_named(program: str, said: str) -> None:
    with pytest.raises(UnsupportedRuleError, match=said):
        Grounder(parse_rules(program), [], [("in", 1)])


def test_the_long_run_is_one_command() -> None:
    command = [sys.executable, "-m", "legit.testing.oracle", "--cases", "20", "--first", "70000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.startswith("20 cases compared (")
    assert "\n0 disagreements; " in done.stdout
