"""What is optional stays optional: the core imports none of it, and what is missing is said in one sentence."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

from legit._util.optional import import_optional
from legit.cli import main
from legit.errors import MissingExtraError

OPTIONAL = ("atheris", "inspect_ai", "langchain", "langchain_core", "langgraph", "mcp", "tiktoken", "uvicorn")


@pytest.mark.parametrize(
    ("imported", "allowed"),
    [
        ("legit, legit.cli, legit.consult, legit.evals.runner, legit.evals.report_html, legit.evals.systems", ()),
        ("legit.integrations.mcp", ("mcp", "uvicorn")),
        ("legit.integrations.inspect", ("inspect_ai", "mcp", "tiktoken", "uvicorn")),
    ],
)
def test_each_part_imports_only_what_it_needs(imported: str, allowed: tuple[str, ...]) -> None:
    code = f"import sys, {imported}; print(*(name for name in {OPTIONAL!r} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) <= set(allowed)


def test_the_core_depends_on_none_of_it() -> None:
    required = [item for item in requires("legit-rules") or [] if "extra ==" not in item]
    assert {re.split(r"[<>=!~ ;\[]", item)[0] for item in required} == {
        "clingo", "confusable-homoglyphs", "lark", "networkx", "pydantic",
    }  # fmt: skip


def test_a_missing_extra_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain", None)
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(MissingExtraError) as caught:
        import_optional("langchain.chat_models", "eval", "a chat model's name")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("X001", "a chat model's name needs the extra `eval`")
    assert problem.help == "pip install 'legit-rules[eval]', or in a copy of the repository: pip install '.[eval]'"


def test_an_extra_that_is_there_and_broken_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_extra.py").write_text("import something_else_that_is_not_there")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="something_else") as caught:
        import_optional("broken_extra", "x", "y")
    assert not isinstance(caught.value, MissingExtraError)


@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [
        (["mcp"], "mcp", "mcp"),
        (["eval", "agent", "openai:gpt-5", "--cases", "README.md", "--output", "no"], "langchain", "eval"),
    ],
)
def test_commands_whose_extra_is_missing(
    command: list[str],
    module: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    for name in ("mcp", "mcp_resources", "mcp_sdk"):
        monkeypatch.delitem(sys.modules, f"legit.integrations.{name}", raising=False)
    monkeypatch.setattr("legit.evals.dataset.load_cases", lambda path: [])
    assert main(command) == 2
    error = capsys.readouterr().err
    assert f"pip install 'legit-rules[{extra}]'" in error
    assert "Traceback" not in error
