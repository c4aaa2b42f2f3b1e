"""Tables for terminals: columns stand under each other whatever the characters, and nothing in a cell is obeyed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from legit.errors import MissingExtraError
from legit.render.terminal import cell_width, fit, shorten
from legit.render.text_table import table_lines

COMBINED = "cafe\u0301"


def test_widths_are_counted_in_cells() -> None:
    assert [cell_width(text) for text in ("Tokyo", "東京都", COMBINED)] == [5, 6, 4]
    assert fit("東京都", 8) == "東京都  "
    assert fit(COMBINED, 6) == COMBINED + "  "
    assert shorten("東京都", 6) == "東京都"
    assert shorten("東京都庁", 6) == "東京 …"


def test_columns_stand_under_each_other() -> None:
    rows = [{"place": place, "number": number} for number, place in enumerate(("東京都", COMBINED, "Oslo"))]
    lines = list(table_lines(("place", "number"), rows))
    assert lines == ["place   number", "東京都  0", f"{COMBINED}    1", "Oslo    2"]
    assert {cell_width(line[: line.rindex("  ") + 2]) for line in lines} == {8}


def test_control_and_bidi_characters_are_escaped_before_they_are_measured() -> None:
    (_, line) = table_lines(("text", "end"), [{"text": "\x1b[2J\u202e", "end": "x"}])
    assert line == "\\x1b[2J\\u202e  x"


def test_a_long_line_is_cut_at_the_width() -> None:
    lines = list(table_lines(("text",), [{"text": "東" * 30}], 20))
    assert cell_width(lines[1]) <= 20
    assert lines[1].endswith("…")


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
