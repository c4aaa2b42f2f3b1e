"""The exceptions of the package: the tree in `legit.errors` shows each of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from legit import errors
from tests.conftest import ROOT

INTERNAL = {
    "GrammarConflictError", "InvalidDateError", "InvariantViolationError", "NoMessageError", "PolicyError",
    "TargetViolationError", "TooManyAnswerSetsError", "UnknownCriterionError", "UnsupportedRuleError", "UnsupportedSchemaError", "UsageError",
}  # fmt: skip
"""Exceptions that are caught where they arise, and the AssertionErrors of `legit.testing`."""


def _exceptions() -> Iterator[tuple[str, str]]:
    """The module and the name of each class that is called an error."""
    for folder in ("legit", "integrations"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and not node.name.startswith("_"):
                    yield path.relative_to(ROOT).as_posix(), node.name


def test_every_exception_is_defined_in_one_module() -> None:
    assert {name for module, name in _exceptions() if module != "legit/errors.py"} == INTERNAL


def test_the_tree_of_exceptions_is_complete() -> None:
    shown = set(re.findall(r"[|`]- (\w+)", errors.__doc__ or ""))
    assert {cls.__name__ for cls in errors.LegitError.__subclasses__() if cls.__module__.startswith("legit")} == shown
    assert {"LegitError", *shown} == {name for module, name in _exceptions() if module == "legit/errors.py"}


def test_a_problem_shows_its_position_help_and_nearest_names() -> None:
    problem = errors.Problem("L001", "`x` is not known", 2, 3, "case.legit", "see the list", ("y",))
    assert str(problem) == "case.legit:2:3: L001: `x` is not known\n    help: see the list\n    did you mean: y"
