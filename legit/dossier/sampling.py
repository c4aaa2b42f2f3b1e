"""How many cases a protocol needs for the interval that it wants, and which are drawn.

The number is the smallest for which Wilson's interval at the expected share is as narrow as wanted. Cases are drawn in
the order of a hash of seed and id: a larger sample holds the smaller one, and nobody can pick.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from legit.dossier.protocol import DrawnCase, Expected, Sample
from legit.errors import DossierError, Problem
from legit.evals.intervals import wilson_limits

MAX_CASES = 1_000_000
POLES: tuple[Expected, ...] = ("help", "decline")
"""What a system has to tell apart: each gets its own number of cases."""


def cases_for_width(width: float, expected: float) -> int:
    """The smallest number of cases with which the 95 % interval is at most `width` wide at the expected share.

    Raises DossierError (E104) when no number up to a million does.
    """
    low, high = 1, MAX_CASES
    if _width(high, expected) > width:
        raise DossierError(Problem("E104", f"no sample up to {MAX_CASES} cases makes the interval {width:g} wide"))
    while low < high:
        middle = (low + high) // 2
        if _width(middle, expected) <= width:
            high = middle
        else:
            low = middle + 1
    return low


def _width(total: int, share: float) -> float:
    """The width of Wilson's interval, with a share that need not be one of whole cases."""
    low, high = wilson_limits(share, total)
    return high - low


def draw(cases: Iterable[DrawnCase], for_each_pole: int, others: int, seed: int) -> Sample:
    """Draw cases: so many of each pole, pairs whole where there are pairs; `others` of the cases that are neither.

    Raises DossierError (E104) when the dataset has too few.
    """
    by_pole: dict[Expected, list[DrawnCase]] = defaultdict(list)
    by_pair: dict[str, list[DrawnCase]] = defaultdict(list)
    for case in cases:
        by_pole[case.expected].append(case)
        if case.pair:
            by_pair[case.pair].append(case)
    for pole in POLES:
        if len(by_pole[pole]) < for_each_pole:
            message = f"to {pole} is right in {len(by_pole[pole])} cases, and the protocol needs {for_each_pole}"
            raise DossierError(
                Problem("E104", message, help="a wider interval needs fewer cases; or set `for_each_pole` and say why")
            )
    taken: dict[str, DrawnCase] = {}
    for pole in POLES:
        for case in sorted(by_pole[pole], key=lambda item: _rank(seed, item.pair or item.id))[:for_each_pole]:
            taken[case.id] = case
    for case in sorted(by_pole[""], key=lambda item: _rank(seed, item.id))[:others]:
        taken[case.id] = case
    # A pair of which one half was drawn is completed, so that pairs are judged whole.
    for pair in {case.pair for case in taken.values() if case.pair}:
        taken |= {case.id: case for case in by_pair[pair]}
    return Sample(cases=tuple(taken[name] for name in sorted(taken)))


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()
