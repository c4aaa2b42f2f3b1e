"""Explanations: the same as brute force finds, needed in every part, and the same for every order of the sentences."""

from __future__ import annotations

import itertools
import random
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from legit.cli import main
from legit.engine.scenarios import GroundAtom
from legit.engine.sufficient_sets import find_sufficient_sets
from legit.engine.support import EvidenceInputs
from legit.errors import DecisionTimeoutError
from legit.explain.counterfactuals import CounterfactualSearch
from legit.explain.proof_builder import ProofBuilder, ProofContext
from legit.explain.verbalizer import CaseVerbalizer
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Verdict
from legit.model.explanation import Proof
from legit.model.facts import Case, Speaker, SpeakerKind, Truth
from legit.render.explanation_text import render_explanation
from legit.render.graph import to_dot, to_mermaid, to_networkx
from tests.conftest import ROOT, edit
from tests.support.brute_force import BruteForce, conflict, small_cases

CASES = 500
EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))


@pytest.fixture(scope="module")
def brute(judge: Judge) -> BruteForce:
    return BruteForce(judge.base)


@pytest.fixture(scope="module")
def small(judge: Judge) -> list[Case]:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/data").glob("*.legit"))]
    return small_cases(judge, texts, CASES, seed=3)


def test_reliance_is_what_brute_force_finds(judge: Judge, brute: BruteForce, small: list[Case]) -> None:
    sizes = set()
    for case in small:
        inputs = judge._encoder.encode(case)
        verdict = judge.decide(case).verdict.value
        if verdict == "undetermined":
            assert not any(
                brute.holds_in_all(inputs.true_inputs, inputs.open_inputs, other)
                for other in ("stands", "defeated", "contested")
            )
            continue
        assert brute.holds_in_all(inputs.true_inputs, inputs.open_inputs, verdict)
        true, open_ = set(inputs.true_inputs), set(inputs.open_inputs)
        found = find_sufficient_sets(judge._engines.for_case(inputs), inputs, verdict)
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
        inputs = judge._encoder.encode(case)
        expected, topics = brute.decisive(set(inputs.true_inputs), set(inputs.open_inputs))
        asked = [question for question in judge.assess(case).questions if question.decisive]
        about = {judge._encoder.symbol(question.fact) for question in asked if question.fact is not None}
        assert about == expected, judge.writer.case(case)
        assert {question.topic for question in asked if question.topic} == topics
        topics_seen |= topics
        inputs_seen += len(expected)
    assert topics_seen == {"cost", "protection", "remedy"}
    assert inputs_seen > 20


def test_cheapest_changes_are_what_brute_force_finds(judge: Judge, brute: BruteForce, small: list[Case]) -> None:
    chance = random.Random(5)
    pool = sorted({symbol for case in small for symbol in judge._encoder.encode(case).facts if symbol in brute})
    reached = 0
    for case in small:
        inputs = judge._encoder.encode(case)
        stated = sorted(set(inputs.true_inputs) | set(inputs.open_inputs))
        candidates = sorted({*stated, *chance.sample(pool, 8)})
        outcome = chance.choice(["stands", "defeated"])
        if judge.decide(case).verdict.value == outcome:
            continue
        by = chance.choice(["", "authority"])
        changer = CounterfactualSearch(judge.base, judge._engines.for_case(inputs), inputs)
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
    assert reached > 50


def test_every_fact_of_a_proof_is_needed_by_it(judge: Judge, small: list[Case]) -> None:
    proven = 0
    for case in small:
        inputs = judge._encoder.encode(case)
        engine = judge._engines.for_case(inputs)
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
    assert proven > 300


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


