"""However a knowledge base is damaged, what comes out is a base or an error of legit with a code and a file."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.catalogue.precedents import load_precedents
from legit.errors import KnowledgeBaseError, LegitError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped_base

FILES = sorted(
    path.relative_to(shipped_base()).as_posix() for path in shipped_base().rglob("*") if path.suffix in {".toml", ".lp"}
)
TEXT = "The authority is a landlord.\nThe rule is applied retroactively.\nThe user tried no official channel."
VALUES = [
    "7", "-1", "3.5", "nan", "true", "2024-05-31", '""', '"the"', '"not"', '"no such thing"', '"_"', "[]", "[[]]",
    '["x", 1]', "{}", "{ a = { b = [] } }", "9" * 5000, "[" * 3000, "1e400", '"\\u0000"', "'''\n'''",
]  # fmt: skip
RULES = [
    "p(X) :- q.",
    "p(X).",
    "meets.",
    "a :- a(",
    "#include <x>.",
    ":- not a.",
    "{ a } 3.",
    "x.",
    "verdict(X) :- X = 1..3.",
]


def without_a_line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return "".join(lines)


def two_lines_exchanged(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def a_line_twice(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return "".join([*lines[:at], lines[at], *lines[at:]])


def another_value(text: str, rng: random.Random) -> str:
    places = list(re.finditer(r'(?<== )(?:"[^"\n]*"|\[[^\n]*\]|\{[^\n]*\}|[\w.]+)', text))
    if not places:
        return text
    place = rng.choice(places)
    return text[: place.start()] + rng.choice(VALUES) + text[place.end() :]


def another_word(text: str, rng: random.Random) -> str:
    words = list(re.finditer(r"\w+", text))
    one, other = rng.choice(words), rng.choice(words)
    return text[: one.start()] + other.group() + text[one.end() :]


def another_letter(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice("\0\x1b\r\n\"'#%*()[]{}.,;:=-_@&\\\ud7ffaZ9 ") + text[at + 1 :]


def cut_short(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text))]


def a_rule_more(text: str, rng: random.Random) -> str:
    return f"{text}\n{rng.choice(RULES)}\n"


DAMAGES = [
    without_a_line, two_lines_exchanged, a_line_twice, another_value, another_word, another_letter, cut_short,
    a_rule_more,
]  # fmt: skip


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("damaged") / "base"
    shutil.copytree(shipped_base(), target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def use(base: Path) -> list[str]:
    """Load a base, read and judge a case with it; the codes of what is wrong with it."""
    try:
        loaded = KnowledgeBase.load(base)
        load_precedents(loaded.layers)
        judge = Judge(loaded)
        judge.reader  # noqa: B018  (builds the grammar)
    except KnowledgeBaseError as error:
        problems = error.problems
    else:
        return []
    assert problems
    for problem in problems:
        assert re.fullmatch(r"K\d{3}", problem.code)
        assert problem.source, str(problem)
        assert "\n" not in problem.message
    return [problem.code for problem in problems]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_a_damaged_base_gives_errors_with_a_code_and_a_file(victim: Path, file: str, damage, seed: int) -> None:  # type: ignore[no-untyped-def]
    path = victim / file
    before = path.read_bytes()
    try:
        path.write_text(damage(before.decode(), random.Random(seed)), encoding="utf-8", newline="")
        use(victim)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"\x00" * 100, b"\x7fELF\x01\x02", b"\xef\xbb\xbf", b"a = 1\r\n"]
)
@pytest.mark.parametrize("file", ["base.toml", "vocabulary/lexicon.toml", "vocabulary/types.toml", "vocabulary/content.toml", "judgement/verdict.lp", "judgement/verdict.examples.toml", "profiles/default.toml", "rights/catalogue.toml", "attributes/norms.toml", "precedents/defeated.toml"])  # fmt: skip
def test_a_file_that_is_no_text_or_empty_is_refused(victim: Path, file: str, data: bytes) -> None:
    path = victim / file
    before = path.read_bytes()
    try:
        path.write_bytes(data)
        assert use(victim) or file.startswith(("precedents", "judgement"))
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("file", FILES[:: len(FILES) // 12])
def test_a_missing_file_is_no_crash(victim: Path, file: str) -> None:
    path = victim / file
    before = path.read_bytes()
    try:
        path.unlink()
        use(victim)
    finally:
        path.write_bytes(before)


def test_the_undamaged_copy_is_sound_and_judges(victim: Path) -> None:
    assert use(victim) == []
    try:
        assert Judge(KnowledgeBase.load(victim)).assess(TEXT).findings
    except LegitError as error:
        pytest.fail(str(error))
