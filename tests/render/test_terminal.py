"""Tables for terminals: columns stand under each other whatever the characters, and nothing in a cell is obeyed."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legit.errors import MissingExtraError
from legit.render.terminal import cell_width, progress, wrap
from legit.render.text_table import table_lines

COMBINED = "cafe\u0301"


def test_widths_are_counted_in_cells() -> None:
    assert [cell_width(text) for text in ("Tokyo", "東京都", COMBINED)] == [5, 6, 4]
    assert list(table_lines(("a",), [{"a": "東京都庁"}], 6)) == ["a", "東京 …"]


def test_columns_stand_under_each_other() -> None:
    rows = [{"place": place, "number": number} for number, place in enumerate(("東京都", COMBINED, "Oslo"))]
    lines = list(table_lines(("place", "number"), rows))
    assert lines == ["place   number", "東京都  0", f"{COMBINED}    1", "Oslo    2"]
    assert {cell_width(line[: line.rindex("  ") + 2]) for line in lines} == {8}


def test_control_and_bidi_characters_are_escaped_before_they_are_measured() -> None:
    (_, line) = table_lines(("text", "end"), [{"text": "\x1b[2J\u202e", "end": "x"}])
    assert line == "\\x1b[2J\\u202e  x"


def test_a_cell_that_does_not_fit_is_folded_and_nothing_is_lost() -> None:
    rows = [{"number": "1", "text": "東" * 30}, {"number": "22", "text": "short"}]
    lines = list(table_lines(("number", "text"), rows, 20))
    assert all(cell_width(line) <= 20 for line in lines)
    assert [line.endswith("…") for line in lines] == [False, True, False]
    lines = list(table_lines(("number", "text"), rows))
    assert "".join(lines).count("東") == 30
    assert [line.split() for line in lines][-1] == ["22", "short"]


def test_every_row_of_a_long_table_has_the_columns_of_the_first_ones() -> None:
    rows = ({"a": str(number), "b": "x" * (number % 7 + 1)} for number in range(500))
    lines = list(table_lines(("a", "b"), rows))
    assert len(lines) == 501
    assert {line.index("x") for line in lines[1:]} == {5}
    assert sum(line.split() == ["a", "b"] for line in lines) == 1


def test_a_text_is_wrapped_by_cells() -> None:
    assert wrap("東京都庁 東京都庁 Oslo", 20, "- ", "  ") == ["- 東京都庁 東京都庁", "  Oslo"]
    assert wrap("東京都庁", 5) == ["東京", "都庁"]
    assert wrap(f"{COMBINED} {COMBINED}", 9) == [f"{COMBINED} {COMBINED}"]
    assert wrap("", 9, "- ") == []


@given(st.text(alphabet="ab ,-.", max_size=60), st.integers(12, 30))
def test_a_text_of_short_words_is_wrapped_as_the_standard_library_does(text: str, width: int) -> None:
    text = " ".join(word[:8] for word in text.split())
    expected = textwrap.wrap(text, width, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
    assert wrap(text, width, "- ", "  ") == expected


def test_without_rich_a_character_is_one_cell_of_a_wrapped_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    assert wrap("東京都庁 Oslo", 4) == ["東京都庁", "Oslo"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress("checking") as step:
        step(1, 2)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress("checking") as step:
        step(1, 2, "[red]1 failed")
        print("a finding")
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "checking" in shown
    assert "1/2" in shown
    assert "[red]1 failed" in shown
    assert capsys.readouterr().out == "a finding\n"


def test_progress_shows_the_rate_and_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 110.0, 110.0, 110.0])
    monkeypatch.setattr("legit.render.terminal.time.monotonic", lambda: next(clock, 110.0))
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress("judging", rated=True) as step:
        step(20_000, 100_000)
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "2,000/s" in shown
    assert "-:--:--" in shown  # one step says nothing of the time that is left yet


def test_help_and_json_import_no_rich() -> None:
    code = (
        "import contextlib, io, sys\nfrom legit.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main(['kb', 'list', '--json'] if sys.argv[1:] else ['--help'])\n"
        "print('rich' in sys.modules, 'jinja2' in sys.modules)"
    )
    for arguments in ([], ["json"]):
        run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        assert run.stdout.split() == ["False", "False"]


def test_without_rich_there_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.cells", None)
    with pytest.raises(MissingExtraError, match="text for a terminal needs the extra `cli`"):
        cell_width("x")
