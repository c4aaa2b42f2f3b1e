"""Bad input: always an error with a code or an honest result, never a traceback, a hang or another verdict."""

from __future__ import annotations

import contextlib
import gc
import itertools
import sys
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from legit.cli import main
from legit.errors import LanguageError, LegitError, Problem
from legit.judge import Judge, cached_judge
from legit.language.reader import Reader
from legit.model.assessment import Decision
from legit.model.facts import Case, Fact, Opinion, Speaker, SpeakerKind
from legit.testing.strategies import QUOTABLE_TEXT

RELAXED = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
CONTROL = [chr(code) for code in (*range(1, 9), 11, 12, *range(14, 32), 127, *range(128, 160))]

METACHARACTERS = [
    "#include <x>.", '#include "x".', "#script(python).", "#script (python) print(1) #end.", ":- not x.", "{a;b}.",
    "a. b :- c.", "%* x *%", "% x", "?x |y", '" or "', "\\", '\\"', "${HOME}", "<script>", "%s %d", "{0} {x}",
    "!@#$%^&*()", "a(b,c)", "// x", "'; drop", "%ignore x", "%declare X", "start: x", "/x/i", "x -> y", "_", "__",
    "#false", "#true", "not x", "X", "1..3", "#show.", "@f(x)", "&sum{x}", "]", "[user]", "# x", ": \"x\".", "\x1b[2J",
]  # fmt: skip
HOSTILE = st.sampled_from(METACHARACTERS) | st.lists(st.sampled_from(METACHARACTERS) | QUOTABLE_TEXT, max_size=4).map(
    " ".join
).filter(str.strip)


def case_with(text: str) -> Case:
    """A case with a text in every slot that holds one."""
    document = Speaker(kind=SpeakerKind.DOCUMENT, reference=text)
    return Case(
        name=text,
        facts=(
            Fact(predicate="authority", args=("club",), speaker=document),
            Fact(predicate="rule_forbids", args=(text,)),
            Fact(predicate="precondition_missing", detail=text, speaker=Speaker(reference=text)),
            Fact(predicate="root_of_authority", args=(text,), detail=text),
            Fact(predicate="breach_harmless"),
        ),
        opinions=(Opinion(text=text, speaker=document),),
    )


def decided(text: str) -> Decision:
    return cached_judge().decide(case_with(text))


@RELAXED
@given(HOSTILE)
@example('#include "x".')
@example("#script(python).")
def test_a_text_in_any_slot_changes_no_verdict_and_reads_back(text: str) -> None:
    assert decided(text) == decided("word")
    judge = cached_judge()
    case = case_with(text)
    assert judge.parse_cases(judge.writer.case(case)) == (case,)


@RELAXED
@given(HOSTILE)
def test_a_comment_says_nothing(text: str) -> None:
    plain = 'The authority is a club.{0}\n{0}\nThe rule forbids "pets".{0}'
    assert cached_judge().parse_cases(plain.format(f" # {text}")) == cached_judge().parse_cases(plain.format(""))


@pytest.mark.parametrize("text", METACHARACTERS, ids=ascii)
@pytest.mark.parametrize("sentence", ["The authority is {}.", "The rule dates from {}.", "The rule is {} years old."])
def test_what_is_no_value_is_refused_with_its_place(judge: Judge, sentence: str, text: str) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_cases(sentence.format(text))
    assert {problem.code for problem in caught.value.problems} <= {"L104", "L105", "L106", "L107", "L108"}
    assert all(problem.line == 1 and problem.column for problem in caught.value.problems)


@RELAXED
@given(st.text(max_size=300) | st.text('"\u201c\u201d[].:;#a \n\r', max_size=300))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    _, problems = cached_judge().reader.parse(text, strict=False)
    assert all(problem.code.startswith("L") and problem.message for problem in problems)


