"""Quoted texts stay out of the entries, and the answer is the same as without a log."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.decision_log import DecisionLog
from legit.decision_log.redaction import TextPolicy, make_commitments, pseudonymise, restore, restore_model
from legit.errors import LegitError
from legit.judge import Judge, cached_judge
from legit.model.facts import Case, Fact
from legit.testing.strategies import cases

JUDGE = cached_judge()
VOCABULARY = JUDGE.base.vocabulary
SPELLINGS = st.text("aAbB ", min_size=1, max_size=6).map(str.strip).filter(bool)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(VOCABULARY))
def test_the_answer_is_that_of_the_case_as_it_is(case: Case) -> None:
    hidden, stand_ins = pseudonymise(case, VOCABULARY)
    expected = JUDGE.assess(case)
    found = restore_model(JUDGE.assess(hidden), stand_ins)
    assert found.model_dump_json() == expected.model_dump_json()
    assert restore(JUDGE.writer.case(hidden), stand_ins) == JUDGE.writer.case(case)
    assert JUDGE.parse_case(JUDGE.writer.case(hidden)) == hidden if hidden.facts else True


@given(st.lists(SPELLINGS, min_size=1, max_size=40, unique=True))
def test_stand_ins_keep_what_makes_names_the_same(names: list[str]) -> None:
    case = Case(facts=tuple(Fact(predicate="rule_requires", args=(name,)) for name in names))
    hidden, stand_ins = pseudonymise(case, VOCABULARY)
    given = [str(fact.args[0]) for fact in hidden.facts]
    assert [stand_ins[item] for item in given] == names
    folded = [" ".join(name.casefold().split()) for name in names]
    hidden_folded = [" ".join(name.casefold().split()) for name in given]
    assert [[a == b for b in folded] for a in folded] == [[a == b for b in hidden_folded] for a in hidden_folded]


def test_texts_that_look_like_stand_ins_are_put_back_once() -> None:
    texts = ["⟨2text⟩", "⟨1text⟩", 'with "marks"', "⟨3text⟩"]
    case = Case(facts=tuple(Fact(predicate="rule_requires", args=(text,)) for text in texts))
    hidden, stand_ins = pseudonymise(case, VOCABULARY)
    written = JUDGE.writer.case(hidden)
    assert restore(written, stand_ins) == JUDGE.writer.case(case)
    assert not set(texts) & {str(fact.args[0]) for fact in hidden.facts if fact.args[0] not in stand_ins}


def test_commitments() -> None:
    said, kept = make_commitments({"⟨1text⟩": "the office", "⟨2text⟩": "the office"}, TextPolicy.STORED)
    for stand_in, expected in said.items():
        assert expected == hashlib.sha256(kept[stand_in].salt + b"the office").hexdigest()
    assert len(set(said.values())) == 2  # salted: equal texts do not show
    said, kept = make_commitments({"⟨1text⟩": "the office"}, TextPolicy.HASHED)
    assert said["⟨1text⟩"] is not None
    assert kept["⟨1text⟩"].text is None
    assert make_commitments({"⟨1text⟩": "the office"}, TextPolicy.OMITTED) == ({"⟨1text⟩": None}, {})


MARKED = (
    'Case "Umbrella Quokka".\nThe authority is a bank.\n"Quokka One" is a root of authority. [document "Quokka Two"]\n'
    'What the rule depends on does not exist: "Quokka Three". The user believes that Quokka Four is absurd.'
)


@pytest.mark.parametrize("policy", list(TextPolicy))
def test_no_text_is_in_a_record(policy: TextPolicy, tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log", text_policy=policy) as log:
        answer = log.assess(MARKED, judge=judge)
        assert answer == judge.assess(MARKED)
        assert "Quokka" not in log.raw_entry(2).decode()
        assert ("Quokka Three" in log.case_text(2)) is (policy is TextPolicy.STORED)
        assert len(log.decision(2).commitments) == 5
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert (b"Quokka" in held) is (policy is TextPolicy.STORED)


def test_a_redacted_text_is_gone_from_the_disk(tmp_path: Path, judge: Judge) -> None:
    with DecisionLog(tmp_path / "log") as log:
        log.assess_many([MARKED, "The authority is a bank."], judge=judge)
        before, proof = log.raw_entry(2), log.inclusion_proof(2, 4)
        (chosen,) = (stand_in for stand_in, text in log.stored_texts(2).items() if text == "Quokka Three")
        log.redact(2, by="the desk", why="asked", placeholders=[chosen])
        assert sorted(log.stored_texts(2).values()) == [
            "Quokka Four is absurd", "Quokka One", "Quokka Two", "Umbrella Quokka",
        ]  # fmt: skip
        # Still open: neither the file nor the write-ahead log beside it may hold it.
        assert all(b"Quokka Three" not in path.read_bytes() for path in tmp_path.iterdir())
        log.redact(2, by="the desk", why="asked")
        assert all(b"Quokka" not in path.read_bytes() for path in tmp_path.iterdir())
        assert (log.raw_entry(2), log.inclusion_proof(2, 4)) == (before, proof)


def test_errors_speak_of_the_texts_as_given(tmp_path: Path, judge: Judge) -> None:
    twice = 'The name of the rule-maker is "x".\nNothing like this is known.'
    with DecisionLog(tmp_path / "log") as log:
        with pytest.raises(LegitError) as plain:
            judge.assess(twice)
        with pytest.raises(LegitError) as logged:
            log.assess(twice, judge=judge)
        assert logged.value.problems == plain.value.problems
        assert not (tmp_path / "log").exists()


def test_programs_that_redact_at_once_make_one_entry(tmp_path: Path, judge: Judge) -> None:
    path = tmp_path / "log"
    with DecisionLog(path) as first, DecisionLog(path) as second:
        first.assess(MARKED, judge=judge)
        found: list[int] = []
        looked = second._erased_placeholders

        def looks_and_is_overtaken(number: int) -> dict[str, int]:
            erased = looked(number)
            if not found:
                found.append(first.redact(number, by="one", why="asked"))
            return erased

        second._erased_placeholders = looks_and_is_overtaken  # type: ignore[method-assign]
        assert second.redact(2, by="other", why="asked") == found[0]
        assert [at for at, _ in first.annotations_of(2)] == found
