"""Routes: which fit a case, in which order, what a file of routes may hold, and that each shipped route is reached."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from legit.assurance.examples import expected_cases
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.routes import Route, RouteIndex
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
sources = {sources}
{more}
[{name}.when]
{when}
"""


def write_route(
    folder: Path, when: str, name: str = "added", more: str = "", sources: str = '["FD-21"]', file: str = "added"
) -> None:
    text = NEW.format(name=name, sources=sources, more=more, when=when)
    (folder / "routes" / f"{file}.toml").write_text(text, encoding="utf-8")


def fits(folder: Path, text: str) -> bool:
    return "added" in Judge(KnowledgeBase.load(folder)).assess(text).routes


def route(**given: object) -> Route:
    texts = dict.fromkeys(("title", "who", "ask", "words"), "text")
    return Route.model_validate({**texts, "sources": ("FD-21",), **given})


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
