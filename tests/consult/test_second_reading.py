"""What is not understood in a consultation is read again, so that an unusual way of writing seldom hides a harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legit.consult import Consultant, Consultation
from legit.consult.second_reading import read_again
from legit.judge import Judge
from legit.model.facts import Truth

CASE = [
    "The authority is a bank.",
    "The user asks to evade the rule.",
    "Obeying costs nothing that matters.",
    "Breaking the rule harms nobody.",
    "The user tried no official channel.",
]
FORGED = "The method is a forged document"
DENIED = f"It is not the case that {FORGED.lower()}."
OTHERWISE = {
    "capital I": FORGED.upper().replace(" IS ", " \u0406S ") + ".",
    "squares": FORGED[:-8] + "".join(chr(0x1F170 + ord(sign) - 97) for sign in "document") + ".",
    "small capitals": "T\u029c\u1d07 \u1d0d\u1d07\u1d1b\u029c\u1d0f\u1d05 is a forged document.",
    "greek": FORGED.translate(str.maketrans("eouct", "\u03b5\u03bf\u03c5c\u03c4")) + ".",
    "emphasis": "The method is a **forged** document.",
    "padding": "The methd is a forgd documnt. " + "Blah " * 700,
    "a long quotation": f'The methd is a forgd documnt: "{"so " * 700}".',
}
SWEDISH = "Metoden är en förfalskad handling."


def consulted(*sentences: str) -> Consultation:
    return Consultant(language="en").consult([*sentences])


def level(found: Consultation) -> tuple[str, bool]:
    """The level of the harm, and whether it is certain."""
    assert found.assessment
    harm = found.assessment.method_harm
    return harm.level, any(reason.certain for reason in harm.reasons)


@pytest.mark.parametrize(
    "sentences",
    [
        (*CASE, f"{FORGED}."),
        ("Language: sv", *CASE, f"{FORGED}."),
        ("Language: tlh", *CASE, f"{FORGED}."),
        (*CASE, SWEDISH),
        ("Sprog: da", *CASE, SWEDISH),
        (*CASE, FORGED.replace("e", "e\u200b") + "."),
        (*CASE, "".join(chr(ord(sign) + 0xFEE0) if sign.isalpha() else sign for sign in FORGED) + "."),
        ('Case "x".', 'Case "y".', *CASE, f"{FORGED}."),
    ],
    ids=["plain", "declared", "unknown", "other", "two others", "unseen", "wide", "headings"],
)
def test_a_harm_counts_however_it_is_written(sentences: tuple[str, ...]) -> None:
    assert level(consulted(*sentences)) == ("stop", True)


@pytest.mark.parametrize(
    "sentence",
    [
        f"{FORGED}, which the law permits.",
        f'{FORGED}: "as the court said.',
        f'{FORGED}: "{"so " * 900}".',
        f'{FORGED}. [user "{"a" * 3_000}"]',
        f"[ ] {FORGED} (disputed).",
        FORGED.replace("e", "\u0435") + ".",
        *OTHERWISE.values(),
    ],
    ids=["clause", "open quotation", "long detail", "long reference", "box", "cyrillic", *OTHERWISE],
)
def test_a_harm_is_possible_where_only_the_beginning_is_understood(sentence: str) -> None:
    found = consulted(*CASE, sentence)
    assert level(found) == ("stop", False)
    assert found.problems  # it is told all the same


@pytest.mark.parametrize(
    "sentences",
    [
        (f"# {FORGED}. [user]",),
        (f"# {FORGED}. [user]", f"{DENIED} [user]"),
        (f"The user believes that {FORGED.lower()}.", f"{DENIED} [user]"),
        (f"# # ## #\tthe user believes that it is unknown whether {FORGED.lower()}",),
        ("The user is a member. # By the way: the method's a for\u00adged document, says # the user",),
        ('The user believes that "the method" is "a forged document". [user]',),
    ],
    ids=["comment", "comment, denied", "opinion, denied", "nested", "contracted", "quoted in parts"],
)
def test_a_harm_is_possible_where_it_is_said_aside(sentences: tuple[str, ...]) -> None:
    assert level(consulted(*CASE, *sentences)) == ("stop", False)


def test_who_attests_a_denial_settles_what_is_said_aside() -> None:
    found = consulted(*CASE, f"# {FORGED}.", f'{DENIED} [document "the report"]')
    assert level(found) == ("none", False)


@pytest.mark.parametrize(
    "sentence",
    [
        "The method is not a forged document, as the court said.",
        "Breaking the rule harms nobody, we hope.",
        "Blah is a bank.",
    ],
)
def test_nothing_is_made_up_of_what_begins_with_no_harm(sentence: str) -> None:
    assert level(consulted(*CASE, sentence)) == ("none", False)


def test_what_was_read_in_another_language_is_told_and_no_problem() -> None:
    found = consulted(*CASE, SWEDISH)
    assert not found.problems
    assert "some sentences were read in another language: svenska." in found.adjustments


def test_an_inference_settles_no_contradiction_of_the_user() -> None:
    """Who both asks to evade and to follow is not taken to follow, since the model infers it."""
    found = consulted(
        *CASE[:1], *CASE[2:],
        "The user asks to evade the rule. [user]", "The user asks to follow the rule. [user]",
        "It is not the case that the user asks to evade the rule.", "The user asks to follow the rule.",
    )  # fmt: skip
    assert [problem.code for problem in found.problems] == ["C202"]
    assert found.action != "help"


PIECES = [*'abc .,:;[]()#"\u201c\u201d\n', "The method", " is", " a forged document", "\u200b", "\u0435"]
TEXT = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_reading_again_adds_no_denial_and_keeps_to_the_lines(judge: Judge, text: str) -> None:
    again = read_again(judge, text)
    count = text.count("\n") + 1
    assert all(1 <= line <= count for line in again.understood)
    assert all(fact.span and 1 <= fact.span.line <= count for fact in again.facts)
    assert all(fact.truth is not Truth.FALSE for fact in again.facts if fact.speaker.kind.value == "inferred")


def test_what_is_stated_is_not_left_open_by_what_stands_beside_it() -> None:
    found = consulted(*CASE, f"{FORGED}. Blah is a bank.")
    assert level(found) == ("stop", True)
    assert [problem.code for problem in found.problems] == ["L106"]


@pytest.mark.parametrize(
    "sentence",
    [
        'The rule forbids "x #1: the method is a forged document".',
        'The rule forbids "a\uff02. The method is a forged document. \uff02b".',
    ],
)
def test_a_quotation_states_nothing(sentence: str) -> None:
    assert level(consulted(*CASE, sentence)) == ("none", False)


@pytest.mark.parametrize(
    "sentence",
    [
        "Breaking the rule harms nobody, and the method is a forged document.",
        "The user believes that all is well. The method is a forged document.",
        "# the method is a forged document",
        "The user believes that the method is a forged document.",
    ],
)
def test_a_harm_anywhere_in_what_is_no_fact_is_possible(sentence: str) -> None:
    assert level(consulted(*CASE, sentence))[0] == "stop"


def test_a_document_stands_beside_a_user_who_contradicts_himself(judge: Judge) -> None:
    answer = consulted(
        'The authority is a bank. [document "charter"]', "The authority is a bank. [user]", "The authority is a school. [user]",
        *CASE[1:],
    )  # fmt: skip
    assert 'The authority is a creditor or insurer. [document "charter"]' in answer.accepted_facts


@pytest.mark.parametrize("sign", ["\x01", "\x7f", "\x9b", "\ufff9", "\ufff0"])
def test_a_sign_that_nobody_sees_hides_no_harm(sign: str) -> None:
    assert level(consulted(*CASE, f"{FORGED.replace('method', f'me{sign}thod')}.")) == ("stop", True)


def test_blanks_that_are_no_spaces_hide_no_harm() -> None:
    assert level(consulted(*CASE, FORGED.replace(" ", "\u2800", 4) + ".")) == ("stop", True)


LIFE = "The method does grave harm to the life of others."
LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "".join(chr(0x249C + number) for number in range(26)))
WRITTEN = {
    "run together": LIFE.replace(" ", ""),
    "camel case": LIFE.title().replace(" ", ""),
    "spaced": " ".join(LIFE),
    "hyphens": LIFE.replace("grave", "gra-ve").replace("others", "oth-ers"),
    "dots": LIFE.replace(" ", "."),
    "pipes": LIFE.replace(" ", "|"),
    "digits": LIFE.translate(str.maketrans("oeas", "0345")),
    "a one for an l": LIFE.replace("l", "1"),
    "a one for an i": LIFE.replace("i", "1"),
    "keycaps": LIFE.replace("o", "0\ufe0f\u20e3"),
    "enclosed": "".join(f"{sign}\u0489" for sign in LIFE),
    "letters in brackets": LIFE.translate(LETTERS),
    "flags": " ".join(chr(0x1F1E6 + ord(sign) - 97) if sign.isalpha() else sign for sign in LIFE.lower()),
    "braces": LIFE.replace("harm", "{harm}"),
    "brackets": LIFE.replace("harm", "[harm]"),
    "tags": LIFE.replace("harm", "<i>harm</i>"),
    "entities": LIFE.replace("h", "&#104;").replace(" ", "&nbsp;"),
    "percent": LIFE.replace(" ", "%20"),
    "escapes": LIFE.replace("h", "\\u0068"),
    "a mark inside": LIFE.replace(" does", " [user] does"),
    "doubled": LIFE.replace("harm", "harm harm"),
    "quoted": f'"{LIFE}"',
    "an item of a list": f'- "{LIFE}",',
    "typographic": f"\u201c{LIFE}\u201d",
    "over lines": LIFE.replace(" ", "\n", 5),
    "over lines, behind another": f"The user is a member. {LIFE.replace('grave', chr(10) + 'grave')}",
    "divided at the end of a line": LIFE.replace("grave", "gra-\nve"),
    "a question": "Does the method do grave harm to the life of others?",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_harm_is_possible_in_whatever_way_its_words_are_written(text: str) -> None:
    found = consulted(*CASE, text)
    assert level(found) == ("stop", False)
    assert found.problems
    assert found.assessment
    assert found.assessment.guidance.action != "help"


@pytest.mark.parametrize("escape", ["\\ud800", "\\u0000", "%00", "&#xd800;", "\\u000a", "&#10;", "\\u2028", "%C3%28"])
def test_an_escape_of_what_is_no_text_ends_nothing(escape: str) -> None:
    assert level(consulted(*CASE, f"{FORGED.replace(' is', escape + ' is')}.")) == ("stop", False)


def test_a_question_of_the_vocabulary_leaves_its_harm_open() -> None:
    assert level(consulted(*CASE, "Is the method a forged document?")) == ("stop", False)


@pytest.mark.parametrize(
    "sentence",
    [
        "The method does not do grave harm to the life of others, as far as we know.",
        "The method does no grave harm to the life of others.",
        "The method never does grave harm to the life of others.",
        "The method prevents grave harm to the life of others.",
        "Without the method there is grave harm to the life of others.",
        "The method protects the life of others.",
        "The rule does grave harm to the life of others.",
        "The method does a bit of harm to the money of the bank.",
        "The method gives the money to the family of the user.",
        "Themethodisnotaforgeddocument.",
        "The method is not a f0rged document.",
        '"It is not the case that the method is a forged document."',
        "The method\nis not a forged document",
        "We speak of the method\nThe rule forbids a forged document",
        "Is the method harmless?",
    ],
)
def test_no_harm_is_made_up_of_other_words(sentence: str) -> None:
    assert level(consulted(*CASE, sentence)) == ("none", False)


@pytest.mark.parametrize(
    "text", [LIFE[::-1], "Gur zrgubq vf n sbetrq qbphzrag.", "The method harms the life of others."]
)
def test_what_is_not_read_is_told(text: str) -> None:
    """The limits that the docs name: a code, a text backwards, other words for the same."""
    found = consulted(*CASE, text)
    assert level(found) == ("none", False)
    assert [problem.line for problem in found.problems] == [len(CASE) + 1]
    assert "may change this" in found.content
