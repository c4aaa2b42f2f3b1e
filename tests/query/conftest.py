"""Cases, a log and an evaluator for the tests of queries."""

from __future__ import annotations

import pytest

from legit.decision_log import DecisionLog, LogReader
from legit.errors import Problem, QueryError
from legit.judge import Judge
from legit.query.corpus import Corpus, case_files
from legit.query.evaluator import QueryEvaluator, cached_evaluator
from tests.conftest import ROOT

CASES = {
    "tenant": """The authority is a landlord. The user is a tenant.
The rule reaches into the inside of the home. [document "lease"]
Obeying does grave harm to the health of the user. Obeying does minor harm to the money of a child.
Breaking the rule does minor harm to the money of a child.
The user was checked 3 times.
It is unknown whether the user tried no official channel.""",
    "guest": """The authority is a landlord. The authority is not a bank.
The rule does not reach into the inside of the home.
The rule reaches into a shared resource.
Breaking the rule harms nobody.
The rule is 12 years old.""",
    "stamp": (ROOT / "examples/01_stamp_that_nobody_can_give.legit").read_text(encoding="utf-8"),
}


@pytest.fixture(scope="module")
def asker(judge: Judge) -> QueryEvaluator:
    return cached_evaluator(judge)


@pytest.fixture(scope="module")
def files(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("cases")
    for name, text in CASES.items():
        (folder / f"{name}.legit").write_text(text, encoding="utf-8")
    return Corpus(judge, case_files([folder]))


@pytest.fixture(scope="module")
def log(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    path = tmp_path_factory.mktemp("log") / "decisions.log"
    with DecisionLog(path) as opened:
        for text in CASES.values():
            opened.assess(text, judge=judge)
        opened.override(4, action="decline", by="the desk", why="so decided")
    return Corpus(judge, log=LogReader(path))


def rows(asker: QueryEvaluator, corpus: Corpus, text: str) -> list[dict[str, str | int]]:
    return list(asker.evaluate(asker.parse_query(text, corpus), corpus).rows)


def names(asker: QueryEvaluator, corpus: Corpus, text: str) -> list[str]:
    return [str(row["case"]).removesuffix(".legit") for row in rows(asker, corpus, text)]


def problem(asker: QueryEvaluator, corpus: Corpus, text: str) -> Problem:
    with pytest.raises(QueryError) as caught:
        rows(asker, corpus, text)
    return caught.value.problems[0]
