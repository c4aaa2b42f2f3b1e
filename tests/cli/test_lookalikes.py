"""Names that look alike in several alphabets are told wherever cases are read, and count as different."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from legit._util.lookalikes import lookalikes
from legit.assurance.lint import _lookalike_notes
from legit.assurance.scaffold import new_base
from legit.cli import main
from legit.knowledge.base import KnowledgeBase
from tests.conftest import Capture

LATIN, MIXED = "cafe board", "\u0441\u0430fe board"  # the second begins with two Cyrillic letters
CASE = f'"{LATIN}" is a root of authority.\n"{MIXED}" is a root of authority.\nObeying costs nothing that matters.\n'
TOLD = f"“{LATIN}” and “{MIXED}” look alike and count as different names"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "case.legit").write_text(CASE, encoding="utf-8")
    return tmp_path / "case.legit"


@pytest.mark.parametrize("command", ["assess", "explain", "parse"])
def test_a_command_that_reads_a_case_tells_them_beside_its_answer(file: Path, capsys: Capture, command: str) -> None:
    assert main([command, str(file), "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert printed.err.count(TOLD) == 1
    assert TOLD not in printed.out


def test_a_query_of_a_log_tells_them(file: Path, tmp_path: Path, capsys: Capture) -> None:
    log = str(tmp_path / "log")
    for name in (LATIN, MIXED):  # each in a case of its own
        file.write_text(f'"{name}" is a root of authority.\n', encoding="utf-8")
        assert main(["assess", str(file), "--log", log]) == 0
    assert TOLD not in capsys.readouterr().err
    assert main(["log", "query", log]) == 0
    assert TOLD in capsys.readouterr().err


def test_nothing_is_told_of_names_in_one_alphabet(file: Path, capsys: Capture) -> None:
    file.write_text('"Vl board" is a root of authority.\n"V1 board" is a root of authority.\n', encoding="utf-8")
    assert main(["assess", str(file)]) == 0
    assert capsys.readouterr().err == ""


def test_phrases_of_a_base_that_look_alike_are_noted(tmp_path: Path) -> None:
    new_base("own", tmp_path / "base")
    assert not list(_lookalike_notes(KnowledgeBase.load(tmp_path / "base")))
    path = tmp_path / "base" / "vocabulary" / "types.toml"
    values = f'one = {{ phrase = "a {LATIN}" }}\ntwo = {{ phrase = "a {MIXED}" }}\n'
    path.write_text(f'[brew]\ndescription = "a drink"\n[brew.values]\n{values}', encoding="utf-8")
    (note,) = _lookalike_notes(KnowledgeBase.load(tmp_path / "base"))
    assert note.code == "K705"
    assert f"`a {LATIN}` and `a {MIXED}` look alike" in note.message


def test_many_names_take_a_time_that_grows_with_their_number() -> None:
    names = [f"körper {number:06}" for number in range(40_000)]
    start = time.process_time()
    other = names[1].replace("p", "\u0440")  # a Cyrillic letter
    assert list(lookalikes([*names, other])) == [(names[1], other)]
    assert time.process_time() - start < 10