@RELAXED
@given(data=st.binary(max_size=400))
@example(data=b"\xff\xfe\x00x")
@example(data=b"")
@example(data="The user is a tenant.".encode("utf-16"))
def test_any_file_ends_in_a_status(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.legit"
    file.write_bytes(data)
    assert main(["parse", str(file)]) in {0, 1}


LARGE = [
    ("one word", "x" * 1_000_000, ["L101"]),
    ("opening marks", "\u201c" * 300_000, ["L101"]),
    ("closing marks", "\u201d" * 300_000, ["L101"]),
    ("opening marks and words", "\u201ca " * 100_000, ["L101"]),
    ("opening marks, one sentence", "The rule forbids " + "\u201cx" * 900, ["L104"]),
    ("straight marks", '"' * 999, ["L104"]),
    ("doubled marks", '""' * 300_000, ["L101"]),
    ("white space", " " * 1_000_000, []),
    ("brackets", "[" * 300_000, ["L101"]),
    ("articles", "the " * 300_000, []),
    ("hyphens", "-" * 1_000_000, []),
    ("possessives", "x" + "'s" * 300_000, ["L101"]),
    ("digits", "1" * 300_000, ["L101"]),
    ("groups of digits", "1,111" * 100_000, ["L101"]),
    ("hashes", "#" * 1_000_000, []),
    ("null characters", "\0" * 1_000_000, ["L002"]),
    ("surrogate", 'The rule forbids "\ud800".', ["L002"]),
    ("50,000 sentences", "The user is a tenant.\n" * 50_000, ["L001"]),
    ("50,000 sentences in a line", "The user is a tenant. " * 50_000, ["L001"]),
    ("100 bad sentences, and nothing else", "Flub. " * 100, ["L106"] * 100),
    ("50,000 bad sentences in a line", "Flub. " * 50_000, ["L106"] * 100 + ["L003"]),
    ("too much", " " * 5_000_001, ["L001"]),
    ("a number of many digits", "The rule is " + "9" * 1_900 + " years old.", []),
]


@pytest.mark.parametrize(("text", "codes"), [item[1:] for item in LARGE], ids=[item[0] for item in LARGE])
def test_large_and_odd_texts_end(judge: Judge, text: str, codes: list[str]) -> None:
    cases, problems = judge.reader.parse(text, strict=False)
    assert [problem.code for problem in problems] == codes
    assert len(cases) <= 1


def test_the_place_of_what_is_no_text_is_named(judge: Judge) -> None:
    for odd in ("\0", "\ud800"):
        _, (problem,) = judge.reader.parse(f"The user is a tenant.\r\nab{odd}", strict=False)
        assert (problem.code, problem.line, problem.column) == ("L002", 2, 3)


def calls(judge: Judge, count: int) -> int:
    """How many functions are called, in Python and in C, while so many different sentences are read the first time."""
    text = "\n".join(f'The rule forbids "thing {number}" [document "page {number}"].' for number in range(count))
    reader = Reader(judge.grammar)
    reader.parse(text.replace("thing", "warm"), strict=False)
    total = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal total
        total += event in {"call", "c_call"}

    before = sys.getprofile()
    gc.disable()
    try:
        sys.setprofile(counted)
        _, problems = reader.parse(text, strict=False)
    finally:
        sys.setprofile(before)
        gc.enable()
    assert not problems
    return total


def test_reading_is_linear_in_the_number_of_sentences(judge: Judge) -> None:
    counts = [calls(judge, count) for count in (250, 500, 1_000, 2_000)]
    growth = [later - earlier for earlier, later in itertools.pairwise(counts)]
    assert growth[0] >= 250 * 20
    for smaller, larger in itertools.pairwise(growth):
        assert abs(larger - 2 * smaller) <= 0.01 * larger, counts


@pytest.mark.parametrize("character", CONTROL, ids=ascii)
def test_no_control_character_reaches_the_terminal(
    character: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in messages nor in answers; in JSON as JSON escapes it."""
    file = tmp_path / "case.legit"
    good = f'Case "a{character}b".\nThe rule forbids "a{character}b".\nThe reason for the rule has ended: "a{character}b".\nThe user believes that "a{character}b".\n'
    for text in (good, f"The authority is a{character}b.\nFl{character}b.\n"):
        file.write_bytes(text.encode())
        for options in ([], ["--format", "json"], ["--full"], ["--assume", f"Fl{character}b."]):
            main(["assess", str(file), *options])
            printed = capsys.readouterr()
            assert character not in printed.out
            assert character not in printed.err


def test_writing_direction_is_shown_escaped() -> None:
    problem = Problem("L106", "`a\u202eb`", source="f\x1b", help="\u2066", nearest=("\n",))
    assert str(problem) == ("f\\x1b: L106: `a\\u202eb`\n    help: \\u2066\n    did you mean: \\n")
    assert str(LegitError(problem)) == str(problem)
    assert problem.message == "`a\u202eb`"


PIECES = [
    "The user is a tenant", 'The rule forbids "x"', ': "d"', ". ", '[user "a"]', "[document", "\n", "\u201c", "\u201d", '"', '""',
    "# c", 'Case "a".', "It is unknown whether ", "The user believes that ", "- ", "?", "; ", "isn't ", "2024-05", "the ",
]  # fmt: skip


@RELAXED
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_what_is_read_can_be_said_back(text: str) -> None:
    judge = cached_judge()
    cases: tuple[Case, ...] = ()
    with contextlib.suppress(LegitError):
        cases = judge.parse_cases(text)
    assert judge.parse_cases(judge.writer.cases(cases)) == cases
