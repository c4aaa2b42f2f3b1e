"""How far several descriptions agree: Krippendorff's alpha for nominal values.

Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C (nominal data, missing values allowed).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Alpha of the values that observers gave to units; a unit with fewer than two values does not count.

    1 is full agreement, 0 that of chance. None when no two values can be paired, or all values are the same, so that
    chance cannot be told from agreement.
    """
    paired: Counter[Hashable] = Counter()
    agreeing = 0.0
    for values in units:
        if len(values) < 2:
            continue
        counts = Counter(values)
        paired.update(counts)
        agreeing += sum(count * (count - 1) for count in counts.values()) / (len(values) - 1)
    total = paired.total()
    expected = sum(count * (count - 1) for count in paired.values())
    if total < 2 or expected == total * (total - 1):
        return None
    return ((total - 1) * agreeing - expected) / (total * (total - 1) - expected)
