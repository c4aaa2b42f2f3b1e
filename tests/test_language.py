"""Reading and writing: what is said can be said back, and what is not understood is named."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.errors import CaseError, LanguageError
from legit.facts import Case, Fact, Speaker, SpeakerKind, Truth
from legit.judge import Judge, judge_for
from legit.testing.strategies import cases

VOCABULARY = judge_for().base.vocabulary
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@RELAXED
@given(cases(VOCABULARY))
def test_what_is_written_reads_back(case: Case) -> None:
    judge = judge_for()
    assert judge.read(judge.writer.case(case)) == ((case,) if judge.writer.case(case) else ())


@pytest.mark.parametrize("predicate", sorted(VOCABULARY.predicates))
def test_every_template_reads_back(judge: Judge, predicate: str) -> None:
    definition = VOCABULARY.predicates[predicate]
    phrases = []
    expected: list[str | int] = []
    samples = {"name": ('"x"', "x"), "text": ('"x"', "x"), "date": ("2012-05", "2012-05"), "years": ("3 years", 3)}
    samples |= {"time": ("within 5 hours", 5), "count": ("3 times", 3)}
    for argument in definition.args:
        enumerated = VOCABULARY.values(argument.type)
        if enumerated:
            value, entry = next(iter(enumerated.items()))
            phrases.append(entry.phrase)
            expected.append(value)
        else:
            phrases.append(samples[argument.type][0])
            expected.append(samples[argument.type][1])
    detail = ': "x"' if definition.detail_required else ""
    for template in definition.affirmed:
        (fact,) = judge.read_one(template.fill(tuple(phrases)) + detail + ".").facts
        assert (fact.predicate, fact.args, fact.truth) == (predicate, tuple(expected), Truth.TRUE)
    (fact,) = judge.read_one(definition.denied.fill(tuple(phrases)) + detail + ".").facts
    assert (fact.predicate, fact.truth) == (predicate, Truth.FALSE)


@pytest.mark.parametrize(
    "sentence",
    [
        "The authority is a bank.",
        "the authority IS bank",
        "- The authority is a bank",
        "3) The  authority is   the bank.",
        "It is not true that the authority isn't a bank.",
    ],
)
def test_ordinary_variation_is_understood(judge: Judge, sentence: str) -> None:
    (fact,) = judge.read_one(sentence).facts
    assert (fact.predicate, fact.args, fact.truth) == ("authority", ("creditor_insurer",), Truth.TRUE)


def test_contractions_and_denial(judge: Judge) -> None:
    (fact,) = judge.read_one("The method isn't bribery.").facts
    assert (fact.truth, fact.args) == (Truth.FALSE, ("bribe",))


@pytest.mark.parametrize(
    ("tag", "speaker"),
    [
        ("", Speaker()),
        (" [user]", Speaker()),
        ('[document "lease, clause 4"].', Speaker(kind=SpeakerKind.DOCUMENT, reference="lease, clause 4")),
        (" [record]", Speaker(kind=SpeakerKind.RECORD)),
        (" [operator] ", Speaker(kind=SpeakerKind.OPERATOR)),
        (" [inferred]. # a comment", Speaker(kind=SpeakerKind.INFERRED)),
    ],
)
def test_speakers(judge: Judge, tag: str, speaker: Speaker) -> None:
    (fact,) = judge.read_one(f"Breaking the rule harms nobody.{tag}").facts
    assert fact.speaker == speaker


def test_several_sentences_on_a_line_and_several_cases(judge: Judge) -> None:
    text = (
        'Case "one".\nThe authority is a club. The user is a member. [record]\nCase "two".\nThe authority is a court.\n'
    )
    one, two = judge.read(text)
    assert (one.name, len(one.facts), one.facts[1].speaker.kind) == ("one", 2, SpeakerKind.RECORD)
    assert (two.name, two.facts[0].args) == ("two", ("court",))


def test_an_opinion_is_kept_and_is_no_fact(judge: Judge) -> None:
    case = judge.read_one("The authority is a club.\nThe user believes that all of this is rubbish.")
    assert [opinion.text for opinion in case.opinions] == ["all of this is rubbish"]
    assert len(case.facts) == 1


def test_all_errors_at_once_each_with_its_place(judge: Judge) -> None:
    text = 'The authority is a banana.\nThe user is a tenant.\nFlub. The rule is 9 years old.\nThe rule forbids "x\n'
    with pytest.raises(LanguageError) as caught:
        judge.read(text)
    assert [(item.code, item.line, item.column) for item in caught.value.problems] == [
        ("L105", 1, 20),
        ("L106", 3, 1),
        ("L104", 4, 18),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What the rule depends on does not exist.", "L102"),
        ('What the rule depends on does not exist: "".', "L102"),
        ("The rule dates from 2019-13.", "L103"),
        ("The authority is a club. The authority is not a club.", "C201"),
        ("The user got no notice of the rule.\nThe user got fair notice of the rule.", "C202"),
        ("Breaking the rule harms nobody. Breaking the rule does grave harm to the life of a child.", "C203"),
        ('Case "a". The user is a tenant. Case "a". The user is a member.', "L004"),
        ("The user is a tenant.\0", "L002"),
    ],
)
def test_codes(judge: Judge, text: str, code: str) -> None:
    with pytest.raises((LanguageError, CaseError)) as caught:
        judge.read(text)
    assert caught.value.problems[0].code == code


def test_the_nearest_sentence_is_offered(judge: Judge) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.read("The user's appeal got refused.")
    assert any("{outcome}" in sentence for sentence in caught.value.problems[0].nearest)


def test_speakers_who_disagree_are_no_error(judge: Judge) -> None:
    case = judge.read_one("The user is a tenant.\nThe user is not a tenant. [record]")
    assert len(case.facts) == 2


@RELAXED
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    _, problems = judge_for().reader.read(text)
    assert all(problem.code.startswith("L") for problem in problems)


METACHARACTERS = [
    "#include <x>.", "#script (python) print(1) #end.", ":- not x.", "{a;b}.", "a. b :- c.", "%* x *%", "?x |y", '" or "',
    "\\", "${HOME}", "<script>", "%s %d", "!@#$%^&*()", "a(b,c)", "// x", "'; drop",
]  # fmt: skip


@pytest.mark.parametrize("text", METACHARACTERS)
def test_metacharacters_in_every_slot_change_nothing(judge: Judge, text: str) -> None:
    plain = "The authority is a club.\nThe rule forbids {0}.\nThe reason for the rule has ended: {0}.\n"
    plain += (
        "Breaking the rule harms nobody. [document {0}]\n{0} needs {0} first.\nThe user tried no official channel.\n"
    )
    quoted = f"\u201c{text}\u201d" if '"' in text else f'"{text}"'
    with_text = judge.assess(plain.format(quoted))
    with_word = judge.assess(plain.format('"word"'))
    assert with_text.verdict == with_word.verdict
    assert [f.criterion for f in with_text.findings] == [f.criterion for f in with_word.findings]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "x" * 1_000_000,
        "\x01\x02\x03",
        "\ufeffThe user is a tenant.",
        '"' * 999,
        "[" * 999,
        "The " * 5000,
        "É" * 9999,
    ],
    ids=["empty", "blank", "one word of 1 MB", "control", "mark", "quotes", "brackets", "articles", "accents"],
)
def test_odd_texts_end(judge: Judge, text: str) -> None:
    cases_, problems = judge.reader.read(text)
    assert len(cases_) <= 1
    assert len(problems) <= 101


def test_too_many_sentences_are_refused(judge: Judge) -> None:
    _, problems = judge.reader.read("The user is a tenant.\n" * 50_000)
    assert problems[0].code == "L001"


def test_reading_is_linear_in_the_number_of_lines(judge: Judge) -> None:
    # Counts of parser steps, not time: each distinct sentence is parsed once, whatever surrounds it.
    judge.reader._sentence.cache_clear()
    lines = [f"The rule is {number} years old." for number in range(2_000)]
    judge.reader.read("\n".join(lines))
    assert judge.reader._sentence.cache_info().misses == 2_000


def test_text_that_cannot_be_quoted_is_refused(judge: Judge) -> None:
    fact = Fact(predicate="rule_forbids", args=('a "b" \u201cc\u201d',))
    with pytest.raises(CaseError) as caught:
        judge.writer.case(Case(facts=(fact,)))
    assert caught.value.problems[0].code == "C102"


@pytest.mark.parametrize(
    ("text", "column", "nearest"),
    [
        ("The authorty is a bank.", 5, "The authority is a bank."),
        ("Breaking the rule harms noboddy.", 25, "Breaking the rule harms nobody."),
        (
            "Obeying does serios harm to the privcy of the user.",
            14,
            "Obeying does serious harm to the privacy of the user.",
        ),
    ],
)
def test_misspelt_words_are_named_and_the_whole_sentence_is_offered(
    judge: Judge, text: str, column: int, nearest: str
) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.read(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column, problem.nearest) == ("L108", column, (nearest,))


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("The rule forbids pets.", 'write it in quotation marks: "pets"'),
        ("The rule forbids 'pets'.", 'write it in quotation marks: "pets"'),
        ("case one", 'a case is headed: Case "name".'),
        ("The user is a tenant. [landlord]", "who says it is written [user]"),
        ("The user is a tenant The authority is a landlord.", "a full stop or the end of a line ends a sentence"),
        ("The purpose of the rule is cleanliness.", "legit vocabulary --list purpose"),
        ("Bitte um Hilfe.", "sentences have fixed forms"),
    ],
)
def test_common_misunderstandings_are_met_with_advice(judge: Judge, text: str, help_: str) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.read(text)
    assert help_ in caught.value.problems[0].help


def test_contradictions_are_reported_beside_what_was_not_understood(judge: Judge) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.read("Obeying costs nothing that matters.\nFlub.\nObeying does grave harm to the life of the user.")
    assert [(item.code, item.line) for item in caught.value.problems] == [("L106", 2), ("C203", 3)]
    assert "`Obeying costs nothing that matters.` in line 1" in caught.value.problems[1].message


def test_an_opinion_keeps_its_words(judge: Judge) -> None:
    case = judge.read_one("The user believes that the teacher is a tyrant.")
    assert case.opinions[0].text == "the teacher is a tyrant"


def test_a_word_of_many_possessives_is_no_crash(judge: Judge) -> None:
    with pytest.raises(LanguageError):
        judge.read("The user" + "'s" * 900 + " rule.")
