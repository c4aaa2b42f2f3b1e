"""A pytest plugin: `pytest --legit-kb=DIR` runs the checks of a knowledge base as tests.

It collects the check of the whole base, every example of every criterion, every precedent, every property, and every
invariant on generated cases. Of a base that extends another, it collects only the base's own parts, unless
`--legit-include-base` is given. Pytest registers the plugin as `legit`; without the option it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from legit.assurance.examples import CheckResult
    from legit.judge import Judge

_TIME_LIMIT = 300.0
"""How many seconds the search for a property may take."""

CheckFunction = Callable[[], str]
"""Runs one test. Returns the failure, empty if there is none."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("legit", "knowledge bases of legit")
    group.addoption("--legit-kb", action="append", default=[], metavar="DIR", help="test the knowledge base in DIR")
    group.addoption(
        "--legit-pack", action="append", default=[], metavar="NAME", help="add a pack to each of these bases"
    )
    group.addoption(
        "--legit-include-base",
        action="store_true",
        help="of a base that extends another, test what that one says of itself too",
    )
    group.addoption(
        "--legit-cases", type=int, default=200, metavar="N", help="try each invariant on N cases (default: %(default)s)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tests of the bases that were asked for."""
    for folder in config.getoption("--legit-kb"):
        name = Path(folder).resolve().name
        base = KnowledgeBaseCollector.from_parent(session, name=name, nodeid=name, folder=Path(folder))
        items.extend(base.collect())


class KnowledgeBaseCollector(pytest.Collector):
    """A knowledge base. A base that cannot be loaded has one test, which fails and shows every problem."""

    def __init__(self, *, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._folder = folder

    def collect(self) -> Iterator[KnowledgeBaseItem]:
        from legit.errors import KnowledgeBaseError
        from legit.judge import Judge
        from legit.knowledge.base import KnowledgeBase

        tests: list[tuple[str, CheckFunction]]
        try:
            packs = self.config.getoption("--legit-pack")
            judge = Judge(KnowledgeBase.load(self._folder, packs=packs))
            own = not self.config.getoption("--legit-include-base")
            tests = [*_case_checks(judge, own, self._folder, packs), *_property_checks(judge, own)]
            tests += _invariant_checks(judge, self.config.getoption("--legit-cases"), own)
        except KnowledgeBaseError as error:
            problems = str(error)
            tests = [("loads", lambda: problems)]
        for name, run in tests:
            yield KnowledgeBaseItem.from_parent(self, name=name, run=run, folder=self._folder)


class KnowledgeBaseItem(pytest.Item):
    """One test of a knowledge base."""

    def __init__(self, *, run: CheckFunction, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._run = run
        self._folder = folder

    def runtest(self) -> None:
        wrong = self._run()
        if wrong:
            pytest.fail(wrong, pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self._folder, None, self.name


def _case_checks(
    judge: Judge, own_only: bool, folder: Path, packs: Sequence[str]
) -> Iterator[tuple[str, CheckFunction]]:
    """The check of the base, its examples and its precedents."""
    from legit.assurance.examples import expected_cases, run_case
    from legit.assurance.lint import check_base

    yield "check", lambda: "\n".join(map(str, check_base(folder, judge.base.profile.id, packs=packs)))
    for item in expected_cases(judge.base, own_only=own_only):
        name = f"precedent {item.name}" if item.kind == "precedent" else item.name
        yield (
            f"{name} ({item.why})" if item.why else name,
            _case_check(judge, item.text, partial(run_case, judge, item)),
        )


def _case_check(judge: Judge, text: str, run: Callable[[], CheckResult]) -> CheckFunction:
    """Tells of a failure with the case and the whole answer to it."""

    def told() -> str:
        from legit.errors import LegitError
        from legit.render.assessment_text import render_assessment

        outcome = run()
        if outcome.passed:
            return ""
        try:
            answer = render_assessment(judge.assess(text))
        except LegitError:
            answer = ""  # the message names the sentence that was not understood
        return f"{outcome.message}\n\n{text.strip()}\n\n{answer}"

    return told


def _property_checks(judge: Judge, own_only: bool) -> Iterator[tuple[str, CheckFunction]]:
    """The properties: each must have the answer that is expected."""
    from legit.assurance.verify import Verifier
    from legit.engine.ground_rule import Bounds
    from legit.knowledge.properties import Property, load_properties

    verifier = Verifier(judge, Bounds())

    def answered(item: Property) -> str:
        answer = verifier.check(item, _TIME_LIMIT)
        if answer.holds:
            return ""
        lines = [f"{item.question} Expected: {item.answer}. {item.statement}"]
        lines += ["not answered in time"] if not answer.conclusive else []
        for found in answer.counterexamples:
            lines.append(f"against it: {found.instance}" if found.instance else "against it:")
            lines += [found.case.text, *found.case.outcomes] if found.case else []
        return "\n".join(
            [*lines, *(f"stands as an exception, and is none: {name}" for name in answer.stale_exceptions)]
        )

    for item in load_properties(judge.base):
        if not own_only or judge.base.owns_path(item.path):
            yield f"question {item.id}", partial(answered, item)


def _invariant_checks(judge: Judge, cases: int, own_only: bool) -> Iterator[tuple[str, CheckFunction]]:
    from legit.testing.invariants import (
        ExpectedViolation,
        Invariant,
        InvariantViolationError,
        all_invariants,
        check_invariant,
        confirm_violation,
        expected_violations,
    )
    from legit.testing.seeded_cases import SeededCases

    source = SeededCases(judge)

    def tried(invariant: Invariant) -> str:
        try:
            for number in range(cases):
                check_invariant(invariant, judge, source.case(number), first_seed=number)
        except InvariantViolationError as error:
            return str(error)
        return ""

    def excepted(invariant: Invariant, item: ExpectedViolation) -> str:
        if wrong := confirm_violation(invariant, judge, item.case):
            pytest.xfail(f"{item.why} {wrong}")
        known = f"the invariant `{invariant.name}` holds now of the case that broke it"
        return f"{known}: take it off invariants.toml\n\n{item.case}"

    breaks = expected_violations(judge.base)
    extends = judge.base.parent() is not None
    for invariant in all_invariants(judge.base):
        if own_only and extends and not judge.base.owns_path(invariant.defined_at):
            continue
        run = (
            partial(excepted, invariant, breaks[invariant.name])
            if invariant.name in breaks
            else partial(tried, invariant)
        )
        yield f"invariant {invariant.name}", run
