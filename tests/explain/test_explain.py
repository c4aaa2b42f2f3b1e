"""Explanations: their words, and that they are the same for every order of the sentences."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

import pytest

from legit.cli import main
from legit.engine.sufficient_sets import find_sufficient_sets
from legit.errors import DecisionTimeoutError
from legit.explain.counterfactuals import CheapestEdits, CounterfactualSearch
from legit.explain.proof_builder import ProofBuilder, ProofContext
from legit.explain.verbalizer import CaseVerbalizer
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.messages import message
from legit.model.assessment import Verdict
from legit.model.explanation import Proof
from legit.model.facts import Case, Speaker, SpeakerKind, Truth
from legit.render.explanation_text import render_explanation
from legit.render.graph import to_dot, to_mermaid, to_networkx
from tests.conftest import ROOT, edit

EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))


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
    assert "on evidence from the user only" in render_explanation(judge.explain(PAYMENT.format(""))).splitlines()[0]
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
    case = ROOT / "examples" / "12_exam_notes.legit"
    asked = ["explain", str(case), "--why-not", "excessive_cost"]
    assert main(asked) == 0
    printed = capsys.readouterr().out
    alike = re.findall(r"Or\s+(\d+)\s+like\s+it\s+\(--exhaustive\)\.", printed)
    kinds = [line for line in printed.splitlines() if line.startswith("    - ")]
    assert main([*asked, "--exhaustive"]) == 0
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("    - ")]
    assert len(listed) == len(kinds) + sum(map(int, alike)) > len(kinds)


@pytest.mark.parametrize(
    ("depth", "says"),
    [
        (1, "no change of a single fact would make it do so; there are too many changes of several facts to try"),
        (2, "no change of 2 facts or fewer would make it do so; more were not tried"),
        (3, "no change of 3 facts or fewer would make it do so; more were not tried"),
    ],
)
def test_how_far_the_search_for_changes_went_is_said(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, depth: int, says: str
) -> None:
    """The search stops where the sets of so many changes are too many for one pass; no time limit ends it."""
    monkeypatch.setattr(CounterfactualSearch, "search", lambda *_: CheapestEdits(0, (), depth))
    answer = judge.why_not((ROOT / "examples/07_hard_hats.legit").read_text(encoding="utf-8"), "excessive_cost")
    assert answer.kind == "never"
    assert answer.summary == f"It does not defeat the rule, and {says}."


def test_sensitivity_names_the_weight(judge: Judge) -> None:
    text = (ROOT / "examples/14_register_that_was_closed.legit").read_text(encoding="utf-8")
    found = judge.explain(text).sensitivity
    assert ("abstract_weight", "health", 3, 4, Verdict.STANDS) in {
        (move.table, move.entry, move.weight, move.new_weight, move.verdict) for move in found.flips
    }
    assert not judge.explain((ROOT / "examples/07_hard_hats.legit").read_text(encoding="utf-8")).sensitivity.flips


def test_why_not_says_nothing_of_what_was_not_decided(judge: Judge, much_open: str) -> None:
    case = much_open + 'It is unknown whether what the rule depends on does not exist: "the office is gone".'
    searched = judge.why_not(case, "impossible_to_comply")
    assert (searched.kind, searched.proof) == ("open", None)
    assert searched.summary == message("explanation.why_not_possible")
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


def test_a_search_without_time_leaves_the_set_as_it_is(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> None:
        raise DecisionTimeoutError

    inputs = judge.encoder.encode(judge.parse_case(PAYMENT.format("")))
    engine = judge.engines.for_case(inputs)
    monkeypatch.setattr(sys.modules[find_sufficient_sets.__module__], "MAX_FACTS", 0)
    monkeypatch.setattr(engine, "decide", late)
    found = find_sufficient_sets(engine, inputs, "defeated")
    assert not found.complete
    assert set(inputs.true_inputs) >= set(found.sets[0]) >= {"precondition_missing"}


def test_a_phrase_that_a_base_leaves_out_is_no_error(judge: Judge) -> None:
    assert judge.base.phrases["alone_somebody_else"] == "alone somebody else"
    assert "alone_somebody_else" not in judge.base.phrases


def test_the_order_of_several_objections_changes_nothing(judge: Judge) -> None:
    """The answer begins with the ground that is pleaded. Of two it is always the same one."""
    text = [
        'Like cases end differently: "Q". [user "u1"]', 'The user never agreed to the rule: "q". [inferred]',
        'The rule allows what does the same harm: "q". [user "u2"]',
        'Obeying does serious harm to the convenience of an animal: "Q". [user "u2"]',
        'The user objects above all to the lack of an exception: "q". [document "e"]',
        "The user objects above all to their right to impose it.", "The user was penalised 5 times.",
    ]  # fmt: skip
    facts = [fact.model_copy(update={"span": None}) for fact in judge.parse_case("\n".join(text)).facts]
    answers = set()
    for seed in range(20):
        random.Random(seed).shuffle(facts)
        answers.add(judge.assess(Case(facts=tuple(facts))).model_dump_json())
    assert len(answers) == 1
