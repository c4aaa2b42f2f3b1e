"""Where and when a source is in force: the table of places, and what a source does in a case."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legit.judge import Judge
from legit.knowledge.bibliography import Source
from legit.knowledge.in_force import CaseSetting, Force, InForce
from legit.knowledge.places import Period, PlaceTable

LAW = {"treaty", "statute", "case", "soft_law"}


@pytest.fixture(scope="module")
def inquiry(judge: Judge) -> InForce:
    assert judge.base.in_force is not None
    return judge.base.in_force


@pytest.fixture(scope="module")
def table(judge: Judge) -> PlaceTable:
    return judge.base.bibliography.places


# Dates of treaties of accession and of the Withdrawal Agreement.
WITHIN = [
    ("se", "1994-12-31", "eu", False), ("se", "1995-01-01", "eu", True), ("se", "1994-06-01", "eea", True),
    ("no", "1993-12-31", "eea", False), ("no", "1994-01-01", "eea", True), ("no", "2026", "eu", False),
    ("gb", "1972-12-31", "eu", False), ("gb", "2019-05-01", "eu", True), ("gb", "2021-01-01", "eu", False),
    ("gb_sct", "2026", "echr_parties", True), ("ru", "2022-09-15", "echr_parties", True),
    ("ru", "2022-09-16", "echr_parties", False), ("hr", "2013-06-30", "eu", False), ("us_nj", "2026", "us", True),
    ("us_nj", "2026", "eu", False), ("ch", "2026", "eea", False), ("za", "2026", "african_union", True),
    ("gr", "1972", "echr_parties", False), ("gr", "1975", "echr_parties", True),
]  # fmt: skip


@pytest.mark.parametrize(("place", "on", "larger", "within"), WITHIN)
def test_a_place_lies_within_others_for_a_time(
    table: PlaceTable, place: str, on: str, larger: str, within: bool
) -> None:
    assert (larger in table.around(place, on)) is within
    assert {place, "world"} <= table.around(place, on)


@pytest.mark.parametrize(
    ("said", "place"), [("SE", "se"), ("Sweden", "se"), ("the UK", "gb"), ("US-NJ", "us_nj"), ("EU", "eu"), ("x", "")]
)
def test_a_place_is_found_by_code_and_name(table: PlaceTable, said: str, place: str) -> None:
    assert table.find(said) == place


# The source, the place and the date of the decision, and what it does there then.
FORCE = [
    ("gdpr", "se", "2018-05-24", Force.NOT_APPLICABLE, "not_yet"),
    ("gdpr", "se", "2018-05-25", Force.BINDING, "in_force"),
    ("gdpr", "no", "2018-06-01", Force.PERSUASIVE, "elsewhere"),
    ("gdpr", "no", "2018-07-20", Force.BINDING, "in_force"),
    ("gdpr", "gb", "2019", Force.BINDING, "in_force"),
    ("gdpr", "gb", "2022", Force.PERSUASIVE, "elsewhere"),
    ("gdpr", "us", "2022", Force.PERSUASIVE, "elsewhere"),
    ("directive_2000_43", "dk", "2020", Force.BINDING, "vertical"),
    ("michigan_v_sitz", "se", "2026", Force.PERSUASIVE, "elsewhere"),
    ("michigan_v_sitz", "us_mi", "2026", Force.BINDING, "in_force"),
    ("fox_v_snow", "us_nj", "2026", Force.BINDING, "in_force"),
    ("fox_v_snow", "us_ny", "2026", Force.PERSUASIVE, "elsewhere"),
    ("echr", "ru", "2021", Force.BINDING, "in_force"),
    ("echr", "ru", "2023", Force.PERSUASIVE, "elsewhere"),
    ("crc", "us", "2026", Force.PERSUASIVE, "elsewhere"),
    ("crc", "se", "2026", Force.BINDING, "in_force"),
    ("iccpr", "us", "1990", Force.PERSUASIVE, "elsewhere"),
    ("iccpr", "us_mi", "1993", Force.BINDING, "in_force"),
    ("udhr", "se", "2026", Force.PERSUASIVE, "no_law"),
    ("udhr", "se", "1940", Force.NOT_APPLICABLE, "not_yet"),
    ("toonen_v_australia", "se", "2026", Force.PERSUASIVE, "no_law"),
    ("fuller_1964", "se", "1950", Force.PERSUASIVE, "no_law"),
    ("istanbul", "tr", "2020", Force.BINDING, "in_force"),
    ("istanbul", "tr", "2022", Force.PERSUASIVE, "elsewhere"),
    ("rome_statute", "hu", "2026-06-02", Force.PERSUASIVE, "elsewhere"),
    ("unsc_1540", "se", "2026", Force.BINDING, "in_force"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "on", "force", "why"), FORCE)
def test_a_source_binds_where_and_when_it_is_in_force(
    judge: Judge, inquiry: InForce, name: str, place: str, on: str, force: Force, why: str
) -> None:
    source = judge.base.bibliography.sources[name]
    found = inquiry.force_of(source.kind, source, source.period, CaseSetting(place, {"decision": on}))
    assert (found.force, found.why) == (force, why)


def test_the_date_that_counts_depends_on_the_source(judge: Judge, inquiry: InForce) -> None:
    dates = {"decision": "2026", "conduct": "1990", "rule": "1980"}
    law, penal = (judge.base.bibliography.sources[name] for name in ("gdpr", "french_penal_code"))
    assert inquiry.moment("statute", law, CaseSetting("fr", dates)) == ("decision", "2026")
    # Nobody is punished under a code that was not in force when the act was done.
    assert inquiry.moment("statute", penal, CaseSetting("fr", dates)) == ("conduct", "1990")
    force = inquiry.force_of("statute", penal, penal.period, CaseSetting("fr", dates))
    assert (force.force, force.place) == (Force.NOT_APPLICABLE, "1994-03-01")
    assert inquiry.moment("statute", law, CaseSetting("fr", {})) == ("", "2026-11-30")


def test_everything_shipped_has_a_place_and_what_is_law_has_a_date(judge: Judge, inquiry: InForce) -> None:
    for name, source in judge.base.bibliography.sources.items():
        assert source.places, name
        undated = source.kind in LAW and not source.in_force_from
        # The statutes of fifty states that protect helpers have no one date, and what courts developed has none.
        assert not undated or name in {"good_samaritan", "danish_administrative_principles"}, name
        assert set(source.judged_at) <= judge.base.vocabulary.types["event"].values.keys()
    for events in inquiry.rules.judged_at.values():
        assert set(events) <= judge.base.vocabulary.types["event"].values.keys() | {"decision"}


days = st.dates(datetime.date(1900, 1, 1), datetime.date(2040, 1, 1)).map(str)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), on=days)
def test_no_source_binds_outside_its_place_and_time(
    judge: Judge, inquiry: InForce, data: st.DataObject, on: str
) -> None:
    """For every source, place and day: what binds is law, has begun, has not ended, and has a place around this one."""
    sources = judge.base.bibliography.sources
    source: Source = sources[data.draw(st.sampled_from(sorted(sources)))]
    place = data.draw(st.sampled_from(sorted(judge.base.bibliography.places.places)))
    found = inquiry.force_of(source.kind, source, source.period, CaseSetting(place, {"decision": on, "conduct": on}))
    around = judge.base.bibliography.places.around(place, on)
    if found.force is Force.BINDING:
        assert source.in_force_from[: len(on)] <= on
        assert not source.in_force_to or on <= source.in_force_to
        assert any(item.place in around for item in source.reach)
        assert source.kind in {"treaty", "statute", "case"} or source.binding
    if found.force is Force.NOT_APPLICABLE:
        assert Period(begins=source.in_force_from, ends=source.in_force_to).may_hold(on) is False
