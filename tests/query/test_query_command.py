"""Limits of a query, and `legit kb query`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from legit._util.safe_csv import write_table
from legit.assurance.scaffold import new_base
from legit.cli import main
from legit.errors import QueryError
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.query.corpus import Corpus, case_files
from legit.query.evaluator import QueryEvaluator
from legit.query.lexicon import query_lexicon
from legit.query.matching import MAX_BINDINGS
from legit.query.query_ast import All, DecisionAtom, Not, Query, Variable
from tests.query.conftest import problem, rows


def test_one_case_does_not_fill_blanks_without_end(asker: QueryEvaluator, judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "many.legit"
    path.write_text("\n".join(f'The rule forbids "{number}".' for number in range(120)), encoding="utf-8")
    corpus = Corpus(judge, (path,))
    text = "The rule forbids <text A>. The rule forbids <text B>."
    assert MAX_BINDINGS < 120 * 120
    assert problem(asker, corpus, text).code == "Q203"


def test_the_tree_of_a_question(asker: QueryEvaluator, files: Corpus) -> None:
    assert asker.parse_query("how many defeated cases, by family and by authority", files) == Query(
        DecisionAtom("verdict", ("defeated",)), True, ("family", "said authority")
    )
    assert asker.parse_query("how many cases by verdict, family and authority", files) == Query(
        All(()), True, ("verdict", "family", "said authority")
    )
    assert asker.parse_query("do not rest on a document", files).condition == Not(
        DecisionAtom("needs_source", ("document",))
    )
    (variable,) = asker.parse_query("rests on what alone", files).listed_variables
    assert variable == Variable("blank 1", "listed", "speaker")


def test_csv_holds_no_formula() -> None:
    written = io.StringIO()
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "a=b", -1, "-", "\uff1d1"]
    write_table([str(at) for at, _ in enumerate(cells)], [{str(at): cell for at, cell in enumerate(cells)}], written)
    assert list(csv.reader(io.StringIO(written.getvalue())))[1] == [
        "'=1+1", "'+1", "'-1", "'@x", "'\tx", "a=b", "-1", "'-", "'\uff1d1",
    ]  # fmt: skip


def test_the_command_prints_tables(
    files: Corpus, log: Corpus, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    evil = tmp_path / "evil.legit"
    evil.write_text('The rule forbids "=HYPERLINK(1)\x1b[31m".', encoding="utf-8")
    ask = ["kb", "query", "The rule forbids what?", "--cases", str(evil), "--format"]
    assert main([*ask, "text"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[-1] == "=HYPERLINK(1)\\x1b[31m"
    assert main([*ask, "csv"]) == 0
    printed = capsys.readouterr()
    assert ",'=HYPERLINK(1)" in printed.out
    assert "understood as" not in printed.out
    assert printed.err == "understood as: cases in which the rule forbids <text>\n"
    assert main([*ask, "json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)[0]["text"] == "=HYPERLINK(1)\x1b[31m"
    assert "\x1b" not in said
    folder = str(files.paths[0].parent)
    assert main(["kb", "query", "which cases stand", "--cases", folder]) == 0
    assert capsys.readouterr().out == "understood as: cases in which the rule stands\nno case\n"
    assert main(["kb", "query", "which", "cases", "smell", "--cases", folder]) == 1
    assert "Q102" in capsys.readouterr().err
    assert main(["kb", "query", "--cases", folder]) == 2
    assert main(["kb", "query", "which cases", "--cases", str(tmp_path / "nothing")]) == 2
    assert "Q301" in capsys.readouterr().err
    assert main(["kb", "query", "--forms"]) == 0
    said = capsys.readouterr().out
    assert all(form in said for form in query_lexicon().forms)


def test_files_that_cannot_be_read(judge: Judge, asker: QueryEvaluator, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(QueryError, match="Q301"):
        case_files([tmp_path / "empty"])
    with pytest.raises(QueryError, match="Q301"):
        rows(asker, Corpus(judge, (Path("/dev/zero"),)), "which cases")
    (tmp_path / "latin.legit").write_bytes(b"\xff\xfe")
    assert problem(asker, Corpus(judge, case_files([tmp_path])), "which cases").code == "Q301"


def test_a_question_behind_the_cases_is_no_path(files: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [word for path in files.paths for word in ("--cases", str(path))]
    assert main(["kb", "query", *paths, "how many rules by a landlord"]) == 0
    assert capsys.readouterr().out.endswith("\ncases\n2\n")


def test_a_base_that_extends_brings_its_words_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new_base("automation_kb", tmp_path / "kb")
    base = KnowledgeBase.load(tmp_path / "kb")
    criterion = next(item for item in base.criteria.values() if base.owns_path(item.path))
    case = tmp_path / "one.legit"
    case.write_text(criterion.examples[0].text, encoding="utf-8")
    ask = ["kb", "query", f"{criterion.title} applies", "--cases", str(case)]
    assert main([*ask, "--kb", str(tmp_path / "kb")]) == 0
    assert "one.legit" in capsys.readouterr().out
    assert main(ask) == 1
