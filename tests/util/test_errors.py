"""The exceptions of the package: the tree in `legit.errors` shows each of them."""

from __future__ import annotations

import importlib
import re

from legit import errors

MODULES = ("legit._util.optional", "legit.evals.runner", "legit.evals.systems", "legit.query.parser", "legit.cli")


def test_the_tree_of_exceptions_is_complete() -> None:
    for module in MODULES:
        importlib.import_module(module)
    shown = set(re.findall(r"[|`]- (\w+)", errors.__doc__ or ""))
    assert {cls.__name__ for cls in errors.LegitError.__subclasses__() if cls.__module__.startswith("legit")} == shown


def test_a_problem_shows_its_position_help_and_nearest_names() -> None:
    problem = errors.Problem("L001", "`x` is not known", 2, 3, "case.legit", "see the list", ("y",))
    assert str(problem) == "case.legit:2:3: L001: `x` is not known\n    help: see the list\n    did you mean: y"
