"""Verdicts against sections 1 to 4 of docs/balance.md, computed here from the page alone.

Random cases in which nothing but the balance can decide: 250, with `LEGIT_LONG=1` 10,000, or as many as `LEGIT_BALANCE_CASES` says.
"""

from __future__ import annotations

import os
from random import Random

from legit.judge import Judge

CASES = int(os.environ.get("LEGIT_BALANCE_CASES") or (10_000 if os.environ.get("LEGIT_LONG") else 250))
SEED = int(os.environ.get("LEGIT_SEED", "1"))
# Section 1: the grade of minor harm to each interest.
MINOR = {
    "free speech": 2,
    "privacy": 2,
    "livelihood": 2,
    "dignity": 2,
    "culture": 2,
    "health": 3,
    "liberty": 3,
    "life": 4,
}
WORLDLY = {"money": 1, "convenience": 1, "property": 1}
SEVERITIES = ("minor", "serious", "grave")
VITAL = ("health", "liberty", "life")
GAINS = ("livelihood", "money", "convenience", "property")

Harm = tuple[str, str, str]


def grade(harm: Harm) -> int:
    likelihood, severity, interest = harm
    return {**MINOR, **WORLDLY}[interest] + SEVERITIES.index(severity) - (likelihood == "may do")


def heavy_for_the_body(harms: list[Harm], least: int = 4) -> bool:
    return any(interest in VITAL and grade((may, how, interest)) >= least for may, how, interest in harms)


def expected(obeying: list[Harm], breaking: list[Harm], said: set[str]) -> str:
    """The verdict that the page predicts, for a rule that touches a right and that no criterion of another standard hits."""
    given_up = {"agreed", "did it"} <= said
    cost = max(grade(harm) - (given_up and harm[2] in GAINS) for harm in obeying)
    protection = max(grade(harm) + (harm[2] in ("money", "property")) for harm in breaking)
    cost, protection = max(cost, 0), max(protection, 0)
    law_maker = "safeguards" in said  # every rule here is a city's, and a public authority is a law-maker
    shown = {fault for fault in ("exception", "milder") if fault in said and not (fault == "milder" and law_maker)}
    faults = min(len(shown), 2) if cost >= 2 else 0
    numbers = 0
    if "many obey" in said and "many protected" not in said and not heavy_for_the_body(breaking) and not law_maker:
        numbers = int(cost > 0)
    elif "many protected" in said and "many obey" not in said and not heavy_for_the_body(obeying):
        numbers = -1
    consent = {"agreed", "notice"} <= said and cost < 4
    safeguards = law_maker + (law_maker and "core kept" in said)
    aim = law_maker and "protective aim" in said and protection < 3 and not heavy_for_the_body(obeying)
    shift = faults - safeguards + numbers - consent - aim
    lead = cost - protection if protection else max(cost, 2) if cost else 0
    moved = lead + shift
    public_money = law_maker and "public funds" in said and not faults
    disagreement = "disagreement" in said and cost >= 3 and protection >= 2 and not public_money
    asserted = "asserted" in said and cost >= 3 and lead >= 0
    met = (
        cost >= 4
        or (cost >= 2 and cost > protection)
        or faults > 0
        or asserted
        or (disagreement and moved in (0, 1, 2))
    )
    if not met:
        return "stands"
    if moved >= 2 and not (moved == 2 and (public_money or disagreement)):
        return "defeated"
    left_open = (
        moved == 2
        or (moved == 1 and not public_money)
        or (moved == 0 and disagreement)
        or (cost == protection >= 4 and shift == 0)
        or (asserted and "safeguards" not in said)
    )
    return "contested" if left_open else "stands"


SENTENCES = {
    "agreed": "The user agreed to the rule freely.",
    "notice": "The user got fair notice of the rule.",
    "did it": "The user did the very thing that the rule targets.",
    "exception": 'An exception would cost the aim nothing: "for example".',
    "milder": 'Others reach the same aim by a milder means: "for example".',
    "asserted": 'The rule ignores a milder means: "so it is said".',
    "many obey": "Obeying hurts many people.",
    "many protected": "Breaking the rule hurts many people.",
    "public funds": "The purpose of the rule is public funds.",
    "disagreement": 'Reasonable people disagree whether the aim is worth the cost: "for example".',
    "protective aim": "The purpose of the rule is honest elections.",
    "core kept": 'The limit leaves the core of the right: "the next street".',
    "safeguards": 'The limit has a clear basis in law: "an act".\nThe limit is supervised: "a board".\nThe limit is narrow: "one street".',
}


def drawn(random: Random) -> tuple[list[Harm], list[Harm], set[str]]:
    def harm(interests: tuple[str, ...]) -> Harm:
        return random.choice(("does", "may do")), random.choice(SEVERITIES), random.choice(interests)

    every = (*MINOR, *WORLDLY)
    obeying = [harm(tuple(MINOR)), *(harm(every) for _ in range(random.randrange(2)))]
    breaking = [harm(every) for _ in range(random.randint(1, 2))]
    return obeying, breaking, {name for name in SENTENCES if random.random() < 0.3}


def text(obeying: list[Harm], breaking: list[Harm], said: set[str]) -> str:
    lines = ["The authority is a city.", 'The rule forbids "for example".', "The user tried no official channel."]
    lines += [f"Obeying {may} {how} harm to the {what} of the user." for may, how, what in obeying]
    lines += [f"Breaking the rule {may} {how} harm to the {what} of strangers." for may, how, what in breaking]
    return "\n".join(lines + [SENTENCES[name] for name in sorted(said)])


def test_the_page_predicts_the_verdict() -> None:
    random, judge, differing = Random(SEED), Judge(), []
    for _ in range(CASES):
        case = drawn(random)
        (parsed,) = judge.parse_cases(text(*case))
        decision = judge.decide(parsed)
        if decision.verdict.value != expected(*case):
            differing.append(f"{expected(*case)}, not {decision.verdict.value} {decision.findings}\n{text(*case)}")
    assert not differing, f"{len(differing)} of {CASES}:\n" + "\n\n".join(differing[:3])
