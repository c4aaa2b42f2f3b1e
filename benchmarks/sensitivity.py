"""How many decided matters one notch of one degree turns, and how many one asserted sentence turns.

Run: python benchmarks/sensitivity.py

A notch is a step of severity, or *may* for *does*, in one harm sentence. An assertion is an evaluative sentence that no
fact of the case shows. Shares have Wilson intervals of 95 %.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from legit.catalogue.precedents import load_precedents
from legit.evals.intervals import wilson
from legit.judge import Judge
from legit.model.facts import Case, Fact

ROOT = Path(__file__).parents[1]
HARMS = ("compliance_harms", "breach_harms")
ASSERTIONS = (
    'The rule is a blanket rule without exceptions: "so it is said".',
    'The rule ignores a milder means: "so it is said".',
    'The rule does not further its purpose: "so it is said".',
    'The rule lacks safeguards against abuse: "so it is said".',
    'The rule punishes out of proportion: "so it is said".',
    'The rule serves another aim than the stated one: "so it is said".',
    'The rule leaves no other way to use the right: "so it is said".',
    "The rule reaches into the user's own body.",
    "The purpose of the rule is punishment.",
    "The user had no say in making the rule.",
    "The rule burdens the user through religion.",
    'The rule asks more than is usual for its purpose: "so it is said".',
    'This case lacks what the rule is aimed at: "so it is said".',
    'What the rule requires achieves nothing: "so it is said".',
    'The rule-makers did not foresee this situation: "so it is said".',
    'What the user wants serves the purpose of the rule: "so it is said".',
    'Like cases end differently: "so it is said".',
    'The rule shifts a burden to those least able to bear it: "so it is said".',
    'The user is treated differently from others alike: "so it is said".',
    'The wording of the rule allows what the user wants: "so it is said".',
)


def notches(judge: Judge, case: Case) -> Iterator[Case]:
    """The cases that differ by one notch in one harm sentence."""
    severities = list(judge.base.vocabulary.types["severity"].values)
    likelihoods = list(judge.base.vocabulary.types["likelihood"].values)
    for place, fact in enumerate(case.facts):
        if fact.predicate not in HARMS or fact.truth.value != "true":
            continue
        likelihood, severity, *rest = fact.args
        step = severities.index(str(severity))
        changed = [(likelihood, severities[at]) for at in (step - 1, step + 1) if 0 <= at < len(severities)]
        changed += [(other, severity) for other in likelihoods if other != likelihood]
        for degrees in changed:
            moved = fact.model_copy(update={"args": (*degrees, *rest)})
            yield case.model_copy(update={"facts": (*case.facts[:place], moved, *case.facts[place + 1 :])})


def with_assertions(case: Case, assertions: tuple[Fact, ...]) -> Iterator[Case]:
    """The cases that have one assertion more."""
    for fact in assertions:
        if fact.atom not in {known.atom for known in case.facts}:
            yield case.model_copy(update={"facts": (*case.facts, fact)})


def report(name: str, turned: int, total: int) -> None:
    """Print a share with its interval."""
    interval = wilson(turned, total).interval()
    shown = f"{interval.value:6.1%}  ({interval.low:.1%} to {interval.high:.1%})" if interval else "-"
    print(f"{name:52} {turned:4} of {total:4}  {shown}")


def main() -> int:
    judge = Judge()
    assertions = tuple(judge.parse_cases(sentence)[0].facts[0] for sentence in ASSERTIONS)
    precedents = [judge.parse_cases(item.facts)[0] for item in load_precedents(judge.base.layers)]
    described = [
        case
        for path in sorted((ROOT / "tests" / "data").glob("*.legit"))
        for case in judge.parse_cases(path.read_text(encoding="utf-8"))
    ]
    for group, cases in (("precedents", precedents), ("described cases", described)):
        counts: Counter[str] = Counter()
        for case in cases:
            verdict = judge.decide(case).verdict.value
            counts[verdict] += 1
            other = {"stands": "defeated", "defeated": "stands"}.get(verdict)
            counts[f"{verdict} notch"] += any(judge.decide(x).verdict.value == other for x in notches(judge, case))
            if verdict == "stands":
                turned = with_assertions(case, assertions)
                counts["stands assertion"] += any(judge.decide(x).verdict.value == "defeated" for x in turned)
        report(f"{group}: stands, defeated by one notch", counts["stands notch"], counts["stands"])
        report(f"{group}: stands, defeated by one assertion", counts["stands assertion"], counts["stands"])
        report(f"{group}: defeated, stands by one notch", counts["defeated notch"], counts["defeated"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
