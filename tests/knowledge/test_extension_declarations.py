"""What an extension declares, pins and shows: undercuts, accepted regressions, folders, commands."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legit.assurance.examples import expected_cases, run_case
from legit.assurance.lint import check_base, lint_warnings
from legit.assurance.scaffold import new_base
from legit.assurance.text_diff import diff_bases
from legit.catalogue.entries import Entries
from legit.cli import main
from legit.decision_log.archive import pack_base, unpack_base
from legit.errors import KnowledgeBaseError, ScaffoldError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase, shipped_base
from tests.conftest import edit
from tests.knowledge.conftest import CRITERION, OWN, STANDS, UNREAD, load_all, put, refused, shared
from tests.knowledge.test_random_damage import DAMAGES

pytestmark = pytest.mark.usefixtures("no_worker")

UNDERCUT = '[undercuts.retroactive.explained_before]\ngloss = "somebody explained the rule before"\nwhy = "Who knew is not surprised."'
RULE = shared(rules="undercut(retroactive,explained_before) :- rule_explained.")
BACKWARDS = STANDS + "The rule is applied retroactively.\n"


def test_a_declared_undercut_counts_and_is_seen_everywhere(own: Path, judge: Judge) -> None:
    put(own, "base.toml", UNDERCUT)
    put(own, "judgement/x.lp", RULE)
    here = Judge(KnowledgeBase.load(own))
    text = BACKWARDS + "Somebody explained the rule to the user.\n"
    assert judge.assess(BACKWARDS).verdict == here.assess(BACKWARDS).verdict == "defeated"
    found = here.assess(text)
    assert found.verdict == "stands"
    (saved,) = found.undercut
    assert saved.criterion == "retroactive"
    assert "somebody explained the rule before (added by own)" in saved.model_dump_json()
    assert found.provenance.base_version == "0.1.0 (extends legit 0.1.0)"
    said = [str(note) for note in lint_warnings(here.base) if note.code == "K703"]
    assert said == [
        "own/base.toml: K703: `retroactive` is undercut here where somebody explained the rule before: Who knew is not surprised."
    ]
    (entry,) = Entries(here.base).lookup("own")
    assert entry.details["undercuts"][0].startswith("retroactive, where somebody explained")
    (entry,) = (entry for entry in Entries(here.base).lookup("retroactive") if entry.kind == "criterion")
    assert "somebody explained the rule before (added by own)" in str(entry.details["undercut_when"])
    (change,) = (change for change in diff_bases(judge.base, here.base) if change.id == "retroactive")
    assert change.lines == ("undercutters: new `explained_before: somebody explained the rule before (added by own)`",)


def test_a_declared_undercut_that_no_rule_derives_is_an_error_of_the_extension(own: Path) -> None:
    put(own, "base.toml", UNDERCUT)
    assert [(item.code, item.source) for item in check_base(own)] == [("K604", "own/base.toml")]


BROAD = """%*
id = "broad"
title = "Broad"
family = "application_defeat"
standard_of_review = "categorical"
statement = "x"
sources = ["FD-18"]
[[examples]]
text = "The purpose of the rule is child protection."
[[examples]]
text = "The purpose of the rule is child protection. The authority is a city."
[[counterexamples]]
text = "The authority is a city."
[[counterexamples]]
text = "The purpose of the rule is health."
*%
meets(broad) :- purpose(child_protection).
"""


def test_what_comes_out_otherwise_must_be_argued(own: Path, judge: Judge) -> None:
    put(own, "criteria/broad.lp", BROAD)
    turned = {re.findall(r"`([^`]+)`", item.message)[0]: str(item) for item in check_base(own) if item.code == "K606"}
    assert "verdict defeated instead of stands, as `broad` applies" in turned["ru001_handyside"]
    assert "rules_kb/precedents/upheld.toml" in turned["ru001_handyside"]
    assert "[accepted_regressions]" in turned["ru001_handyside"]
    assert all(name in {item.name for item in expected_cases(judge.base)} for name in turned)
    put(own, "base.toml", "\n".join(["[accepted_regressions]", *(f'"{name}" = "because"' for name in turned)]))
    assert check_base(own) == []
    said = [str(note) for note in lint_warnings(KnowledgeBase.load(own))]
    assert "own/base.toml: K703: `ru001_handyside` has a different result here: because" in said


def test_a_harm_of_its_own_has_its_own_phrase(own: Path) -> None:
    harm = BROAD.replace("application_defeat", "harm").replace(
        'standard_of_review = "categorical"', 'harm_level = "stop"'
    )
    put(own, "criteria/broad.lp", harm.replace("purpose(child_protection)", "foreign_language_only"))
    put(own, "judgement/x.lp", shared(keys='[phrases]\notherwise_broad = "another way"'))
    judge = Judge(KnowledgeBase.load(own))
    assert judge.base.phrases["otherwise_broad"] == "another way"
    found = judge.assess(UNREAD)
    assert (found.method_harm.level, [item.criterion for item in found.method_harm.reasons]) == ("stop", ["broad"])


def test_a_departure_that_is_none_is_an_error(own: Path) -> None:
    put(own, "base.toml", '[accepted_regressions]\nru001_handyside = "because"')
    assert [(item.code, item.source) for item in check_base(own)] == [("K606", "own/base.toml")]


# what is extended


@pytest.mark.parametrize(
    "extends", ['"legitt"', '"../nowhere"', '""', "7", '"/dev/null"', '"a\\u0000b"', '"."', '"../own"']
)
def test_a_base_that_cannot_be_extended_is_named(own: Path, extends: str) -> None:
    edit(own / "base.toml", lambda text: text.replace('extends = "legit"', f"extends = {extends}"))
    (problem,) = refused(own)
    assert (problem.code, problem.source) == ("K110", "own/base.toml")
    assert problem.nearest == (("legit",) if "legitt" in extends else ())


def test_two_bases_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        new_base(name, tmp_path / name)
        edit(tmp_path / name / "base.toml", lambda text, below=other: text.replace('"legit"', f'"../{below}"'))
    assert [problem.code for problem in refused(tmp_path / "one")] == ["K110"]


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    new_base("own", tmp_path / "rules_kb")
    put(tmp_path / "rules_kb", "criteria/x.lp", CRITERION)
    (problem,) = refused(tmp_path / "rules_kb")
    assert (problem.code, problem.source) == ("K210", "rules_kb/criteria/x.lp")
    assert "rules_kb (extended)/criteria/application/retroactive.lp" in problem.message


def test_the_digest_covers_both_parts(own: Path, copy: Path) -> None:
    first = KnowledgeBase.load(own).digest
    assert first != KnowledgeBase.load().digest
    edit(own / "base.toml", lambda text: text.replace('"legit"', '"../base"'))
    assert copy.parent == own.parent
    other = KnowledgeBase.load(own).digest
    edit(copy / "sources" / "doctrine.toml", lambda text: text + "\n# seen\n")
    assert len({first, other, KnowledgeBase.load(own).digest}) == 3


def test_a_pinned_base_is_the_same_base(own: Path, tmp_path: Path) -> None:
    loaded = KnowledgeBase.load(own)
    shutil.copytree(shipped_base(), own / "extended", ignore=shutil.ignore_patterns("__pycache__"))
    pinned = KnowledgeBase.load(own)
    assert pinned.digest == loaded.digest
    assert [part.root for part in pinned.layers] == [own / "extended", own]


def test_a_log_keeps_both_parts(own: Path, tmp_path: Path) -> None:
    base = KnowledgeBase.load(own)
    data = pack_base(base)
    assert data is not None
    kept = tmp_path / "kept"
    kept.mkdir()
    unpack_base(data, kept)
    again = KnowledgeBase.load(kept)
    assert again.digest == base.digest
    assert Judge(again).assess(UNREAD) == Judge(base).assess(UNREAD)


# damage

FILES = ["base.toml", "criteria/unread_language.lp", "invariants.toml", "properties/explaining_never_hurts.lp", "sources/cases.toml", "vocabulary/language.toml"]  # fmt: skip


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damaged") / "own"
    new_base("own", folder)
    return folder


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.sampled_from(DAMAGES), st.integers(0, 2**32))
def test_a_damaged_extension_gives_errors_with_a_code_and_a_file(
    victim: Path, file: str, damage: Callable[[str, random.Random], str], seed: int
) -> None:
    path = victim / file
    before = path.read_bytes()
    try:
        path.write_text(damage(before.decode(), random.Random(seed)), encoding="utf-8", newline="")
        load_all(victim)
    except KnowledgeBaseError as error:
        for problem in error.problems:
            assert re.fullmatch(r"K\d{3}", problem.code)
            assert problem.source, str(problem)
    finally:
        path.write_bytes(before)


# the commands, and `kb new`


def test_what_kb_new_writes_is_green(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "check", "--kb", str(own)]) == 0
    assert main(["kb", "test", "--kb", str(own), "--min-coverage", "100"]) == 0
    assert "8 passed, 0 failed" in capsys.readouterr().out
    assert main(["kb", "verify", "--kb", str(own)]) == 0
    assert "1 of 1 hold" in capsys.readouterr().out


def test_the_commands_show_both_parts_and_the_own_one_apart(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*command: str) -> str:
        assert main([*command, "--kb", str(own)]) == 0
        return capsys.readouterr().out

    assert [line.split()[0] for line in said("kb", "list", "--own").splitlines()] == sorted(OWN)
    assert "retroactive" in said("kb", "list")
    assert "File: own/criteria/unread_language.lp" in said("kb", "show", "unread_language")
    assert "File: rules_kb/criteria/application/retroactive.lp" in said("kb", "show", "retroactive")
    assert "A base that extends legit." in said("kb", "show", "own")
    assert "foreign_language_only" in said("kb", "search", "language", "not", "read")
    assert "Kamasinski" in said("kb", "citations", "--unverified")
    assert "foreign_language_only" in said("vocabulary")
    assert main(["kb", "diff", str(shipped_base()), str(own), "--text-only"]) == 0
    assert "unread_language" in capsys.readouterr().out
    assert main(["kb", "test", "--kb", str(own), "--include-base", "--only", "retroactive"]) == 0
    assert " passed, 0 failed" in capsys.readouterr().out


def test_a_site_holds_both_parts(own: Path, tmp_path: Path) -> None:
    assert main(["kb", "site", str(tmp_path / "site"), "--kb", str(own)]) == 0
    pages = {path.name for path in (tmp_path / "site").rglob("*.html")}
    assert {"unread_language.html", "retroactive.html", "kamasinski.html", "own.html"} <= pages


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("My KB", "did you mean: my_kb"),
        ("9", "begin with a letter"),
        ("", "begin with a letter"),
        ("../x", "did you mean: x"),
        ("a\nb", "did you mean: a_b"),
        ("legit", "is the name of the shipped base"),
    ],
)
def test_a_bad_name_is_refused(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match=re.escape(says)):
        new_base(name, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_nothing_is_overwritten(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    assert main(["kb", "new", "own", str(own)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before
    (tmp_path / "file").write_text("x")
    assert main(["kb", "new", "own", str(tmp_path / "file")]) == 2
    assert main(["kb", "new", "own", str(tmp_path / "file" / "below")]) == 2
    assert main(["kb", "new", "Own"]) == 2
    assert "did you mean: own" in capsys.readouterr().err


def test_the_criteria_of_the_template_load_as_they_stand(own: Path) -> None:
    for path in own.glob("criteria/*.lp"):
        assert "@" not in path.read_text(encoding="utf-8")
    assert "@" not in (own / "README.md").read_text(encoding="utf-8")
    assert run_case(Judge(KnowledgeBase.load(own)), next(expected_cases(KnowledgeBase.load(own), own_only=True))).passed
