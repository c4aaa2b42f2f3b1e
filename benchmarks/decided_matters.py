"""How the verdicts on 140 decided matters, described blind three times, compare with what was decided.

Run: python benchmarks/decided_matters.py [--list]

`--list` prints each matter whose verdict differs, with the criteria that decide. Shares have Wilson intervals of 95 %.
A sentence that is not understood is left out and counted: in use its author would be told.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from legit.evals.intervals import wilson
from legit.judge import Judge

FOLDER = Path(__file__).parent / "decided_matters"
DESCRIPTIONS = ("first", "second", "third")
EXPECTED = {"struck": "defeated", "upheld": "stands", "contested": "contested"}


def main(arguments: list[str]) -> int:
    judge = Judge()
    lines = (FOLDER / "matters.jsonl").read_text(encoding="utf-8").splitlines()
    matters = {matter["id"]: matter for matter in map(json.loads, lines)}
    for name in DESCRIPTIONS:
        compare(judge, matters, name, listed="--list" in arguments)
    return 0


def compare(judge: Judge, matters: dict[str, dict[str, str]], name: str, *, listed: bool) -> None:
    """Print how the verdicts on one set of descriptions agree."""
    cases, problems = judge.reader.parse((FOLDER / f"{name}.legit").read_text(encoding="utf-8"), strict=False)
    print(f"{name}: {len(problems)} sentences not understood")
    verdicts: dict[str, Counter[str]] = {outcome: Counter() for outcome in EXPECTED}
    for case in cases:
        matter, decision = matters[case.name], judge.decide(case)
        verdict = decision.verdict.value
        verdicts[matter["outcome"]][verdict] += 1
        if listed and verdict != EXPECTED[matter["outcome"]]:
            deciding = [finding[0] for finding in decision.findings if finding[-1] in ("defeats", "tied")]
            print(f"  {case.name} {matter['title']}: {matter['outcome']}, {verdict}: {', '.join(deciding)}")
    for outcome, counts in verdicts.items():
        agreeing, total = counts[EXPECTED[outcome]], sum(counts.values())
        interval = wilson(agreeing, total).interval()
        shown = f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})" if interval else "-"
        print(f"  {outcome:10} {agreeing:3} of {total:3} {shown:28} {dict(counts.most_common())}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
