"""`pytest --legit-kb=DIR` in a folder of its own, for a base that is whole and for one that is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from legit.assurance.scaffold import new_base
from tests.conftest import ROOT


def _pytest(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder).stdout


def test_examples_precedents_and_laws_are_tests_with_names(tmp_path: Path) -> None:
    said = _pytest(tmp_path, f"--legit-kb={ROOT / 'rules_kb'}", "--collect-only", "-q")
    for name in (
        "rules_kb::check",
        "rules_kb::singled_out example 1",
        "rules_kb::singled_out counterexample 2 (a single comparator is an anecdote)",
        "rules_kb::precedent ru001_handyside",
        "rules_kb::invariant order",
        "rules_kb::invariant cost severity",
    ):
        assert name in said.splitlines(), name


def test_a_failure_shows_the_case_the_answer_and_the_law(tmp_path: Path) -> None:
    folder = tmp_path / "my_kb"
    shutil.copytree(ROOT / "rules_kb", folder, ignore=shutil.ignore_patterns("__pycache__"))
    weighing = folder / "judgement" / "weighing.lp"
    text = weighing.read_text(encoding="utf-8")
    grave_cost_is_lost = text.replace("harm_grade(I,S,L,W).", "harm_grade(I,S,L,W), W < 3.", 1)
    weighing.write_text(grave_cost_is_lost, encoding="utf-8")
    criterion = folder / "criteria" / "exception" / "exempted.lp"
    text = criterion.read_text(encoding="utf-8")
    criterion.write_text(text.replace("holds_document(exemption)", "holds_document(permit)"), encoding="utf-8")
    said = _pytest(tmp_path, f"--legit-kb={folder}", "-k", "exempted or severity or opinions", "--legit-cases", "800")
    assert "expected that `exempted` applies" in said
    assert "The user holds a granted exemption." in said
    assert "Guidance" in said
    assert "the invariant `cost severity` does not hold: " in said
    assert "The more obeying costs, the less the rule can ask." in said
    assert "my_kb::invariant opinions" not in said.split("short test summary")[1]


def test_a_base_that_does_not_load_is_one_test_that_says_why(tmp_path: Path) -> None:
    said = _pytest(tmp_path, f"--legit-kb={tmp_path / 'nowhere'}")
    assert "K100: " in said
    assert "1 failed" in said


def test_an_invariant_that_is_declared_not_to_hold_is_an_expected_failure_until_it_holds(tmp_path: Path) -> None:
    folder = tmp_path / "my_kb"
    shutil.copytree(ROOT / "rules_kb", folder, ignore=shutil.ignore_patterns("__pycache__"))
    chosen = (f"--legit-kb={folder}", "-k", "invariant and (answering or evidence or grounds)", "-rx")
    said = _pytest(tmp_path, *chosen)
    assert "2 xfailed" in said
    assert "XFAIL my_kb::invariant answering - An answer may say more than what is assumed" in said
    invariants = folder / "invariants.toml"
    text = invariants.read_text(encoding="utf-8")
    broken = 'case = "Obeying costs nothing that matters."'
    assert broken in text
    invariants.write_text(text.replace(broken, 'case = "The authority is a bank."'), encoding="utf-8")
    said = _pytest(tmp_path, *chosen)
    assert "1 failed" in said
    assert "1 xfailed" in said
    assert "the invariant `answering` holds now of the case that broke it: take it off invariants.toml" in said


def test_of_an_extension_its_own_tests_are_collected_and_the_others_on_demand(tmp_path: Path) -> None:
    new_base("own", tmp_path / "own")
    own = _pytest(tmp_path, "--legit-kb=own", "--collect-only", "-q").splitlines()
    assert [line for line in own if line.startswith("own::")] == [
        "own::check",
        "own::no_way_out example 1",
        "own::no_way_out example 2",
        "own::no_way_out counterexample 1 (the user takes the benefit)",
        "own::no_way_out counterexample 2 (it is easy to leave)",
        "own::unread_language example 1",
        "own::unread_language example 2",
        "own::unread_language counterexample 1 (somebody explained it)",
        "own::unread_language counterexample 2 (the user reads it)",
        "own::question explaining_never_hurts",
        "own::invariant foreign language only",
    ]
    every = _pytest(tmp_path, "--legit-kb=own", "--legit-include-base", "--collect-only", "-q").splitlines()
    assert {line for line in own if "::" in line} < set(every)
    for name in ("retroactive example 1", "precedent ru001_handyside", "question one_verdict", "invariant order"):
        assert f"own::{name}" in every


def test_what_kb_new_writes_passes_and_what_is_broken_in_it_fails_with_the_case(tmp_path: Path) -> None:
    new_base("own", tmp_path / "own")
    file = tmp_path / "own" / "criteria" / "unread_language.lp"
    chosen = ("--legit-kb=own", "-k", "unread or explaining or foreign", "--legit-cases", "400")
    assert "6 passed" in _pytest(tmp_path, *chosen)
    text = file.read_text(encoding="utf-8")
    broken = text.replace("meets(unread_language) :- foreign", "meets(unread_language) :- rule_explained, foreign")
    file.write_text(
        broken.replace(
            "undercut(unread_language,explained) :- rule_explained",
            "undercut(unread_language,explained) :- not rule_explained",
        ),
        encoding="utf-8",
    )
    said = _pytest(tmp_path, *chosen)
    assert "expected that `unread_language` applies" in said
    assert "own::question explaining_never_hurts" in said
    assert "Whoever is told of a rule has no less reason to keep it." in said
    assert "Somebody explained the rule to the user." in said


def test_without_the_option_nothing_is_added(tmp_path: Path) -> None:
    assert "no tests ran" in _pytest(tmp_path)
