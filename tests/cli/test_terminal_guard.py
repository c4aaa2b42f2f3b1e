"""What is printed on a terminal gives it no command, whoever wrote it."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from pathlib import Path

import pytest

from legit.cli.main import main
from legit.cli.output import format_json
from legit.cli.terminal_guard import TerminalGuard

ESCAPES = "\x1b]0;pwn\x07\x9b31mEVIL\u202e\x1b[8m\x1b[2J"
COMMANDS = (
    ["assess"], ["assess", "--full"], ["explain"], ["explain", "--why-not", "stands"], ["parse"], ["interview"],
    ["explain", "--format", "dot"], ["explain", "--format", "mermaid"],
)  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_passes_on_the_escapes_of_a_case(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tmp_path / "case.legit"
    case.write_text(
        f'Case "t{ESCAPES}".\nThe authority is a bank.\nWhat the rule depends on does not exist: "d{ESCAPES}". '
        f'[document "r{ESCAPES}"]\nObeying does grave harm to the subsistence of the user.\n'
        f"Breaking the rule harms nobody.\nThe user believes that o\x07\x9b31m.\n",
        encoding="utf-8",
    )
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    main([*command, str(case)])
    shown = terminal.getvalue()
    assert "EVIL" in shown
    for sign in ("\x1b]", "\x07", "\x9b", "\u202e", "\x1b[8m", "\x1b[2J"):
        assert sign not in shown


@pytest.mark.parametrize("words", [["kb", "search"], ["kb", "show"]])
def test_no_argument_is_passed_on(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    main([*words, f"x{ESCAPES}"])
    assert "\x07" not in terminal.getvalue()


def test_every_format_character_that_nobody_sees_is_escaped() -> None:
    seen = re.compile(r"NUMBER|ARABIC|SYRIAC ABBREVIATION|EGYPTIAN|KAITHI")
    unseen = [
        sign for sign in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(sign) == "Cf" and (sign == "\u061c" or not seen.search(unicodedata.name(sign, "")))
    ]  # fmt: skip
    assert {"\u200e", "\u200f", "\u061c", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041"} <= set(unseen)
    terminal = Terminal()
    TerminalGuard(terminal).write("".join(unseen))
    assert terminal.getvalue() == "".join(ascii(sign)[1:-1] for sign in unseen)
    as_json = format_json(unseen)
    assert not set(as_json) & set(unseen)
    assert json.loads(as_json) == unseen


def test_colours_stay_and_hidden_letters_do_not() -> None:
    stream = Terminal()
    guard = TerminalGuard(stream)
    guard.write("\x1b[1;31mred\x1b[0m \x1b[8mhidden\x1b[0;8m\t\x1b[2Jcleared\n")
    assert stream.getvalue() == "\x1b[1;31mred\x1b[0m \\x1b[8mhidden\\x1b[0;8m\t\\x1b[2Jcleared\n"
    assert guard.isatty()  # type: ignore[operator]


@pytest.mark.parametrize("arguments", [[f"--{ESCAPES}"], [ESCAPES], ["assess", "x", f"--{ESCAPES}"], ["kb", ESCAPES]])
def test_an_error_about_a_name_passes_on_no_escapes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "\\x1b]0;pwn\\x07" in said
    assert not set(said) & {"\x1b", "\x07", "\x9b", "\u202e"}
