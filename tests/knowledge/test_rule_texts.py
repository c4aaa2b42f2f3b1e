"""What decides is the text that the digest covers: rule files open no other file, and no text of them ends the process.

For clingo a `%` within a block comment hides the rest of its line, also the `*%` that would end the comment.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from clingo import ast

from legit.engine.grounding import ground
from legit.errors import KnowledgeBaseError
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rule_sources import count_rules, met_by_rules, read_source_marks
from legit.knowledge.rules.forbidden_syntax import MAX_NESTING, MAX_OPERATORS, without_comments
from legit.knowledge.rules.rule_parser import parse_rules
from legit.knowledge.toml_files import parse_toml
from tests.knowledge.conftest import put

HIDDEN = ("%* x % y *%\n*%{}", "%* % *%{}\n*%", "%*%*% *%\n*%{}", "%* a %% *% {} *%", "%*\n% *%\n{} *%")
INCLUDE = '#include "outside.lp".'
CRITERION = "criteria/no_way_out.lp"


@pytest.mark.parametrize("around", HIDDEN)
def test_a_comment_that_clingo_ends_elsewhere_is_refused(around: str) -> None:
    for inner in (INCLUDE, "b.", "\u00e9", "#script (python) #end."):
        rules, problems = parse_rules(f"a.\n{around.format(inner)}", "x.lp", 10)
        assert rules == ()
        assert problems[0].code == "K501"
        assert problems[0].message == "a `%` in a block comment"
        assert problems[0].line >= 11


def test_a_base_that_would_include_a_file_is_refused_and_opens_nothing(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo(tmp_path / "outside.lp")  # whoever opened it would wait for ever
    put(own, CRITERION, HIDDEN[0].format(INCLUDE))
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(own)
    assert [(item.code, item.source) for item in error.value.problems] == [("K501", f"own/{CRITERION}")]


@pytest.mark.parametrize(
    "text",
    [INCLUDE, "#show.", "#const n = 1.", "#minimize{1}.", "#script (lua) f() #end.", "&a{}.", ":~ a. [1]"],
)
def test_only_rules_inputs_and_definitions_are_grounded(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a text that was not checked before brings nothing else into the program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outside.lp").write_text("a.\n", encoding="utf-8")
    with pytest.raises(KnowledgeBaseError) as error:
        ground(f"b.\n{text}\n")
    assert error.value.problems[0].code == "K501"


TOO_DEEP = {
    "brackets": "a :- b({}1{}).".format("(" * 30_000, ")" * 30_000),
    "functions": "a :- {}1{} = 1.".format("f(" * 30_000, ")" * 30_000),
    "minus signs": f"a :- {'-' * 100_000}1 = 1.",
    "sums": f"a :- X = 1{'+1' * 100_000}.",
    "comparisons": f"a :- 1{'<2' * 100_000}.",
    "complements": f"a :- X = {'~' * 100_000}1.",
    "powers": f"a :- X = 2{'**2' * 100_000}.",
    "ranges": f"a :- X = 1{'..2' * 100_000}.",
    "absolute values": f"a :- X = {'|' * 100_000}.",
    "disjunctions": f"a{' | a' * 100_000}.",
}


@pytest.mark.parametrize("kind", TOO_DEEP)
def test_what_would_overflow_the_stack_of_clingo_is_refused_before(kind: str) -> None:
    (problem,) = parse_rules(TOO_DEEP[kind], "x.lp")[1]
    assert (problem.code, problem.message) == ("K501", "a rule is nested too deeply")


def test_what_is_just_within_the_limits_is_read() -> None:
    brackets = MAX_NESTING - 1
    for text in (f"a :- b({'(' * brackets}1{')' * brackets}).", f"a :- 1 = 1{'+1' * (MAX_OPERATORS - 2)}."):
        rules, problems = parse_rules(text + "\nc :- d.", "x.lp")
        assert not problems
        assert len(rules) == 2


def test_a_number_of_more_than_32_bits_is_refused() -> None:
    """Clingo would read another number."""
    (problem,) = parse_rules("a :- b(9999999999).", "x.lp")[1]
    assert (problem.code, problem.column) == ("K501", 8)
    assert parse_rules("a :- b(x9999999999, 999999999).", "x.lp")[1] == ()


def test_comments_are_blank_and_nothing_else_moves() -> None:
    text = 'a("% no *% comment %*"). % one "text\n%* two\n  %* nested *%\n*% b :- c. %'
    bare = without_comments(text)
    assert [len(line) for line in bare.split("\n")] == [len(line) for line in text.split("\n")]
    assert bare.split() == ['a("%', "no", "*%", "comment", '%*").', "b", ":-", "c."]
    nodes: list[ast.AST] = []
    ast.parse_string(bare, nodes.append)
    assert [str(node) for node in nodes[1:]] == ['a("% no *% comment %*").', "b :- c."]


def test_a_rule_in_a_comment_is_not_counted_and_has_no_sources() -> None:
    text = "%*\nmeets(x) :- a.\n*%\n% @sources echr 13\nmeets(x) :- b. % the end\n"
    marks, problems = read_source_marks(text, "x.lp", 1)
    assert not problems
    assert [mark.rule for mark in marks] == [1]
    assert count_rules(text) == 1
    assert met_by_rules("x", text, marks).split() == ["met_by(x,1)", ":-", "b."]


def test_a_null_character_is_refused_wherever_it_stands() -> None:
    """Clingo would read no further."""
    for text in ("a.\0b.", "a. % \0", 'a("\0").', "%* \0 *%"):
        assert [problem.code for problem in parse_rules(text, "x.lp")[1]] == ["K501"]


@pytest.mark.parametrize("text", ["a{} = 1", "[a{}]", "x = {{ a{} = 1 }}", "x = {{ b = 1, a{} = 1 }}"])
def test_a_key_of_very_many_parts_is_refused_before_it_takes_time(text: str) -> None:
    with pytest.raises(KnowledgeBaseError) as error:
        parse_toml(f"first = 1\n{text.format('.a' * 100_000)}\n", "x.toml")
    (problem,) = error.value.problems
    assert (problem.code, problem.line, problem.message) == ("K103", 2, "not valid TOML: a key has too many parts")
    assert parse_toml(text.format(".a" * 8), "x.toml")


def test_a_path_with_a_null_character_is_no_base() -> None:
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load("a\0b")
    assert [problem.code for problem in error.value.problems] == ["K100"]
