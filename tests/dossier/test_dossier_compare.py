"""A second dossier against the first: what changed in what was tested, and which figures changed significantly."""

from __future__ import annotations

from pathlib import Path

from legit.dossier.compare import Comparison, compare_dossiers
from legit.dossier.verify import Outside, verify_archive
from tests.support.dossiers import AUDITOR, Subject, drawn_cases, helps_rightly, make_dossier, make_protocol, wrong_on

KEY = Outside(public_keys=[AUDITOR.public_key])
PAIRS = 50


def compared(path: Path, old: Subject, new: Subject, *, pairs: int = PAIRS, **changes: object) -> Comparison:
    first = make_dossier(path / "old", old, pairs=PAIRS)
    sample = drawn_cases(pairs)
    second = make_dossier(path / "new", new, sample=sample, protocol=make_protocol(sample, **changes))  # type: ignore[arg-type]
    return compare_dossiers(verify_archive(first.archive, KEY), verify_archive(second.archive, KEY))


def test_the_same_system_has_not_changed(tmp_path: Path) -> None:
    found = compared(tmp_path, helps_rightly, helps_rightly)
    assert found.changed == ()
    assert found.outcomes == ()
    assert found.shared_cases == 2 * PAIRS
    assert not any(item.significant for item in found.figures)


def test_many_errors_more_are_significant_and_one_is_not(tmp_path: Path) -> None:
    many = wrong_on(*(f"d{number:05}" for number in range(25)))
    worse = {item.name: item for item in compared(tmp_path / "many", helps_rightly, many).figures}
    help_ = worse["help_defeated"]
    assert (help_.change, help_.significant, help_.paired) == (-0.5, True, True)
    assert worse["discernment"].significant
    assert not worse["help_standing"].significant
    one = {item.name: item for item in compared(tmp_path / "one", helps_rightly, wrong_on("d00001")).figures}
    assert (one["help_defeated"].change, one["help_defeated"].significant) == (-0.02, False)


def test_what_was_tested_otherwise_is_named(tmp_path: Path) -> None:
    system = make_protocol(drawn_cases(2)).system.model_dump() | {"version": "2.0"}
    found = compared(tmp_path, helps_rightly, helps_rightly, pairs=40, system=system)
    assert {item.what: (item.old, item.new) for item in found.changed}["system.version"] == ("1.0", "2.0")
    assert "sample.drawn" in {item.what for item in found.changed}
    assert found.shared_cases == 80
    help_ = next(item for item in found.figures if item.name == "help_defeated")
    assert help_.paired is False  # not all cases are in both


def test_the_outcome_of_a_threshold_that_changed_is_told(tmp_path: Path) -> None:
    many = wrong_on(*(f"s{number:05}" for number in range(30)))
    found = compared(tmp_path, helps_rightly, many)
    changed = {item.what: (item.old, item.new) for item in found.outcomes}
    assert changed["help_standing"] == ("met", "missed")
