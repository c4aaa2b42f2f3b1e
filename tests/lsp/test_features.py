"""What the server says of documents: problems, completions, meanings, definitions, renames, verdicts of examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.packs import shipped_packs
from legit.knowledge.rules.rule_parser import parse_rules
from legit.lsp import features
from legit.lsp.documents import case_texts, judge_of, line_starts, offset_of, place_of, rules_start
from tests.conftest import ROOT

CRITERIA = sorted((ROOT / "rules_kb" / "criteria").rglob("*.lp"))
CASE = "The authority is a landlord.\nThe athority is a bank.\nBreaking the rule harms nobody."


def test_a_problem_stands_where_the_reader_found_it(judge: Judge) -> None:
    (told,) = features.problems(judge, CASE, rules=False)
    assert (told.problem.code, CASE[told.span.start : told.span.end]) == ("L108", "athority is a bank.")
    contradiction = 'The rule forbids "x".\nIt is not the case that the rule forbids "x".'
    assert {item.problem.code[0] for item in features.problems(judge, contradiction, rules=False)} <= {"C"}


def test_only_a_line_that_changed_is_read_again(judge: Judge) -> None:
    sentences = [
        text for item in judge.base.criteria.values() for example in item.examples for text in example.text.split("\n")
    ]
    lines = [line for line in dict.fromkeys(sentences) if line and len(line) < 200] * 4
    text = "\n".join(lines[:2000])
    features.problems(judge, text, rules=False)
    before = judge.reader._cached_sentences.cache_info().misses
    features.problems(judge, f"{text}\nThe authority is a banana of some kind.", rules=False)
    assert judge.reader._cached_sentences.cache_info().misses - before == 1


@pytest.mark.parametrize("path", CRITERIA[::12], ids=lambda path: path.stem)
def test_the_files_of_the_shipped_base_have_no_problem_and_their_examples_hold(path: Path, judge: Judge) -> None:
    text = path.read_text(encoding="utf-8")
    assert features.problems(judge, text, rules=True) == []
    criterion = judge.base.criteria[path.stem]
    shown = features.lenses(judge, text, rules=True)
    assert len(shown) == len(criterion.examples) + len(criterion.counterexamples)
    lines = text.split("\n")
    texts = [item.text for item in case_texts(text, rules=True)]
    given = {example.text for example in (*criterion.examples, *criterion.counterexamples)}
    assert set(texts) == given
    for lens, item in zip(shown, case_texts(text, rules=True), strict=True):
        assert re.match(r"\[\[(counter)?examples\]\]", lines[lens.line])
        decision = judge.decide(item.text)
        assert lens.title.startswith(decision.verdict.value)
        assert item.meets == (criterion.id in dict(decision.findings))
        assert ("does not apply" in lens.title) != item.meets


def test_problems_of_a_file_of_rules_have_its_lines(judge: Judge) -> None:
    text = CRITERIA[0].read_text(encoding="utf-8")
    start = rules_start(text)
    broken = text[:start] + "\nmeets(x :- y.\n"
    (told,) = features.problems(judge, broken, rules=True)
    assert told.problem.code == "K501"
    assert told.span.start >= start
    (header,) = features.problems(judge, "%*\nid = \n*%\n", rules=True)
    assert header.problem.code.startswith("K1")
    assert [item.problem.code for item in features.problems(judge, "a :- b.", rules=True)] == ["K104"]
    example = text.replace("The authority is", "The athority is", 1)
    assert (
        "L108" in {item.problem.code for item in features.problems(judge, example, rules=True)}
        or "The authority is" not in text
    )


def test_completions_in_a_header_an_example_and_the_rules_are_understood(judge: Judge) -> None:
    text = CRITERIA[0].read_text(encoding="utf-8")
    item = case_texts(text, rules=True)[0]
    sentences = features.completions(judge, text, item.start, rules=True)
    made = text[: item.start] + "The authority is a landl" + text[item.start :]
    cursor = item.start + len("The authority is a landl")
    offered = features.completions(judge, made[:cursor] + "\n" + made[cursor:], cursor, rules=True)
    assert offered[0].insert == "The authority is a landlord."
    assert offered[0].start == item.start
    assert isinstance(sentences, list)
    rules = f"{text}\nmeets(x) :- comp"
    atoms = features.completions(judge, rules, len(rules), rules=True)
    assert "compliance_harms" in {atom.predicate for atom in atoms}
    for atom in atoms:
        parsed, wrong = parse_rules(f"x :- {atom.insert}.", "")
        assert (len(parsed), wrong) == (1, ())
    header = "%*\ni\n*%\n"
    assert 'id = ""' in {one.insert for one in features.completions(judge, header, 4, rules=True)}
    written = '%*\nid = "x"\ni\n*%\n'
    assert 'id = ""' not in {one.insert for one in features.completions(judge, written, 13, rules=True)}


def test_a_sentence_says_what_it_means_and_where_it_is_defined(judge: Judge) -> None:
    shown = features.hover(judge, CASE, 5, rules=False)
    assert "The authority is" in shown
    (place,) = features.definitions(judge, features.name_at(judge, CASE, 5, rules=False))
    line = place.path.read_text(encoding="utf-8").split("\n")[place.line]
    assert line[place.character : place.character + place.length] == "authority"
    assert features.hover(judge, "Nonsense.", 3, rules=False) == ""
    criterion = next(iter(judge.base.criteria))
    (defined,) = features.definitions(judge, criterion)
    assert defined.path.name == f"{criterion}.lp"


def test_a_name_that_rules_derive_is_renamed_everywhere_and_the_base_says_the_same(copy: Path) -> None:
    judge = Judge(KnowledgeBase.load(copy))
    names = {head.atom.name for _, rules in judge.base.rules for rule in rules for head in rule.heads}
    for name in sorted(names):
        try:
            places = features.renames(judge, name, "quite_another_name")
        except ValueError:
            continue
        if len({place.path for place in places}) > 1:
            break
    else:
        pytest.fail("no name to rename")
    for path in {place.path for place in places}:
        text = path.read_text(encoding="utf-8")
        spots = {offset_of(text, place.line, place.character) for place in places if place.path == path}
        for start in sorted(spots, reverse=True):
            assert text[start : start + len(name)] == name
            text = text[:start] + "quite_another_name" + text[start + len(name) :]
        path.write_text(text, encoding="utf-8")
    renamed = Judge(KnowledgeBase.load(copy))
    for criterion in list(judge.base.criteria.values())[:20]:
        for example in criterion.examples[:1]:
            assert renamed.decide(example.text) == judge.decide(example.text)


@pytest.mark.parametrize("new", ["Upper", "not", "a b", "", "authority", "meets", "compliance_harms"])
def test_a_name_that_cannot_be_given_is_refused(new: str, judge: Judge) -> None:
    names = {head.atom.name for _, rules in judge.base.rules for rule in rules for head in rule.heads}
    with pytest.raises(ValueError, match="`"):
        features.renames(judge, sorted(names)[0], new)
    with pytest.raises(ValueError, match="is not a name that only rules"):
        features.renames(judge, "authority", "another_name")


def test_the_nearest_sentence_takes_the_place_of_one_that_is_not_understood(judge: Judge) -> None:
    (told,) = features.problems(judge, CASE, rules=False)
    first, *_ = features.nearest(judge, CASE, told.span, rules=False)
    changed = CASE[: first.start] + first.insert + CASE[first.end :]
    assert changed.split("\n")[1] == "The authority is a bank."
    assert features.problems(judge, changed, rules=False) == []


@pytest.mark.parametrize("text", ["", "a", "a\nb", "a\r\nb\rc\n", "\n\n"])
def test_places_and_characters_fit(text: str) -> None:
    assert len(line_starts(text)) == len(re.split(r"\r\n|\r|\n", text))
    for offset in range(len(text) + 1):
        assert offset_of(text, *place_of(text, offset)) == offset


def test_a_file_belongs_to_the_nearest_base_above_it(copy: Path, tmp_path: Path) -> None:
    assert judge_of(copy / "criteria" / "x.lp").base.root == copy
    assert judge_of(tmp_path / "case.legit") is cached_judge()
    (copy / "base.toml").write_text("broken", encoding="utf-8")
    assert judge_of(copy / "criteria" / "x.lp") is judge_of(None) is cached_judge()


def test_a_base_is_judged_as_its_files_are_now_and_read_once_for_them(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = copy / "vocabulary" / "harms.toml"
    known = judge_of(file)
    assert judge_of(copy / "criteria" / "x.lp") is known
    changed = next(path for path in sorted((copy / "criteria").rglob("*.lp")))
    text = changed.read_text(encoding="utf-8")
    title = re.search(r'(?m)^title = "(.*)"', text)
    assert title
    changed.write_text(text.replace(title[0], 'title = "Quite another title"'), encoding="utf-8")
    assert judge_of(file).base.criteria[changed.stem].title == "Quite another title"
    assert known.base.criteria[changed.stem].title == title[1]
    changed.write_text("broken", encoding="utf-8")
    loads: list[Path] = []
    load = KnowledgeBase.load
    monkeypatch.setattr(KnowledgeBase, "load", lambda root, *more: (loads.append(root), load(root, *more))[1])
    for _ in range(3):
        assert judge_of(file) is cached_judge()
    assert loads == [copy]
    changed.write_text(text, encoding="utf-8")
    assert judge_of(file).base.digest == known.base.digest


def test_a_name_of_a_base_that_is_extended_is_not_renamed_from_the_extension() -> None:
    for name, folder in shipped_packs().items():
        judge = judge_of(folder / "criteria" / "x.lp")
        base = judge.base
        derived = [(file.path, head.atom.name) for file, rules in base.rules for rule in rules for head in rule.heads]
        own = {item for path, item in derived if base.layers[-1].owns_path(path)}
        renamed = set()
        for item in sorted({item for _, item in derived}):
            try:
                places = features.renames(judge, item, "quite_another_name")
            except ValueError:
                continue
            renamed.add(item)
            assert {place.path.is_relative_to(folder) for place in places} == {True}, (name, item)
        assert renamed <= own
        with pytest.raises(ValueError, match=f"stands in a base that `{base.layers[-1].display_name}` extends"):
            features.renames(judge, "adverse_treatment", "quite_another_name")
