"""An explanation as text for a terminal: proof, evidence, open questions, counterfactuals, sensitivity to weights."""

from __future__ import annotations

from collections.abc import Iterator

from legit._util.terminal_escape import printable_line
from legit.messages import message
from legit.model.assessment import Evidence
from legit.model.explanation import ChangeSet, Counterfactual, Explanation, Node, Proof, WhyNot
from legit.render.assessment_text import TextStyle, headline, wrapped
from legit.render.phrases import (
    attribution,
    balance_text,
    change_set_text,
    cited,
    degree_turn_text,
    evidence_summary,
    no_counterfactual_text,
    question_text,
    radius_summary,
    route_parts,
    sensitivity_summary,
    weight_flip_text,
)

_MAX_SETS = 3
_MAX_STEPS = 5
_MAX_ROUTES = 2
_MAX_TURNS = 6


def render_explanation(explanation: Explanation, style: TextStyle | None = None, _notice: str = "") -> str:
    """The explanation as text, ending in a line break; `style.full` shows every step, sufficient set and change set."""
    style = style or TextStyle()
    assessment = explanation.assessment
    lines = [style.paint(printable_line(assessment.case), "bold")] if assessment.case else []
    lines += [headline(assessment, style), ""]
    lines += _section("why", _proof(explanation.proof, style), style)
    lines += _section("balance", _balance(explanation, style), style)
    lines += _section("routes", list(_routes(explanation, style)), style)
    lines += _section("evidence", _evidence_basis(explanation, style), style)
    lines += _section("still_open", _questions(explanation, style), style)
    lines += _counterfactuals_and_sensitivity(explanation, style)
    return "\n".join(lines).rstrip("\n") + "\n"


def render_basis_and_counterfactuals(explanation: Explanation, style: TextStyle | None = None) -> str:
    """The parts that an explanation adds to its assessment: evidence basis, counterfactuals, radius and sensitivity to
    weights."""
    style = style or TextStyle()
    lines = _section("evidence", _evidence_basis(explanation, style), style)
    lines += _counterfactuals_and_sensitivity(explanation, style)
    return "\n".join(lines).rstrip("\n") + "\n"


def _routes(explanation: Explanation, style: TextStyle) -> Iterator[str]:
    """The best routes, or with `style.full` all of them, each part on a line."""
    for route in explanation.routes if style.full else explanation.routes[:_MAX_ROUTES]:
        yield from wrapped(route.title, "  ", style)
        for heading, text in route_parts(route):
            yield from wrapped(f"{heading}: {text}", "    ", style)
        if route.sources:
            yield from (style.paint(line, "dim") for line in wrapped(cited(route.sources, style.full), "    ", style))


def _questions(explanation: Explanation, style: TextStyle) -> list[str]:
    questions = [question_text(question) for question in explanation.assessment.questions]
    return [line for text in questions for line in wrapped(text, "  ", style)]


def _counterfactuals_and_sensitivity(explanation: Explanation, style: TextStyle) -> list[str]:
    changes = [line for item in explanation.counterfactuals for line in _counterfactual(item, style)]
    lines = _section("counterfactuals", changes, style)
    lines += _section("radius", _radius(explanation, style), style)
    return lines + _section("sensitivity", _sensitivity(explanation, style), style)


def _balance(explanation: Explanation, style: TextStyle) -> list[str]:
    return [line for part in explanation.assessment.balance for line in wrapped(balance_text(part), "  ", style)]


def _radius(explanation: Explanation, style: TextStyle) -> list[str]:
    radius = explanation.radius
    if radius is None:
        return []
    lines = wrapped(radius_summary(radius), "  ", style)
    shown = radius.turns if style.full else radius.turns[:_MAX_TURNS]
    for turn in shown:
        lines += wrapped(f"- {degree_turn_text(turn)}", "    ", style)
    if more := len(radius.turns) - len(shown) + radius.omitted:
        lines += wrapped(message("explanation.more_turns", count=more), "    ", style)
    return lines


