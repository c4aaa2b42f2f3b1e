"""Comparing two bases: what changed in words, cases with different answers, and the impact on a folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from legit.assurance import revision
from legit.assurance.case_search import CaseSearch
from legit.assurance.case_space import CaseSpace
from legit.assurance.impact import CaseDelta, Divergences, Impact, find_divergences, impact, iter_case_texts
from legit.assurance.revision import base_at_revision
from legit.assurance.text_diff import diff_bases
from legit.catalogue.precedents import load_precedents
from legit.cli import main
from legit.cli.kb.diff import _print_divergences
from legit.decision_log import DecisionLog
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.errors import KnowledgeBaseError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase

RULE = "meets(dead_letter) :- rarely_enforced, pressured_by_authority.\n"
CASE = "The authority is a club.\nThe rule is hardly ever enforced.\nThe user was penalised.\nObeying costs nothing that matters.\nBreaking the rule harms nobody.\nThe user tried no official channel.\n"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, judge: Judge) -> Judge:
    """The shipped base without one rule, with one weight changed and one sentence more."""
    copy = tmp_path_factory.mktemp("changed") / "base"
    shutil.copytree(judge.base.root, copy)
    for name, old, new in (
        ("criteria/application/dead_letter.lp", f"% @sources FD-14, FD-23\n{RULE}", ""),
        ("profiles/default.toml", "voting = 2", "voting = 3"),
        ("vocabulary/request.toml", "[method_irreversible]", '[urgent]\naffirm = "It is urgent."\ndeny = "It is not urgent."\nask = "Is it urgent?"\n\n[method_irreversible]'),
    ):  # fmt: skip
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
    return Judge(KnowledgeBase.load(copy))


def test_what_changed_in_words(judge: Judge, changed: Judge) -> None:
    found = {(item.kind, item.id): item for item in diff_bases(judge.base, changed.base)}
    assert set(found) == {("criterion", "dead_letter"), ("weights", "abstract_weight"), ("sentence", "urgent")}
    assert found["criterion", "dead_letter"].lines == (
        "sources: no longer `FD-23`",
        f"rules: no longer `{RULE.strip()}`",
    )
    assert found["weights", "abstract_weight"].lines == ("values: no longer `voting = 2`", "values: new `voting = 3`")
    assert found["sentence", "urgent"].status == "added"
    back = {item.id: item.status for item in diff_bases(changed.base, judge.base)}
    assert back["urgent"] == "removed"


def test_a_base_does_not_differ_from_itself(judge: Judge) -> None:
    assert diff_bases(judge.base, judge.base) == []
    found = find_divergences(judge, judge, Bounds(), 300.0)
    assert found.divergences == ()
    assert (found.only_old, found.only_new) == ("0", "0")


def test_witnesses_of_a_change_are_judged_otherwise(
    judge: Judge, changed: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A witness of each shift of the guidance takes most of the time, and is made in the same way.
    every, sought = CaseSearch.reachable_instances, {"verdict,defeated,stands", "not_applies,dead_letter"}

    def some(self: CaseSearch, instances: Iterable[str], deadline: float) -> set[str]:
        return set(every(self, sought.intersection(instances), deadline))

    monkeypatch.setattr(CaseSearch, "reachable_instances", some)
    found = {shift.summary: shift.case for shift in find_divergences(judge, changed, Bounds(), 300.0).divergences}
    assert "`dead_letter` no longer applies" in found
    witness = found["a verdict turns from defeated to stands"]
    assert witness is not None
    assert witness.replayed
    before, after = judge.parse_cases(witness.text)
    assert before.facts == after.facts
    assert (judge.decide(before).verdict, changed.decide(after).verdict) == ("defeated", "stands")


def test_the_cases_that_only_one_base_can_state_are_counted(judge: Judge, changed: Judge) -> None:
    old, new = (CaseSpace(item.base, Program(item.base, Bounds())) for item in (judge, changed))
    common = set(old.symbols.values())
    assert set(new.symbols.values()) - common == {"urgent"}
    assert new.count == 2 * old.count, "each case of OLD, with and without the new sentence"
    assert old.count_within(common) == new.count_within(common) == old.count


def test_the_command_says_that_new_sentences_are_not_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = Divergences(divergences=(), case_count="12", only_old="0", only_new="more than 10^9", seconds=0.1)
    _print_divergences(found)
    assert capsys.readouterr().out == (
        "\nNo case that both can state has a different answer (all of them were searched: 12, 0.1 s).\n"
        "Only NEW can state more than 10^9 further cases. They have no second answer and were not compared.\n"
    )


def test_impact_on_a_folder(judge: Judge, changed: Judge, tmp_path: Path) -> None:
    (tmp_path / "a.legit").write_text(CASE, encoding="utf-8")
    (tmp_path / "b.legit").write_text(CASE.replace("hardly ever enforced", "old"), encoding="utf-8")
    (tmp_path / "c.legit").write_text("The authority is a club.\n", encoding="utf-8")
    found = impact(judge, changed, iter_case_texts(tmp_path))
    assert found.total == 2
    assert [line.partition(":")[0] for line in found.unreadable] == ["b.legit"]
    (moved,) = found.deltas
    assert (moved.file, moved.verdict, moved.findings) == (
        "a.legit", ("defeated", "stands"), ("dead_letter: defeats the rule -> does not apply",),
    )  # fmt: skip
    assert found.verdict_transitions == {"defeated -> stands": 1, "undetermined -> undetermined": 1}


def test_revisions_of_a_repository(tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "repository"
    shutil.copytree(judge.base.root, repository / "rules_kb")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", str(repository)]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    # Whoever made the repository may have given it settings that run programs.
    ran = tmp_path / "ran"
    (repository / ".git" / "info" / "attributes").write_text("* filter=x export-subst\n", encoding="utf-8")
    for key in ("filter.x.smudge", "filter.x.clean", "core.fsmonitor"):
        subprocess.run([*git, "config", key, f"touch {ran}; cat"], check=True)
    monkeypatch.chdir(repository)
    with base_at_revision("HEAD") as folder:
        assert KnowledgeBase.load(folder).digest == judge.base.digest
    monkeypatch.chdir(repository / "rules_kb")
    with base_at_revision("HEAD") as folder:
        assert KnowledgeBase.load(folder).digest == judge.base.digest
    for name in ("no-such-revision", "--output=x", ""):
        with pytest.raises(KnowledgeBaseError, match="K100"), base_at_revision(name):
            pass
    assert not (repository / "x").exists()
    assert not ran.exists()


@pytest.mark.parametrize("old_git", [False, True])
def test_nothing_is_fetched_for_a_revision(
    old_git: bool, tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is missing would be fetched by the helper that the repository names, which is a program."""
    repository = tmp_path / "repository"
    (repository / "rules_kb").mkdir(parents=True)
    shutil.copy(judge.base.root / "base.toml", repository / "rules_kb")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", str(repository)]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)
    blob = subprocess.run([*git, "rev-parse", "HEAD:rules_kb/base.toml"], check=True, capture_output=True, text=True)
    ran = tmp_path / "ran"
    for key, value in (
        ("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "far"), ("remote.far.promisor", "true"),
        ("remote.far.url", f"ext::touch {ran}"), ("protocol.ext.allow", "always"), ("protocol.allow", "always"),
    ):  # fmt: skip
        subprocess.run([*git, "config", key, value], check=True)
    identity = blob.stdout.strip()
    (repository / ".git" / "objects" / identity[:2] / identity[2:]).unlink()
    subprocess.run([*git, "cat-file", "-p", identity], check=False, capture_output=True)
    assert ran.exists()
    ran.unlink()
    if old_git:  # versions before 2.39.4 do not know this variable
        monkeypatch.delitem(revision._ENVIRONMENT, "GIT_NO_LAZY_FETCH")
    monkeypatch.chdir(repository)
    with pytest.raises(KnowledgeBaseError, match="K100"), base_at_revision("HEAD"):
        pass
    assert not ran.exists()


def test_what_moves_is_counted_by_the_weightiest_difference() -> None:
    same = {"file": "a", "case": "b", "guidance": ("help", "help"), "harm": ("none", "none"), "findings": ()}
    moved = [
        CaseDelta(**{**same, "verdict": ("defeated", "stands"), "guidance": ("help", "explain")}),
        CaseDelta(**{**same, "verdict": ("defeated", "defeated"), "harm": ("none", "stop")}),
        *[CaseDelta(**{**same, "verdict": ("defeated", "defeated"), "findings": ("x",)})] * 2,
    ]
    assert [item.kind for item in moved] == ["verdict", "guidance", "findings", "findings"]
    assert Impact(total=9, deltas=tuple(moved), unreadable=(), verdict_transitions={}).summary() == (
        "1 with another verdict, 1 with the same verdict and other guidance or method harm, 2 with other findings only"
    )


def test_precedents_are_cases_of_a_folder(judge: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = dict(iter_case_texts(judge.base.root / "precedents"))
    known = load_precedents(judge.base.layers)
    assert sorted(texts.values()) == sorted(item.facts for item in known)
    assert all(name.endswith(".toml") and item for name, _, item in (text.partition(": ") for text in texts))
    root = str(judge.base.root)
    command = ["kb", "diff", root, root, "--text-only", "--cases", str(tmp_path)]
    assert main(command) == 2
    assert "no case in" in capsys.readouterr().err
    (tmp_path / "one.toml").write_text('[a]\ntitle = "no facts"\n', encoding="utf-8")
    assert main(command) == 3
    assert "K201" in capsys.readouterr().err
    (tmp_path / "one.toml").unlink()
    (tmp_path / "latin.legit").write_bytes(b"\xff")
    assert main(command) == 3
    assert "K101" in capsys.readouterr().err


def test_the_command(changed: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.legit").write_text(CASE, encoding="utf-8")
    root = str(changed.base.root)
    assert main(["kb", "diff", str(KnowledgeBase.load().root), root, "--text-only", "--cases", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "changed criterion dead_letter" in out
    assert (
        "Impact: 1 of 1 cases change: 1 with another verdict, "
        "0 with the same verdict and other guidance or method harm, 0 with other findings only\n"
        "       1  defeated -> stands\n"
    ) in out
    assert main(["kb", "diff", root, root, "--text-only", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"changes": [], "search": None, "impact": None, "log": None}
    assert main(["kb", "diff", "nowhere-at-all", "--text-only"]) == 2
    assert main(["kb", "diff", root, "--cases", "nowhere-at-all"]) == 2


def test_impact_on_the_decisions_of_a_log(
    judge: Judge, changed: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, old, new = tmp_path / "log", str(judge.base.root), str(changed.base.root)
    with DecisionLog(log) as writer:
        writer.assess_many([CASE, "The authority is a club.\n", f'{CASE}The rule requires "a stamp".\n'], judge=judge)
        writer.assess_many(["It is urgent.\nThe authority is a club.\n", CASE], judge=changed)
    command = ["kb", "diff", old, new, "--text-only", "--log", str(log)]
    assert main(command) == 0
    assert capsys.readouterr().out.partition("\n\n")[2] == (
        "Of 4 decisions of the log, 3 change: 3 with another verdict, "
        "0 with the same verdict and other guidance or method harm, 0 with other findings only\n"
        "       3  defeated -> stands\n"
        "       1  undetermined, as before\n"
        "  3 decisions: 2, 4, 7\n"
        "      verdict: defeated -> stands\n"
        "      dead_letter: defeats the rule -> does not apply\n"
        "  2 were decided by another base or profile than OLD: the decisions of OLD and NEW on them are compared\n"
        "  1 not understood by both: 6: `It is urgent.` is not a sentence that is understood\n"
    )
    assert main([*command, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)["log"]
    assert (data["total"], [item["file"] for item in data["deltas"]]) == (4, ["2", "4", "7"])
    assert data["verdict_transitions"] == {"defeated -> stands": 3, "undetermined -> undetermined": 1}
    assert data["by_another_base"] == ["6", "7"]
    with DecisionLog(log) as writer:
        writer.assess_many([CASE] * 30, judge=judge)
    assert main(command) == 0
    assert "  33 decisions: 2, 4, 7, 8, " in (out := capsys.readouterr().out)
    assert " and 13 more (--format json lists them)\n" in out
    assert main([*command[:-1], str(tmp_path / "none")]) == 1
    assert "R101" in capsys.readouterr().err
