"""Explanations are what brute force finds: sufficient sets, decisive questions, cheapest changes, needed facts.

The cheapest changes are sought for every eighth of the small cases, with `LEGIT_LONG=1` for all of them.
"""

from __future__ import annotations

import itertools
import os
import random
from dataclasses import replace
from pathlib import Path

from legit.engine.scenarios import GroundAtom, predicate_of
from legit.engine.sufficient_sets import find_sufficient_sets
from legit.engine.support import EvidenceInputs
from legit.explain.counterfactuals import CounterfactualSearch
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Verdict
from legit.model.facts import Case, Truth
from tests.conftest import edit
from tests.support.brute_force import BruteForce, conflict

EVERY = 1 if os.environ.get("LEGIT_LONG") else 8


def test_reliance_is_what_brute_force_finds(judge: Judge, brute: BruteForce, small: list[Case]) -> None:
    sizes = set()
    for case in small:
        inputs = judge.encoder.encode(case)
        verdict = judge.decide(case).verdict.value
        if verdict == "undetermined":
            assert not any(
                brute.holds_in_all(inputs.true_inputs, inputs.open_inputs, other)
                for other in ("stands", "defeated", "contested")
            )
            continue
        assert brute.holds_in_all(inputs.true_inputs, inputs.open_inputs, verdict)
        true, open_ = set(inputs.true_inputs), set(inputs.open_inputs)
        found = find_sufficient_sets(judge.engines.for_case(inputs), inputs, verdict)
        assert found.complete
        expected = brute.sufficient_sets(true, set(inputs.facts) - true - open_, open_, verdict)
        assert set(map(frozenset, found.sets)) == expected, judge.writer.case(case)
        sizes |= {len(symbols) for symbols in found.sets}
    assert {1, 2} <= sizes


def test_removing_a_fact_of_a_reliance_set_unsettles_the_verdict(judge: Judge, small: list[Case]) -> None:
    tried = 0
    for case in small[:150]:
        assessment = judge.assess(case)
        for relied in assessment.evidence_basis.sufficient_sets[:3]:
            kept = {ground.sentence for ground in relied.facts}
            alone = Case(
                facts=tuple(
                    fact if judge.writer.sentence(fact) in kept else fact.model_copy(update={"truth": Truth.UNKNOWN})
                    for fact in case.facts
                )
            )
            assert judge.assess(alone).verdict is assessment.verdict
            for sentence in kept:
                less = Case(
                    facts=tuple(
                        fact.model_copy(update={"truth": Truth.UNKNOWN})
                        if judge.writer.sentence(fact) == sentence
                        else fact
                        for fact in alone.facts
                    )
                )
                assert judge.assess(less).verdict is Verdict.UNDETERMINED
                tried += 1
    assert tried > 20


def test_decisive_questions_are_what_brute_force_finds(judge: Judge, brute: BruteForce, small: list[Case]) -> None:
    topics_seen, inputs_seen = set(), 0
    for case in small:
        inputs = judge.encoder.encode(case)
        expected, topics = brute.decisive(set(inputs.true_inputs), set(inputs.open_inputs))
        asked = [question for question in judge.assess(case).questions if question.decisive]
        about = {judge.encoder.symbol(question.fact) for question in asked if question.fact is not None}
        assert about == expected, judge.writer.case(case)
        assert {question.topic for question in asked if question.topic} == topics
        topics_seen |= topics
        inputs_seen += len(expected)
    assert topics_seen == {"cost", "protection", "remedy"}
    assert inputs_seen > 20


