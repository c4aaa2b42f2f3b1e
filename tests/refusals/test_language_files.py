"""Files of languages: what is wrong in one is named with its place, and one may be added or corrected."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from legit.errors import RefusalPatternError
from legit.refusals import PatternReader, Reply, load_languages

ENGLISH = files("legit.refusals").joinpath("languages", "en.toml").read_text(encoding="utf-8")


def problems(folder: Path, text: str) -> list[str]:
    (folder / "xx.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RefusalPatternError) as caught:
        load_languages(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_corrected_language_is_read_at_once(tmp_path: Path) -> None:
    corrected = ENGLISH.replace('"no can do",', '"no can do", "computer says no",')
    (tmp_path / "en.toml").write_text(corrected, encoding="utf-8")
    reply = Reply("Computer says no.")
    assert PatternReader(languages=load_languages(tmp_path))(reply).declines
    assert not PatternReader()(reply).declines


def test_an_unknown_word_list_is_named_with_its_line(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, ENGLISH.replace('"no can do"', '"<speeker> no can do"'))
    line = next(number for number, text in enumerate(ENGLISH.splitlines(), 1) if '"no can do"' in text)
    assert f"xx.toml:{line}:" in found
    assert "T002: no word list `speeker`" in found
    assert "did you mean: speaker" in found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("... ^", "no word that must be there"), ("(no|yes", "`(no` is no word"), ("no-go", "`no-go` is no word")],
)
def test_a_pattern_that_is_none_is_named(tmp_path: Path, pattern: str, message: str) -> None:
    (found,) = problems(tmp_path, ENGLISH.replace('"no can do"', f'"{pattern}"'))
    assert message in found


def test_a_misspelt_section_and_broken_toml_are_named(tmp_path: Path) -> None:
    assert any("`refuse`" in text for text in problems(tmp_path, ENGLISH.replace("[refuses]", "[refuse]")))
    assert "T001: not readable as TOML" in problems(tmp_path, "tag = ")[0]


def test_a_folder_without_languages_is_named(tmp_path: Path) -> None:
    with pytest.raises(RefusalPatternError, match="T001: no language file"):
        load_languages(tmp_path)
