"""Every language of the shipped base says the same: generated over all of its sentences, values and languages."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

import legit
from legit.consult import Consultant
from legit.errors import KnowledgeBaseError, LanguageError
from legit.judge import Judge, cached_judge
from legit.knowledge.languages import DEFAULT_LANGUAGE, declared_language, guessed_language, language_heads
from legit.knowledge.layers import Layer, shipped_base
from legit.knowledge.packs import shipped_packs
from legit.knowledge.translation import translate
from legit.knowledge.translation_files import joined
from legit.knowledge.vocabulary import Predicate, Template, Vocabulary
from legit.messages import missing_messages
from legit.model.facts import Case, Fact, Truth, Value
from legit.render.assessment_text import render_assessment
from legit.render.vocabulary import VocabularyPages
from legit.testing.languages import MEASURES, decided_otherwise, every_fact, unread_cases
from legit.testing.seeded_cases import SeededCases
from tests.conftest import ROOT

ENGLISH = cached_judge()
HEADS = language_heads(ENGLISH.base.layers)
TAGS = [tag for tag in HEADS if tag != DEFAULT_LANGUAGE]
EXAMPLES = sorted((ROOT / "examples").glob("*.legit"))
PACKS = sorted(shipped_packs())


def values(vocabulary: Vocabulary, type_name: str) -> list[Value]:
    """Every value of an enumeration, and some of a built-in type."""
    return list(MEASURES.get(type_name) or vocabulary.values(type_name))


def unread(judge: Judge, facts: list[Fact]) -> list[str]:
    """The sentences of facts that do not read back as they are meant."""
    written = [judge.writer.sentence(fact) for fact in facts]
    cases, problems = judge.reader.parse("\n".join(written), strict=False, past_problems=True)
    if not problems and cases and cases[0].facts == tuple(facts):
        return []
    wrong = []
    for sentence, fact in zip(written, facts, strict=True):
        found, _ = judge.reader.parse(sentence, strict=False)
        if not found or found[0].facts != (fact,):
            wrong.append(sentence)
    return wrong


@pytest.fixture(scope="module")
def with_packs() -> Judge:
    return cached_judge(packs=PACKS)


@pytest.mark.parametrize("tag", TAGS)
def test_every_sentence_with_every_value_reads_back(tag: str) -> None:
    judge = ENGLISH.in_language(tag)
    assert unread(judge, list(every_fact(judge.base.vocabulary))) == []


@pytest.mark.parametrize("tag", TAGS)
def test_every_sentence_of_the_packs_reads_back(tag: str, with_packs: Judge) -> None:
    judge = with_packs.in_language(tag)
    vocabulary = judge.base.vocabulary
    own = vocabulary.predicates.keys() - ENGLISH.base.vocabulary.predicates.keys()
    facts = [fact for fact in every_fact(vocabulary) if fact.predicate in own]
    assert len(facts) > 200
    assert unread(judge, facts) == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_shipped_packs_lack_no_phrase(tag: str, with_packs: Judge) -> None:
    assert with_packs.in_language(tag).missing_phrases == ()


def test_a_pack_adds_words_to_a_table_and_replaces_none() -> None:
    base = {"title": "T", "undercutters": {"a": "x"}}
    assert joined(base, {"undercutters": {"b": "y"}}) == {"title": "T", "undercutters": {"a": "x", "b": "y"}}
    for other in ({"title": "U"}, {"undercutters": {"a": "y"}}, {"undercutters": "y"}, "y"):
        assert joined(base, other) is None


@pytest.mark.parametrize("tag", TAGS)
def test_an_example_of_a_pack_is_the_same_case_in_every_language(tag: str, with_packs: Judge) -> None:
    judge = with_packs.in_language(tag)
    paths = sorted(shipped_base().glob("packs/*/examples/*.legit"))
    assert len(paths) >= 16
    for path in paths:
        for case in with_packs.parse_cases(path.read_text(encoding="utf-8")):
            assert decided_otherwise(with_packs, judge, case) == ""


@pytest.mark.parametrize("tag", TAGS)
def test_a_generated_case_reads_back_in_every_language(tag: str) -> None:
    source = SeededCases(ENGLISH)
    assert unread_cases(ENGLISH.in_language(tag), [source.case(seed) for seed in range(60)]) == []


def spoken(predicate: Predicate, template: Template, words: tuple[str, ...]) -> str:
    return f"{template.format(words)}{': ' + chr(34) + 'x' + chr(34) if predicate.detail_required else ''}."


@pytest.mark.parametrize("tag", TAGS)
def test_every_form_and_every_phrase_is_read_as_its_own(tag: str) -> None:
    judge = ENGLISH.in_language(tag)
    vocabulary = judge.base.vocabulary
    expected: list[tuple[str, str, tuple[Value, ...], Truth]] = []
    for predicate in vocabulary.predicates.values():
        names = [argument.type for argument in predicate.args]
        first = tuple(values(vocabulary, name)[0] for name in names)
        words = tuple(judge.writer.phrase(name, value) for name, value in zip(names, first, strict=True))
        forms = [(form, Truth.TRUE) for form in predicate.affirmative_forms] + [(predicate.denial_form, Truth.FALSE)]
        if predicate.unknown_form:
            forms.append((predicate.unknown_form, Truth.UNKNOWN))
        expected += [(spoken(predicate, form, words), predicate.id, first, truth) for form, truth in forms]
        main = predicate.affirmative_forms[0]
        for place, name in enumerate(names):
            for key, value in vocabulary.values(name).items():
                args = (*first[:place], key, *first[place + 1 :])
                expected += [
                    (
                        spoken(predicate, main, (*words[:place], text, *words[place + 1 :])),
                        predicate.id,
                        args,
                        Truth.TRUE,
                    )
                    for text in value.readings
                ]
    cases, problems = judge.reader.parse("\n".join(item[0] for item in expected), strict=False, past_problems=True)
    assert [str(problem) for problem in problems] == []
    found = [(fact.predicate, fact.args, fact.truth) for fact in cases[0].facts]
    wrong = [item for item, fact in zip(expected, found, strict=True) if item[1:] != fact]
    assert wrong == []


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_case_is_the_same_case_in_every_language(tag: str, path: Path) -> None:
    judge = ENGLISH.in_language(tag)
    cases = ENGLISH.parse_cases(path.read_text(encoding="utf-8"))
    for case in cases:
        text = judge.writer.case(case)
        assert judge.parse_cases(text) == (case,)
        reader, found = ENGLISH.read(text)
        assert (reader.language, found) == (tag, (case,)), "found by its words"
        here, there = ENGLISH.assess(case), judge.assess(found[0])
        assert here.provenance == there.provenance
        assert [item.criterion for item in here.findings] == [item.criterion for item in there.findings]
        assert (here.verdict, here.scope, here.consequence) == (there.verdict, there.scope, there.consequence)
        assert (here.guidance.action, here.method_harm.level) == (there.guidance.action, there.method_harm.level)
        assert [item.text for item in there.findings for item in item.sources] == [
            item.text for item in here.findings for item in item.sources
        ]


@pytest.mark.parametrize("tag", TAGS)
def test_quotations_stay_as_they_are(tag: str) -> None:
    (case,) = legit.parse('The rule forbids "the user is a bank. Regeln". [document "lease, är"]')
    assert '"the user is a bank. Regeln"' in legit.write(case, language=tag)
    assert legit.parse(legit.write(case, language=tag), language=tag) == (case,)


@pytest.mark.parametrize("tag", TAGS)
def test_the_language_is_declared_by_a_line_or_chosen(tag: str) -> None:
    (case,) = legit.parse("The authority is a bank. The user asks to evade the rule.")
    sentences = legit.write(case, language=tag)
    for word in ("Language", *HEADS[tag].declared_by):
        for name in (tag, tag.upper(), HEADS[tag].name, f"{tag}-XX"):
            found, rest = declared_language(ENGLISH.base.layers, f"# a case\n\n{word}: {name}\n{sentences}")
            assert (found, rest) == (tag, f"# a case\n\n\n{sentences}")
    assert legit.parse(f"Language: {tag}\n{sentences}") == (case,)
    assert legit.assess(sentences, language="en").guidance == legit.assess(case).guidance
    assert legit.assess(case, language=tag).guidance == legit.assess(f"Language: {tag}\n{sentences}").guidance


def test_english_is_found_and_a_line_of_a_case_is_no_declaration() -> None:
    for path in EXAMPLES:
        assert guessed_language(ENGLISH.base.layers, path.read_text(encoding="utf-8")) == DEFAULT_LANGUAGE
    assert guessed_language(ENGLISH.base.layers, "") == ""
    assert declared_language(ENGLISH.base.layers, "Note: sv\n") == ("", "Note: sv\n")


def test_a_language_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(LanguageError) as caught:
        legit.parse("\nLanguage: swedihs\nThe authority is a bank.")
    (problem,) = caught.value.problems
    assert (problem.code, problem.line, problem.column, problem.nearest[0]) == ("L008", 2, 1, "swedish")
    with pytest.raises(LanguageError) as caught:
        legit.write(Case(), language="xx")
    assert caught.value.problems[0].code == "L008"
    found = Consultant().consult("Language: xx\nThe authority is a bank.")
    assert [problem.code for problem in found.problems] == ["L008"]
    assert found.assessment  # an agent's answer keeps what was understood


@pytest.mark.parametrize("tag", TAGS)
def test_the_tool_answers_in_the_language_of_the_facts_or_the_chosen_one(tag: str) -> None:
    sentences = legit.write(legit.parse(EXAMPLES[0].read_text(encoding="utf-8"))[0], language=tag)
    by_words, chosen, english = (
        Consultant().consult(sentences),
        Consultant(language=tag).consult(EXAMPLES[0].read_text(encoding="utf-8")),
        Consultant(language="en").consult(sentences),
    )
    assert (by_words.language, chosen.language, english.language) == (tag, tag, "en")
    assert (by_words.complete, english.complete, chosen.complete) == (True, True, True)
    assert english.content.startswith("Verdict: ")
    verdicts = {found.assessment.verdict for found in (by_words, chosen, english) if found.assessment}
    assert len(verdicts) == 1


@pytest.mark.parametrize("tag", TAGS)
def test_an_answer_in_a_complete_language_is_in_it_throughout(tag: str) -> None:
    if not HEADS[tag].complete:
        pytest.skip("the language is not complete: kb check tells so")
    judge = ENGLISH.in_language(tag)
    assert (judge.missing_phrases, missing_messages(tag)) == ((), ())
    for path in EXAMPLES:
        for case in ENGLISH.parse_cases(path.read_text(encoding="utf-8")):
            with judge.speaking():
                text = render_assessment(judge.assess(case))
            english = ("Guidance  ", "Method harm", "Obeying ", "The authority", "(line ", "DEFEATED", "STANDS")
            assert [words for words in english if words in text] == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_guide_is_short_enough_to_be_given_to_a_model_and_names_no_english_sentence(tag: str) -> None:
    text = Consultant(language=tag).vocabulary()
    assert "The authority is" not in text
    assert len(text) < 20_000


def broken(tmp_path: Path, tag: str, file: str, old: str, new: str, *, complete: bool) -> list[str]:
    """The codes and messages with which a language is refused, one of whose files was changed."""
    source = shipped_base() / "languages" / tag
    for path in source.rglob("*.toml"):
        target = tmp_path / "languages" / tag / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if path.name == "language.toml":
            text = re.sub("complete = .*", f"complete = {str(complete).lower()}", text)
        if path.relative_to(source).as_posix() == file:
            assert old in text
            text = text.replace(old, new, 1)
        target.write_text(text, encoding="utf-8")
    base = dataclasses.replace(ENGLISH.base, layers=(Layer(tmp_path, "rules_kb"),))
    try:
        translation = translate(base, tag)
        Judge(translation.base).reader  # noqa: B018  (building the grammar finds clashes)
        problems = translation.missing if complete else ()
    except KnowledgeBaseError as error:
        problems = error.problems
    return [f"{problem.code} {problem.source}: {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("vocabulary/types.toml", 'prison = ["ett fängelse"', 'prisons = ["ett fängelse"', ("K803", "prison")),
        ("vocabulary/authority.toml", "[power_from]", "[power_form]", ("K803", "power_form")),
        ("vocabulary/authority.toml", "Regelgivaren är {authority_kind}.", "Regelgivaren är här.", ("K203",)),
        ("vocabulary/types.toml", 'forms.gen = "användarens"', 'forms.dat = "användaren"', ("K802", "gen")),
        ("vocabulary/types.toml", 'race = ["etnisk tillhörighet eller ursprung"', 'race = ["kön"', ("K302", "kön")),
        ("vocabulary/content.toml", "Regeln kräver {text}.", "Regeln förbjuder {text}.", ("K301",)),
        ("criteria.toml", 'title = "Ingen skälig underrättelse"', "", ("K802", "changed_without_notice")),
        ("places.toml", 'se = "Sverige"', 'sx = "Sverige"', ("K803", "sx")),
    ],
)
def test_a_gap_or_a_clash_is_told(tmp_path: Path, file: str, old: str, new: str, told: tuple[str, ...]) -> None:
    problems = " | ".join(broken(tmp_path, "sv", file, old, new, complete="K802" in told))
    assert all(word in problems for word in told), problems[:1000]


def test_english_loads_no_other_language() -> None:
    code = (
        "import sys, legit; legit.assess('The authority is a bank.'); "
        "assert not [name for name in sys.modules if 'translation' in name], sys.modules; "
        "from legit.messages import catalogue; assert catalogue.cache_info().currsize < 30"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


_WORDS_AROUND_A_PROBLEM = {
    "sv": ("hjälp: ", "menade du: ", "rad 1, kolumn "),
    "nb": ("hjelp: ", "mente du: ", "linje 1, kolonne "),
    "da": ("hjælp: ", "mente du: ", "linje 1, kolonne "),
    "fi": ("ohje: ", "tarkoititko: ", "rivi 1, sarake "),
    "de": ("Hilfe: ", "gemeint war: ", "Zeile 1, Spalte "),
}


@pytest.mark.parametrize("tag", TAGS)
def test_the_words_around_a_problem_are_in_the_language_of_the_problem(tag: str) -> None:
    """`help`, `did you mean` and the place are said in the language in which the problem itself is said."""
    ask = legit.write(legit.parse("The user asks to evade the rule.")[0], language=tag).strip()
    words = ask.rstrip(".").split()
    told = ""
    for place in range(1, len(words)):
        with pytest.raises(LanguageError) as caught:
            legit.parse(" ".join([*words[:place], "qqqq", *words[place + 1 :]]) + ".", language=tag)
        told += f"{caught.value}\n"
    with pytest.raises(LanguageError) as english:
        legit.parse("The user asks to qqqq the rule.")
    for said in ("line 1, column ", "did you mean: "):
        assert said in str(english.value)
        assert said not in told
    assert [label for label in _WORDS_AROUND_A_PROBLEM[tag] if label not in told] == []
    assert "help: " not in told


@pytest.mark.parametrize("tag", TAGS)
def test_the_topics_and_synonyms_of_the_vocabulary_are_in_the_language(tag: str) -> None:
    vocabulary = ENGLISH.in_language(tag).base.vocabulary
    with ENGLISH.in_language(tag).speaking():
        page = VocabularyPages(vocabulary, "").for_agents(["request"])
    assert page.startswith(f"## request ({vocabulary.topics['request']})\n")
    assert vocabulary.topics["request"] != ENGLISH.base.vocabulary.topics["request"]


@pytest.mark.parametrize("tag", TAGS)
def test_an_explanation_names_the_verdict_in_its_language(tag: str) -> None:
    judge = ENGLISH.in_language(tag)
    for path in EXAMPLES[:6]:
        case = ENGLISH.parse_case(path.read_text(encoding="utf-8"))
        with judge.speaking():
            texts = [node.text for node in judge.explain(case).proof.nodes if node.kind == "verdict"]
        assert texts
        said = [text for text in texts if re.search(r"\b(stands|defeated|contested|undetermined)\b", text)]
        assert said == []
