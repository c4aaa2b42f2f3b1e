"""The order of findings: the weightiest effect first, then those with the most evidence that no earlier finding has.

A greedy weighted set cover (Chvatal 1979): the sentences of evidence are the elements, the findings are the sets. A
sentence counts for a finding by one over the number of findings that are based on it, twice where the fact has a
detail. So a finding based on what is particular to this case comes before one that follows from what it shares with
many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set

from legit.engine.decided_case import EFFECT_ORDER
from legit.model.assessment import Finding


def rank_findings(findings: Sequence[Finding], detailed: Set[str]) -> tuple[Finding, ...]:
    """The findings in the order in which to show them. `detailed` are the sentences of facts with a detail."""
    based_on: dict[str, list[str]] = {}
    for finding in findings:
        for sentence in _sentences(finding):
            based_on.setdefault(sentence, []).append(finding.criterion)
    # Shares as whole numbers, so that no sum depends on its order.
    whole = math.lcm(*map(len, based_on.values()))
    value = {sentence: whole // len(criteria) * (1 + (sentence in detailed)) for sentence, criteria in based_on.items()}
    total = {finding.criterion: sum(value[sentence] for sentence in _sentences(finding)) for finding in findings}
    new = dict(total)
    left = list(findings)
    keys = [(EFFECT_ORDER.index(finding.effect), finding.criterion) for finding in left]
    ordered: list[Finding] = []
    while left:
        _, _, _, number = min((effect, -new[name], -total[name], number) for number, (effect, name) in enumerate(keys))
        del keys[number]
        ordered.append(left.pop(number))
        for sentence in _sentences(ordered[-1]):
            for name in based_on.pop(sentence, ()):
                new[name] -= value[sentence]
    return tuple(ordered)


def _sentences(finding: Finding) -> set[str]:
    return {evidence.sentence for evidence in finding.evidence}
