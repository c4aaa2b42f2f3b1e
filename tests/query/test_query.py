"""Queries over decided cases: how they are understood, and which cases they find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from legit.catalogue.entries import Entries
from legit.decision_log.filters import DecisionFilter, filter_decisions
from legit.judge import Judge
from legit.model.facts import Truth
from legit.query.corpus import Corpus
from legit.query.evaluator import QueryEvaluator
from legit.query.lexicon import query_lexicon
from legit.query.query_ast import AnyOf, FactAtom, OneOf, Variable, atoms
from tests.query.conftest import CASES, names, problem, rows


@pytest.mark.parametrize(
    "text",
    [
        "The authority is a landlord. The rule reaches into the inside of the home.",
        "Which rules by a landlord reach the inside of the home?",
        "which cases where the authority is a landlord and the rule covers the home",
        "In which cases does the rule reach into the home, and the authority is a landlord?",
        "rules by landlord that reach the user's home",
    ],
)
def test_one_question_in_many_words(asker: QueryEvaluator, files: Corpus, text: str) -> None:
    condition = asker.parse_query(text, files).condition
    assert {(part.predicate, part.args) for part in condition.parts} == {
        ("authority", ("landlord",)), ("rule_reaches", ("home_inside",)),
    }  # fmt: skip
    assert names(asker, files, text) == ["tenant"]


def test_the_words_for_denied_left_open_and_not_said_differ(asker: QueryEvaluator, files: Corpus) -> None:
    reaches = "the rule reaches into the inside of the home"
    assert names(asker, files, reaches) == ["tenant"]
    assert names(asker, files, f"it is denied that {reaches}") == ["guest"]
    assert names(asker, files, "the rule does not reach into the inside of the home") == ["guest"]
    assert names(asker, files, f"it is denied that {'the rule does not reach into the inside of the home'}") == [
        "tenant"
    ]
    assert names(asker, files, f"it is not said that {reaches}") == ["guest", "stamp"]
    assert names(asker, files, f"nobody says that {reaches}") == ["guest", "stamp"]
    assert names(asker, files, f"nothing is said of whether {reaches}") == ["stamp"]
    tried = "the user tried no official channel"
    assert names(asker, files, f"it is unknown whether {tried}") == ["tenant"]
    assert names(asker, files, f"it is left open whether {tried}") == ["tenant"]
    assert names(asker, files, tried) == []
    assert names(asker, files, f"except where {reaches}") == ["guest", "stamp"]
    # Of a sentence by its id, whatever fills it: `guest` states it, and denies it.
    assert names(asker, files, "which cases say nothing of rule_reaches") == ["stamp"]
    assert names(asker, files, "say nothing of no channel tried") == ["guest", "stamp"]


def test_weak_and_strong_negation_share_no_words() -> None:
    words = query_lexicon().phrases
    strong = {*words["denied"], *words["left_open"]}
    weak = {*words["not_said"], *words["nothing_said"], *words["nothing_of"], *words["except"]}
    assert not strong & weak
    assert not any("deni" in text or "deny" in text for text in weak)
    assert not any(" not " in f" {text} " or "nobody" in text or "nothing" in text for text in strong)


def test_blanks_are_listed_in_the_words_of_the_vocabulary(asker: QueryEvaluator, files: Corpus) -> None:
    found = rows(asker, files, "Obeying does <severity> harm to the … of <holder>")
    assert [(row["severity"], row["interest"], row["holder"]) for row in found if row["case"] == "tenant.legit"] == [
        ("grave", "health", "the user"), ("minor", "money", "a child"),
    ]  # fmt: skip
    assert rows(asker, files, "the rule is <years> old")[0]["years"] == "12 years"
    (forbidden,) = (row["text"] for row in rows(asker, files, "The rule requires what?"))
    assert str(forbidden).startswith("a certificate stamped")


def test_a_letter_is_filled_alike_everywhere(asker: QueryEvaluator, files: Corpus) -> None:
    shared = "Obeying does some harm to some interest of <holder H>. Breaking the rule does some harm to some interest of <H>"
    assert [(row["case"], row["holder"]) for row in rows(asker, files, shared)] == [("tenant.legit", "a child")]
    apart = shared.replace("<holder H>", "<holder>").replace("<H>", "<holder>")
    assert [(row["holder"], row["holder 2"]) for row in rows(asker, files, apart)] == [
        ("the user", "a child"), ("a child", "a child"),
    ]  # fmt: skip


def test_quantifiers(asker: QueryEvaluator, files: Corpus) -> None:
    assert names(asker, files, "the rule reaches into some sphere") == ["guest", "tenant"]
    assert names(asker, files, "the rule reaches into no sphere") == ["stamp"]
    assert names(asker, files, "breaking the rule does minor harm to every interest of every holder") == ["tenant"]
    assert names(asker, files, "obeying does minor harm to every interest of every holder") == []
    assert names(asker, files, "obeying does grave harm to some interest of some holder") == ["stamp", "tenant"]
    assert names(asker, files, "the rule is at least 12 years old") == ["guest"]
    assert names(asker, files, "the rule is more than 12 years old") == []
    assert names(asker, files, "the user was checked at most three times") == ["tenant"]
    assert names(asker, files, "the user was checked less than 3 times") == []


def test_and_or_and_stops(asker: QueryEvaluator, files: Corpus) -> None:
    landlord, tenant, old = "the authority is a landlord", "the user is a tenant", "the rule is 12 years old"
    assert names(asker, files, f"{tenant} and {old} or {landlord}") == ["guest", "tenant"]
    assert names(asker, files, f"{tenant} or {landlord}. {old}.") == ["guest"]
    for but in ("but except where", "except where", "unless"):
        assert names(asker, files, f"{landlord} {but} {old}") == ["tenant"]
    assert names(asker, files, f"{landlord} unless {old} or {tenant}") == ["tenant"]
    condition = asker.parse_query("the authority is a bank or a landlord or the user is a tenant", files).condition
    assert isinstance(condition, AnyOf)
    assert condition.parts[0] == FactAtom(
        "authority", (OneOf(frozenset({"creditor_insurer", "landlord"})),), frozenset({Truth.TRUE})
    )


def test_a_speaker_behind_a_sentence(asker: QueryEvaluator, files: Corpus) -> None:
    assert names(asker, files, "The rule reaches into the home [document]") == ["tenant"]
    assert names(asker, files, "The rule reaches into the home [user]") == []


def test_what_was_decided_agrees_with_the_answers(asker: QueryEvaluator, judge: Judge, log: Corpus) -> None:
    answers = {str(number): judge.assess(text) for number, text in enumerate(CASES.values(), start=2)}

    def those(holds: object) -> list[str]:
        return [number for number, answer in answers.items() if holds(answer)]  # type: ignore[operator]

    assert (
        names(asker, log, "which cases are defeated") == those(lambda found: found.verdict == "defeated") == ["2", "4"]
    )
    assert names(asker, log, "which defeated decisions are based on evidence from the user only") == those(
        lambda found: found.verdict == "defeated" and found.evidence_basis.sole_source == "user"
    )
    assert (
        names(asker, log, "the verdict is not defeated") == names(asker, log, "which cases are not defeated") == ["3"]
    )
    for effect, word in (("defeats", "defeats the rule"), ("outweighed", "is outweighed"), ("possible", "may apply")):
        expected = {
            (number, item.criterion)
            for number, answer in answers.items() for item in answer.findings if item.effect == effect
        }  # fmt: skip
        assert {(row["case"], row["criterion"]) for row in rows(asker, log, f"what {word}")} == expected
    families = {(number, item.family) for number, answer in answers.items() for item in answer.findings
                if item.effect == "defeats"}  # fmt: skip
    assert {(row["case"], row["family"]) for row in rows(asker, log, "which family defeats the rule")} == families
    assert names(asker, log, "impossible to comply with defeats the rule") == ["4"]
    assert names(asker, log, "which cases are defeated by impossible_to_comply") == ["4"]
    assert names(asker, log, "are defeated but not by impossible_to_comply") == ["2"]
    assert {row["question"] for row in rows(asker, log, "what is still to be asked")} == {
        question.text for answer in answers.values() for question in answer.questions if question.decisive
    }
    assert {(row["case"], row["right"]) for row in rows(asker, log, "which cases touch <right>")} == {
        (number, item.right) for number, answer in answers.items() for item in answer.rights_touched
    }
    assert {
        (row["case"], row["guidance"], row["harm"]) for row in rows(asker, log, "guidance <guidance>. method harm …")
    } == {(number, answer.guidance.action, answer.method_harm.level) for number, answer in answers.items()}


@pytest.mark.parametrize(
    ("plain", "others"),
    [
        ("the verdict is defeated", ("in which cases is the verdict defeated", "which cases were defeated")),
        ("guidance is explain", ("for which cases is the guidance to explain", "what cases have the guidance explain")),
        ("touches <right>", ("which right is touched", "what right is touched")),
        ("urgency is outweighed", ("in which cases is urgency outweighed", "is the criterion urgency outweighed")),
        ("urgency applies", ("in which cases does urgency apply", "which cases: urgency applies")),
        ("are defeated by urgency", ("which cases were defeated by urgency", "urgency defeats the rule")),
        ("since 2024-05 before 2024-06", ("cases since 2024-05 and before 2024-06", "since 2024-05 and before 2024-06")),
        ("since 2024-05", ("which decisions were decided since 2024-05", "cases from 2024-05")),
        ("the authority is some authority kind", ("rules by any authority", "cases by some authority", "is there any case by any authority")),
        ("the verdict is defeated", ("which rules are defeated", "the rule is defeated", "is the rule defeated")),
        ("the verdict is not defeated", ("the rule is not defeated", "rules that are not defeated")),
        ("which cases stand", ("the rule stands", "the verdict is stands", "cases: the rule stands")),
        ("which cases do not stand", ("the rule does not stand",)),
        ("touches the right to privacy and is defeated", ("touches the right to privacy and the rule is defeated",)),
        ("the authority is a landlord", ("cases by a landlord", "show the rules made by a landlord")),
    ],
)  # fmt: skip
def test_what_is_asked_in_other_words(asker: QueryEvaluator, log: Corpus, plain: str, others: tuple[str, ...]) -> None:
    def parts(text: str) -> list[object]:
        return [
            replace(atom, args=tuple("blank" if isinstance(arg, Variable) else arg for arg in atom.args))
            for atom in atoms(asker.parse_query(text, log).condition)
        ]

    for text in others:
        assert parts(text) == parts(plain), text


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("which criteria cite ECHR 8", "criteria that cite ECHR 8"),
        ("how many functions rest on ECHR 8(2)", "how many functions that cite ECHR 8(2)"),
        ("what rests on the ICCPR", "what cites ICCPR"),
        ("which doctrines are unverified", "doctrines that rest on unverified places"),
        ("which defeated cases cite ECHR 8",
         "cases in which the rule is defeated and a criterion that counts cites ECHR 8"),
        ("which rules by a landlord reach <sphere>",
         "cases in which the authority is a landlord and the rule reaches into <sphere>"),
        ("how many rules that stand and touch the right to privacy, by authority and year",
         "how many cases in which the rule stands and obeying touches the right to privacy, by each authority, by each year"),
        ("urgency applies unless the user is a tenant or it is unknown whether the rule is secret",
         'cases in which "Urgency" applies and it is not said that the user is a tenant, or it is unknown whether the standard'
         " applied is secret"),
        ("urgency or dead letter applies", "cases in which Dead letter or Urgency applies"),
        ("the authority is a bank or a landlord. the rule is over 12 years old [document] or since 2020. nobody says that the rule is secret",
         None),
        ("obeying does grave harm to some interest of <holder H>. breaking the rule does some harm to no interest of <H>", None),
        ("nothing is said of whether breaking the rule harms nobody and do not rest on inference alone", None),
        ("the user was checked at least 3 times and the rule does not reach into the home or were overridden", None),
        ("which criterion speaks for the rule and which family counts against the method", None),
        ("family harm counts against the method and the method harm is stop and the guidance is what", None),
        ("were not decided in time or wait for an answer or rest on what", None),
        ("which cases are not defeated", "cases except where the rule is defeated"),
        ("cases", "cases"),
        ("how many cases by source of evidence and request", "how many cases, by each sole source, by each request"),
    ],
)  # fmt: skip
def test_a_question_is_said_back_in_words_that_mean_the_same(
    asker: QueryEvaluator, log: Corpus, text: str, understood: str | None
) -> None:
    question = asker.parse_query(text, log)
    said = asker.evaluate(question, log).paraphrase
    assert understood in (None, said)
    again = asker.parse_query(said, log)
    assert asker.evaluate(again, log).paraphrase == said
    assert list(asker.evaluate(again, log).rows) == list(asker.evaluate(question, log).rows)


def test_what_the_words_of_a_question_mean_is_said_where_it_is_not_plain(asker: QueryEvaluator, log: Corpus) -> None:
    for text, says in (
        ("which cases cite ECHR 8", "speaks for the rule"),
        ("which rights are unverified", "looked up"),
    ):
        (note,) = asker.evaluate(asker.parse_query(text, log), log).notes
        assert says in note
    assert asker.evaluate(asker.parse_query("which cases are defeated", log), log).notes == ()


def test_a_source_has_its_title(asker: QueryEvaluator, log: Corpus, judge: Judge) -> None:
    source = next(item for item in judge.base.bibliography.sources.values() if item.short_title == "UDHR")
    assert asker.parse_query(f"what cites the {source.title}", log) == asker.parse_query("what cites UDHR", log)
    for name in ("European Convention on Human Rights", "the european convention on human rights 8", "ECHR 8"):
        found = asker.parse_query(f"what cites {name}", log)
        assert found == asker.parse_query(f"what cites ECHR{' 8' if name.endswith('8') else ''}", log)
    assert [entry.id for entry in Entries(judge.base).lookup("European Convention on Human Rights")] == ["echr"]
    assert problem(asker, log, "what cites ICCPR 99").nearest[0] == "ICCPR 9"


def test_a_log_and_files_answer_alike_and_as_log_query_does(asker: QueryEvaluator, files: Corpus, log: Corpus) -> None:
    numbers = dict(zip(("2", "3", "4"), CASES, strict=True))
    for text in (
        "which cases are defeated",
        "rest on the user's word",
        "which cases cite ICCPR 11",
        "have an open question",
    ):
        assert sorted(numbers[name] for name in names(asker, log, text)) == names(asker, files, text), text
    assert log.log is not None
    wanted = filter_decisions(
        log.log, DecisionFilter(needs_sources=frozenset({"user"}), verdicts=frozenset({"defeated"}))
    )
    assert [str(found.number) for found in wanted] == names(asker, log, "which defeated cases rest on the user's word")
