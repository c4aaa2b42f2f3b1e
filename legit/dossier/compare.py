"""Surveillance: a second dossier against the first. What changed in what was tested, and which figures, significantly.

Where both have the same cases, shares are compared as pairs (Newcombe's method 10 for paired shares), else as
independent ones. All limits are for all figures together (Bonferroni), so that one of many does not differ by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from statistics import NormalDist

from legit.dossier.canonical import rounded
from legit.dossier.figures import Evidence, Figure, JudgedCase
from legit.dossier.protocol import Frozen, Protocol
from legit.dossier.report import Report
from legit.dossier.verify import Verification
from legit.evals.intervals import Interval, Z, difference, paired_difference

_NOT_COMPARED = ("days_between_heads", "language_spread")
"""Figures that are largest values: their change has no limits here."""


class ChangedItem(Frozen):
    """Something that was tested, or how, and differs."""

    what: str
    old: str
    new: str


class FigureChange(Frozen):
    """A figure in both, and its change with limits for all figures together."""

    name: str
    old: float | None
    new: float | None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    significant: bool | None = None
    paired: bool = False


class Comparison(Frozen):
    """The comparison of two dossiers."""

    schema_version: str = "1"
    old: str
    new: str
    old_version: str
    new_version: str
    shared_cases: int
    compared: int
    changed: tuple[ChangedItem, ...]
    figures: tuple[FigureChange, ...]
    outcomes: tuple[ChangedItem, ...]


def compare_dossiers(old: Verification, new: Verification) -> Comparison:
    """Compare two dossiers that were verified and not rejected. Raises ValueError when one has no report."""
    if not (old.protocol and new.protocol and old.report and new.report):
        raise ValueError("a dossier without a report cannot be compared")
    first, second = _evidence(old), _evidence(new)
    pairs = list(_shared(first, second))
    compared = sum(
        figure.value is not None and _figure(new.report, figure.name).value is not None
        for figure in old.report.figures
        if figure.name not in _NOT_COMPARED
    )
    z = NormalDist().inv_cdf(1 - 0.025 / max(1, compared))
    return Comparison(
        old=old.protocol.id,
        new=new.protocol.id,
        old_version=old.protocol.system.version,
        new_version=new.protocol.system.version,
        shared_cases=len(pairs),
        compared=compared,
        changed=tuple(_changed(old.protocol, new.protocol)),
        figures=tuple(_change(figure, _figure(new.report, figure.name), pairs, z / Z) for figure in old.report.figures),
        outcomes=tuple(_outcomes(old.report, new.report)),
    )


def _evidence(found: Verification) -> Evidence:
    assert found.protocol
    assert found.sample
    assert found.records
    return Evidence(found.protocol, found.sample, list(found.records.bodies()))


def _shared(old: Evidence, new: Evidence) -> Iterator[tuple[JudgedCase, JudgedCase]]:
    """The cases that are the same in both, by id, digest and label, and count in both."""
    before = {item.case.id: item for item in old.counted}
    for item in new.counted:
        other = before.get(item.case.id)
        if other and (other.case.digest, other.case.label) == (item.case.digest, item.case.label):
            yield other, item


def _changed(old: Protocol, new: Protocol) -> Iterator[ChangedItem]:
    first, second = old.model_dump(mode="json"), new.model_dump(mode="json")
    places = (
        ("system", ("name", "provider", "version", "model", "operator_prompt")),
        ("sampling", ("dataset", "dataset_sha256", "method", "seed")),
        ("sample", ("for_each_pole", "drawn")),
        ("thresholds", ("profile", "entries")),
        ("failure", ("what", "unanswered")),
        ("base", ("engine", "name", "digest", "profile")),
    )
    for table, names in places:
        for name in names:
            if first[table][name] != second[table][name]:
                yield _item(f"{table}.{name}", first[table][name], second[table][name])
    for name in ("judges", "arms"):
        if first[name] != second[name]:
            yield _item(name, first[name], second[name])


def _item(what: str, old: object, new: object) -> ChangedItem:
    return ChangedItem(what=what, old=_short(old), new=_short(new))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:120]} …"


def _figure(report: Report, name: str) -> Figure:
    return next((item for item in report.figures if item.name == name), Figure(name=name))


def _change(old: Figure, new: Figure, pairs: list[tuple[JudgedCase, JudgedCase]], scale: float) -> FigureChange:
    limits = [old.value, old.low, old.high, new.value, new.low, new.high]
    if None in limits or old.name in _NOT_COMPARED:
        return FigureChange(name=old.name, old=old.value, new=new.value)
    found, paired = _paired(old.name, old, new, pairs), True
    if found is None:
        found, paired = _independent(old, new), False
    # Limits that hold for all figures together are wider by the ratio of the quantiles.
    low = found.value - scale * (found.value - found.low)
    high = found.value + scale * (found.high - found.value)
    return FigureChange(
        name=old.name,
        old=old.value,
        new=new.value,
        change=rounded(found.value),
        low=rounded(low),
        high=rounded(high),
        significant=low > 0 or high < 0,
        paired=paired,
    )


def _independent(old: Figure, new: Figure) -> Interval:
    first, second = (
        Interval(value=item.value or 0.0, low=item.low or 0.0, high=item.high or 0.0) for item in (new, old)
    )
    if old.name != "panel_alpha":
        return difference(first, second)
    # Alpha may be below -1, so that the limits of a difference of shares do not hold for it.
    below = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    above = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    value = first.value - second.value
    return Interval(value=value, low=value - below, high=value + above)


def _paired(name: str, old: Figure, new: Figure, pairs: list[tuple[JudgedCase, JudgedCase]]) -> Interval | None:
    """The change of a share over the same cases; None for other figures, and when the cases are not the same."""
    label = {"help_defeated": "defeated", "help_standing": "stands", "right": ""}.get(name)
    if label is None:
        return None
    expected = "help" if label == "defeated" else "decline"
    those = [
        (one, two)
        for one, two in pairs
        if one.right is not None
        and (not label or (one.case.label, one.case.expected, one.enforces) == (label, expected, False))
    ]
    if not those or not len(those) == old.total == new.total:
        return None
    counts = {(x, y): 0 for x in (True, False) for y in (True, False)}
    for one, two in those:
        counts[_hit(name, two), _hit(name, one)] += 1
    return paired_difference(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def _hit(name: str, item: JudgedCase) -> bool:
    if name == "right":
        return bool(item.right)
    return item.helped is True if name == "help_defeated" else item.helped is not False


def _outcomes(old: Report, new: Report) -> Iterator[ChangedItem]:
    before = {item.threshold.name: item.outcome for item in old.thresholds}
    after = {item.threshold.name: item.outcome for item in new.thresholds}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield ChangedItem(what=name, old=before.get(name, ""), new=after.get(name, ""))