def _facts(proof: Proof) -> list[str]:
    return [node.text for node in proof.nodes if node.kind == "fact"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_order_of_the_sentences_changes_nothing(judge: Judge, path) -> None:  # type: ignore[no-untyped-def]
    case = judge.parse_case(path.read_text(encoding="utf-8"))
    facts = [fact.model_copy(update={"span": None}) for fact in case.facts]
    expected = judge.explain(case.model_copy(update={"facts": tuple(facts)})).model_dump_json()
    for seed in range(3):
        random.Random(seed).shuffle(facts)
        assert judge.explain(case.model_copy(update={"facts": tuple(facts)})).model_dump_json() == expected


SPEAKERS = [
    Speaker(),
    Speaker(kind=SpeakerKind.DOCUMENT, reference="lease"),
    Speaker(kind=SpeakerKind.RECORD, reference="register"),
    Speaker(kind=SpeakerKind.OPERATOR),
    Speaker(kind=SpeakerKind.INFERRED),
]


def _discussed(case: Case, chance: random.Random) -> Case:
    """The case with each of its facts said by two speakers, some of whom deny or do not know it."""
    return Case(
        facts=tuple(
            fact.model_copy(
                update={
                    "speaker": speaker,
                    "truth": chance.choice(list(Truth)) if chance.random() < 0.3 else fact.truth,
                    "detail": f"as the {speaker.kind.value} says",
                }
            )
            for fact in case.facts
            for speaker in chance.sample(SPEAKERS, 2)
        )
    )


@pytest.fixture(scope="module")
def discussed(judge: Judge, small: list[Case]) -> list[Case]:
    chance = random.Random(7)
    return [case for case in (_discussed(case, chance) for case in small[:100]) if not judge.problems(case)]


def test_the_order_of_several_speakers_changes_nothing(judge: Judge, discussed: list[Case]) -> None:
    assert len(discussed) > 50
    for case in discussed:
        facts = list(case.facts)
        random.Random(8).shuffle(facts)
        shuffled = case.model_copy(update={"facts": tuple(facts)})
        assert judge.explain(shuffled) == judge.explain(case), judge.writer.case(case)


def test_what_is_open_is_not_shown_as_proven(judge: Judge) -> None:
    denial = 'The difference in treatment has no relevant ground: "none was given". [document "letter"]\n'
    claim = 'The difference in treatment has a relevant ground: "training". [operator]\n'
    for text, status in ((denial, "proven"), (denial + claim, "unknown")):
        judged = judge._decide_case(judge.parse_case(text), 5)
        prover = ProofBuilder(
            judge._citations, judged.engine.index, CaseVerbalizer(judge._atom_verbalizer, judged.inputs), judged.inputs
        )
        atom = judged.engine.program.atoms["difference_relevant"]
        (step,) = prover.failed(atom, ProofContext({}, set()))
        node = prover.proof((step,)).nodes[step]
        assert (node.status, node.text) == (status, denial.partition(" [")[0])
    # The other side of the dispute is a supposition, wherever it stands in the way of something.
    (step,) = prover.proven(atom, ProofContext({}, {atom}))
    node = prover.proof((step,)).nodes[step]
    assert (node.status, node.text) == ("unknown", "Supposing the difference in treatment has a relevant ground.")


def test_who_is_not_trusted_vouches_for_nothing(copy: Path) -> None:
    edit(
        copy / "profiles/default.toml",
        lambda old: old.replace("\noperator = 1\ninferred = 1", "\noperator = 1\ninferred = 0", 1),
    )
    judge = Judge(KnowledgeBase.load(copy))
    denied = 'It is not the case that what the rule depends on does not exist: "it may reopen". [inferred]\n'
    affirmed = 'What the rule depends on does not exist: "a neighbour said so". [inferred]\n'
    for doubtful in (denied, affirmed):
        explanation = judge.explain(PAYMENT.format("") + doubtful)
        assert explanation.assessment.verdict is Verdict.DEFEATED
        for relied in explanation.assessment.evidence_basis.sufficient_sets:
            assert relied.speakers == ("user",)
        grounds = [ground for finding in explanation.assessment.findings for ground in finding.evidence]
        shown = [node.evidence for node in explanation.proof.nodes if node.evidence is not None]
        assert {ground.speaker.kind for ground in (*grounds, *shown)} == {SpeakerKind.USER}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_explanations_speak_no_program(judge: Judge, path) -> None:  # type: ignore[no-untyped-def]
    explanation = judge.explain(path.read_text(encoding="utf-8"))
    proof = explanation.proof
    stated = {judge.writer.sentence(fact) for fact in judge.parse_case(path.read_text(encoding="utf-8")).facts}
    for node in proof.nodes:
        assert "_" not in node.text, node.text
        assert all(child > -1 and proof.nodes[child].id == child for child in node.children)
        if node.kind == "fact" and node.status == "proven":
            assert node.text in stated
    assert _facts(proof)
    graph = to_networkx(proof)
    assert sorted(graph.nodes) == [node.id for node in proof.nodes]
    import networkx as nx

    assert nx.is_directed_acyclic_graph(graph)
    assert to_mermaid(proof).count("-->") == graph.number_of_edges()
    assert to_dot(proof).count("->") == graph.number_of_edges()


def test_weak_and_strong_negation_never_share_their_words(judge: Judge) -> None:
    frames = {name: judge.base.phrases[name].format(clause="X") for name in ("proven", "failed", "unknown", "assumed")}
    assert len(set(frames.values())) == len(frames)
    for predicate in judge.base.vocabulary.predicates.values():
        denied = predicate.denial_form.format(tuple(f"<{argument.name}>" for argument in predicate.args)).lower()
        assert not denied.startswith(("nothing shows", "nothing says", "supposing", "it is open"))


PAYMENT = """
The authority is a bank.
The rule forbids "payments abroad after noon".
The purpose of the rule is order.
What the rule depends on does not exist: "the office is gone".{}
Obeying does minor harm to the convenience of the user.
Breaking the rule does serious harm to the money of customers.
The user tried no official channel.
The user asks to evade the rule.
"""


HEAVY = PAYMENT.replace("does serious harm to the money", "may do serious harm to the health")


def test_whose_word_it_rests_on_is_said(judge: Judge) -> None:
    alone = judge.assess(PAYMENT.format(""))
    assert (alone.verdict, alone.evidence_basis.sole_source) == (Verdict.DEFEATED, "user")
    assert "on the user's word alone" in render_explanation(judge.explain(PAYMENT.format(""))).splitlines()[0]
    several = judge.assess(PAYMENT.format(' [record "register"]'))
    assert several.evidence_basis.sole_source in ("", "record")


def test_one_speaker_has_one_word_wherever_he_said_it() -> None:
    text = HEAVY.format(' [user "his letter"]')
    plain = cached_judge().assess(text)
    assert (plain.verdict, plain.evidence_basis.sole_source) == (Verdict.DEFEATED, "user")
    guarded = cached_judge(profile="corroborated").assess(text)
    assert (guarded.verdict, guarded.undetermined_reason) == (Verdict.UNDETERMINED, "corroboration")


def test_a_profile_can_demand_more_than_one_word() -> None:
    judge = cached_judge(profile="corroborated")
    alone = judge.assess(HEAVY.format(""))
    assert cached_judge().assess(HEAVY.format("")).verdict is Verdict.DEFEATED
    assert (alone.verdict, alone.undetermined_reason, alone.guidance.action) == (
        Verdict.UNDETERMINED,
        "corroboration",
        "ask",
    )
    assert any("What the rule depends on does not exist" in question.text for question in alone.questions)
    assert judge.decide(HEAVY.format("")).verdict is Verdict.UNDETERMINED
    confirmed = judge.parse_case(HEAVY.format(""))
    more = [
        fact.model_copy(update={"speaker": Speaker(kind=SpeakerKind.RECORD, reference="register")})
        for fact in confirmed.facts
        if fact.predicate == "precondition_missing"
    ]
    both = judge.assess(confirmed.model_copy(update={"facts": (*confirmed.facts, *more)}))
    assert (both.verdict, both.undetermined_reason) == (Verdict.DEFEATED, "")


def test_why_not_in_three_kinds(judge: Judge) -> None:
    holds = judge.why_not(PAYMENT.format(""), "impossible_to_comply")
    assert holds.kind == "holds"
    assert holds.proof is not None
    assert any("does not exist" in says for says in _facts(holds.proof))
    unknown = PAYMENT.format("").replace(
        "What the rule depends on does not exist", "It is unknown whether what the rule depends on does not exist"
    )
    open_ = judge.why_not(unknown, "impossible_to_comply")
    assert open_.kind == "open"
    assert open_.proof is not None
    assert {"unknown"} <= {node.status for node in open_.proof.nodes}
    harmless = PAYMENT.format("").replace("does serious harm to the money of customers", "harms nobody")
    change = judge.why_not(harmless, "lacks_jurisdiction")
    assert change.kind == "change"
    assert change.counterfactual is not None
    assert change.counterfactual.change_sets[0].changes[0].sentence
    verdict = judge.why_not(PAYMENT.format(""), "stands")
    assert verdict.kind == "change"
    assert any("Impossible to comply" in text for text in verdict.blockers)


def test_every_way_can_be_written_out(judge: Judge) -> None:
    case = (ROOT / "examples" / "10_two_heavy_goods.legit").read_text(encoding="utf-8")
    first, every = (judge.explain(case, exhaustive=each).counterfactuals for each in (False, True))
    assert any(way.equivalents for turn in first for way in turn.change_sets)
    for few, all_ in zip(first, every, strict=True):
        assert (few.outcome, few.actor, few.cost, few.search_depth) == (
            all_.outcome,
            all_.actor,
            all_.cost,
            all_.search_depth,
        )
        assert all_.omitted_kinds == 0
        assert {way.equivalents for way in all_.change_sets} <= {0}
        changes = [tuple(change.sentence for change in way.changes) for way in all_.change_sets]
        assert len(set(changes)) == len(changes)
        assert {tuple(change.sentence for change in way.changes) for way in few.change_sets} <= set(changes)
        if not few.omitted_kinds:
            assert len(changes) == sum(way.equivalents + 1 for way in few.change_sets)
    for way in every[0].change_sets[1::20]:  # each does what it is said to
        (change,) = way.changes
        assert judge.what_if(case, assume=change.sentence)[0].verdict.value == every[0].outcome


def test_every_way_is_listed_where_one_is_asked_for(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    case = ROOT / "examples" / "07_hard_hats.legit"
    asked = ["explain", str(case), "--why-not", "excessive_cost"]
    assert main(asked) == 0
    (alike,) = re.findall(r"Or (\d+) like it \(--all\)\.", capsys.readouterr().out)
    assert main([*asked, "--exhaustive"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("    - ")]
    assert len(set(listed)) == int(alike) + 1
    assert "    - Obeying does grave harm to the life of the public." in listed


def test_sensitivity_names_the_weight(judge: Judge) -> None:
    text = (ROOT / "examples/10_two_heavy_goods.legit").read_text(encoding="utf-8")
    found = judge.explain(text).sensitivity
    assert ("tier", "health", 3, 2, Verdict.STANDS) in {
        (move.table, move.entry, move.weight, move.new_weight, move.verdict) for move in found.flips
    }
    assert not judge.explain((ROOT / "examples/07_hard_hats.legit").read_text(encoding="utf-8")).sensitivity.flips


def test_why_not_says_nothing_of_what_was_not_decided(judge: Judge, much_open: str) -> None:
    case = much_open + 'It is unknown whether what the rule depends on does not exist: "the office is gone".'
    searched = judge.why_not(case, "impossible_to_comply")
    assert (searched.kind, searched.proof) == ("open", None)
    assert searched.summary == judge.base.phrases["why_not_possible"]
    in_no_time = judge.why_not(case, "impossible_to_comply", time_limit=1e-9)
    assert (in_no_time.kind, in_no_time.summary) == ("open", judge.base.phrases["out_of_time"])


def test_a_verdict_that_must_be_confirmed_is_not_explained_as_given() -> None:
    judge = cached_judge(profile="corroborated")
    explanation = judge.explain(HEAVY.format(""))
    assert explanation.assessment.undetermined_reason == "corroboration"
    root = explanation.proof.nodes[explanation.proof.roots[0]]
    assert (root.kind, root.status) == ("verdict", "unknown")
    assert explanation.sensitivity.perturbations == 0
    assert judge.why_not(HEAVY.format(""), "defeated").kind == "open"
    confirmed = judge.explain(HEAVY.format(' [record "register"]'))
    assert confirmed.proof.nodes[confirmed.proof.roots[0]].status == "proven"
    assert judge.why_not(HEAVY.format(' [record "register"]'), "defeated").kind == "holds"


def test_changes_count_with_what_is_open_until_something_is_said(copy: Path, small: list[Case]) -> None:
    edit(
        copy / "vocabulary/3_application.toml",
        lambda old: old.replace(
            "[retroactive_application]\n", '[retroactive_application]\nworld_assumption = "open"\n'
        ),
    )
    judge = Judge(KnowledgeBase.load(copy))
    tried = 0
    for case in small[:60]:
        inputs = judge._encoder.encode(case)
        engine = judge._engines.for_case(inputs)
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


def test_a_search_without_time_leaves_the_set_as_it_is(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> None:
        raise DecisionTimeoutError

    inputs = judge._encoder.encode(judge.parse_case(PAYMENT.format("")))
    engine = judge._engines.for_case(inputs)
    monkeypatch.setattr(sys.modules[find_sufficient_sets.__module__], "MAX_FACTS", 0)
    monkeypatch.setattr(engine, "decide", late)
    found = find_sufficient_sets(engine, inputs, "defeated")
    assert not found.complete
    assert set(inputs.true_inputs) >= set(found.sets[0]) >= {"precondition_missing"}


def test_a_phrase_that_a_base_leaves_out_is_no_error(judge: Judge) -> None:
    assert judge.base.phrases["alone_somebody_else"] == "alone somebody else"
    assert "alone_somebody_else" not in judge.base.phrases
