"""Dates and measures are compared pair by pair by their exact values (decisions 0006 and 0016).

The expected answers come from the arithmetic of `datetime` and from the hours of the lexicon, not from the engine.
"""

from __future__ import annotations

import calendar
import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.judge import Judge

BACKWARDS = """
The authority is a club.
The rule forbids "photographs in the hall".
The rule dates from {rule}.
The conduct dates from {conduct}.
The user was penalised.
Obeying costs nothing that matters.
Breaking the rule harms nobody.
The user tried no official channel.
"""

SLOWER = """
The authority is a national government.
The rule requires "written leave before leaving the district to see a dying parent".
The harm of obeying comes within {harm}.
The official way takes {channel}.
Obeying does serious harm to the family life of the user.
Breaking the rule does serious harm to the security of the public.
The user tried no official channel.
"""

many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
days = st.dates(datetime.date(2014, 1, 1), datetime.date(2017, 12, 31))


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, datetime.date, datetime.date]:
    """A day, a month or a year, with its first and last day."""
    day = draw(days)
    kind = draw(st.sampled_from(["day", "month", "year"]))
    if kind == "day":
        return day.isoformat(), day, day
    if kind == "month":
        last = calendar.monthrange(day.year, day.month)[1]
        return f"{day:%Y-%m}", day.replace(day=1), day.replace(day=last)
    return f"{day:%Y}", day.replace(month=1, day=1), day.replace(month=12, day=31)


def grounds(judge: Judge, text: str) -> set[str]:
    return {finding.criterion for finding in judge.assess(text).findings}


@many
@given(rule=spans(), conduct=spans(), others=st.lists(spans(), max_size=3))
def test_two_dates_compare_as_their_days_do_whatever_else_is_dated(
    judge: Judge,
    rule: tuple[str, datetime.date, datetime.date],
    conduct: tuple[str, datetime.date, datetime.date],
    others: list[tuple[str, datetime.date, datetime.date]],
) -> None:
    text = BACKWARDS.format(rule=rule[0], conduct=conduct[0])
    text += "".join(
        f"{event} dates from {written}.\n"
        for event, (written, _, _) in zip(["The notice", "The enforcement", "The notice"], others, strict=False)
    )
    # What is enforced before there is a rule is retroactive as well.
    enforced_before = len(others) > 1 and others[1][2] < rule[1]
    assert ("retroactive" in grounds(judge, text)) == (conduct[2] < rule[1] or enforced_before)


@pytest.mark.parametrize("event", ["notice", "enforcement"])
@pytest.mark.parametrize("written", ["2015", "2015-01", "2015-06", "2015-07-01"])
def test_a_vague_date_of_another_event_unorders_nothing(judge: Judge, event: str, written: str) -> None:
    text = BACKWARDS.format(rule="2015-06-01", conduct="2015-01-10")
    more = judge.assess(f"{text}The {event} dates from {written}.\n")
    assert more.verdict == judge.assess(text).verdict == "defeated"
    # A notice that certainly came after the conduct is a ground of its own.
    late = {"changed_without_notice"} if event == "notice" and written in ("2015-06", "2015-07-01") else set()
    assert {item.criterion for item in more.findings} == {"retroactive"} | late


UNITS = {"hours": 1, "days": 24, "weeks": 168, "months": 730}
durations = st.tuples(st.integers(2, 40), st.sampled_from(sorted(UNITS)))


@many
@given(harm=durations, channel=durations)
def test_two_durations_compare_by_their_hours(judge: Judge, harm: tuple[int, str], channel: tuple[int, str]) -> None:
    (number, unit), (other, other_unit) = harm, channel
    text = SLOWER.format(harm=f"{number} {unit}", channel=f"{other} {other_unit}")
    slower = other * UNITS[other_unit] > number * UNITS[unit]
    assert ("impossible_to_comply" in grounds(judge, text)) == slower


@pytest.mark.parametrize(
    ("harm", "channel"),
    [("10 days", "2 weeks"), ("6 days", "2 weeks"), ("4 months", "12 months"), ("2 months", "3 months"),
     ("25 days", "26 days"), ("30 days", "31 days"), ("2 hours", "3 hours"), ("1 day", "25 hours")],
)  # fmt: skip
def test_a_way_that_is_longer_by_any_unit_is_slower(judge: Judge, harm: str, channel: str) -> None:
    found = judge.assess(SLOWER.format(harm=harm, channel=channel))
    assert found.verdict == "defeated"
    ground = next(item for item in found.findings if item.criterion == "impossible_to_comply")
    assert {item.line for item in ground.evidence} == {4, 5, 6}
    assert "impossible_to_comply" not in grounds(judge, SLOWER.format(harm=channel, channel=harm))
    assert "impossible_to_comply" not in grounds(judge, SLOWER.format(harm=harm, channel=harm))


def test_speakers_who_differ_where_it_matters_dispute_the_fact(judge: Judge) -> None:
    text = SLOWER.format(harm="130 hours", channel="5 days")
    found = judge.assess(text + 'The official way takes 6 days. [document "notice"]\n')
    assert found.verdict == "undetermined"
    assert [question.fact.predicate for question in found.questions if question.fact] == ["channel_takes"]


def test_speakers_who_differ_where_it_does_not_matter_agree(judge: Judge) -> None:
    text = SLOWER.format(harm="2 days", channel="5 days")
    found = judge.assess(text + 'The official way takes 6 days. [document "notice"]\n')
    assert found.verdict == "defeated"
    assert found.questions == ()


@pytest.mark.parametrize("stated", ["1 hour", "2 hours", "5 days"])
def test_speakers_who_differ_beside_nothing_to_compare_agree(judge: Judge, stated: str) -> None:
    """Nobody says when the harm comes: the two values lie in one band, and nothing depends on which of them it is."""
    text = SLOWER.replace("The harm of obeying comes within {harm}.\n", "").format(channel=stated)
    also = {"1 hour": "2 hours", "2 hours": "1 hour", "5 days": "6 days"}[stated]
    found = judge.assess(text + f'The official way takes {also}. [document "notice"]\n')
    assert [question for question in found.questions if question.fact] == []


def test_a_counterfactual_of_an_exact_comparison_is_one(judge: Judge) -> None:
    text = SLOWER.format(harm="10 days", channel="2 weeks")
    explained = judge.explain(text)
    changes = {
        change.sentence
        for item in explained.counterfactuals
        for way in item.change_sets
        for change in way.changes
        if "official way takes" in change.sentence
    }
    assert all("336" not in sentence and "2 weeks" not in sentence for sentence in changes)
