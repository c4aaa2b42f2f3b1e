"""An explanation as text for a terminal: why, on whose word, what would change it, what hangs on the weights."""

from __future__ import annotations

from collections.abc import Iterator

from legit.messages import message
from legit.model.explanation import ChangeSet, Counterfactual, Explanation, Node, Proof, WhyNot
from legit.render.assessment_text import TextStyle, headline, wrapped
from legit.render.phrases import (
    attribution,
    change_set_text,
    cited,
    evidence_summary,
    no_counterfactual_text,
    question_text,
    sensitivity_summary,
    weight_flip_text,
)

_MAX_SETS = 3
_MAX_STEPS = 5


def render_explanation(explanation: Explanation, style: TextStyle | None = None, _notice: str = "") -> str:
    """The explanation as text, ending in a line break; `style.full` shows every step, set and way."""
    style = style or TextStyle()
    assessment = explanation.assessment
    lines = [style.paint(assessment.case, "bold")] if assessment.case else []
    lines += [headline(assessment, style), ""]
    lines += _section("Why", _proof(explanation.proof, style), style)
    lines += _section("On whose word", _evidence_basis(explanation, style), style)
    lines += _section("Still open", _questions(explanation, style), style)
    lines += _counterfactuals_and_sensitivity(explanation, style)
    return "\n".join(lines).rstrip("\n") + "\n"


def render_basis_and_counterfactuals(explanation: Explanation, style: TextStyle | None = None) -> str:
    """What an explanation says beyond its assessment: on whose word, what would change it, which weights matter."""
    style = style or TextStyle()
    lines = _section("On whose word", _evidence_basis(explanation, style), style) + _counterfactuals_and_sensitivity(
        explanation, style
    )
    return "\n".join(lines).rstrip("\n") + "\n"


def _questions(explanation: Explanation, style: TextStyle) -> list[str]:
    questions = [question_text(question) for question in explanation.assessment.questions]
    return [line for text in questions for line in wrapped(text, "  ", style)]


def _counterfactuals_and_sensitivity(explanation: Explanation, style: TextStyle) -> list[str]:
    turns = [line for turn in explanation.counterfactuals for line in _counterfactual(turn, style)]
    lines = _section("What would change it", turns, style)
    return lines + _section("What hangs on the weights", _sensitivity(explanation, style), style)


def render_why_not(why_not: WhyNot, title: str, style: TextStyle | None = None) -> str:
    """A why-not answer as text, ending in a line break."""
    style = style or TextStyle()
    lines = [style.paint(title, "bold"), *wrapped(why_not.summary, "", style)]
    if why_not.proof is not None:
        lines += _proof(why_not.proof, TextStyle(style.colour, style.width, full=True))
    if why_not.counterfactual is not None:
        lines += [line for way in why_not.counterfactual.change_sets for line in _change_set(way, style)]
        if why_not.counterfactual.omitted_kinds:
            lines += wrapped(
                f"and {why_not.counterfactual.omitted_kinds} other kinds of ways (--exhaustive)", "  ", style
            )
    for text in why_not.blockers:
        lines += wrapped(f"As things stand: {text}", "  ", style)
    return "\n".join(lines) + "\n"


def _section(title: str, lines: list[str], style: TextStyle) -> list[str]:
    return [style.paint(title, "bold"), *lines, ""] if lines else []


def _proof(proof: Proof, style: TextStyle) -> list[str]:
    lines: list[str] = []
    shown: set[int] = set()
    for root in proof.roots:
        node = proof.nodes[root]
        if node.kind == "verdict" and node.status == "proven":
            children = node.children if style.full else node.children[:_MAX_STEPS]
            for child in children:
                lines += _tree(proof, child, 1, style, shown)
            if len(children) < len(node.children):
                lines += wrapped(f"and {len(node.children) - len(children)} more (--full)", "  ", style)
        else:
            lines += _tree(proof, root, 1, style, shown)
    return lines