def test_cheapest_changes_are_what_brute_force_finds(judge: Judge, brute: BruteForce, small: list[Case]) -> None:
    chance = random.Random(5)
    # An input that compares exact values is worked out from other facts; it is nothing to change by itself.
    said = judge.base.vocabulary.predicates
    pool = sorted(
        {
            symbol
            for case in small
            for symbol in judge.encoder.encode(case).facts
            if symbol in brute and predicate_of(symbol) in said
        }
    )
    reached = 0
    for case in small[::EVERY]:
        inputs = judge.encoder.encode(case)
        stated = sorted({*inputs.true_inputs, *inputs.open_inputs})
        if not all(predicate_of(symbol) in said for symbol in stated):
            continue
        candidates = sorted({*stated, *chance.sample(pool, 8)})
        outcome = chance.choice(["stands", "defeated"])
        if judge.decide(case).verdict.value == outcome:
            continue
        by = chance.choice(["", "authority"])
        changer = CounterfactualSearch(judge.base, judge.engines.for_case(inputs), inputs)
        found = changer.search(GroundAtom("verdict", (outcome,)), by, candidates, max_edits=2)
        steps = []
        for symbol in candidates:
            predicate = judge.base.vocabulary.predicates[symbol.partition("(")[0]].spec
            if by and predicate.changeable_by != by:
                continue
            effort = judge.base.profile.effort(predicate.answerable_by.value)
            cost = predicate.change_cost if by else max(1, predicate.asking_cost * effort)
            if symbol in stated:
                steps.append((symbol, False, cost))
            if symbol not in inputs.true_inputs:
                steps.append((symbol, True, cost))
        ways: dict[frozenset[tuple[str, bool]], int] = {}
        for size in (1, 2):
            for chosen in itertools.combinations(steps, size):
                states = [symbol for symbol, becomes, _ in chosen if becomes]
                gone = [symbol for symbol, becomes, _ in chosen if not becomes]
                if len({symbol for symbol, _, _ in chosen}) < size:
                    continue
                replaced = {old for old in stated for new in states if old != new and conflict(judge.base, old, new)}
                if replaced & {*states, *gone} or any(
                    conflict(judge.base, *two) for two in itertools.combinations(states, 2)
                ):
                    continue
                left = {*stated} - replaced - {*gone}
                true = ({*inputs.true_inputs} & left) | {*states}
                if brute.holds_in_all(true, ({*inputs.open_inputs} & left) - {*states}, outcome):
                    ways[frozenset((symbol, becomes) for symbol, becomes, _ in chosen)] = sum(c for _, _, c in chosen)
        cheapest = min(ways.values(), default=0)
        expected = {way for way, cost in ways.items() if cost == cheapest}
        got = {frozenset((s.symbol, s.sets_true) for s in steps) for steps in found.expand(changer.conflicts)}
        assert (found.cost, got) == (cheapest, expected), (judge.writer.case(case), outcome, by)
        reached += bool(expected)
    assert reached > 50 / EVERY


def test_every_fact_of_a_proof_is_needed_by_it(judge: Judge, small: list[Case]) -> None:
    proven = 0
    for case in small:
        inputs = judge.encoder.encode(case)
        engine = judge.engines.for_case(inputs)
        settled = engine.decide(inputs, 5)
        support = engine.supports.for_consequences(inputs, settled)
        for result in ("defeats", "tied", "outweighed", "speaks_for", "harm_finding"):
            for (name,) in settled.cautious.get(result, ()):
                (atom,) = engine.index.result_atoms_of(result, name)
                rules = _below(atom, support)
                leaves = EvidenceInputs(support, engine.program).inputs_below(atom)
                assert _derives(rules, set(leaves), atom)
                assert all(
                    -literal not in settled.brave_atoms for rule in rules for literal in rule.body if literal < 0
                )
                assert not any(_derives(rules, set(leaves) - {leaf}, atom) for leaf in leaves)
                proven += 1
    assert proven > 250


def _below(atom, support):  # type: ignore[no-untyped-def]
    rules, stack, seen = [], [atom], set()
    while stack:
        current = stack.pop()
        if current in seen or support[current] is None:
            continue
        seen.add(current)
        rules.append(support[current])
        stack += [literal for literal in support[current].body if literal > 0]
    return rules


def _derives(rules, facts, atom):  # type: ignore[no-untyped-def]
    held = set(facts)
    grown = True
    while grown:
        fresh = {head for rule in rules if all(x in held for x in rule.body if x > 0) for head in rule.heads} - held
        held |= fresh
        grown = bool(fresh)
    return atom in held


def test_changes_count_with_what_is_open_until_something_is_said(copy: Path, small: list[Case]) -> None:
    edit(
        copy / "vocabulary/application.toml",
        lambda old: old.replace(
            "[retroactive_application]\n", '[retroactive_application]\nworld_assumption = "open"\n'
        ),
    )
    judge = Judge(KnowledgeBase.load(copy))
    tried = 0
    for case in small[:60]:
        inputs = judge.encoder.encode(case)
        engine = judge.engines.for_case(inputs)
        if inputs.open_inputs or judge.decide(case).verdict is Verdict.STANDS:
            continue
        changer = CounterfactualSearch(judge.base, engine, inputs)
        for (step, *_), *others in changer.search(GroundAtom("verdict", ("stands",)), max_edits=1).sets:
            assert not others
            left = {*inputs.true_inputs} - {step.symbol, *step.replaces}
            true = sorted(left | {step.symbol}) if step.sets_true else sorted(left)
            stated = {symbol: inputs.facts.get(symbol, []) for symbol in (*inputs.facts, step.symbol)}
            settled = engine.decide(replace(inputs, true_inputs=true, facts=stated), 5)
            assert settled.cautious["verdict"] == [("stands",)], (judge.writer.case(case), step)
            tried += 1
    assert tried > 10