def render_why_not(why_not: WhyNot, title: str, style: TextStyle | None = None) -> str:
    """A why-not answer as text, ending in a line break."""
    style = style or TextStyle()
    lines = [style.paint(title, "bold"), *wrapped(why_not.summary, "", style)]
    if why_not.proof is not None:
        lines += _proof(why_not.proof, TextStyle(style.colour, style.width, full=True))
    if why_not.counterfactual is not None:
        lines += [line for item in why_not.counterfactual.change_sets for line in _change_set(item, style)]
        if why_not.counterfactual.omitted_kinds:
            lines += wrapped(_omitted_kinds(why_not.counterfactual.omitted_kinds), "  ", style)
    for text in why_not.blockers:
        lines += wrapped(message("explanation.blocker", text=text), "  ", style)
    return "\n".join(lines) + "\n"


def _section(key: str, lines: list[str], style: TextStyle) -> list[str]:
    """Lines under the heading `explanation.heading_KEY`; nothing without lines."""
    return [style.paint(message(f"explanation.heading_{key}"), "bold"), *lines, ""] if lines else []


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
                more = message("explanation.more_steps", count=len(node.children) - len(children))
                lines += wrapped(more, "  ", style)
        else:
            lines += _tree(proof, root, 1, style, shown)
    return lines


def _tree(proof: Proof, number: int, depth: int, style: TextStyle, shown: set[int]) -> Iterator[str]:
    """A step with the steps below it. A sub-proof that was printed before is only named; `shown` holds the printed
    steps."""
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
    return node.text if node.evidence is None else f"{_attributed(node.text, node.evidence)}."


def _attributed(sentence: str, evidence: Evidence) -> str:
    """A sentence without its full stop, with the source of evidence and the line in parentheses."""
    fact = sentence.rstrip(".")
    return message("explanation.attributed", fact=fact, attribution=attribution(evidence))


def _evidence_basis(explanation: Explanation, style: TextStyle) -> list[str]:
    basis = explanation.assessment.evidence_basis
    if not basis.sufficient_sets:
        return []
    lines = wrapped(evidence_summary(basis), "  ", style)
    if any(item.facts for item in basis.sufficient_sets):
        enough = message("explanation.sufficient_sets", count=len(basis.sufficient_sets))
        lines += wrapped(enough, "  ", style)
    shown = basis.sufficient_sets if style.full else basis.sufficient_sets[:_MAX_SETS]
    for item in shown:
        facts = message("explanation.and").join(_attributed(fact.sentence, fact) for fact in item.facts)
        lines += wrapped(f"- {facts}.", "    ", style) if facts else []
    if len(shown) < len(basis.sufficient_sets):
        more = message("explanation.more_sets", count=len(basis.sufficient_sets) - len(shown))
        lines += wrapped(more, "    ", style)
    if not basis.complete:
        lines += wrapped(message("explanation.other_sets"), "  ", style)
    return lines


def _counterfactual(counterfactual: Counterfactual, style: TextStyle) -> Iterator[str]:
    if not counterfactual.change_sets:
        none = no_counterfactual_text(counterfactual)
        text = message("explanation.no_change_sets", summary=counterfactual.summary, text=none)
        yield from wrapped(text, "  ", style)
        return
    yield from wrapped(f"{counterfactual.summary}:", "  ", style)
    shown = counterfactual.change_sets if style.full else counterfactual.change_sets[:_MAX_SETS]
    for change_set in shown:
        yield from _change_set(change_set, style)
    more = counterfactual.omitted_kinds + len(counterfactual.change_sets) - len(shown)
    if more:
        yield from wrapped(_omitted_kinds(more), "    ", style)


def _omitted_kinds(count: int) -> str:
    return message("explanation.omitted_kinds_all", count=count)


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
