"""A pytest plugin: `pytest --legit-kb=DIR` runs what a knowledge base says of itself as tests of their own.

Collected are the check of the whole base, every example of every criterion, every precedent, every question about all
cases, and every law on generated cases. Of a base that extends another only what is its own is collected, unless
`--legit-all` is given. It is registered with pytest under the name `legit` and does nothing without the option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from legit.assurance.examples import Outcome
    from legit.judge import Judge

_PATIENCE = 300.0
"""How many seconds a question about all cases may take."""

Run = Callable[[], str]
"""Runs one test; returns what is wrong, empty when nothing is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("legit", "knowledge bases of legit")
    group.addoption("--legit-kb", action="append", default=[], metavar="DIR", help="test the knowledge base in DIR")
    group.addoption(
        "--legit-all", action="store_true", help="of a base that extends another, test what that one says of itself too"
    )
    group.addoption(
        "--legit-cases", type=int, default=200, metavar="N", help="try each law on N cases (default: %(default)s)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tests of the bases that were asked for."""
    for folder in config.getoption("--legit-kb"):
        name = Path(folder).resolve().name
        base = Base.from_parent(session, name=name, nodeid=name, folder=Path(folder))
        items.extend(base.collect())


class Base(pytest.Collector):
    """A knowledge base; one that cannot be loaded has that one test, which fails with every problem."""

    def __init__(self, *, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._folder = folder

    def collect(self) -> Iterator[Check]:
        from legit.errors import KnowledgeBaseError
        from legit.judge import Judge
        from legit.knowledge.base import KnowledgeBase

        tests: list[tuple[str, Run]]
        try:
            judge = Judge(KnowledgeBase.load(self._folder))
            own = not self.config.getoption("--legit-all")
            tests = [*_told(judge, own), *_asked(judge, own)]
            tests += _laws(judge, self.config.getoption("--legit-cases"), own)
        except KnowledgeBaseError as error:
            problems = str(error)
            tests = [("loads", lambda: problems)]
        for name, run in tests:
            yield Check.from_parent(self, name=name, run=run, folder=self._folder)


class Check(pytest.Item):
    """One test of a knowledge base."""

    def __init__(self, *, run: Run, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._run = run
        self._folder = folder

    def runtest(self) -> None:
        wrong = self._run()
        if wrong:
            pytest.fail(wrong, pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self._folder, None, self.name


def _told(judge: Judge, own: bool) -> Iterator[tuple[str, Run]]:
    """The check of the base, its examples and its precedents."""
    from legit.assurance.examples import checks, outcome
    from legit.assurance.lint import check

    yield "check", lambda: "\n".join(map(str, check(judge.base.root, judge.base.profile.id)))
    for item in checks(judge.base, own=own):
        name = f"precedent {item.name}" if item.kind == "precedent" else item.name
        yield f"{name} ({item.why})" if item.why else name, _outcome(judge, item.text, partial(outcome, judge, item))


def _outcome(judge: Judge, text: str, run: Callable[[], Outcome]) -> Run:
    """Tells of a failure with the case and the whole answer to it."""

    def told() -> str:
        from legit.errors import LegitError
        from legit.render.assessment_text import render

        outcome = run()
        if outcome.passed:
            return ""
        try:
            answer = render(judge.assess(text))
        except LegitError:
            answer = ""  # the message says what was not understood
        return f"{outcome.message}\n\n{text.strip()}\n\n{answer}"

    return told


def _asked(judge: Judge, own: bool) -> Iterator[tuple[str, Run]]:
    """The questions about all cases: each must have the answer that is expected."""
    from legit.assurance.properties import Property, load_properties
    from legit.assurance.verify import Verifier
    from legit.engine.program import Bounds

    verifier = Verifier(judge, Bounds())

    def answered(item: Property) -> str:
        answer = verifier.answer(item, _PATIENCE)
        if answer.holds:
            return ""
        lines = [f"{item.question} Expected: {item.answer}. {item.statement}"]
        lines += ["not answered in time"] if not answer.settled else []
        for found in answer.against:
            lines.append(f"against it: {found.instance}" if found.instance else "against it:")
            lines += [found.witness.text, *found.witness.says] if found.witness else []
        return "\n".join([*lines, *(f"stands as an exception, and is none: {name}" for name in answer.stale)])

    for item in load_properties(judge.base):
        if not own or judge.base.owns(item.path):
            yield f"question {item.id}", partial(answered, item)


def _laws(judge: Judge, cases: int, own: bool) -> Iterator[tuple[str, Run]]:
    from legit.testing.invariants import KnownBreak, Law, LawBrokenError, known, laws, obey, still_broken
    from legit.testing.seeded_cases import Source

    source = Source(judge)

    def tried(law: Law) -> str:
        try:
            for number in range(cases):
                obey(law, judge, source.case(number), first=number)
        except LawBrokenError as error:
            return str(error)
        return ""

    def excepted(law: Law, item: KnownBreak) -> str:
        if wrong := still_broken(law, judge, item.case):
            pytest.xfail(f"{item.why} {wrong}")
        return f"the law `{law.name}` holds now of the case that broke it: take it off laws.toml\n\n{item.case}"

    breaks = known(judge.base)
    extends = judge.base.extended() is not None
    for law in laws(judge.base):
        if own and extends and not judge.base.owns(law.place):
            continue
        run = partial(excepted, law, breaks[law.name]) if law.name in breaks else partial(tried, law)
        yield f"law {law.name}", run