def _tree(proof: Proof, number: int, depth: int, style: TextStyle, shown: set[int]) -> Iterator[str]:
    """A step with what it is based on. A sub-proof that was printed before is named only; `shown` holds those steps."""
    node = proof.nodes[number]
    children = node.children if style.full or node.kind == "verdict" else _facts_below(proof, number)
    repeated = number in shown and bool(children)
    shown.add(number)
    text = _node_text(node)
    if repeated:
        yield from wrapped(f"{text.rstrip('.')} ({message('explanation.as_above')}).", "  " * depth, style)
        return
    yield from wrapped(text, "  " * depth, style)
    if node.sources:
        sources = wrapped(cited(node.sources, style.full), "  " * (depth + 1), style)
        yield from (style.paint(line, "dim") for line in sources)
    for child in children:
        yield from _tree(proof, child, depth + 1, style, shown)


def _facts_below(proof: Proof, number: int) -> tuple[int, ...]:
    """In the short form, of the steps below a conclusion only the facts."""
    found: dict[int, None] = {}
    stack = list(reversed(proof.nodes[number].children))
    while stack:
        node = proof.nodes[stack.pop()]
        if node.kind == "fact" or not node.children:
            found.setdefault(node.id)
        else:
            stack.extend(reversed(node.children))
    return tuple(found)


def _node_text(node: Node) -> str:
    return node.text if node.evidence is None else f"{node.text.rstrip('.')} ({attribution(node.evidence)})."


def _evidence_basis(explanation: Explanation, style: TextStyle) -> list[str]:
    relied = explanation.assessment.evidence_basis
    if not relied.sufficient_sets:
        return []
    lines = wrapped(evidence_summary(relied), "  ", style)
    if any(item.facts for item in relied.sufficient_sets):
        enough = message("explanation.sufficient_sets", count=len(relied.sufficient_sets))
        lines += wrapped(enough, "  ", style)
    shown = relied.sufficient_sets if style.full else relied.sufficient_sets[:_MAX_SETS]
    for item in shown:
        facts = [f"{ground.sentence.rstrip('.')} ({attribution(ground)})" for ground in item.facts]
        lines += wrapped("- " + "; and ".join(facts) + ".", "    ", style) if facts else []
    if len(shown) < len(relied.sufficient_sets):
        lines += wrapped(f"and {len(relied.sufficient_sets) - len(shown)} more (--full)", "    ", style)
    if not relied.complete:
        lines += wrapped(message("explanation.other_sets"), "  ", style)
    return lines


def _counterfactual(counterfactual: Counterfactual, style: TextStyle) -> Iterator[str]:
    if not counterfactual.change_sets:
        yield from wrapped(f"{counterfactual.summary}: {no_counterfactual_text(counterfactual)}.", "  ", style)
        return
    yield from wrapped(f"{counterfactual.summary}:", "  ", style)
    for way in counterfactual.change_sets if style.full else counterfactual.change_sets[:_MAX_SETS]:
        yield from _change_set(way, style)
    more = (
        counterfactual.omitted_kinds
        + len(counterfactual.change_sets)
        - (len(counterfactual.change_sets) if style.full else min(_MAX_SETS, len(counterfactual.change_sets)))
    )
    if more:
        yield from wrapped(f"and {more} other kinds of ways (--exhaustive)", "    ", style)


def _change_set(change_set: ChangeSet, style: TextStyle) -> list[str]:
    return wrapped("- " + change_set_text(change_set, hint=True), "    ", style)


def _sensitivity(explanation: Explanation, style: TextStyle) -> list[str]:
    found = explanation.sensitivity
    if not found.perturbations:
        return []
    lines = wrapped(sensitivity_summary(found), "  ", style)
    for flip in found.flips:
        lines += wrapped(f"- {weight_flip_text(flip)}", "    ", style)
    return lines
