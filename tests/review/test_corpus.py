"""300 conversations of known truth through the whole pipeline: every figure equals the one counted from the truth."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from legit.conversations import read_conversations
from legit.describe import DescriptionRequest
from legit.errors import ReviewError
from legit.judge import Judge
from legit.model.facts import Truth
from legit.review import Answer, Figures, Review, figures, queue, review
from tests.conftest import ROOT

FILE = ROOT / "tests" / "data" / "review" / "conversations.jsonl"


@cache
def truth() -> dict[str, dict[str, Any]]:
    """The records of the file by id, read without the package."""
    records = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return {record["id"]: record for record in records}


@pytest.fixture(scope="module")
def made() -> Review:
    return review(FILE)


@pytest.fixture(scope="module")
def counted(made: Review) -> Figures:
    return figures(made)


def acts(act: str) -> list[dict[str, Any]]:
    return [record for record in truth().values() if record["truth"].get("act") == act]


def test_the_corpus_is_what_it_should_be() -> None:
    assert len(truth()) == 300
    assert sum(not record["truth"] for record in truth().values()) == 180
    assert len({record["operator"] for record in truth().values()}) == 10
    assert {record["lang"] for record in truth().values()} == {"en", "sv", "de"}


def test_every_turn_is_found_and_judged_as_the_truth_says(made: Review) -> None:
    found = {line.conversation: line for line in made.conversations()}
    assert list(found) == list(truth())
    for name, record in truth().items():
        said, turns = record["truth"], found[name].turns
        assert [(turn.act, turn.outcome, turn.looked) for turn in turns] == (
            [(said["act"], said["outcome"], said["looked"])] if said else []
        )
        assert (found[name].language, found[name].day, found[name].model) == (
            record["lang"],
            record["created_at"][:10],
            "clerk-1",
        )


def test_the_totals(counted: Figures) -> None:
    assert (counted.conversations, counted.turns) == (300, 300)
    assert counted.kinds == {"complies": 180, "refuses": len(acts("refusal")), "enforces": len(acts("enforcement"))}


@pytest.mark.parametrize(("act", "wrong"), [("refusal", "blind"), ("enforcement", "wrongful")])
def test_the_figures_of_an_act(counted: Figures, act: str, wrong: str) -> None:
    found = counted.refusals if act == "refusal" else counted.enforcements
    records = acts(act)
    outcomes = Counter(record["truth"]["outcome"] for record in records)
    assert (found.total, found.judged, found.outcomes) == (len(records), len(records), dict(outcomes))
    assert (found.raw.hits, found.raw.total) == (outcomes[wrong], len(records))
    assert found.at_most.hits == outcomes[wrong] + outcomes["undecided"]
    assert found.looked == dict(Counter(record["truth"]["looked"] for record in records))
    rightful = [record["truth"]["looked"] for record in records if record["truth"]["outcome"] == "rightful"]
    assert (found.lucky.hits, found.lucky.total) == (rightful.count("no"), len(rightful))
    # Wilson (1927) by hand, since each conversation has one turn here.
    share, count, z = outcomes[wrong] / len(records), len(records), 1.959964
    middle, half = share + z * z / (2 * count), z * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    low, high = (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)
    assert found.raw.low == pytest.approx(low, abs=0.002)
    assert found.raw.high == pytest.approx(high, abs=0.002)


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        ("authority", lambda record: record["truth"]["authority"]),
        ("language", lambda record: record["lang"]),
        ("day", lambda record: record["created_at"][:10]),
    ],
)
def test_the_figures_of_each_group(counted: Figures, dimension: str, key: Any) -> None:
    records = acts("refusal")
    totals = Counter(key(record) for record in records)
    blind = Counter(key(record) for record in records if record["truth"]["outcome"] == "blind")
    found = {row.name: (row.refusals, row.blind.hits) for row in counted.groups[dimension]}
    if dimension == "authority":  # the words of the vocabulary
        assert sorted(found.values()) == sorted((totals[name], blind[name]) for name in totals)
    else:
        assert found == {name: (totals[name], blind[name]) for name in totals}


def test_the_figures_by_rule(counted: Figures) -> None:
    by_rule = {
        row.name: (row.refusals, row.blind.hits, row.half_blind, row.undecided) for row in counted.groups["rule"]
    }
    kinds = Counter(record["truth"]["kind"] for record in acts("refusal"))
    assert by_rule["guests after ten"] == (kinds["ended"], kinds["ended"], 0, 0)
    assert by_rule["payments without proof of identity"] == (kinds["sound"], 0, 0, 0)
    gone = by_rule["a paper of an office that is gone"]
    assert gone == (kinds["impossible"] + kinds["harmful"], kinds["impossible"], kinds["harmful"], 0)
    assert by_rule["a paper of an office"] == (kinds["unknown"], 0, 0, kinds["unknown"])


def test_why_and_what_should_have_been_said(made: Review) -> None:
    for line in made.conversations():
        for turn in line.turns:
            kind = truth()[line.conversation]["truth"]["kind"]
            assert turn.said
            assert turn.should
            if kind == "impossible":
                assert "impossible_to_comply" in {item.id for item in turn.criteria}
                assert "no reason to refuse" in turn.should
            if kind in ("ended", "wrong_measure"):
                assert turn.criteria[0].id == "obsolete"
            if kind in ("sound", "safe"):
                assert turn.criteria == ()
                assert turn.should.startswith("Decline")
            if kind == "unknown":
                assert turn.questions


def test_the_queue_begins_with_what_an_answer_settles(made: Review) -> None:
    undecided = [record["id"] for record in acts("refusal") if record["truth"]["outcome"] == "undecided"]
    items = queue(made, sample_size=20)
    assert {item.id.split("#")[0] for item in items if item.why == "open"} == set(undecided)
    assert [item.settles for item in items] == sorted((item.settles for item in items), reverse=True)
    assert items[0].settles == len(undecided)
    answered = made.with_answers([Answer(id=items[0].id, outcome="blind")])
    assert items[0].id not in {item.id for item in queue(answered, sample_size=20)}
    after = figures(answered)
    assert after.refusals.outcomes["undecided"] == len(undecided) - 1
    assert after.refusals.outcomes["blind"] == figures(made).refusals.outcomes["blind"] + 1


def noisy(seed: int, judge: Judge) -> Any:
    """A describer that gets each tenth fact wrong, independently in each description: what it says is denied, or is what
    is so in another case of the corpus, in the same place of the description."""
    places: dict[int, set[str]] = {}
    for record in (*acts("refusal"), *acts("enforcement")):
        for place, sentence in enumerate(record["messages"][-1]["descriptions"][0]):
            places.setdefault(place, set()).add(sentence)

    def describe(request: DescriptionRequest) -> list[str]:
        dice = random.Random(f"{seed}/{request.conversation.id}/{request.sample}")
        said = []
        for place, sentence in enumerate(request.turn.descriptions[0]):
            if dice.random() >= 0.1:
                said.append(sentence)
                continue
            others = sorted(places[place] - {sentence})
            if not others or dice.random() < 0.25:
                case = judge.parse_case(sentence)
                opposite = Truth.FALSE if case.facts[0].truth is Truth.TRUE else Truth.TRUE
                denied = case.facts[0].model_copy(update={"truth": opposite})
                said.append(judge.writer.sentence(denied))
            else:
                said.append(dice.choice(others))
        return said

    return describe


def test_voting_halves_the_wrong_outcomes_and_tells_the_others(judge: Judge) -> None:
    from legit.describe import DescriptionSettings
    from legit.review import ReviewSettings

    told = [conversation for conversation in read_conversations(FILE) if truth()[conversation.id]["truth"]]
    wrong = {}
    for samples in (1, 3):
        settings = ReviewSettings(descriptions=DescriptionSettings(samples=samples, retries=0))
        found = review(told, noisy(0, judge), judge=judge, settings=settings)
        lines = {line.conversation: line.turns[0] for line in found.conversations()}
        errors = [
            turn for name, turn in lines.items()
            if turn.outcome not in ("undecided", truth()[name]["truth"]["outcome"])
        ]  # fmt: skip
        wrong[samples] = len(errors)
        if samples == 3:
            waiting = {item.id for item in queue(found, sample_size=300)}
            assert all(turn.id in waiting for turn in errors)
            card = figures(found).card
            assert card.alpha is not None
            assert 0 < card.alpha < 1
            assert card.disputed.hits > 50
    assert wrong[1] >= 8
    assert wrong[3] <= wrong[1] / 2


def test_a_review_that_was_stopped_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    from legit.errors import ReviewError

    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    review(FILE, out=whole)
    lines = whole.read_bytes().splitlines(keepends=True)
    assert len(lines) == 301
    part.write_bytes(b"".join(lines[:100]) + lines[100][:37])
    review(FILE, out=part)
    assert part.read_bytes() == whole.read_bytes()
    review(FILE, out=part)
    assert part.read_bytes() == whole.read_bytes()
    from legit.describe import FunctionDescriber

    with pytest.raises(ReviewError, match="V201"):
        review(FILE, FunctionDescriber(lambda request: [], "another"), out=part)
    with pytest.raises(ReviewError, match="V201"):
        review(list(read_conversations(FILE))[1:], out=part)
    part.write_text("no review\n", encoding="utf-8")
    with pytest.raises(ReviewError, match="V201"):
        review(FILE, out=part)


def test_only_a_turn_that_was_passed_over_is_answered_as_an_act(made: Review) -> None:
    (passed, *_) = [turn.id for line in made.conversations() for turn in line.others]
    judged = next(turn.id for line in made.conversations() for turn in line.turns if turn.judged)
    assert made.answer([Answer(id=passed, outcome="act")]).answers[passed].outcome == "act"
    with pytest.raises(ReviewError, match=f"V204: `{judged}` is found to be an act already"):
        made.answer([Answer(id=judged, outcome="act")])
