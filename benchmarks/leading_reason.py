"""How often the leading reason is of the labelled family, over the described cases; what leads in the precedents.

    python benchmarks/leading_reason.py

The label of a described case is the name of its file in `tests/data`. The leading reason is the first finding of the
assessment that defeats the rule. The precedents have no label: their doctrine stands beside the reason that leads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from legit.catalogue.precedents import load_precedents
from legit.judge import Judge
from legit.model.assessment import Finding
from legit.model.facts import Case

DATA = Path(__file__).parents[1] / "tests" / "data"


def leading(judge: Judge, case: Case) -> tuple[Finding, ...]:
    """The findings that defeat the rule, in the order in which they are shown; none where it is not defeated."""
    assessment = judge.assess(case)
    return tuple(item for item in assessment.findings if item.effect == "defeats")


def described(judge: Judge) -> Iterator[tuple[str, str, tuple[Finding, ...]]]:
    """The label, the name and the findings of each described case whose rule is labelled as defeated."""
    for path in sorted(DATA.glob("*.legit")):
        if path.stem in judge.base.manifest.families:
            for case in judge.parse_cases(path.read_text(encoding="utf-8")):
                yield path.stem, case.name, leading(judge, case)


def main() -> None:
    """Print the shares."""
    judge = Judge()
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    instead: Counter[tuple[str, str]] = Counter()
    stated = shown = 0
    for label, _, findings in described(judge):
        if not findings:
            continue
        stated += len(findings)
        shown += sum(not item.repeats for item in findings)
        total[label] += 1
        right[label] += findings[0].family == label
        if findings[0].family != label:
            instead[label, findings[0].criterion] += 1
    for label in total:
        print(f"{label:24} {right[label]:4} of {total[label]:4}  {right[label] / total[label]:.0%}")
    print(f"{'described cases':24} {right.total():4} of {total.total():4}  {right.total() / total.total():.0%}")
    print(f"findings: {stated}, shown as grounds: {shown}")
    for (label, criterion), count in instead.most_common(25):
        print(f"  {label}: {criterion} {count}")
    for item in load_precedents(judge.base.layers):
        if item.expected == "defeated":
            (case,) = judge.parse_cases(item.facts)
            names = [finding.criterion for finding in leading(judge, case)][:1]
            print(f"  {item.doctrine or item.title}: {''.join(names) or 'not defeated'}")


if __name__ == "__main__":
    main()
