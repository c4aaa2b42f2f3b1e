"""The rules of a base of somebody else can hold up no command and end no process: grounding has limits, and so has what follows."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from legit.assurance.scaffold import new_base
from legit.cli import main
from legit.cli.exit_status import BASE_INVALID
from legit.engine import bounded_grounding
from legit.engine.bitmask_compiler import compile_program
from legit.engine.bounded_grounding import ground_within_limits
from legit.engine.ground_rule import Bounds, GroundRule
from legit.engine.grounding import ground
from legit.engine.program import Program
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import Capture

CASE = "The authority is a bank.\nObeying costs nothing that matters.\n"
JOIN = "d(1..300). far(A,B,C,D,E) :- d(A), d(B), d(C), d(D), d(E)."
ABORT = ["-c", "import os, sys; sys.stdin.readline(); os.abort()"]

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base of one's own, and a cache of its own."""
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path / "cache"))
    new_base("own", tmp_path / "base")
    return tmp_path / "base"


LIMITS: list[tuple[str, dict[str, Any], str]] = [
    (JOIN, {"GROUNDING_SECONDS": 1.5}, "takes more than 1.5 seconds"),
    (JOIN, {"GROUNDING_MEGABYTES": 400}, "takes more than 400 megabytes of memory or ends the solver"),
    ("p(1..200).", {"MAX_GROUND_RULES": 100}, "gives 200 ground rules, more than 100"),
    ("p(1).", {"_WORKER": ABORT}, "or ends the solver"),
]


@pytest.mark.parametrize(("rules", "limits", "said"), LIMITS, ids=["time", "memory", "rules", "a crash of the solver"])
def test_rules_beyond_a_limit_are_refused(
    monkeypatch: pytest.MonkeyPatch, rules: str, limits: dict[str, Any], said: str
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(bounded_grounding, name, value)
    with pytest.raises(KnowledgeBaseError) as error:
        ground_within_limits(rules, "own")
    (problem,) = error.value.problems
    assert problem.code == "K509"
    assert "grounding the knowledge base `own`" in problem.message
    assert said in problem.message


DOORS = [("assess", "{case}"), ("explain", "{case}"), ("kb", "check"), ("kb", "test")]


@pytest.mark.parametrize("command", DOORS, ids=" ".join)
def test_no_command_grounds_a_base_of_somebody_else_itself(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, command: tuple[str, ...]
) -> None:
    (tmp_path / "case").write_text(CASE, encoding="utf-8")
    monkeypatch.setattr(bounded_grounding, "_WORKER", ABORT)
    status = main([*(word.format(case=tmp_path / "case") for word in command), "--kb", str(folder)])
    printed = capsys.readouterr()
    assert "K509: grounding the knowledge base `base`" in printed.err + printed.out
    assert status == BASE_INVALID


def test_what_a_worker_grounds_is_what_this_process_would(folder: Path) -> None:
    text = Program(KnowledgeBase.load(folder)).text()
    assert ground_within_limits(text, "own") == ground(text)


@pytest.mark.parametrize(("rules", "code"), [("a :- b(X), not c(Y).", "K501"), ("a :- nowhere.", "K502")])
def test_a_program_that_is_not_valid_has_the_same_problems(rules: str, code: str) -> None:
    found = []
    for way in (ground, lambda text: ground_within_limits(text, "own")):
        with pytest.raises(KnowledgeBaseError) as error:
            way(f"% own/x.lp\n{rules}")
        found.append(error.value.problems)
    assert found[0] == found[1]
    assert [problem.code for problem in found[0]] == [code]


def test_a_base_that_the_cache_knows_needs_no_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Judge(KnowledgeBase.load(folder)).decide(CASE)
    file = folder / "base.toml"
    monkeypatch.setattr(bounded_grounding, "_WORKER", ABORT)
    assert Judge(KnowledgeBase.load(folder)).decide(CASE) == before
    file.write_text(f"{file.read_text()}\n# another digest\n", encoding="utf-8")
    with pytest.raises(KnowledgeBaseError):
        Judge(KnowledgeBase.load(folder)).decide(CASE)


def test_the_shipped_base_needs_no_worker(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", "")
    monkeypatch.setattr(bounded_grounding, "_WORKER", ABORT)
    assert Program(judge.base, Bounds()).input_atoms


def test_many_rules_of_one_atom_are_compiled_in_a_time_that_grows_with_their_number() -> None:
    """The reproduction: 13,000 rules for one undercutter took 85 seconds, for which nothing had a limit."""
    rules = [GroundRule(False, (1,), (2 + number, 30_000 + number)) for number in range(13_000)]
    start = time.process_time()
    assert compile_program(_program(rules)) is not None
    assert time.process_time() - start < 20


WIDE = GroundRule(False, (1,), tuple(range(2, 42)), tuple(2**number for number in range(40)), 2**39)
CHOICE = GroundRule(True, tuple(range(2, 42)), (1,))
CIRCLE = [GroundRule(False, (number,), (number % 1_500 + 1,)) for number in range(1, 1_501)]


@pytest.mark.parametrize("rules", [[WIDE], [CHOICE], CIRCLE], ids=["sums", "alternatives", "recursion"])
def test_a_program_whose_pass_could_take_for_ever_is_left_to_the_search(rules: list[GroundRule]) -> None:
    """The search has the time limit of the decision; a pass has none."""
    assert compile_program(_program(rules)) is None


def _program(rules: list[GroundRule]) -> Program:
    heads = {head for rule in rules for head in rule.heads}
    inputs = {abs(literal) for rule in rules for literal in rule.body} - heads
    names = {number: f"p({number})" for number in heads | inputs}
    return cast("Program", SimpleNamespace(cache_key="", residual_rules=rules, read_atoms=inputs, atom_texts=names))
