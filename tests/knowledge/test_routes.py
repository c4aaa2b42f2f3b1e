"""Routes: which fit a case, in which order, what a file of routes may hold, and that each shipped route is reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.routes import Route, RouteIndex, RouteLead
from tests.conftest import ROOT

EMPLOYER = """
The authority is an employer.
The rule is applied on a wrong record: "a debt of a namesake".
Obeying costs nothing that matters.
"""
NEW = """
[{name}]
title = "A title"
who = "an office"
ask = "a thing"
words = "Please."
led_by = "outside"
answer_within = "{within}"
sources = {sources}
{more}
[{name}.when]
{when}
"""


def write_route(
    folder: Path, when: str, name: str = "added", more: str = "", sources: str = '["FD-21"]', file: str = "added",
    within: str = "1 day",
) -> None:  # fmt: skip
    text = NEW.format(within=within, name=name, sources=sources, more=more, when=when)
    (folder / "routes" / f"{file}.toml").write_text(text, encoding="utf-8")


def fits(folder: Path, text: str) -> bool:
    return "added" in Judge(KnowledgeBase.load(folder)).assess(text).routes


def route(**given: object) -> Route:
    texts = dict.fromkeys(("title", "who", "ask", "words"), "text")
    return Route.model_validate(
        {**texts, "sources": ("FD-21",), "led_by": "outside", "answer_within": "1 day", **given}
    )


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ('authority = ["employer"]', True),
        ('authority = ["school", "employer"]', True),
        ('authority = ["school"]', False),
        ('authority = ["employer"]\nfactual_error = true', True),
        ('authority = ["employer"]\nnotice = ["_"]', False),
        ("factual_error = false", False),
        ('compliance_harms = ["_, _, money, _"]', False),
        ('verdicts = ["stands"]\nauthority = ["employer"]', True),
        ('verdicts = ["defeated"]\nauthority = ["employer"]', False),
        ('criteria = ["retroactive"]', False),
    ],
)
def test_a_route_fits_when_each_condition_is_met_by_one_of_its_values(copy: Path, when: str, wanted: bool) -> None:
    write_route(copy, when)
    assert fits(copy, EMPLOYER + "Breaking the rule does grave harm to the life of neighbours.\n") is wanted


def test_one_value_of_unless_keeps_a_route_away(copy: Path) -> None:
    write_route(copy, 'authority = ["employer"]\n[added.unless]\nfactual_error = true\nauthority = ["school"]')
    assert not fits(copy, EMPLOYER)
    assert fits(copy, "The authority is an employer.\nObeying costs nothing that matters.\n")


def test_what_is_unknown_or_only_possible_brings_no_route(copy: Path) -> None:
    write_route(copy, "factual_error = true")
    assert not fits(
        copy, "The authority is an employer.\nIt is unknown whether the rule is applied on a wrong record.\n"
    )


def test_the_order_is_urgent_then_specific_then_the_weightier_finding_then_general() -> None:
    wide = {"authority": ("employer", "school")}
    routes = {
        "general": route(general=True, when={"authority": ("employer",), "factual_error": True, "was_penalised": True}),
        "later_finding": route(when={"criteria": ("b",)}),
        "leading_finding": route(when={"criteria": ("a",)}),
        "wide": route(when=wide),
        "verdict_does_not_count": route(when={**wide, "verdicts": ("stands",), "actions": ("decline",)}),
        "two": route(when={**wide, "factual_error": True}),
        "urgent": route(urgent=True, when=wide),
    }
    index = RouteIndex(routes)
    signs = {("verdicts", "stands"), ("actions", "decline"), ("criteria", "a"), ("criteria", "b")}
    for predicate, args in (("authority", ("employer",)), ("factual_error", ()), ("was_penalised", ())):
        signs |= set(index.signs_of_fact(predicate, args, denied=False))
    assert index.fitting(signs, ("a", "b")) == (
        "urgent", "two", "leading_finding", "later_finding", "wide", "verdict_does_not_count", "general",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("when", "more", "code", "says"),
    [
        ('authority = ["employr"]', "", "K211", "employer"),
        ('authrity = ["employer"]', "", "K211", "authority"),
        ('criteria = ["retroactiv"]', "", "K211", "retroactive"),
        ('undercutters = ["retroactive continued"]', "", "K211", "retroactive continues"),
        ('verdicts = ["standing"]', "", "K211", "stands"),
        ('actions = ["declin"]', "", "K211", "decline"),
        ('rights = ["R999"]', "", "K211", "`rights` has no `R999`"),
        ('channel = ["complaint"]', "", "K211", "has 1 values, `channel` has 2"),
        ("channel = []", "", "K211", "needs a list of values"),
        ("authority = true", "", "K211", "needs a list of values"),
        ("", "", "K212", "has no condition"),
        ('authority = ["employer"]', 'keep = """two\nlines"""', "K212", "`keep` is more than one line"),
        ('authority = ["employer"]', 'keep = "\\u202e"', "K212", "`keep` is more than one line"),
        ('authority = ["employer"]', f'keep = "{"x" * 241}"', "K212", "longer than 240"),
        ('authority = ["employer"]', 'kepe = "x"', "K201", "keep"),
        ('authority = "employer"', "", "K201", "a list"),
        ('authority = ["employer"]', 'due_within = "3 wekes"', "K213", "did you mean: weeks"),
        ('authority = ["employer"]', 'due_within = "-1 day"', "K213", "is no duration"),
    ],
)
def test_a_mistake_in_a_route_is_named(copy: Path, when: str, more: str, code: str, says: str) -> None:
    write_route(copy, when, more=more)
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(copy)
    (problem,) = error.value.problems
    assert (problem.code, problem.source) == (code, f"{copy.name}/routes/added.toml")
    assert problem.line > 0
    assert says in str(problem)


@pytest.mark.parametrize(
    ("name", "sources", "code"),
    [("record_error", '["FD-21"]', "K204"), ("Added", '["FD-21"]', "K204"), ("added", "[]", "K402"), ("added", '["FD-999"]', "K401")],
)  # fmt: skip
def test_a_route_has_a_name_of_its_own_and_a_source_that_resolves(
    copy: Path, name: str, sources: str, code: str
) -> None:
    write_route(copy, 'authority = ["employer"]', name=name, sources=sources, file="zzz")
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(copy)
    assert [problem.code for problem in error.value.problems] == [code]


def test_an_extension_adds_routes_and_takes_none(tmp_path: Path) -> None:
    folder = tmp_path / "added_kb"
    (folder / "routes").mkdir(parents=True)
    header = 'name = "added"\nversion = "1"\nextends = "legit"\n'
    shipped = re.search(r'(?m)^name = "(.*)"', (ROOT / "rules_kb" / "base.toml").read_text(encoding="utf-8"))
    assert shipped
    (folder / "base.toml").write_text(header.replace('"legit"', f'"{shipped[1]}"'), encoding="utf-8")
    write_route(folder, 'authority = ["employer"]', more='place = "Sweden"')
    assert KnowledgeBase.load(folder).routes["added"].place == "Sweden"
    write_route(folder, 'authority = ["employer"]', name="record_error")
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(folder)
    assert [problem.code for problem in error.value.problems] == ["K210"]


def test_every_route_is_reached_by_a_case_of_the_base(judge: Judge) -> None:
    reached: set[str] = set()
    for case in expected_cases(judge.base):
        reached.update(judge.assess(case.text).routes)
    assert set(judge.base.routes) - reached == set()


def test_the_shipped_routes_name_no_country(judge: Judge) -> None:
    assert len(judge.base.routes) >= 70
    assert not [name for name, item in judge.base.routes.items() if item.place]


@pytest.mark.parametrize(
    ("text", "hours"),
    [("1 hour", 1), ("two days", 48), ("3 weeks", 504), ("today", 12), ("3  weeks", 504)]
    + [(text, None) for text in ("", "soon", "3", "3 weeks ago", "-1 day", "1.5 days", "\u0663 weeks", f"{10**12} years")],
)  # fmt: skip
def test_a_duration_is_read_with_the_words_of_the_lexicon(judge: Judge, text: str, hours: int | None) -> None:
    assert judge.base.vocabulary.lexicon.hours(text) == hours


def test_a_route_without_a_duration_or_with_one_that_is_not_understood_is_named(copy: Path) -> None:
    write_route(copy, 'authority = ["employer"]', within="sometime")
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(copy)
    assert [problem.code for problem in error.value.problems] == ["K213"]
    path = copy / "routes" / "added.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('answer_within = "sometime"', ""), encoding="utf-8")
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(copy)
    assert [problem.code for problem in error.value.problems] == ["K201"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('route_deadline = "harm_due_within"', 'route_deadline = "harm_due"', "`harm_due` is no predicate of one duration"),
        ('route_deadline = "harm_due_within"', 'route_deadline = "authority"', "`authority` is no predicate of one duration"),
        ("[route_leads.own]", "[route_leads.owner]", "`route_leads` has no `own`"),
        ('method = ["contact_person"]', 'method = ["contact_persons"]', "`method` has no `contact_persons`"),
    ],
)  # fmt: skip
def test_a_lead_or_a_deadline_that_the_base_does_not_have_is_named(copy: Path, old: str, new: str, says: str) -> None:
    path = copy / "base.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(KnowledgeBaseError) as error:
        KnowledgeBase.load(copy)
    assert {problem.code for problem in error.value.problems} == {"K211"}
    assert says in str(error.value.problems[0])


def test_a_lead_is_barred_where_all_conditions_of_one_entry_are_met() -> None:
    bars = ({"authority": ("police",)}, {"authority": ("court",), "factual_error": True})
    leads = {"there": RouteLead.model_validate({"gloss": "text", "barred": bars})}
    index = RouteIndex({"one": route(led_by="there", when={"authority": ("police", "court", "school")})}, leads)

    def fitting(*facts: tuple[str, tuple[str, ...]]) -> tuple[str, ...]:
        signs = {sign for name, args in facts for sign in index.signs_of_fact(name, args, denied=False)}
        return index.fitting(signs, ())

    assert fitting(("authority", ("school",)), ("factual_error", ())) == ("one",)
    assert fitting(("authority", ("court",))) == ("one",)
    assert fitting(("authority", ("court",)), ("factual_error", ())) == ()
    assert fitting(("authority", ("police",))) == ()
