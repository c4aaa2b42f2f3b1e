"""How the verdicts on 140 decided matters, described blind, compare with what was decided.

Run: python benchmarks/decided_matters.py [--list]

`--list` prints each matter whose verdict differs, with the criteria that decide. Shares have Wilson intervals of 95 %.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from legit.evals.intervals import wilson
from legit.judge import Judge

FOLDER = Path(__file__).parent / "decided_matters"
EXPECTED = {"struck": "defeated", "upheld": "stands", "contested": "contested"}


def main(arguments: list[str]) -> int:
    judge = Judge()
    lines = (FOLDER / "matters.jsonl").read_text(encoding="utf-8").splitlines()
    matters = {matter["id"]: matter for matter in map(json.loads, lines)}
    verdicts: dict[str, Counter[str]] = {outcome: Counter() for outcome in EXPECTED}
    for case in judge.parse_cases((FOLDER / "descriptions.legit").read_text(encoding="utf-8")):
        matter, decision = matters[case.name], judge.decide(case)
        verdict = decision.verdict.value
        verdicts[matter["outcome"]][verdict] += 1
        if "--list" in arguments and verdict != EXPECTED[matter["outcome"]]:
            deciding = [finding[0] for finding in decision.findings if finding[-1] in ("defeats", "tied")]
            print(f"{case.name} {matter['title']}: {matter['outcome']}, {verdict}: {', '.join(deciding)}")
    for outcome, counts in verdicts.items():
        agreeing, total = counts[EXPECTED[outcome]], sum(counts.values())
        interval = wilson(agreeing, total).interval()
        shown = f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})" if interval else "-"
        print(f"{outcome:10} {agreeing:3} of {total:3} {shown:28} {dict(counts.most_common())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
