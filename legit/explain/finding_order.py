"""The order of findings: the weightiest effect first, then the most specific, then those that say most that is new.

The base says of each criterion how specific it is. Among findings of one effect and one step of specificity the order
is a greedy weighted set cover (Chvatal 1979): the sentences of evidence are the elements, the findings are the sets. A
sentence counts for a finding by one over the number of findings that are based on it, twice where the fact has a
detail; a finding counts by the mean of its sentences, where one that a finding before it names counts nothing. So a
finding based on what is particular to this case comes before one that follows from what it shares with many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set

from legit.engine.decided_case import EFFECT_ORDER
from legit.model.assessment import Finding


def rank_findings(
    findings: Sequence[Finding], detailed: Set[str], steps: Mapping[str, int], least_specific: int
) -> tuple[Finding, ...]:
    """The findings in the order in which to show them, with `repeats` set.

    `detailed` are the sentences of facts with a detail. `steps` has the step of specificity of each criterion, 0 for
    the most specific; findings of the step `least_specific` can repeat others.
    """
    sentences = [_sentences(finding) for finding in findings]
    based_on: dict[str, list[int]] = {}
    for number, named in enumerate(sentences):
        for sentence in named:
            based_on.setdefault(sentence, []).append(number)
    # Shares and means as whole numbers, so that no sum depends on its order.
    sizes = [max(1, len(named)) for named in sentences]
    whole = math.lcm(*map(len, based_on.values())) * math.lcm(*sizes)
    value = {text: whole // len(numbers) * (1 + (text in detailed)) for text, numbers in based_on.items()}
    total = [sum(value[text] for text in named) // size for named, size in zip(sentences, sizes, strict=True)]
    new = list(total)
    rank = [(EFFECT_ORDER.index(finding.effect), steps[finding.criterion]) for finding in findings]
    left = set(range(len(findings)))
    ordered: list[Finding] = []
    while left:
        best = min(left, key=lambda number: (rank[number], -new[number], -total[number], number))
        left.remove(best)
        ordered.append(findings[best])
        for text in sentences[best]:
            for number in based_on.pop(text, ()):
                new[number] -= value[text] // sizes[number]
    return tuple(_repeats_marked(ordered, steps, least_specific))


def _repeats_marked(ordered: Sequence[Finding], steps: Mapping[str, int], least_specific: int) -> list[Finding]:
    named: set[str] = set()
    marked = []
    for finding in ordered:
        if steps[finding.criterion] < least_specific:
            named |= _sentences(finding)
        elif least_specific > 0 and finding.evidence and _sentences(finding) <= named:
            finding = finding.model_copy(update={"repeats": True})
        marked.append(finding)
    return marked


def _sentences(finding: Finding) -> set[str]:
    return {evidence.sentence for evidence in finding.evidence}
