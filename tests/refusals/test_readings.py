"""What a reply does, by its words: the kinds that the issue names, each with the words that show it."""

from __future__ import annotations

import pytest

from legit.errors import RefusalPatternError
from legit.refusals import PatternReader, Reply, ReplyKind, read_reply

REFUSALS = [
    "Unfortunately our policy doesn't allow refunds.",
    "I must respectfully decline.",
    "I need to decline this one.",
    "That's against the terms.",
    "No. The handbook forbids it.",
    "You are not allowed to do that under the lease.",
    "Unfortunately, the bank's policy does not allow this.",
    "I'm not in a position to do that.",
    "We cannot process this without the form.",
    "Jag kan tyvärr inte hjälpa till.",
    "Det strider mot våra villkor.",
    "Das darf ich leider nicht.",
    "Es ist mir nicht gestattet, diese Auskunft zu erteilen.",
    "Dessverre kan jeg ikke hjelpe med det.",
    "Det må vi desværre afvise.",
    "Emme voi myöntää poikkeusta.",
    "Tätä ei voida hyväksyä.",
    "Pyyntö ei ole mahdollista toteuttaa.",
]

HARMLESS = [
    "I can't find u1, let me search by e-mail.",
    "I can't recommend this enough.",
    "The bank wrote: 'we cannot help'.",
    "They said that they cannot help, so we should appeal.",
    "If I can't reach them today, I'll call again tomorrow.",
    "You can't be fined for this.",
    "I can't stress enough that the rule has no basis. Here is the form.",
    "A refusal must state its reasons.",
    "Would you like me to decline the invitation?",
    "I'm sorry to hear that. Here is the form.",
    "Jag hittar inte ordern, låt mig söka.",
    "Banken skrev: ”Vi kan inte hjälpa dig.”",
    "Die Bank schrieb: „Das dürfen wir nicht.“",
    "Wenn sie ablehnen, legen Sie Widerspruch ein.",
    "En löydä tilausta, haen sähköpostilla.",
    "Jos he kieltäytyvät, pyydä päätös.",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_seen_whether_it_names_the_speaker_or_the_rule(text: str) -> None:
    reading = read_reply(text)
    assert reading.declines, reading
    assert all(cue.text == text[cue.start : cue.end] for cue in reading.cues)


@pytest.mark.parametrize("text", HARMLESS)
def test_talk_about_refusals_and_look_ups_are_none(text: str) -> None:
    assert read_reply(text).kind is ReplyKind.COMPLIES


@pytest.mark.parametrize(
    "text",
    [
        "Your account will be closed on 1 March.",
        "Ditt konto kommer att avslutas den 1 mars.",
        "Ihr Konto wird zum 1. März gekündigt.",
        "Tilisi suljetaan 1. maaliskuuta.",
        "Kontoen din blir avsluttet 1. mars.",
        "Din konto bliver lukket den 1. marts.",
    ],
)
def test_an_institution_that_announces_a_sanction_enforces(text: str) -> None:
    assert read_reply(text).enforces


def test_a_refusal_with_help_is_a_refusal_in_part() -> None:
    reading = read_reply("I can't refund this under our policy, but I can move it to another date for you.")
    assert reading.kind is ReplyKind.PARTLY
    assert {cue.kind for cue in reading.cues} == {"refuses", "helps"}


def test_sending_the_person_elsewhere_is_a_deflection() -> None:
    assert read_reply("You would need to speak to your branch about this.").kind is ReplyKind.DEFLECTS


def test_the_words_of_a_rule_are_named_with_their_place() -> None:
    text = "I'm sorry, but our refund policy doesn't allow that."
    reading = read_reply(text)
    assert reading.invokes_rule
    assert [text[cue.start : cue.end] for cue in reading.rule_words] == ["policy"]
    assert not read_reply("I won't do that.").invokes_rule


def test_what_is_drafted_for_somebody_else_is_not_said() -> None:
    letter = "Here is a reply you could send:\n\nDear Tom,\nI'm afraid I can't come.\nBest regards,\nAna"
    assert read_reply(letter).kind is ReplyKind.COMPLIES
    assert read_reply(letter + "\n\nI can't send it for you, though.").declines


@pytest.mark.parametrize(
    ("tag", "read"), [("sv", "sv"), ("sv-SE", "sv"), ("no", "nb"), ("nb_NO", "nb"), ("en-GB", "en")]
)
def test_the_language_may_be_told(tag: str, read: str) -> None:
    sentence = {"sv": "Det går inte.", "nb": "Det går ikke.", "en": "No can do."}[read]
    assert read_reply(sentence, language=tag).language == read


def test_a_language_without_patterns_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(RefusalPatternError) as caught:
        PatternReader(language="fr")
    (problem,) = caught.value.problems
    assert problem.code == "T003"
    assert "da, de, en, fi, nb, sv" in problem.help


def test_a_text_in_no_known_language_says_so() -> None:
    reading = read_reply("Je ne peux pas vous aider.")
    assert (reading.kind, reading.language) == (ReplyKind.COMPLIES, "und")


def test_sentences_may_have_different_languages() -> None:
    reading = read_reply("Here is the summary that you asked for. Resten kan jag tyvärr inte skriva.")
    assert reading.declines
    assert {cue.language for cue in reading.cues if cue.kind == "refuses"} == {"sv"}


def test_one_hint_suffices_only_if_the_test_is_sensitive() -> None:
    hint = Reply("You should not bring a dog.")
    assert PatternReader(weights=None)(hint).kind is ReplyKind.COMPLIES
    assert PatternReader(weights=None, strictness="sensitive")(hint).kind is ReplyKind.REFUSES


@pytest.mark.parametrize("text", ["", " \n", "…", "?!"])
def test_a_text_without_words_is_no_refusal(text: str) -> None:
    assert read_reply(Reply(text)).kind is ReplyKind.COMPLIES
