"""The order of findings: the weightiest effect first, then the most particular to the case, then what says most new.

Findings of one effect come in classes. First those whose standard of review leads in the base: whether there is a
title to rule, and whether the rule burdens what nothing may burden, is asked before everything else. Then those of the
family that the user pleads: a court answers the ground that is pleaded. Then those that rest on a detail which no other
finding rests on, then those that rest on a detail, then the others, each by the specificity of the criterion.

Within a class the order is a greedy weighted set cover (Chvatal 1979): the sentences of evidence are the elements, the
findings are the sets. A sentence counts for a finding by one over the number of findings that are based on it, twice
where the fact has a detail; a finding counts by the mean of its sentences, where one that a finding before it names
counts nothing. So a finding based on what is particular to this case comes before one that follows from what it shares
with many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from legit.engine.decided_case import EFFECT_ORDER
from legit.model.assessment import Finding


class Specificity(NamedTuple):
    """What a base says of the order of its criteria.

    `steps` has the step of specificity of each criterion, 0 for the most specific; findings of the step
    `least_specific` can repeat others. `leading` are the criteria that come before all others.
    """

    steps: Mapping[str, int]
    least_specific: int
    leading: Set[str]


def rank_findings(
    findings: Sequence[Finding], detailed: Set[str], specificity: Specificity, pleaded: str = ""
) -> tuple[Finding, ...]:
    """The findings in the order in which to show them, with `repeats` set.

    `detailed` are the sentences of facts with a detail, `pleaded` the family of the ground that the user pleads.
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
    own = {text for text, numbers in based_on.items() if text in detailed and len(numbers) == 1}
    rank = [
        (
            EFFECT_ORDER.index(finding.effect),
            finding.criterion not in specificity.leading,
            finding.family != pleaded,
            own.isdisjoint(named),
            detailed.isdisjoint(named),
            specificity.steps[finding.criterion],
        )
        for finding, named in zip(findings, sentences, strict=True)
    ]
    left = set(range(len(findings)))
    ordered: list[Finding] = []
    while left:
        best = min(left, key=lambda number: (rank[number], -new[number], -total[number], number))
        left.remove(best)
        ordered.append(findings[best])
        for text in sentences[best]:
            for number in based_on.pop(text, ()):
                new[number] -= value[text] // sizes[number]
    return tuple(_repeats_marked(ordered, specificity))


def _repeats_marked(ordered: Sequence[Finding], specificity: Specificity) -> list[Finding]:
    """The findings, with `repeats` of the least specific ones: whether more specific ones of the same effect, or of a
    weightier one, rest on all that it rests on."""
    steps, least = specificity.steps, specificity.least_specific
    named: dict[int, set[str]] = {}
    for finding in ordered:
        if steps[finding.criterion] < least:
            named.setdefault(EFFECT_ORDER.index(finding.effect), set()).update(_sentences(finding))
    marked = []
    for finding in ordered:
        if steps[finding.criterion] == least and least > 0 and finding.evidence:
            weightier = (texts for effect, texts in named.items() if effect <= EFFECT_ORDER.index(finding.effect))
            if _sentences(finding) <= set().union(*weightier):
                finding = finding.model_copy(update={"repeats": True})
        marked.append(finding)
    return marked


def _sentences(finding: Finding) -> set[str]:
    return {evidence.sentence for evidence in finding.evidence}
