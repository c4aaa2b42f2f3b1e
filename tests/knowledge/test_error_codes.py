"""Each code that stands for a limit or a misfit is raised where it should be, with words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.assurance.lint import check_base
from legit.errors import CaseError, KnowledgeBaseError, LanguageError, Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.base_files import MAX_FILE_BYTES
from legit.model.facts import Case, Fact, Opinion, Speaker, Truth

FORBIDS = "rule_forbids"
EVALUATIVE = "precondition_missing"


def fact(predicate: str, *args: str | int, detail: str | None = None, speaker: Speaker | None = None) -> Fact:
    return Fact(predicate=predicate, args=args, detail=detail, speaker=speaker or Speaker())


MISFITS = [
    (Case(facts=(fact("no_such_thing"),)), "C101", "there is no predicate `no_such_thing`"),
    (Case(facts=(fact(FORBIDS),)), "C103", "`rule_forbids` takes 1 arguments, not 0"),
    (Case(facts=(fact("authority", "banana"),)), "C103", "`banana` is no authority kind for `authority`"),
    (Case(facts=(fact("rule_age", -1),)), "C103", "`-1` is no years for `rule_age`"),
    (Case(facts=(fact(EVALUATIVE),)), "C105", f"`{EVALUATIVE}` needs the concrete detail that shows it"),
    (Case(facts=(fact(EVALUATIVE, detail=" "),)), "C105", f"`{EVALUATIVE}` needs the concrete detail that shows it"),
    (Case(facts=(fact(FORBIDS, "a\nb"),)), "C102", "`a\nb` cannot be quoted"),
    (Case(facts=(fact(FORBIDS, "x", detail="a\0b"),)), "C102", "`a\0b` cannot be quoted"),
    (Case(facts=(fact(FORBIDS, "x", speaker=Speaker(reference="a\rb")),)), "C102", "`a\rb` cannot be quoted"),
    (Case(name="a\nb"), "C102", "`a\nb` cannot be quoted"),
    (Case(opinions=(Opinion(text="a\nb"),)), "C102", "`a\nb` cannot be quoted"),
    (Case(opinions=(Opinion(text="a\ud800b"),)), "C102", "`a?b` cannot be quoted"),
    (Case(facts=(fact(FORBIDS, "x", detail="\udfff"),)), "C102", "`?` cannot be quoted"),
]


@pytest.mark.parametrize(("case", "code", "message"), MISFITS, ids=range(len(MISFITS)))
def test_a_case_that_does_not_fit_is_neither_judged_nor_written(
    judge: Judge, case: Case, code: str, message: str
) -> None:
    for use in (judge.assess, judge.decide, judge.writer.case):
        with pytest.raises(CaseError) as caught:
            use(case)
        (problem,) = caught.value.problems
        assert (problem.code, problem.message) == (code, message)


def test_what_is_left_open_needs_no_detail(judge: Judge) -> None:
    case = Case(facts=(Fact(predicate=EVALUATIVE, truth=Truth.UNKNOWN),))
    assert judge.parse_cases(judge.writer.case(case)) == (case,)


def test_too_many_names(judge: Judge) -> None:
    many = "\n".join(f'"body {number}" is a root of authority.' for number in range(25))
    with pytest.raises(CaseError) as caught:
        judge.assess(many)
    assert [problem.code for problem in caught.value.problems] == ["C104"]
    assert "more than 24 different names" in caught.value.problems[0].message
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (25, 1)
    judge.assess(many.rpartition("\n")[0])


def test_the_line_of_one_name_too_many_is_that_of_the_first(judge: Judge) -> None:
    many = [f'"body {number}" is a root of authority.' for number in range(30)]
    with pytest.raises(CaseError) as caught:
        judge.assess("\n".join(["The authority is a bank.", *many[:20], *many[:20], *many[20:]]))
    assert caught.value.problems[0].line == 1 + 20 + 20 + 5


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (Case(facts=(fact(FORBIDS, "x" * 2_000),)), "longer than 2000 characters"),
        (Case(facts=(fact(FORBIDS, "x"),) * 20_000), "20000 sentences or more"),
        (Case(name="x" * 5_000_000), "longer than 5000000 characters"),
    ],
    ids=["sentence", "sentences", "text"],
)
def test_what_could_not_be_read_back_is_not_written(judge: Judge, case: Case, says: str) -> None:
    with pytest.raises(CaseError) as caught:
        judge.writer.case(case)
    assert [problem.code for problem in caught.value.problems] == ["C106"]
    assert says in caught.value.problems[0].message


def problems_of(judge: Judge, text: str) -> tuple[Problem, ...]:
    with pytest.raises(LanguageError) as caught:
        judge.parse_case(text, "file")
    return caught.value.problems


def test_too_many_problems(judge: Judge) -> None:
    problems = problems_of(judge, "Flub.\n" * 500)
    assert [problem.code for problem in problems] == ["L106"] * 100 + ["L003"]
    stop = problems[-1]
    assert (stop.line, stop.source) == (101, "file")
    assert stop.message == "100 problems so far; what follows was not read"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no sentence"),
        ("# a comment", "no sentence"),
        ('Case "a".\nCase "b".', "2 cases where one case is expected"),
    ],
)
def test_not_one_case(judge: Judge, text: str, says: str) -> None:
    (problem,) = problems_of(judge, text)
    assert (problem.code, problem.source) == ("L005", "file")
    assert says in problem.message


def test_a_sentence_too_long(judge: Judge) -> None:
    (problem,) = problems_of(judge, 'The user is a tenant. The rule forbids "' + "x" * 2_000 + '".')
    assert (problem.code, problem.line, problem.column) == ("L101", 1, 23)
    assert problem.message == "sentence is longer than 2000 characters"


def _no_text(base: Path) -> None:
    (base / "vocabulary" / "lexicon.toml").write_bytes(b"\xff\xfe")


def _too_large(base: Path) -> None:
    (base / "vocabulary" / "lexicon.toml").write_text("#" * (MAX_FILE_BYTES + 1))


def _excludes_nothing(base: Path) -> None:
    file = base / "vocabulary" / "content.toml"
    text = file.read_text(encoding="utf-8")
    assert "excludes = [" in text
    file.write_text(text.replace("excludes = [", 'excludes = ["no_such_thing", ', 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "code", "source", "says"),
    [
        (_no_text, "K101", "base/vocabulary/lexicon.toml", "not a text in UTF-8"),
        (_too_large, "K102", "base/vocabulary/lexicon.toml", f"file is larger than {MAX_FILE_BYTES} bytes"),
        (_excludes_nothing, "K205", "base/vocabulary/content.toml", "excludes unknown `no_such_thing`"),
    ],
)
def test_a_base_that_cannot_be_loaded(
    copy: Path, damage: Callable[[Path], None], code: str, source: str, says: str
) -> None:
    damage(copy)
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(copy)
    (problem,) = caught.value.problems
    assert (problem.code, problem.source) == (code, source)
    assert says in problem.message


def test_no_such_profile(copy: Path) -> None:
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(copy, "no_such_profile")
    (problem,) = caught.value.problems
    assert (problem.code, problem.source, problem.help) == ("K107", "base/profiles", "profiles: corroborated, default")


@pytest.mark.usefixtures("no_worker")
def test_too_few_examples(copy: Path) -> None:
    (file,) = copy.glob("criteria/**/retroactive.lp")
    text = file.read_text(encoding="utf-8")
    cut = text.index("[[counterexamples]]")
    file.write_text(text[:cut] + text[text.index("*%") :], encoding="utf-8")
    assert [(problem.code, problem.message) for problem in check_base(copy)] == [
        ("K601", "`retroactive` has 0 examples under `counterexamples`")
    ]


def test_every_code_is_in_the_table_with_what_to_do(root: Path) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (root / "legit").rglob("*.py"))
    raised = set(re.findall(r'"([LCKDQB]\d{3})"', code))
    page = (root / "docs" / "language.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([LCKDQB]\d{3}) \| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == list(dict.fromkeys(row[0] for row in rows))
    assert {row[0] for row in rows} == raised
