"""The table of the predicates between rules and engine: nothing is outside it, and nothing in it is idle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from legit.engine.ground_rule import Bounds
from legit.engine.program_text import program_text
from legit.judge import Judge
from legit.knowledge.protocol import GIVEN, HEADS, PREDICATES, PROPERTY_PREDICATES, RESULTS, ProtocolPredicate
from legit.knowledge.protocol_docs import docs_table, with_tables
from legit.knowledge.rules.rule_ast import signature
from tests.conftest import ROOT

# What looks results up by the name of a predicate.
LOOK_UPS = {
    "result_mask", "result_masks", "result_arguments", "result_atoms", "result_atoms_of", "relevant_atoms",
    "ground_atoms", "evidence", "cautious", "brave", "GroundAtom", "_evidence_for", "_literals_of",
    "_first_by_caution_order",
}  # fmt: skip
PACKAGES = ("engine", "explain", "assurance", "consult", "testing/invariants", "testing/oracle")


def test_the_page_for_authors_shows_the_tables() -> None:
    page = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    assert all(docs_table(name) in page for name in ("heads", "data", "properties")), "run `make tables`"
    assert with_tables(page) == page, "run `make tables`"


def test_tables_are_written_between_their_marks_and_nowhere_else() -> None:
    page = "before\n<!-- protocol: data -->\nold\n<!-- end of protocol -->\nafter"
    assert with_tables(page) == (
        f"before\n<!-- protocol: data -->\n\n{docs_table('data')}\n\n<!-- end of protocol -->\nafter"
    )


def test_no_predicate_stands_there_twice() -> None:
    names = [item.name for item in (*HEADS, *GIVEN, *PROPERTY_PREDICATES)]
    assert len(names) == len(set(names))
    assert all(item.arguments for item in HEADS if item.name in RESULTS)


def test_python_looks_up_only_what_the_table_has() -> None:
    looked_up = dict(_looked_up())
    assert len(set(looked_up.values())) > 10
    assert {place: name for place, name in looked_up.items() if name not in PREDICATES} == {}


def _looked_up() -> Iterator[tuple[str, str]]:
    for path in (path for package in PACKAGES for path in (ROOT / "legit" / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in LOOK_UPS:
                for number, arg in enumerate(
                    node.args[:1] if called not in {"ground_atoms", "_literals_of"} else node.args
                ):
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                        yield f"{path}:{arg.lineno}:{number}", arg.value


@pytest.mark.parametrize("item", HEADS, ids=lambda item: item.name)
def test_the_shipped_rules_derive_each_head(item: ProtocolPredicate, judge: Judge) -> None:
    heads = {signature(head.atom) for _, rules in judge.base.rules for rule in rules for head in rule.heads}
    assert item.signature in heads


@pytest.mark.parametrize("item", GIVEN, ids=lambda item: item.name)
def test_the_program_holds_what_data_gives(item: ProtocolPredicate, judge: Judge) -> None:
    if item.name in {"positive_law", "no_binding_source", "binds_public_only"}:
        # The shipped base has no criterion of positive law: tests/engine/test_positive_law.py has two.
        assert judge.base.positive_law_criteria == ()
        return
    assert re.search(rf"(?m)^(?:#external )?{item.name}\(", program_text(judge.base, Bounds()))
