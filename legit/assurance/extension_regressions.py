"""Whether what a base says of itself still comes out under a base that extends it."""

from __future__ import annotations

from collections.abc import Iterator

from legit.assurance.examples import Check, checks, outcome
from legit.errors import LegitError, Problem
from legit.judge import Judge

_HELP = "narrow the criterion, or argue the departure in base.toml under [departures]"


def departures(judge: Judge) -> Iterator[Problem]:
    """The examples and precedents of an extended base that come out otherwise, and that nothing argues (K606).

    What an extension argues under `departures` and comes out as before is a problem too.
    """
    base = judge.base
    below = base.extended()
    if below is None:
        return
    alone = Judge(below)
    argued = {name: place for place, item in base.about.extensions.items() for name in item.departures}
    unused = dict(argued)
    for check in checks(base):
        if base.owns(check.path):
            continue
        change = _change(alone, judge, check)
        if not change:
            continue
        unused.pop(check.name, None)
        if check.name not in argued:
            yield Problem("K606", f"{check.kind} `{check.name}` comes out otherwise: {change}", 0, 0, check.path, _HELP)
    for name, place in unused.items():
        if base.owns(place):
            message = f"`{name[:60]}` is no example or precedent that comes out otherwise"
            yield Problem("K606", message, source=place, help="take it off [departures]")


def _change(alone: Judge, judge: Judge, check: Check) -> str:
    """What becomes of a check of the extended base in the extension; empty where all comes out as before."""
    try:
        if check.profile:
            alone, judge = alone.under(check.profile), judge.under(check.profile)
        before, after = alone.read_one(check.text), judge.read_one(check.text)
        if before != after:
            return "its sentences are read otherwise"
        was, is_ = alone.decide(before), judge.decide(after)
    except LegitError as error:
        return error.problems[0].message
    for what in ("verdict", "action", "harm"):
        if getattr(was, what) != getattr(is_, what):
            new = sorted({name for name, _ in is_.findings} - {name for name, _ in was.findings})
            by = f", as {', '.join(f'`{name}`' for name in new)} applies" if new else ""
            return f"{what} {getattr(is_, what)} instead of {getattr(was, what)}{by}"
    found = outcome(judge, check)
    return "" if found.passed or not outcome(alone, check).passed else found.message
