"""The options of every command: help, formats, defaults, what is not there and what is called otherwise today."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from legit.cli import main
from legit.cli.explain_formats import EXPLANATION_FORMATS, format_names
from legit.cli.main import build_parser
from legit.cli.parser import RENAMED_COMMANDS, RENAMED_OPTIONS
from tests.conftest import ROOT, Capture

STAMP = str(ROOT / "examples" / "01_stamp_that_nobody_can_give.legit")


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of all commands, without those that only group commands."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for item in group.choices.values():
            yield from commands(item)


COMMANDS = {parser.prog.removeprefix("legit "): parser for parser in commands(build_parser())}


def test_the_commands_are_these() -> None:
    kb = "check citations diff graph list new query search sensitivity show site test verify"
    log = "check-proof checkpoint columns copy count coverage explain export keygen migrate override prove query redact replay report show timestamp verify"
    assert sorted(COMMANDS) == sorted(
        [
            *(
                "assess",
                "batch",
                "describe",
                "explain",
                "interview",
                "lsp",
                "mcp",
                "parse",
                "review",
                "serve token",
                "vocabulary",
            ),
            *(f"dataset {name}" for name in ("check", "make")),
            *(f"dossier {name}" for name in ("compare", "keygen", "plan", "report", "run", "seal", "verify")),
            *(f"kb {name}" for name in kb.split()),
            *(f"log {name}" for name in log.split()),
            *(f"eval {name}" for name in ("agent", "dataset", "report")),
        ]
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_no_unknown_option(command: str, capsys: Capture) -> None:
    assert main([*command.split(), "--help"]) == 0
    page = capsys.readouterr().out
    assert "exit status" in page
    assert "(default: None)" not in page
    assert main([*command.split(), "--no-such-option"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_format_is_the_default(command: str) -> None:
    formats = [action for action in COMMANDS[command]._actions if "--format" in action.option_strings]
    assert all(action.choices and action.default == next(iter(action.choices)) for action in formats)


def test_no_option_is_abbreviated(capsys: Capture) -> None:
    assert main(["assess", STAMP, "--ful"]) == 2
    assert "unrecognized arguments: --ful; did you mean --full?" in capsys.readouterr().err


@pytest.mark.parametrize("old", RENAMED_COMMANDS)
def test_an_old_command_is_answered_with_its_name_today(old: str, capsys: Capture) -> None:
    *group, name = old.split()[1:]
    assert main([*group, name, "x"]) == 2
    assert f"there is no command `{name}`; did you mean {RENAMED_COMMANDS[old]}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "new"),
    [
        (["explain", STAMP, "--whole"], "--full"),
        (["explain", STAMP, "--all"], "--exhaustive"),
        (["kb", "list", "--json"], "--format json"),
        (["kb", "test", "--all"], "--include-base"),
        (["log", "replay", "x", "--all"], "--include-unchanged"),
        (["log", "query", "x", "--rests-on", "user"], "--needs-source"),
        (["log", "count", "x", "--by", "authority"], "--group-by"),
    ],
)
def test_an_old_option_is_answered_with_its_name_today(argv: list[str], new: str, capsys: Capture) -> None:
    assert main(argv) == 2
    assert f"did you mean {new}?" in capsys.readouterr().err


def test_every_name_of_today_is_an_option() -> None:
    known = {option for parser in COMMANDS.values() for option in parser._option_string_actions}
    assert {name.split()[0] for names in RENAMED_OPTIONS.values() for name in names} <= known


@pytest.mark.parametrize(
    "argv",
    [
        ["assess", STAMP, "--time-limit", "0"],
        ["kb", "search", "x", "--limit", "0"],
        ["kb", "verify", "--bound", "13"],
        ["kb", "test", "--min-coverage", "101"],
        ["kb", "query", "which cases are defeated?", "--answer-sets", "2"],
        ["kb", "verify", "x", "--include-base"],
        ["kb", "diff", "rules_kb", "rules_kb", "--kb", "rules_kb"],
        ["mcp", "--port", "1"],
        ["mcp", "--text-policy", "hashed"],
        ["assess", STAMP, "--text-policy", "hashed"],
        ["vocabulary", "--stats", "--for-agents"],
    ],
    ids=" ".join,
)
def test_options_that_say_nothing_or_do_not_go_together_are_refused(argv: list[str], capsys: Capture) -> None:
    assert main(argv) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", EXPLANATION_FORMATS)
def test_every_format_explains_a_case(name: str, capsys: Capture) -> None:
    assert main(["explain", STAMP, "--format", name]) == 0
    assert capsys.readouterr().out.strip()
    why_not = ["explain", STAMP, "--why-not", "stands", "--format", name]
    assert main(why_not) == (0 if EXPLANATION_FORMATS[name].why_not_renderer else 2)


def test_the_formats_begin_with_text_and_hold_json() -> None:
    assert format_names()[:2] == ("text", "json")
