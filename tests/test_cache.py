"""The cache on disk leaves alone what is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from lark import Lark
from lark.exceptions import GrammarError

from legit import cache
from legit.judge import Judge
from legit.language.grammar import Grammar
from legit.language.reader import Reader
from legit.language.tables import lark_for


def test_files_of_others_in_the_folder_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    theirs = [tmp_path / f"doc{number}.txt" for number in range(60)]
    for path in theirs:
        path.write_text("mine", encoding="utf-8")
    for number in range(50):
        cache.write("entry", str(number), [number])
    assert all(path.exists() for path in theirs)
    assert len(list(tmp_path.iterdir())) <= 60 + 40
    assert cache.read("entry", "49") == [49]


def test_the_tables_of_the_parser_are_made_once(judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    made = []
    make = Lark.__init__

    def counted(self: Lark, *args: object, **options: object) -> None:
        made.append(self)
        make(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Lark, "__init__", counted)
    text = (
        'Case "x".\nThe authority is a club. The user is not a tenant. [record "p. 3"]\nThe rule is 3 years old.\nFlub.'
    )
    results = [Reader(Grammar(judge.base.vocabulary)).read(text) for _ in range(3)]
    assert len(made) == 1
    assert results == [judge.reader.read(text)] * 3
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(entry.read_bytes()[:-1])
    assert Reader(Grammar(judge.base.vocabulary)).read(text) == results[0]
    assert len(made) == 2


def test_a_grammar_that_is_none_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGIT_CACHE", str(tmp_path))
    for _ in range(2):
        with pytest.raises(GrammarError):
            lark_for("statement: A | a\na: A\nheading: A\n%declare A")
    assert list(tmp_path.iterdir()) == []
