"""Compares the results of the examples and precedents of an extended base before and after the extension."""

from __future__ import annotations

from collections.abc import Iterator

from legit.assurance.examples import ExpectedCase, expected_cases, run_case
from legit.errors import LegitError, Problem
from legit.judge import Judge

_HELP = "narrow the criterion, or argue the change in base.toml under [accepted_regressions]"


def extension_regressions(judge: Judge) -> Iterator[Problem]:
    """K606 for each example or precedent of an extended base whose result changes and is not accepted.

    An accepted regression whose result does not change is a K606 too.
    """
    base = judge.base
    below = base.parent()
    if below is None:
        return
    alone = Judge(below)
    argued = {name: place for place, item in base.manifest.extensions.items() for name in item.accepted_regressions}
    unused = dict(argued)
    for check in expected_cases(base):
        if base.owns_path(check.path):
            continue
        change = _regression(alone, judge, check)
        if not change:
            continue
        unused.pop(check.name, None)
        if check.name not in argued:
            yield Problem(
                "K606", f"{check.kind} `{check.name}` has a different result: {change}", 0, 0, check.path, _HELP
            )
    for name, place in unused.items():
        if base.owns_path(place):
            message = f"`{name[:60]}` is no example or precedent with a different result"
            yield Problem("K606", message, source=place, help="take it off [accepted_regressions]")


def _regression(base_judge: Judge, judge: Judge, expected: ExpectedCase) -> str:
    """The first difference in the result of an expected case, empty if there is none."""
    try:
        if expected.profile:
            base_judge, judge = base_judge.with_profile(expected.profile), judge.with_profile(expected.profile)
        before, after = base_judge.parse_case(expected.text), judge.parse_case(expected.text)
        if before != after:
            return "its sentences are parsed differently"
        was, is_ = base_judge.decide(before), judge.decide(after)
    except LegitError as error:
        return error.problems[0].message
    for what in ("verdict", "action", "method_harm"):
        if getattr(was, what) != getattr(is_, what):
            new = sorted({name for name, _ in is_.findings} - {name for name, _ in was.findings})
            by = f", as {', '.join(f'`{name}`' for name in new)} applies" if new else ""
            return f"{what.replace('_', ' ')} {getattr(is_, what)} instead of {getattr(was, what)}{by}"
    found = run_case(judge, expected)
    return "" if found.passed or not run_case(base_judge, expected).passed else found.message
