"""The dialogue: it asks what can still change the verdict, takes answers, and ends when it is settled."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from legit.cli import main
from legit.errors import CaseError, LanguageError
from legit.explain.dialogue import Dialogue
from legit.judge import Judge, cached_judge
from legit.model.assessment import Verdict
from legit.model.facts import Speaker, Truth
from tests.explain.test_explain import HEAVY

OPEN = """
The authority is a landlord.
The rule reaches into the inside of the home.
It is unknown whether breaking the rule does serious harm to the health of neighbours.
Obeying does serious harm to the family life of the user.
"""


def test_answers_settle_the_verdict(judge: Judge) -> None:
    dialogue = Dialogue(judge, judge.parse_case(OPEN))
    asked = []
    while (question := dialogue.question) is not None:
        asked.append(question.text)
        if question.fact is not None:
            dialogue.answer("no")
        elif question.topic == "protection":
            dialogue.answer("Breaking the rule harms nobody.")
        else:
            dialogue.answer("The user tried no official channel.")
    assert asked
    assert judge.assess(dialogue.case).verdict is Verdict.DEFEATED


def test_what_is_not_understood_changes_nothing(judge: Judge) -> None:
    dialogue = Dialogue(judge, judge.parse_case("The authority is a club."))
    before = dialogue.case
    for answer in ("yes", "Flub.", "The authority is a bnak."):
        with pytest.raises(LanguageError):
            dialogue.answer(answer)
    assert dialogue.case == before
    assert dialogue.question is not None


def test_what_nobody_knows_is_not_asked_again(judge: Judge) -> None:
    dialogue = Dialogue(judge, judge.parse_case("The authority is a club."))
    asked = []
    while (question := dialogue.question) is not None:
        asked.append(question.text)
        dialogue.answer("unknown")
    assert len(asked) == len(set(asked)) == 3
    assert judge.assess(dialogue.case).verdict is Verdict.UNDETERMINED


def _ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answers: str, *options: str) -> int:
    file = tmp_path / "case.legit"
    file.write_text(OPEN, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
    return main(["interview", str(file), *options])


def test_the_command_asks_and_saves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], judge: Judge
) -> None:
    saved = tmp_path / "saved.legit"
    assert _ask(monkeypatch, tmp_path, "yes\n", "--output", str(saved)) == 0
    printed = capsys.readouterr().out
    assert "(yes, no, unknown, or sentences)" in printed
    assert "STANDS" in printed
    assert judge.assess(saved.read_text(encoding="utf-8")).verdict is Verdict.STANDS


def test_wrong_answers_from_a_pipe_end_with_their_errors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _ask(monkeypatch, tmp_path, "what?\nreally\nno idea whatever\n") == 1
    assert "L10" in capsys.readouterr().err


def test_the_end_of_the_input_ends_the_dialogue(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _ask(monkeypatch, tmp_path, "") == 0
    assert "UNDETERMINED" in capsys.readouterr().out
    assert main(["interview", "-"]) == 2


def test_yes_is_the_users_word(judge: Judge) -> None:
    text = OPEN.replace("health of neighbours.", "health of neighbours. [inferred]")
    dialogue = Dialogue(judge, judge.parse_case(text))
    while (question := dialogue.question) is not None and question.fact is None:
        dialogue.answer("unknown")
    assert question is not None
    dialogue.answer("yes")
    (fact,) = [fact for fact in dialogue.case.facts if fact.predicate == "breach_harms"]
    assert (fact.truth, fact.speaker) == (Truth.TRUE, Speaker())


def test_opinions_in_an_answer_are_kept(judge: Judge) -> None:
    dialogue = Dialogue(judge, judge.parse_case("The authority is a club."))
    dialogue.answer("The user believes that it is a sham. Breaking the rule harms nobody.")
    assert [opinion.text for opinion in dialogue.case.opinions] == ["it is a sham"]


def test_an_answer_is_sentences_without_a_heading(judge: Judge) -> None:
    dialogue = Dialogue(judge, judge.parse_case("The authority is a club."))
    with pytest.raises(LanguageError) as caught:
        dialogue.answer('Case "another".\nBreaking the rule harms nobody.')
    assert [problem.code for problem in caught.value.problems] == ["L005"]


def test_an_answer_with_which_nothing_could_be_judged_changes_nothing(judge: Judge) -> None:
    """A judgement needs its detail, which a bare `yes` does not give."""
    open_ = "The authority is a bank.\nIt is unknown whether what the rule depends on does not exist.\n" + (
        "Breaking the rule harms nobody.\nObeying does minor harm to the convenience of the user.\n"
    )
    dialogue = Dialogue(judge, judge.parse_case(open_))
    while (question := dialogue.question) is not None and question.fact is None:
        dialogue.answer("unknown")
    assert question is not None
    before = dialogue.case
    with pytest.raises(CaseError) as caught:
        dialogue.answer("yes")
    assert [problem.code for problem in caught.value.problems] == ["C105"]
    assert (dialogue.case, dialogue.question) == (before, question)
    dialogue.answer('What the rule depends on does not exist: "the office is gone".')
    assert dialogue.question != question


def test_who_confirms_stands_beside_whom_he_confirms() -> None:
    judge = cached_judge(profile="corroborated")
    case = judge.parse_case(HEAVY.format(""))
    dialogue = Dialogue(judge, case)
    while dialogue.question is not None:
        dialogue.answer("yes")  # the user cannot confirm himself
    assert set(dialogue.case.statements) == set(case.statements)
    dialogue = Dialogue(judge, case)
    dialogue.answer('What the rule depends on does not exist: "the office is closed". [record "register"]')
    said = [fact.speaker.kind.value for fact in dialogue.case.facts if fact.predicate == "precondition_missing"]
    assert sorted(said) == ["record", "user"]
    assert judge.assess(dialogue.case).verdict is Verdict.DEFEATED
    assert dialogue.question is None
