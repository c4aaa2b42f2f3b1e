"""A browser decides as Python does: the pass in JavaScript, and the code that encodes cases and reads decisions."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from legit.engine.bitmask_compiler import PassPlan, _stratify
from legit.engine.ground_rule import GroundRule
from legit.engine.javascript import pass_source
from legit.engine.pass_code import load_pass, pass_code
from legit.engine.pass_guards import SINGLE
from legit.judge import Judge
from legit.model.facts import Case
from legit.testing.seeded_cases import SeededCases
from legit.workbench.offline_base import offline_script
from tests.workbench.node import OFFLINE, run_node

CASES = int(os.environ.get("LEGIT_OFFLINE_CASES") or (10_000 if os.environ.get("LEGIT_LONG") else 300))
SEED = int(os.environ.get("LEGIT_SEED", "1"))
DECIDE = f"""
import {{ decide }} from "{OFFLINE}/decide.js";
import {{ NotHere }} from "{OFFLINE}/encode.js";
const answer = ({{ script, profile, cases }}) => {{
  new Function(script)();
  const base = globalThis.legitBases[profile];
  return cases.map((facts) => {{
    try {{ return decide(base, facts); }}
    catch (error) {{ if (!(error instanceof NotHere)) throw error; return error.message; }}
  }});
}};"""


def facts_of(case: Case) -> list[dict[str, Any]]:
    return [fact.model_dump(mode="json", exclude={"span"}) for fact in case.facts]


def decided(judge: Judge, folder: Path, cases: list[Case]) -> list[Any]:
    """The decision of each case in JavaScript, or the reason why it is not decided there."""
    return list(
        run_node(
            folder,
            DECIDE,
            {"script": offline_script(judge), "profile": judge.base.profile.id, "cases": list(map(facts_of, cases))},
        )
    )


def test_generated_cases_are_decided_as_in_python(judge: Judge, tmp_path: Path) -> None:
    source = SeededCases(judge)
    cases = [source.case(number) for number in range(SEED, SEED + CASES)]
    found = decided(judge, tmp_path, cases)
    for case, decision in zip(cases, found, strict=True):
        if decision != "law":  # the case says when it arises: the periods of sources are not in the script
            assert decision == judge.decide(case).model_dump(mode="json"), judge.writer.case(case)
    assert sum(isinstance(decision, str) for decision in found) < CASES / 50
    assert {decision["verdict"] for decision in found if decision != "law"} == {
        "defeated", "stands", "contested", "undetermined",
    }  # fmt: skip


SAID = """The authority is an employer. The user is an employee. The rule forbids "a head covering".
The purpose of the rule is appearance. Obeying does serious harm to the conscience of the user.
Breaking the rule harms nobody. The user asks to assess the rule."""


@pytest.mark.parametrize(
    "more",
    [
        "The case arises in Sweden. The rule treats people differently by religion.",
        "It is unknown whether the rule treats people differently by religion. The user's complaint was ignored.",
        'The rule treats people differently by religion. [document "x"]\n'
        "It is not true that the rule treats people differently by religion. [record]",
        '"Straße  Co" is a root of authority. "STRASSE CO" gives "Bo" power over "tills".\n'
        'The rule was made by "bo" and concerns "Tills". The power of "Bo" ended on 2024. The rule dates from 2024-02.',
        "The harm of obeying comes within 6 days. The official way takes 4 days.",
        "The harm of obeying comes within 4 days. The official way takes 6 days. [document]",
        "The harm of obeying comes within 4 days. [document]\nThe harm of obeying comes within 6 days. [record]\n"
        "The official way takes 5 days.",
    ],
)
def test_places_names_dates_measures_and_disputes_are_read_as_in_python(
    judge: Judge, tmp_path: Path, more: str
) -> None:
    case = judge.parse_case(f"{SAID}\n{more}")
    assert decided(judge, tmp_path, [case]) == [judge.decide(case).model_dump(mode="json")]


def test_what_a_browser_cannot_decide_it_says(judge: Judge, tmp_path: Path, much_open: str) -> None:
    names = "\n".join(f'"body {number}" is a root of authority.' for number in range(9))
    texts = {
        "scenarios": much_open,
        "names": names,
        "law": "The case arises in Sweden. The rule dates from 2020-01-01.",
    }
    assert decided(judge, tmp_path, [judge.parse_case(text) for text in texts.values()]) == list(texts)
    strict = judge.with_profile("corroborated")
    case = strict.parse_case("Obeying does grave harm to the life of a patient. The user's complaint was ignored.")
    assert strict.assess(case).undetermined_reason == "corroboration"
    assert decided(strict, tmp_path, [case]) == ["witnesses"]


def random_plan(chance: random.Random) -> PassPlan:
    """A stratified program of rules, sums and loops over few atoms."""
    sources, heads = list(range(1, 6)), list(range(6, 16))
    while True:
        rules = []
        for head in heads:
            for _ in range(chance.randint(1, 3)):
                size = chance.randint(1, 3)
                body = tuple(
                    atom if chance.random() < 0.7 else -atom for atom in chance.sample([*sources, *heads], size)
                )
                if chance.random() < 0.2:
                    weights = tuple(chance.randint(1, 4) for _ in body)
                    rules.append(GroundRule(False, (head,), body, weights, chance.randint(0, 8)))
                else:
                    rules.append(GroundRule(False, (head,), body))
        strata = _stratify(rules)
        if strata is not None:
            return PassPlan(sources, [], rules, strata)


RUN = """
const answer = (programs) => programs.map(({ script, sources, all }) => {
  const run = new Function(script + ";return run;")();
  const found = run(sources.map(BigInt), BigInt(all));
  return Object.fromEntries([...found].map(([atom, mask]) => [atom, String(mask)]));
});"""


def test_the_pass_in_javascript_derives_what_the_pass_in_python_derives(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    plans = [random_plan(chance) for _ in range(CASES // 4)]
    masks = [[chance.getrandbits(70) for _ in plan.sources] for plan in plans]
    every = (1 << 70) - 1
    expected = [
        load_pass(pass_code(plan.sources, plan.rules, plan.strata, SINGLE))(given, every)
        for plan, given in zip(plans, masks, strict=True)
    ]
    programs = [
        {"script": pass_source(plan, range(6, 16)), "sources": list(map(str, given)), "all": str(every)}
        for plan, given in zip(plans, masks, strict=True)
    ]
    found = run_node(tmp_path, RUN, programs)
    assert found == [{str(atom): str(mask) for atom, mask in one.items()} for one in expected]
    assert any(len(part) > 1 for plan in plans for part in plan.strata)
    assert any(rule.weights for plan in plans for rule in plan.rules)
