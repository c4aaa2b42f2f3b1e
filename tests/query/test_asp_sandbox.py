"""A program over decided cases: what it is given, what it may hold, and how it ends when it takes too much."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from legit.cli import main
from legit.errors import QueryError
from legit.judge import Judge
from legit.query import asp_sandbox as module
from legit.query.asp_sandbox import ProgramLimits, run_program
from legit.query.corpus import Corpus, LazyDecision
from legit.query.facts import INPUT_SIGNATURES, base_facts, case_facts
from tests.conftest import ROOT

TEXTS = [
    (ROOT / "examples/01_stamp_that_nobody_can_give.legit").read_text(encoding="utf-8"),
    'The authority is a landlord. The rule forbids "a \\ and \x1b[31m ""quotes""". The rule is 12 years old.\n'
    "It is unknown whether the rule reaches into the inside of the home.\nBreaking the rule harms nobody. [inferred]",
]
BOMB = "p(X,Y,Z) :- X=1..3000, Y=1..3000, Z=1..3000. answer(1)."
PIGEONS = "{ p(P,H) : H=1..12 } = 1 :- P=1..13. :- p(A,H), p(B,H), A<B. answer(1)."


@pytest.fixture(scope="module")
def items(judge: Judge) -> list[LazyDecision]:
    return [LazyDecision(judge, judge.parse_case(text), f"case {at}", "a title") for at, text in enumerate(TEXTS)]


def answers(judge: Judge, items: list[LazyDecision], program: str, **limits: float) -> list[tuple[object, ...]]:
    table = run_program(judge.base, items, program, "rules.lp", ProgramLimits(**limits))  # type: ignore[arg-type]
    return [tuple(row[column] for column in table.columns) for row in table.rows]


def code(judge: Judge, items: list[LazyDecision], program: str, **limits: float) -> tuple[str, str]:
    with pytest.raises(QueryError) as caught:
        answers(judge, items, program, **limits)
    assert all(problem.source == "rules.lp" for problem in caught.value.problems)
    return caught.value.problems[0].code, caught.value.problems[0].message


@pytest.fixture(autouse=True)
def _nothing_is_left_running() -> object:
    yield
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = re.search(rf"^PPid:\s*{os.getpid()}$", (folder / "status").read_text(), re.MULTILINE)
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        assert not (parent and b"worker.py" in command)


def test_what_a_program_is_given(judge: Judge, items: list[LazyDecision]) -> None:
    answer = judge.assess(TEXTS[0])
    assert answers(judge, items, "answer(N,T) :- case(2,N,T).") == [("case 1", "a title")]
    assert answers(judge, items, "answer(V,G,H) :- verdict(1,V), guidance(1,G), method_harm_level(1,H).") == [
        (answer.verdict.value, answer.guidance.action, answer.method_harm.level)
    ]
    assert set(answers(judge, items, "answer(K,E) :- finding(1,K,E), E != undercut.")) == {
        (item.criterion, item.effect) for item in answer.findings
    }
    assert set(answers(judge, items, "answer(R) :- touches_right(1,R).")) == {
        (item.right.lower(),) for item in answer.rights_touched
    }
    assert answers(judge, items, "answer(S) :- sole_source(1,S).") == [(answer.evidence_basis.sole_source,)]
    assert answers(judge, items, "answer(T,S) :- stated(2,S,T,rule_reaches(home_inside)).") == [("unknown", "user")]
    assert answers(judge, items, "answer(S) :- stated(2,S,true,breach_harmless).") == [("inferred",)]
    assert answers(judge, items, "answer(N+1) :- stated(2,_,true,rule_age(N)).") == [(13,)]
    assert answers(judge, items, "answer(T) :- stated(2,_,true,rule_forbids(T)).") == [('a \\ and \x1b[31m "quotes"',)]


def test_the_criteria_are_given_with_family_and_sources(judge: Judge, items: list[LazyDecision]) -> None:
    found = set(answers(judge, items, "answer(K,F) :- family(K,F)."))
    assert found == {(item.id, item.family) for item in judge.base.criteria.values()}
    (row,) = answers(judge, items, 'answer(N) :- N = #count{ K : cites(K,"ICCPR 11") }.')
    assert row == (sum("ICCPR 11" in {text.text for ref in item.sources for text in judge.base.bibliography.resolve(ref)}
                       for item in judge.base.criteria.values()),)  # fmt: skip


