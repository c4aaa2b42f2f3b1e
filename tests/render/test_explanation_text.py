"""The explanation as text prints each sub-proof once."""

from __future__ import annotations

from legit.judge import Judge
from legit.model.explanation import Node, Proof, WhyNot
from legit.render.assessment_text import TextStyle
from legit.render.explanation_text import render_explanation, render_why_not
from tests.conftest import ROOT


def step(number: int, text: str, *children: int) -> Node:
    return Node(id=number, kind="concept" if children else "fact", status="proven", text=text, children=children)


def test_a_sub_proof_is_printed_once() -> None:
    nodes = (
        step(0, "Both hold.", 1, 2),
        step(1, "One.", 3),
        step(2, "Two.", 3),
        step(3, "Shared.", 4),
        step(4, "Fact."),
    )
    text = render_why_not(
        WhyNot(target="x", kind="holds", summary="It holds.", proof=Proof(nodes=nodes, roots=(0,))), "x"
    )
    assert text.splitlines()[2:] == [
        "  Both hold.",
        "    One.",
        "      Shared.",
        "        Fact.",
        "    Two.",
        "      Shared (as above).",
    ]


def test_the_whole_proof_of_an_example_names_repeated_steps(judge: Judge) -> None:
    path = ROOT / "examples" / "09_landlord_and_the_inside_of_the_home.legit"
    explanation = judge.explain(judge.parse_case(path.read_text(encoding="utf-8")))
    assert "(as above)" in render_explanation(explanation, TextStyle(width=400, full=True))
