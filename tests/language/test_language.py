"""Reading and writing: whatever is read is written back as it was, and what is not understood is named."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel, ValidationError

from legit.errors import CaseError, LanguageError
from legit.judge import Judge, cached_judge
from legit.model.facts import Case, Fact, Opinion, SourceSpan, Speaker, SpeakerKind, Truth
from legit.testing.strategies import cases

VOCABULARY = cached_judge().base.vocabulary
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@RELAXED
@given(cases(VOCABULARY))
def test_what_is_written_reads_back(case: Case) -> None:
    judge = cached_judge()
    assert judge.parse_cases(judge.writer.case(case)) == ((case,) if judge.writer.case(case) else ())


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
    for template in definition.affirmative_forms:
        (fact,) = judge.parse_case(template.format(tuple(phrases)) + detail + ".").facts
        assert (fact.predicate, fact.args, fact.truth) == (predicate, tuple(expected), Truth.TRUE)
    (fact,) = judge.parse_case(definition.denial_form.format(tuple(phrases)) + detail + ".").facts
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
    (fact,) = judge.parse_case(sentence).facts
    assert (fact.predicate, fact.args, fact.truth) == ("authority", ("creditor_insurer",), Truth.TRUE)


def test_contractions_and_denial(judge: Judge) -> None:
    (fact,) = judge.parse_case("The method isn't bribery.").facts
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
        (' [user "his letter"]', Speaker(reference="his letter")),
        (' [inferred "from the letterhead"]', Speaker(kind=SpeakerKind.INFERRED, reference="from the letterhead")),
    ],
)
def test_speakers(judge: Judge, tag: str, speaker: Speaker) -> None:
    (fact,) = judge.parse_case(f"Breaking the rule harms nobody.{tag}").facts
    assert fact.speaker == speaker


def test_several_sentences_on_a_line_and_several_cases(judge: Judge) -> None:
    text = (
        'Case "one".\nThe authority is a club. The user is a member. [record]\nCase "two".\nThe authority is a court.\n'
    )
    one, two = judge.parse_cases(text)
    assert (one.name, len(one.facts), one.facts[1].speaker.kind) == ("one", 2, SpeakerKind.RECORD)
    assert (two.name, two.facts[0].args) == ("two", ("court",))


def test_an_opinion_is_kept_and_is_no_fact(judge: Judge) -> None:
    case = judge.parse_case("The authority is a club.\nThe user believes that all of this is rubbish.")
    assert [opinion.text for opinion in case.opinions] == ["all of this is rubbish"]
    assert len(case.facts) == 1


def test_all_errors_at_once_each_with_its_place(judge: Judge) -> None:
    text = 'The authority is a banana.\nThe user is a tenant.\nFlub. The rule is 9 years old.\nThe rule forbids "x\n'
    with pytest.raises(LanguageError) as caught:
        judge.parse_cases(text)
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
        ('Case "a".\nCase "b".\nCase "a".', "L004"),
        ('The user is a tenant. [user "a"] The user is not a tenant. [user "b"]', "C201"),
        ("The user is a tenant.\0", "L002"),
    ],
)
def test_codes(judge: Judge, text: str, code: str) -> None:
    with pytest.raises((LanguageError, CaseError)) as caught:
        judge.parse_cases(text)
    assert caught.value.problems[0].code == code


def test_the_nearest_sentence_is_offered(judge: Judge) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_cases("The user's appeal got refused.")
    assert any("<outcome>" in sentence for sentence in caught.value.problems[0].nearest)


def test_speakers_who_disagree_are_no_error(judge: Judge) -> None:
    case = judge.parse_case("The user is a tenant.\nThe user is not a tenant. [record]")
    assert len(case.facts) == 2


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
        judge.parse_cases(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column, problem.nearest) == ("L108", column, (nearest,))


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("The rule forbids pets.", 'write it in quotation marks: "pets"'),
        ("The rule forbids 'pets'.", 'write it in quotation marks: "pets"'),
        ("case one", 'a case is headed: Case "name".'),
        ("The case arises in Atlantis.", "legit vocabulary --type place"),
        ("The user is a tenant. [landlord]", "who says it is written [user]"),
        ("The user is a tenant The authority is a landlord.", "a full stop or the end of a line ends a sentence"),
        ("The purpose of the rule is cleanliness.", "legit vocabulary --type purpose"),
        ("Bitte um Hilfe.", "sentences have fixed forms"),
    ],
)
def test_common_misunderstandings_are_met_with_advice(judge: Judge, text: str, help_: str) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_cases(text)
    assert help_ in caught.value.problems[0].help


def test_contradictions_are_reported_beside_what_was_not_understood(judge: Judge) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_cases(
            "Obeying costs nothing that matters.\nFlub.\nObeying does grave harm to the life of the user."
        )
    assert [(item.code, item.line) for item in caught.value.problems] == [("L106", 2), ("C203", 3)]
    assert "`Obeying costs nothing that matters.` in line 1" in caught.value.problems[1].message


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("the teacher is a tyrant", "the teacher is a tyrant"),
        ('"the teacher is a tyrant"', "the teacher is a tyrant"),
        ('"teacher" is the wrong word', '"teacher" is the wrong word'),
        ('the "teacher": a tyrant', 'the "teacher": a tyrant'),
    ],
)
def test_an_opinion_keeps_its_words(judge: Judge, said: str, text: str) -> None:
    case = judge.parse_case(f"The user believes that {said}. [record]")
    assert (case.opinions[0].text, case.facts) == (text, ())
    assert judge.parse_cases(judge.writer.case(case)) == (case,)


def test_a_question_states_nothing(judge: Judge) -> None:
    with pytest.raises(LanguageError) as caught:
        judge.parse_cases("The user is a tenant. The authority is a club? [record]")
    (problem,) = caught.value.problems
    assert (problem.code, problem.column) == ("L109", 23)
    assert judge.parse_case("The user believes that this is fair?").opinions[0].text == "this is fair"


def test_a_word_of_many_possessives_is_no_crash(judge: Judge) -> None:
    with pytest.raises(LanguageError):
        judge.parse_cases("The user" + "'s" * 900 + " rule.")


TEXTS = [
    'he said "no"', "he said \u201cno\u201d", 'she said "he said \u201cno\u201d"', '"', '""', '"a', 'a"', "\u201c", "\u201d",
    "form\x0bfeed\x0c", "file\x1cgroup\x1drecord\x1e", "next\x85line", "line\u2028paragraph\u2029end", "tab\there", "\x1b[31mred",
    "right\u202eleft", "zero\u200bwidth", "e\u0301", "\U0001f600", "# no comment", "a. b. [user]", ": \\n",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_every_text_of_one_line_reads_back_in_every_slot(judge: Judge, text: str) -> None:
    facts = (
        Fact(predicate="rule_forbids", args=(text,), detail=text),
        Fact(predicate="rule_forbids", args=("x",), speaker=Speaker(kind=SpeakerKind.DOCUMENT, reference=text)),
        Fact(predicate="rule_forbids", args=("y",), speaker=Speaker(reference=text)),
        Fact(predicate="rule_forbids", args=("z",), truth=Truth.UNKNOWN, detail=text),
    )
    case = Case(name=text, facts=facts, opinions=(Opinion(text=text, speaker=Speaker(reference=text)),))
    assert judge.parse_cases(judge.writer.case(case)) == (case,)


@pytest.mark.parametrize("kind", list(SpeakerKind))
def test_every_speaker_may_say_where(judge: Judge, kind: SpeakerKind) -> None:
    case = Case(facts=(Fact(predicate="rule_forbids", args=("x",), speaker=Speaker(kind=kind, reference="page 3")),))
    assert judge.parse_cases(judge.writer.case(case)) == (case,)


def test_white_space_around_a_text_is_no_part_of_it(judge: Judge) -> None:
    fact = Fact(predicate="rule_forbids", args=(" x\x1c",), detail="\n", speaker=Speaker(reference="  "))
    assert (fact.args, fact.detail, fact.speaker.reference) == (("x",), None, None)
    (read,) = judge.parse_case('The rule forbids " x\x1c": "\x85". [user "  "]').facts
    assert read == fact


def test_cases_without_a_name_or_without_a_sentence_read_back(judge: Judge) -> None:
    fact = Fact(predicate="rule_forbids", args=("x",))
    together = (Case(name="one", facts=(fact,)), Case(facts=(fact,)), Case(name="two"))
    assert judge.parse_cases(judge.writer.cases(together)) == together
    assert judge.parse_cases(judge.writer.case(Case())) == (Case(),)


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_only_ends_of_lines_end_a_line(judge: Judge, separator: str) -> None:
    text = f'The rule forbids "x{separator}y".\r\nThe user is a tenant.\rThe authority is a club.\n'
    assert [fact.span.line for fact in judge.parse_case(text).facts if fact.span] == [1, 2, 3]


@pytest.mark.parametrize("model", [Speaker, Fact, Opinion, Case, SourceSpan])
def test_a_field_that_is_none_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="speeker"):
        model.model_validate({"predicate": "x", "text": "x", "line": 1, "column": 1, "speeker": "user"})


def test_a_text_is_read_strictly_or_with_its_problems(judge: Judge) -> None:
    text = "The user is a tenant.\nFlub the glorp.\n"
    with pytest.raises(LanguageError) as raised:
        judge.reader.parse(text, "a.legit")
    (case,), problems = judge.reader.parse(text, "a.legit", strict=False)
    assert problems == raised.value.problems
    assert [(problem.source, problem.line) for problem in problems] == [("a.legit", 2)]
    assert (case,) == judge.reader.parse("The user is a tenant.")


@pytest.mark.parametrize("sign", ["-", "\u2212", "\u2013", "\u2014", "- ", "+"])
@pytest.mark.parametrize(
    "sentence",
    ["The rule is {}3 years old.", "The harm of obeying comes within {}3 days.", "The user was checked {}2 times."],
)
def test_a_number_with_a_sign_is_refused_where_the_sign_stands(judge: Judge, sentence: str, sign: str) -> None:
    text = sentence.format(sign)
    cases, (problem,) = judge.reader.parse(f"The authority is a bank.\n{text}\n", strict=False)
    assert (problem.code, problem.line, problem.column) == ("L110", 2, sentence.index("{") + 1)
    assert "write the number alone" in problem.help
    assert [fact.predicate for fact in cases[0].facts] == ["authority"]


@pytest.mark.parametrize(
    "text",
    ["- The rule is 3 years old.", "The rule is (3) years old.", "The rule dates from 2015-06-01.",
     'The rule requires "-3 degrees".', "The user believes that it is -3 degrees outside."],
)  # fmt: skip
def test_a_dash_that_is_no_sign_is_read_as_before(judge: Judge, text: str) -> None:
    assert judge.reader.parse(text, strict=False).problems == ()
