"""The invariants hold on the shipped base, and each of them can be broken."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.errors import KnowledgeBaseError
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.layers import Layer
from legit.language.writer import Writer
from legit.model.assessment import Assessment, Decision, Evidence, Finding, Verdict
from legit.model.facts import Case, Opinion, Speaker, Truth
from legit.testing.generate import RandomChoices
from legit.testing.invariants import (
    Invariant,
    InvariantViolationError,
    all_invariants,
    check_invariant,
    confirm_violation,
    expected_violations,
)
from legit.testing.invariants.declared import violates_direction
from legit.testing.seeded_cases import SeededCases
from tests.conftest import ROOT

INVARIANTS = {invariant.name: invariant for invariant in all_invariants(cached_judge().base)}
CASES = 500

EXPECTED_VIOLATIONS = expected_violations(cached_judge().base)


@pytest.fixture(scope="module")
def source(judge: Judge) -> SeededCases:
    return SeededCases(judge)


@pytest.mark.parametrize("name", sorted(INVARIANTS))
def test_the_law_holds(judge: Judge, source: SeededCases, name: str) -> None:
    invariant = INVARIANTS[name]
    if name in EXPECTED_VIOLATIONS:
        assert confirm_violation(invariant, judge, EXPECTED_VIOLATIONS[name].case), (
            "mended: take it off rules_kb/invariants.toml"
        )
        return
    for number in range(CASES):
        check_invariant(invariant, judge, source.case(number), first_seed=number)


@pytest.mark.parametrize("invariant", INVARIANTS.values(), ids=lambda invariant: invariant.name)
def test_an_invariant_says_what_must_hold_and_why(invariant: Invariant) -> None:
    assert invariant.summary.endswith(".")
    assert invariant.why.endswith(".")


class _LeakingJudge(Judge):
    """A judge whose decision tells something of the case that it must not depend on."""

    def __init__(self, judge: Judge, leak: Callable[[Case], str]) -> None:
        super().__init__(judge.base)
        self._leak = leak

    def decide(self, case: str | Case, *, time_limit: float = 5.0) -> Decision:
        assert isinstance(case, Case)
        return super().decide(case, time_limit=time_limit).model_copy(update={"stance": self._leak(case)})


@pytest.mark.parametrize(
    ("name", "tell"),
    [
        ("order", lambda case: case.facts[0].predicate if case.facts else ""),
        ("names", lambda case: str(sorted(fact.args for fact in case.facts if fact.predicate == "requires_first"))),
        ("details", lambda case: str(sorted(fact.detail or "" for fact in case.facts))),
        ("opinions", lambda case: str(len(case.opinions))),
        ("unread", lambda case: str(len({fact.atom for fact in case.facts}))),
        (
            "equivalent values",
            lambda case: str(sorted({fact.args for fact in case.facts if fact.predicate == "user_is"})),
        ),
    ],
)
def test_a_judge_who_looks_at_what_must_not_count_is_found(
    judge: Judge, source: SeededCases, name: str, tell: Callable[[Case], str]
) -> None:
    told = _LeakingJudge(judge, tell)
    number = next(
        number for number in range(2_000) if INVARIANTS[name].violation(told, source.case(number), first_seed=number)
    )
    with pytest.raises(InvariantViolationError, match=f"the invariant `{name}` does not hold: "):
        check_invariant(INVARIANTS[name], told, source.case(number), first_seed=number)


class _AlteringJudge(Judge):
    """A judge whose answers are changed before they are given."""

    def __init__(self, judge: Judge, alter: Callable[[Assessment], dict[str, object]]) -> None:
        super().__init__(judge.base)
        self._alter = alter

    def assess(self, case: str | Case, *, time_limit: float = 5.0) -> Assessment:
        found = super().assess(case, time_limit=time_limit)
        return found.model_copy(update=self._alter(found))


def _with_unstated_evidence(found: Assessment) -> dict[str, object]:
    ground = Evidence(sentence="The sky is low.", truth=Truth.TRUE, speaker=Speaker())
    findings: tuple[Finding, ...] = tuple(item.model_copy(update={"evidence": (ground,)}) for item in found.findings)
    return {"findings": findings}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("questions", lambda found: {"questions": ()}),
        ("questions", lambda found: {"verdict": Verdict.UNDETERMINED}),
        ("evidence", _with_unstated_evidence),
    ],
)
def test_an_answer_without_questions_or_with_a_reason_of_its_own_is_found(
    judge: Judge, source: SeededCases, name: str, change: Callable[[Assessment], dict[str, object]]
) -> None:
    other = _AlteringJudge(judge, change)
    assert any(INVARIANTS[name].violation(other, source.case(number)) for number in range(60))


@pytest.mark.parametrize(
    ("name", "where", "old", "new"),
    [
        # A cost that is grave enough is lost: the rule stands on what is worse for the user.
        (
            "cost severity",
            "weighing",
            "cost_weight(W) :- compliance_harms(L,S,I,H), not vital_to_animal(I,H), not forgone_gain(I,H), harm_grade(I,S,L,W).",
            "cost_weight(W) :- compliance_harms(L,S,I,H), not vital_to_animal(I,H), not forgone_gain(I,H), harm_grade(I,S,L,W), W < 3.",
        ),
        # A protection that is likely enough is lost: what is surer protects less.
        (
            "protection likelihood",
            "weighing",
            "protection_weight(W) :- protection_item(L,S,I), not belongings(I), harm_grade(I,S,L,W).",
            "protection_weight(W) :- protection_item(L,S,I), not belongings(I), harm_grade(I,S,L,W), W < 3.",
        ),
        ("gravest harm", "guidance", "guidance(V,explain)        :-", "guidance(V,help) :-"),
        ("sides", "guidance", "guidance(defeated,decline)     :-", "guidance(defeated,help) :-"),
        (
            "premises",
            "verdict",
            "defeats(C) :- applies(C),",
            "defeats(C) :- applies(C), not precondition_missing, not wording_allows,",
        ),
        ("right", "verdict", "defeats(C) :- applies(C),", "defeats(C) :- applies(C), not interferes_with_right(_),"),
        ("protection", "verdict", "defeats(C) :- applies(C),", "defeats(C) :- applies(C), protection_at_least(2),"),
    ],
)
def test_a_base_that_breaks_the_law_is_found(judge: Judge, name: str, where: str, old: str, new: str) -> None:
    base = judge.base
    rules = base.judgement_files[where].rule_text
    assert old in rules
    files = {
        **base.judgement_files,
        where: base.judgement_files[where].model_copy(update={"rule_text": rules.replace(old, new)}),
    }
    other = Judge(dataclasses.replace(base, judgement_files=files, digest=f"{base.digest}{name}{new}"))
    source = SeededCases(other)
    assert any(INVARIANTS[name].violation(other, source.case(number), 3, first_seed=number) for number in range(6_000))


def test_what_is_unknown_is_no_help_to_a_settled_verdict(judge: Judge) -> None:
    """A judge who counts what is unknown as false settles too early."""

    class Hasty(Judge):
        def decide(self, case: str | Case, *, time_limit: float = 5.0) -> Decision:
            assert isinstance(case, Case)
            known = [fact for fact in case.facts if fact.truth is not Truth.UNKNOWN]
            return super().decide(case.model_copy(update={"facts": tuple(known)}), time_limit=time_limit)

    hasty = Hasty(judge.base)
    text = """It is unknown whether the user holds a granted exemption.
        Obeying does minor harm to the convenience of the user. The user tried no official channel.
        Breaking the rule does minor harm to the convenience of neighbours."""
    case = judge.parse_case(text)
    assert "learning `The user holds a granted exemption.` turns stands into" in INVARIANTS["learning"].violation(
        hasty, case, 9
    )
    assert INVARIANTS["learning"].violation(judge, case, 9) == ""


DISPUTED = """
Obeying does minor harm to the convenience of the user.
Breaking the rule does minor harm to the home of neighbours.
The user tried no official channel.
It is not the case that obeying does minor harm to the convenience of the user. [document "the lease"]
"""


def test_an_invariant_on_degrees_ends_no_dispute(judge: Judge) -> None:
    """Of a serious cost nobody says that it is none: that settles the case, and not that there is more of it."""
    case = judge.parse_case(DISPUTED)
    assert judge.decide(case).verdict is Verdict.UNDETERMINED
    more = judge.parse_case(DISPUTED.replace("minor", "serious", 1))
    assert judge.decide(more).verdict is Verdict.STANDS
    for number in range(20):
        check_invariant(INVARIANTS["cost severity"], judge, case, first_seed=number)


def test_a_case_that_does_not_read_back_is_found(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(opinions=(Opinion(text="x"),))
    assert INVARIANTS["round trip"].violation(judge, case) == ""
    monkeypatch.setattr(Writer, "case", lambda self, case: "Whatever comes to mind.\n")
    assert "it does not read back" in INVARIANTS["round trip"].violation(judge, case)


@pytest.mark.parametrize(
    ("before", "after", "counts", "wrong"),
    [
        ("defeated", "undetermined", "against", True),
        ("undetermined", "stands", "against", True),
        ("contested", "stands", "against", True),
        ("stands", "defeated", "against", False),
        ("undetermined", "defeated", "against", False),
        ("stands", "undetermined", "for", True),
        ("undetermined", "defeated", "for", True),
        ("stands", "contested", "for", True),
        ("defeated", "stands", "for", False),
        ("contested", "contested", "for", False),
    ],
)
def test_which_way_a_verdict_may_move(before: str, after: str, counts: str, wrong: bool) -> None:
    assert violates_direction(Verdict(before), Verdict(after), counts) is wrong  # type: ignore[arg-type]


def test_a_broken_law_is_told_with_its_reason_and_the_smallest_case(judge: Judge) -> None:
    told = _LeakingJudge(judge, lambda case: str(len(case.opinions)))
    case = judge.parse_case("The authority is a club.\nThe user believes that it is absurd.\n")
    with pytest.raises(InvariantViolationError) as caught:
        check_invariant(INVARIANTS["opinions"], told, case)
    said = str(caught.value)
    assert said.startswith("the invariant `opinions` does not hold: an opinion turns ")
    assert INVARIANTS["opinions"].why in said
    assert "The authority is a club." not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[ordered.x]\npredicate = "a"\nwhy = "w."\nsources = []\n', r"K201: `ordered\.x`: argument: field required"),
        (
            '[added.x]\npredicate = "a"\ncounts = "for"\nwhy = "w."\nsources = ["NO-1"]\n',
            "K401: `added.x` cites `NO-1`",
        ),
        (
            '[added.x]\npredicate = "interfere_with_right"\ncounts = "for"\nwhy = "w."\nsources = []\n',
            "K207: `added.x`: the predicate `interfere_with_right` is not known\n    did you mean: interferes_with_right",
        ),
        (
            '[ordered.x]\npredicate = "compliance_harms"\nargument = "severty"\norder = ["minor"]\ncounts = "for"\nwhy = "w."\n'
            "sources = []\n",
            "K207: `ordered.x`: the argument `severty` is not known\n    did you mean: severity",
        ),
        (
            '[ordered.x]\npredicate = "compliance_harms"\nargument = "severity"\norder = ["minr"]\ncounts = "for"\nwhy = "w."\n'
            "sources = []\n",
            "K207: `ordered.x`: the value `minr` is not known\n    did you mean: minor",
        ),
        (
            '[interchangeable.x]\ntype = "ground"\nwhere = "protected_grund"\nwhy = "w."\nsources = []\n',
            "K207: `interchangeable.x`: the attribute `protected_grund` is not known\n    did you mean: protected_ground",
        ),
        (
            '[opposed.x]\npredicate = "asks_to"\nvalues = ["evade", "enforce"]\naction = "hlp"\nwhy = "w."\nsources = []\n',
            "K207: `opposed.x`: the guidance `hlp` is not known\n    did you mean: help",
        ),
        ("[wished.x]\n", "K201: there is no kind of invariant `wished`"),
        (
            '[known_violations.x]\ninvariant = "oder"\ncase = "x"\nwhy = "w."\nsources = []\n',
            r"K201: `known_violations\.x`: there is no invariant `oder`\n    did you mean: order",
        ),
        (
            '[known_violations.x]\ninvariant = "order"\nwhy = "w."\nsources = []\n',
            r"known_violations\.x`: case: field required",
        ),
    ],
)
def test_what_is_no_law_is_named(judge: Judge, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "invariants.toml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeBaseError, match=said):
        expected_violations(dataclasses.replace(judge.base, layers=(Layer(tmp_path, tmp_path.name),)))


def test_a_base_that_declares_no_laws_has_the_general_ones(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "rules_kb", folder, ignore=shutil.ignore_patterns("invariants.toml", "__pycache__"))
    names = [invariant.name for invariant in all_invariants(KnowledgeBase.load(folder))]
    assert "order" in names
    assert "protected grounds" not in names


def test_the_long_run_is_one_command() -> None:
    command = [sys.executable, "-m", "legit.testing.invariants", "--cases", "30", "--invariant", "order"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.endswith("0 invariants broken; these held: order\n")


def test_choices_of_one_seed_are_the_same() -> None:
    one, other = RandomChoices(3), RandomChoices(3)
    assert [one.integer(0, 99) for _ in range(9)] == [other.integer(0, 99) for _ in range(9)]