def test_every_kind_of_fact_is_documented(judge: Judge, items: list[LazyDecision], root: Path) -> None:
    given = {name for name, _ in itertools.chain(base_facts(judge.base), case_facts(items, judge.base))}
    assert given <= set(INPUT_SIGNATURES)
    page = (root / "docs" / "queries.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\w+\(\w+,.*?) \| ", page, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)\(", row)} == set(INPUT_SIGNATURES)


def test_what_is_shown(judge: Judge, items: list[LazyDecision]) -> None:
    assert answers(judge, items, "#show C : case(C,_,_).") == [(1,), (2,)]
    assert answers(judge, items, "mine(C) :- case(C,_,_). other(0). #show mine/1.") == [(1,), (2,)]
    assert answers(judge, items, "#const n=2. answer(n). hidden(1).") == [(2,)]
    assert answers(judge, items, "one(1). two(2,3). #show one/1. #show two/2.") == [("one", 1, ""), ("two", 2, 3)]
    assert answers(judge, items, 'answer(f(1),"x",-2).') == [("f(1)", "x", -2)]
    assert answers(judge, items, "1 { answer(1..2) } 1.", answer_sets=5) == [(1, 2), (2, 1)]
    assert len(answers(judge, items, "1 { answer(1..2) } 1.")) == 1


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ('#script (python) import os #end. answer(1).', "`#script`"),
        ('#include "/etc/passwd".', "`#include`"),
        ('answer(1).#include<incmode>.', "`#include`"),
        ("#external a. answer(1).", "`#external`"),
        ("answer(@open(1)).", "`@open`"),
        ("#theory t { }. answer(1).", "`#theory`"),
        ("answer(1) :- &sum{x} > 1.", "`&sum`"),
        ("#minimize { 1 : a }. answer(1).", "`#minimize`"),
        ("#program other. answer(1).", "`#program`"),
        ("#heuristic a. [1,true] answer(1).", "`#heuristic`"),
        ("#defined a/1. answer(1).", "`#defined`"),
        (":~ a. [1] answer(1).", ":~ a."),
        ("answer(1) ; answer(2).", "a head is an atom or a choice"),
        ("#show answer/1. #edge (1,2).", "`#edge`"),
        ("answer(1). " * 10_000, "longer than 100000 characters"),
    ],
)  # fmt: skip
def test_what_may_not_stand_in_a_program(judge: Judge, items: list[LazyDecision], program: str, says: str) -> None:
    found, message = code(judge, items, program)
    assert found == "Q201"
    assert says in message


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("answer(", "syntax error"),
        ("answer(" + "f(" * 5000 + "1" + ")" * 5000 + ").", "nested too deeply"),
        ("answer(2147483648).", "too long a number"),
        ("answer(X).", "unsafe"),
        ("answer(C) :- findng(C,_,_).", "nothing defines `findng(C,_,_)`"),
        ("answer(C) :- case(C,_).", "nothing defines `case(C,_)`: `case` is given with 3 arguments"),
        ("answer(C) :- case(C,_,_), -verdict(C,stands).", "nothing defines `(-verdict(C,stands))`"),
        ('answer(C) :- case(C,_,_), odd(C+1,"a,(",f(_)).', 'nothing defines `odd(_,"a,(",f(_))`'),
        ("answer(\udc9b).", "not a text in UTF-8"),
        ("a(1).", "neither derives `answer(…)` nor has a #show"),
        ("", "neither derives"),
        ('answer("', "out of place"),
        ("%* answer(1).", "a comment without its end"),
        ("answer(\u00e9).", "out of place"),
    ],
)
def test_what_is_no_program(judge: Judge, items: list[LazyDecision], program: str, says: str) -> None:
    found, message = code(judge, items, program)
    assert found == "Q202"
    assert says in message


def test_a_given_fact_may_be_lacking_and_what_is_denied_is_no_answer(judge: Judge, items: list[LazyDecision]) -> None:
    assert answers(judge, items, "answer(C) :- overridden(C,_).") == []
    assert answers(judge, items, "-answer(1). answer(2).") == [(2,)]


@pytest.mark.parametrize("limits", [{"seconds": float("inf")}, {"seconds": float("nan")}, {"megabytes": 10**12},
                                    {"megabytes": 0}, {"answer_sets": 10**20}])  # fmt: skip
def test_limits_that_no_system_can_hold_to(judge: Judge, limits: dict[str, float]) -> None:
    (name,) = limits
    with pytest.raises(ValueError, match=f"{name.replace('_', ' ')}: a number above 0"):
        ProgramLimits(**limits)  # type: ignore[arg-type]


def test_a_program_without_an_answer_set(judge: Judge, items: list[LazyDecision]) -> None:
    assert code(judge, items, "answer(1). :- case(1,_,_).")[0] == "Q206"


@pytest.mark.parametrize("bomb", ["p(1..1000000000). answer(1).", "p(0). p(X+1) :- p(X). answer(1).", BOMB])
def test_a_program_that_takes_too_much_memory(judge: Judge, items: list[LazyDecision], bomb: str) -> None:
    assert code(judge, items, bomb, megabytes=90) == ("Q205", "the program took more than 90 megabytes of memory")


