"""What an auditor asks of a base: pages in plain words, lists, search, the bibliography, notes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from legit.assurance.examples import run_criterion_cases
from legit.assurance.lint import lint_warnings
from legit.catalogue.citations import bibliography
from legit.catalogue.entries import Entries
from legit.catalogue.entry import Entry
from legit.catalogue.entry_text import entry_text
from legit.catalogue.precedents import load_precedents
from legit.catalogue.rule_verbalizer import RuleVerbalizer
from legit.catalogue.search import Search, _stemmer, word_stem
from legit.cli import main
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from tests.conftest import Capture, edit


@pytest.fixture(scope="module")
def entries(judge: Judge) -> Entries:
    return Entries(judge.base)


@pytest.fixture(scope="module")
def search(entries: Entries) -> Search:
    return Search(entries.all)


def find_entry(entries: Entries, name: str, kind: str) -> Entry:
    (found,) = [entry for entry in entries.lookup(name) if entry.kind == kind]
    return found


def test_who_issued_a_source_when_and_where_it_is_printed_have_headings_of_their_own(entries: Entries) -> None:
    treaty = find_entry(entries, "iccpr", "source").details
    assert treaty["year"] == ("1966",)
    assert "issued_by" not in treaty
    decision = find_entry(entries, "shelley_v_kraemer", "source").details
    assert (decision["issued_by"], decision["year"]) == (("US Supreme Court",), ("1948",))
    assert decision["citation"] == ("334 U.S. 1 (1948)",)


def test_the_page_of_a_judgement_file_has_its_phrases_rules_and_number_of_examples(
    entries: Entries, judge: Judge
) -> None:
    for name, file in judge.base.judgement_files.items():
        details = find_entry(entries, name, "judgement_rules").details
        assert len(details.get("phrases", ())) == len(file.phrases)
        assert details["example_count"] == (str(len(file.examples)),)
    guidance = find_entry(entries, "guidance", "judgement_rules").details
    assert "help: Help. The rule is no reason to refuse." in guidance["phrases"]
    assert "«guidance: defeated, decline», where «stance: enforce»" in guidance["definitions"]
    assert "«guidance: undetermined, ask», where «stance: assess»" in guidance["definitions"], "no value of a type"
    weighing = find_entry(entries, "weighing", "judgement_rules").details
    assert "authority_loss_counts: what the authority loses counts" in weighing["defined_concepts"]
    assert "what the authority loses counts: the user agreed to the rule freely" in weighing["rules"]


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("a complaint to the body above the official, or the regular fee with a receipt", "consultation"),
        ("point to the lawful route", "guidance"),
    ],
)
def test_a_phrase_is_found_by_its_words(search: Search, words: str, file: str) -> None:
    assert file in [match.entry.id for match in search.find(words)]


def test_everything_in_the_base_has_a_page(entries: Entries, judge: Judge) -> None:
    base = judge.base
    ids = {(entry.kind, entry.id) for entry in entries.all}
    assert {("criterion", name) for name in base.criteria} <= ids
    assert {("right", name) for name in base.bibliography.rights} <= ids
    assert {("source", name) for name in base.bibliography.sources} <= ids
    assert {("doctrine", name) for name in base.bibliography.doctrines} <= ids
    assert {("limitation_clause", name) for name in base.bibliography.limitation_clauses} <= ids
    assert {("sentence", name) for name in base.vocabulary.predicates} <= ids
    assert {("authority", name) for name in base.vocabulary.values("authority_kind")} <= ids
    assert {("family", name) for name in base.manifest.families} <= ids
    assert {("weights", name) for name in base.profile.tables} <= ids
    assert len([entry for entry in entries.all if entry.kind == "precedent"]) >= 90
    assert all(entry_text(entry).strip() for entry in entries.all)


def test_no_page_shows_a_rule_or_a_name_that_it_does_not_explain(entries: Entries, judge: Judge) -> None:
    """Ids appear only where they are looked up: in the title line, and before a colon that says what they mean."""
    names = {name for name in judge.base.vocabulary.predicates if "_" in name}
    names |= {key[0] for key in RuleVerbalizer(judge.base).rules_by_head if "_" in key[0]}
    for entry in entries.all:
        if entry.kind not in ("criterion", "derived_concept"):
            continue
        for heading, texts in entry.details.items():
            for text in texts:
                if "machine's notation" in text:
                    continue
                assert ":-" not in text
                said = re.sub(r"^\w+: ", "", re.sub(r"^(criterion|judgement rules) ", "", text))
                assert not names & set(re.findall(r"\w+", said)), (entry.id, heading, text)


def test_a_page_of_a_criterion_says_its_rules_in_words(entries: Entries) -> None:
    found = find_entry(entries, "temporal_urgency", "criterion")
    assert found.details["met_when"] == (
        "what obeying costs is substantial or more; the harm of obeying comes within <time T>; T is at most 1 week;"
        " no other way is open in time",
    )
    assert found.details["undercut_when"][1] == "the user wants gain, ease or fun, no more"
    found = find_entry(entries, "dead_letter", "criterion")
    assert (
        "the rule went unenforced for <years Y>; Y is more than 4 years; much is threatened for a breach"
        in (found.details["met_when"])
    )
    found = find_entry(entries, "absurd_or_arbitrary", "criterion")
    assert (
        "the rule allows what does the same harm; not: the user plans the very wrong that the rule targets"
        in (found.details["met_when"])
    )


def test_an_idea_without_words_is_explained_by_its_rules(entries: Entries) -> None:
    found = find_entry(entries, "singled_out", "criterion")
    assert any("«adverse treatment»" in text for text in found.details["met_when"])
    assert "«adverse treatment», where the authority has acted against the user" in found.details["definitions"]


def test_every_mark_on_a_page_is_explained_on_it(entries: Entries) -> None:
    for entry in entries.all:
        text = "\n".join(line for lines in entry.details.values() for line in lines)
        explained = "\n".join(entry.details.get("definitions", ()))
        for name in re.findall(r"«([\w ]+)[:»]", text):
            assert f"«{name}" in explained, (entry.id, name)


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("landlord", "authority", "landlord"),
        ("the landlord", "authority", "landlord"),
        ("R13", "right", "R13"),
        ("the right to life", "right", "R01"),
        ("iccpr", "source", "iccpr"),
        ("iccpr 14(1)", "source", "iccpr"),
        ("ICCPR 14(1)", "source", "iccpr"),
        ("Brown v. Board of Education (I)", "precedent", "rc002_brown"),
        ("347 U.S. 483 (1954)", "precedent", "rc002_brown"),
        ("remedy_failed", "derived_concept", "remedy_failed"),
        ("application_defeat", "family", "application_defeat"),
        ("FD-03", "doctrine", "FD-03"),
    ],
)
def test_things_are_found_by_id_or_name(entries: Entries, name: str, kind: str, found: str) -> None:
    assert find_entry(entries, name, kind).id == found


def test_words_that_decide_have_pages(entries: Entries) -> None:
    heavy = entry_text(find_entry(entries, "heavy", "threshold"))
    assert (
        "heavy is serious harm to the body, liberty or subsistence, or grave harm to a good of civic life"
        in " ".join(heavy.split())
    )
    assert "Weight in this profile: how much it takes to be heavy: 4" in heavy
    assert "jurisdictional: it defeats the rule unless what the rule protects is heavy" in heavy
    assert "criterion excessive_cost: Cost out of proportion" in heavy
    assert {entry.id for entry in entries.all if entry.kind == "threshold"} == {
        "slight", "noticeable", "substantial", "heavy", "extreme",
    }  # fmt: skip
    assert "absolute: nothing outweighs it" in entry_text(find_entry(entries, "absolute", "attribute"))
    for criterion in entries.criteria():
        weighed = criterion.details.get("standard_of_review", ("",))[0]
        if "substantial" in weighed:
            assert "how much it takes to be substantial: 3" in criterion.details["thresholds"]


def test_the_rules_of_an_idea_are_told_with_their_files(entries: Entries) -> None:
    ways = find_entry(entries, "undercut", "derived_concept").details["derivations"]
    assert len(set(ways)) == len(ways)
    assert (
        "the conduct goes on after fair notice (that is: the conduct goes on after fair notice of the rule) "
        '[criterion "Applied backwards"]' in ways
    )
    assert all("[" not in way for way in find_entry(entries, "cost_reaches", "derived_concept").details["derivations"])


def test_facts_counts_and_sums_are_said_in_words(entries: Entries) -> None:
    (meaning,) = find_entry(entries, "substantively_indefensible", "criterion").details["definitions"]
    assert meaning == "«oppressive purpose» holds of these: control, censorship"
    cost = find_entry(entries, "cost_reaches", "derived_concept").details["definitions"]
    assert "«cost at least: W minus 1», where «cost at least: <thing W>»; W is more than 1" in cost
    assert "«threshold» is given by the table `threshold` of the profile, which has a page of its own" in cost
    for entry in entries.all:
        for text in (text for texts in entry.details.values() for text in texts if "«" in text):
            assert not re.search(r"\w[-+*/]\d|[A-Z][*/+-][A-Z]|, where always", text), (entry.id, text)


def test_criteria_by_what_they_rest_on(entries: Entries, judge: Judge) -> None:
    assert [entry.id for entry in entries.criteria(source="FD-03")] == ["retroactive"]
    by_source = {entry.id for entry in entries.criteria(source="iccpr")}
    assert {entry.id for entry in entries.criteria(source="iccpr 14(1)")} < by_source
    assert "retroactive" in {entry.id for entry in entries.criteria(right="R13")}
    for entry in entries.criteria(unverified=True):
        assert not all(citation.verified for citation in judge.base.citations(entry.id))
    rest = {entry.id for entry in entries.criteria()} - {entry.id for entry in entries.criteria(unverified=True)}
    assert all(citation.verified for name in rest for citation in judge.base.citations(name))


# What a lawyer would type, and what must be among the first five.
QUERIES = [
    ("ultra vires", "AP-01"),
    ("retroactive punishment", "retroactive"),
    ("forged certificate", "harm_forgery"),
    ("fair trial", "R10"),
    ("proportionality of a penalty", "excessive_cost"),
    ("racial discrimination", "discrimination"),
    ("jurisdicton", "lacks_jurisdiction"),
    ("civil disobedience", "civil_disobedience"),
    ("conflict of interest", "AP-06"),
    ("margin of appreciation", "LT-14"),
    ("impossible to comply", "impossible_to_comply"),
    ("whistleblower", "whistleblowing"),
    ("selective enforcement", "selective_non_enforcement"),
    ("desuetude", "FD-14"),
    ("void for vagueness", "unpredictable"),
    ("bribery", "harm_bribery"),
    ("search without warrant", "required_warrant_missing"),
    ("torture", "R02"),
    ("Islamic headscarf", "ru004_leyla_sahin"),
    ("protection of children", "for_children"),
    ("change of terms without notice", "changed_without_notice"),
    ("conscientious objector", "conscientious_objection"),
    ("duress", "EX-02"),
    ("punished for the act of another", "FD-27"),
    ("kin", "FD-27"),
    ("guilt by association", "FD-27"),
]


@pytest.mark.parametrize(("words", "wanted"), QUERIES)
def test_a_lawyer_finds_it_among_the_first_five(search: Search, words: str, wanted: str) -> None:
    assert wanted in [match.entry.id for match in search.find(words, 5)]


def test_a_word_is_found_by_its_other_forms_where_the_stemmer_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry(kind="", id="x", title="Punished for an act", description="")]
    assert [len(Search(entries).find(word)) for word in ("punished", "punishing", "Punishes")] == [1, 1, 1]
    monkeypatch.setitem(sys.modules, "snowballstemmer", None)
    monkeypatch.setattr("legit.catalogue.search.word_stem", word_stem.__wrapped__)
    monkeypatch.setattr("legit.catalogue.search._stemmer", _stemmer.__wrapped__)
    assert [len(Search(entries).find(word)) for word in ("punished", "punishing")] == [1, 0]


def test_a_search_says_which_words_it_found(search: Search) -> None:
    assert search.find("torture zzzqqq", 1)[0].matched_words == ("torture",)
    assert search.find("the of and") == []
    assert search.find("zzzqqqxxx") == []


def test_the_bibliography_is_whole_and_says_what_was_never_seen(judge: Judge) -> None:
    places = {place.ref: place for place in bibliography(judge.base)}
    for criterion in judge.base.criteria:
        for citation in judge.base.citations(criterion):
            place = places[citation.ref]
            assert place.verified == citation.verified
            assert criterion in {use.id for use in place.cited_by}
    alexy = places["alexy_2002 Postscript"]
    assert not alexy.verified
    assert {(use.kind, use.via) for use in alexy.cited_by} >= {("criterion", "LT-05"), ("doctrine", "")}


def test_a_decided_case_counts_as_seen_where_its_source_does(judge: Judge) -> None:
    sources = {source.citation: source for source in judge.base.bibliography.sources.values() if source.kind == "case"}
    both = [(item, sources[item.citation]) for item in load_precedents(judge.base.layers) if item.citation in sources]
    assert len(both) > 20
    assert [item.id for item, source in both if item.verified and not source.verified] == []


def test_a_page_says_where_no_criterion_rests_on_it(entries: Entries, capsys: Capture) -> None:
    assert "  - no criterion\n" in entry_text(find_entry(entries, "AP-32", "doctrine"))
    assert "no criterion\n" not in entry_text(find_entry(entries, "R22", "right"))
    assert "no criterion\n" not in entry_text(find_entry(entries, "FD-03", "doctrine"))
    assert main(["kb", "list", "--source", "boddington"]) == 0
    assert capsys.readouterr().out.startswith("no criterion is found that rests on ")
    assert main(["kb", "list", "--source", "boddington", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_place_in_a_source_has_a_page(capsys: Capture) -> None:
    assert main(["kb", "show", "UN Charter 51"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("UN Charter 51  (un_charter 51, pinpoint)\n\nself-defence against armed attack\n")
    assert "  - doctrine EX-03: Self-defence and defence of others\n" in shown
    assert "  - criterion harm_weapons: Carrying a weapon (by EX-03)\n" in shown
    assert "UN Charter 2" not in shown
    assert main(["kb", "show", "iccpr 14(1)"]) == 0
    assert "criterion singled_out: Singled out" in capsys.readouterr().out


def test_what_is_unverified_is_explained_where_it_is_marked(entries: Entries) -> None:
    marked = entry_text(find_entry(entries, "shelley_v_kraemer", "source"))
    assert "Shelley v. Kraemer, 334 U.S. 1 (1948): " in marked
    assert "(unverified)" in marked
    assert "Note: citation from memory" in marked
    assert "unverified: nobody has checked the pinpoint" in marked
    assert "unverified" not in entry_text(find_entry(entries, "animal_defenders_v_uk", "source"))


def test_notes_name_what_no_rule_reads(judge: Judge, copy: Path) -> None:
    found = {re.findall(r"`(\w+)`", note.message)[0] for note in lint_warnings(judge.base) if note.code == "K701"}
    assert found == set()  # each sentence of the shipped base is read by some rule
    edit(
        copy / "criteria/exception/factual_uncertainty.lp",
        lambda text: text.replace("quick_to_find_out.", "rarely_enforced."),
    )
    found = {
        re.findall(r"`(\w+)`", note.message)[0]
        for note in lint_warnings(KnowledgeBase.load(copy))
        if note.code == "K701"
    }
    assert "quick_to_find_out" in found
    assert "rarely_enforced" not in found


def test_what_examples_say_of_the_verdict_is_said_for_the_default_profile() -> None:
    judge = cached_judge(None, "corroborated")
    criterion = judge.base.criteria["usurped_power"]
    verdicts = [
        (judge.assess(example.text).verdict, example.verdict) for example in criterion.examples if example.verdict
    ]
    assert any(found != stated for found, stated in verdicts)
    assert all(outcome.passed for outcome in run_criterion_cases(judge, criterion))


COMMANDS = [
    ["list"], ["list", "--family", "harm"], ["list", "--source", "iccpr"], ["list", "--right", "R13"],
    ["list", "--right", "life"], ["list", "--unverified"], ["show", "retroactive"], ["show", "security"],
    ["search", "fair", "hearing"], ["search", "zzzqqq"], ["citations"], ["citations", "--unverified"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_prints_text_and_json(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", *command]) == 0
    assert capsys.readouterr().out.strip()
    assert main(["kb", *command, "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert isinstance(json.loads(printed.out), list)


WRONG = [
    (["list", "--family", "harms"], "did you mean harm?"),
    (["list", "--source", "icpr"], "did you mean iccpr"),
    (["list", "--right", "the right to lif"], "did you mean the right to life"),
    (["list", "--right", "tortur"], "R02 (Freedom from torture"),
    (["show", "retroactiv"], "did you mean retroactive"),
    (["search", "fair", "--limit", "0"], "from 1"),
]


@pytest.mark.parametrize(("command", "says"), WRONG, ids=[" ".join(item[0]) for item in WRONG])
def test_what_is_not_there_gives_the_nearest(command: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", *command]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err


def test_a_right_names_the_interests_that_it_protects(entries: Entries) -> None:
    assert find_entry(entries, "R01", "right").details["interests"] == ("life",)


def test_a_verdict_has_a_page_that_says_what_it_means_and_which_rules_derive_it(entries: Entries) -> None:
    contested = find_entry(entries, "contested", "verdict")
    assert contested.description == "The considerations conflict, and no stated priority settles them."
    assert contested.details["derivations"] == (
        "what the rule protects weighs as much as this: <any criterion>; not: «verdict: defeated»",
    )
    assert any(text.startswith("tied: ") for text in contested.details["derived_concepts"])
    assert {entry.id for entry in entries.all if entry.kind == "verdict"} == {
        "stands", "defeated", "contested", "undetermined",
    }  # fmt: skip