@pytest.mark.parametrize("bomb", [PIGEONS, BOMB.replace("answer(1)", "answer(1) :- p(0,0,0)")])
def test_a_program_that_takes_too_long(judge: Judge, items: list[LazyDecision], bomb: str) -> None:
    assert code(judge, items, bomb, seconds=0.5, megabytes=4000) == ("Q204", "the program took longer than 0.5 seconds")


def test_a_program_that_answers_too_much(
    judge: Judge, items: list[LazyDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 10)
    assert len(answers(judge, items, "answer(1..10).")) == 10
    assert code(judge, items, "answer(1..11).") == ("Q203", "the answer has more than 10 rows")
    doubled = "t(0,a). t(N+1,f(T,T)) :- t(N,T), N<16. answer(T) :- t(16,T)."
    assert code(judge, items, doubled) == ("Q203", "the answer has a value of more than 10000 characters")
    monkeypatch.setattr(module, "_MAX_OUTPUT_BYTES", 100)
    assert code(judge, items, "answer(1..10).")[0] == "Q203"


def test_the_worker_can_open_nothing() -> None:
    worker = Path(module.__file__).with_name("asp_worker.py")
    tries = (
        "import sys, runpy, socket; names = runpy.run_path(sys.argv[1]); names['_set_limits'](5, 10**9)\n"
        "for name, open_it in (('file', lambda: open('/etc/passwd')), ('net', socket.socket)):\n"
        "    try:\n        open_it()\n    except OSError as error:\n        print(name, error.errno)"
    )
    done = subprocess.run([sys.executable, "-c", tries, str(worker)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["file 24", "net 24"]


def test_the_worker_is_told_nothing_of_the_environment(
    judge: Judge, items: list[LazyDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []
    popen = subprocess.Popen

    def watched(*args: object, **options: object) -> object:
        seen.append(options["env"])  # type: ignore[arg-type]
        return popen(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", watched)
    assert answers(judge, items, "answer(1).") == [(1,)]
    assert [set(env) for env in seen] == [{"PYTHONPATH"}]


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = tmp_path / "one.legit"
    case.write_text('Case "a\x1b[31m".\nThe authority is a bank. The rule forbids "=x".', encoding="utf-8")
    (tmp_path / "rules.lp").write_text("answer(T,X) :- case(C,_,T), stated(C,_,_,rule_forbids(X)).", encoding="utf-8")
    ask = ["kb", "query", "--cases", str(case), "--asp", str(tmp_path / "rules.lp")]
    assert main(ask) == 0
    assert "\x1b" not in (said := capsys.readouterr().out)
    assert "a\\x1b[31m" in said
    assert main([*ask, "--format", "csv"]) == 0
    assert "'=x" in capsys.readouterr().out
    assert main([*ask, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"1": "a\x1b[31m", "2": "=x"}]
    rules = ["kb", "query", "--cases", str(case), "--asp", "answer(N) :- case(_,N,_)."]
    assert main([*rules, "the authority is a bank"]) == 0
    assert "one.legit" in capsys.readouterr().out
    assert main([*rules, "the authority is a club"]) == 0
    assert capsys.readouterr().out == "understood as: cases in which the authority is a club\nno answer\n"
    assert main([*rules, "how many cases"]) == 2
    for wrong, why in (
        (["--time-limit", "0"], "--time-limit: `0` is not a number above 0"),
        (["--time-limit", "inf"], "limits of a program"),
        (["--memory-limit", str(10**18)], "limits of a program"),
    ):
        assert main([*rules, *wrong]) == 2
        assert why in capsys.readouterr().err
    assert main([*rules[:-1], PIGEONS, "--time-limit", "0.5"]) == 4
    assert main([*rules[:-1], str(tmp_path / "missing.lp")]) == 2


def test_cases_that_cannot_be_read_end_the_worker(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "bad.legit"
    path.write_text("Flub.", encoding="utf-8")
    with pytest.raises(Exception, match="L106"):
        run_program(judge.base, Corpus(judge, (path,)), "answer(1).")


@pytest.mark.parametrize(("sign", "expected"), [("SEGV", "Q207"), ("KILL", "Q205"), ("XCPU", "Q204")])
def test_a_worker_that_ends_by_itself_is_told_by_how_it_ended(
    judge: Judge, items: list[LazyDecision], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str, expected: str
) -> None:
    """A crash of clingo is none of memory; the system ends by other signals what takes too much."""
    worker = tmp_path / "worker"
    worker.write_text(f"#!/bin/sh\nkill -{sign} $$\n", encoding="utf-8")
    worker.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(worker))
    assert code(judge, items, "answer(1).")[0] == expected
