"""An explanation as one HTML page that needs nothing else: for a screen, a phone and print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape

from legit._util.terminal_escape import printable_line as printable
from legit.model.assessment import Citation, Evidence
from legit.model.explanation import ChangeSet, Counterfactual, Explanation, Node, Proof
from legit.render.assessment_text import no_justification_text, speaker_name
from legit.render.explanation_text import no_counterfactual_text
from legit.render.layout import Layout, layered_layout
from legit.render.page import html_page, read_style_sheet

_STATUS_LABELS = {
    "proven": "Shown", "failed": "Not shown", "unknown": "Open", "assumed": "Supposed",
}  # fmt: skip
_LINE_HEIGHT = 14
_WRAP_WIDTH = 28


def render_explanation_html(explanation: Explanation, note: str = "") -> str:
    """The page as text: the verdict on top, then reasons with citations, what speaks for the rule, on whose word it
    rests, what is open, what would change it, the weights, the graph of the proof and the provenance.

    A `note` on where the case comes from stands under the verdict."""
    assessment = explanation.assessment
    title = assessment.case or "Assessment"
    parts = [
        _head(explanation),
        f"<p>{_escaped(note)}</p>\n" if note else "",
        _section("Reasons", _findings(explanation)),
        _section(
            "What does not count",
            _list(f"{item.title}: {'; '.join(item.undercutters)}." for item in assessment.undercut),
        ),
        _section("What speaks for the rule", _justifications(explanation)),
        _section(
            "Rights touched",
            _list(f"{right.name} ({right.right_class.replace('_', '-')})" for right in assessment.rights_touched),
        ),
        _section("Harm apart from the rule", _method_harm(explanation)),
        _section("On whose word it rests", _evidence_basis(explanation)),
        _section("Still open", _list(_question(item.text, item.decisive) for item in assessment.questions)),
        _section("What would change it", "".join(_counterfactual(turn) for turn in explanation.counterfactuals)),
        _section("What hangs on the weights", _sensitivity(explanation)),
        _section("Opinions, not counted", _list(f"“{text}”" for text in assessment.opinions)),
        _section("The proof, drawn", _proof_svg(explanation.proof), "drawing"),
        _section("The proof, in words", _proof_outline(explanation.proof)),
        _section("What decided", _provenance(explanation)),
    ]
    return html_page(title, read_style_sheet("legit.render", "explanation.css"), "".join(parts))


def _escaped(text: str) -> str:
    return escape(printable(text))


def _escaped_sentence(text: str) -> str:
    return _escaped(text[:1].upper() + text[1:])


def _section(title: str, body: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f"<section{marked}>\n<h2>{_escaped(title)}</h2>\n{body}</section>\n" if body else ""


def _list(items: Iterable[str]) -> str:
    shown = "".join(f"<li>{_escaped_sentence(item)}</li>\n" for item in items)
    return f"<ul>\n{shown}</ul>\n" if shown else ""


def _head(explanation: Explanation) -> str:
    assessment = explanation.assessment
    rests = f", {assessment.evidence_basis.summary}" if assessment.evidence_basis.summary else ""
    says = f"{assessment.verdict_summary}{rests}."
    if assessment.undetermined_reason == "time":
        says = "Not decided within the time limit."
    elif assessment.undetermined_reason == "corroboration":
        says = f"{assessment.evidence_basis.summary}; somebody else has to confirm it."
    guidance = [assessment.guidance.reason, *assessment.guidance.advice]
    return (
        '<header>\n<p class="kind">Assessment of a rule</p>\n'
        f"<h1>{_escaped(assessment.case or 'A case without a name')}</h1>\n"
        f'<p class="verdict {assessment.verdict.value}"><strong>{assessment.verdict.value.capitalize()}</strong> '
        f"{_escaped_sentence(says)}</p>\n"
        f'<p class="guidance"><strong>Guidance.</strong> {" ".join(_escaped(text) for text in guidance if text)}</p>\n'
        "</header>\n"
    )


def _findings(explanation: Explanation) -> str:
    effects = {
        "defeats": "defeats the rule", "tied": "evenly matched by what the rule protects",
        "outweighed": "outweighed by what the rule protects", "open": "applies; whether it prevails is open",
        "possible": "may apply",
    }  # fmt: skip
    return "".join(
        f'<article class="{item.effect}">\n<h3>{_escaped(item.title)} <small>{_escaped(effects[item.effect])}</small></h3>\n'
        f'{_evidence_list(item.evidence)}{_counterweights(item.counterweights)}<p class="statement">{_escaped(item.statement)}</p>\n'
        f"{_citations(item.sources)}</article>\n"
        for item in explanation.assessment.findings
    )


def _justifications(explanation: Explanation) -> str:
    found = explanation.assessment.justifications
    if not found:
        return f"<p>{_escaped(no_justification_text(explanation.assessment))}</p>\n"
    return "".join(
        f"<article>\n<h3>{_escaped(item.title)}</h3>\n{_evidence_list(item.evidence)}{_citations(item.sources)}</article>\n"
        for item in found
    )


def _method_harm(explanation: Explanation) -> str:
    harm = explanation.assessment.method_harm
    if not harm.reasons:
        return "<p>None found in the method.</p>\n" if harm.level else "<p>Not examined: there was no time.</p>\n"
    return f"<p><strong>{_escaped_sentence(harm.level)}.</strong></p>\n" + "".join(
        f"<article>\n<h3>{_escaped(item.title)}</h3>\n{_evidence_list(item.evidence)}{_citations(item.sources)}</article>\n"
        for item in harm.reasons
    )


def _evidence_list(evidence: Iterable[Evidence]) -> str:
    shown = "".join(f"<li>{_escaped(item.sentence)} {_attribution(item)}</li>\n" for item in evidence)
    return f"<ul>\n{shown}</ul>\n" if shown else ""


def _counterweights(evidence: tuple[Evidence, ...]) -> str:
    return f"<p>Weighed:</p>\n{_evidence_list(evidence)}" if evidence else ""


def _attribution(evidence: Evidence) -> str:
    line = f", line {evidence.line}" if evidence.line else ""
    return f"<small>{_escaped(speaker_name(str(evidence.speaker)))}{line}</small>"


def _citations(sources: tuple[Citation, ...]) -> str:
    if not sources:
        return ""
    shown = " · ".join(
        _escaped(item.text) + ("" if item.verified else " <small>(unverified)</small>") for item in sources
    )
    return f'<p class="sources"><span>Sources</span> {shown}</p>\n'


def _evidence_basis(explanation: Explanation) -> str:
    relied = explanation.assessment.evidence_basis
    if not relied.sufficient_sets:
        return ""
    lines = [f"<p>It rests {_escaped(relied.summary)}.</p>\n"]
    sets = [item for item in relied.sufficient_sets if item.facts]
    if sets:
        each = "Each of these is enough" if len(sets) > 1 else "This is enough"
        lines.append(f"<p>{each}, whatever becomes of the rest:</p>\n<ol>\n")
        lines += [f"<li>{_evidence_list(item.facts)}</li>\n" for item in sets]
        lines.append("</ol>\n")
    if not relied.complete:
        lines.append("<p>There may be other such sets: too many facts bear on the verdict to go through all.</p>\n")
    return "".join(lines)


def _question(text: str, decisive: bool) -> str:
    return text if decisive else f"{text} (cannot change the verdict)"


def _counterfactual(counterfactual: Counterfactual) -> str:
    heading = f"<h3>{_escaped(counterfactual.summary)}</h3>\n"
    if not counterfactual.change_sets:
        return f"{heading}<p>{_escaped_sentence(no_counterfactual_text(counterfactual))}.</p>\n"
    more = f"<p>And {counterfactual.omitted_kinds} other kinds of ways.</p>\n" if counterfactual.omitted_kinds else ""
    return f"{heading}<ul>\n{''.join(f'<li>{_change_set(way)}</li>{chr(10)}' for way in counterfactual.change_sets)}</ul>\n{more}"


def _change_set(change_set: ChangeSet) -> str:
    texts = []
    for change in change_set.changes:
        replaced = "; ".join(sentence.rstrip(".") for sentence in change.replaces)
        texts.append(
            _escaped(change.sentence.rstrip("."))
            + (f" <small>in place of: {_escaped(replaced)}</small>" if replaced else "")
        )
    return (
        "; and ".join(texts)
        + "."
        + (f" <small>or {change_set.equivalents} like it</small>" if change_set.equivalents else "")
    )


def _sensitivity(explanation: Explanation) -> str:
    found = explanation.sensitivity
    if not found.perturbations:
        return ""
    moved = "".join(
        f"<li>{_escaped_sentence(move.summary)}: {move.weight} to {move.new_weight} gives the verdict “{move.verdict.value}”.</li>\n"
        for move in found.flips
    )
    return f"<p>{_escaped_sentence(found.summary)} ({found.perturbations} moves tried).</p>\n" + (
        f"<ul>\n{moved}</ul>\n" if moved else ""
    )


def _provenance(explanation: Explanation) -> str:
    made = explanation.assessment.provenance
    rows = [
        ("Engine", f"legit {made.engine}"),
        ("Knowledge base", f"{made.base} {made.base_version}"),
        ("Digest", made.base_digest),
        ("Profile", f"{made.profile} {made.profile_version}"),
        ("Speakers", ", ".join(map(speaker_name, explanation.assessment.speakers)) or "nobody"),
    ]
    return (
        "<dl>\n" + "".join(f"<dt>{_escaped(key)}</dt><dd>{_escaped(value)}</dd>\n" for key, value in rows) + "</dl>\n"
    )


# The proof


def _proof_outline(proof: Proof) -> str:
    """The graph's equivalent in text: nested lists, in which a step that was shown before is named only."""
    shown: set[int] = set()

    def item(number: int) -> str:
        node = proof.nodes[number]
        again = number in shown and node.children
        shown.add(number)
        children = "" if again else "".join(item(child) for child in node.children)
        whose = f" {_attribution(node.evidence)}" if node.evidence else ""
        status = f'<span class="status {node.status}">{_STATUS_LABELS[node.status]}</span> '
        note = " <small>as above</small>" if again else ""
        return (
            f"<li>{status}{_escaped(node.text)}{whose}{note}"
            + (f"\n<ul>\n{children}</ul>\n" if children else "")
            + "</li>\n"
        )

    return f'<ul class="outline">\n{"".join(item(root) for root in proof.roots)}</ul>\n' if proof.roots else ""


def _proof_svg(proof: Proof) -> str:
    if not proof.nodes:
        return ""
    labels = {
        node.id: textwrap.wrap(printable(node.text), _WRAP_WIDTH, break_on_hyphens=False) or [""]
        for node in proof.nodes
    }
    heights = {number: _LINE_HEIGHT * len(lines) + 16 for number, lines in labels.items()}
    placed = layered_layout([node.children for node in proof.nodes], proof.roots, heights)
    edges = "".join(_edge(placed, node, child) for node in proof.nodes for child in node.children)
    nodes = "".join(_box(placed, node, labels[node.id]) for node in proof.nodes)
    legend = "".join(f'<li><span class="status {key}">{word}</span></li>' for key, word in _STATUS_LABELS.items())
    return (
        f'<ul class="legend">{legend}</ul>\n'
        '<div class="scroll" tabindex="0" role="group" aria-label="Graph of the proof">\n'
        f'<svg role="img" aria-labelledby="graph-title graph-text" viewBox="0 0 {placed.width} {placed.height}" '
        f'width="{placed.width}" height="{placed.height}">\n<title id="graph-title">Graph of the proof</title>\n'
        '<desc id="graph-text">The same steps stand below under “The proof, in words”.</desc>\n'
        f"{edges}{nodes}</svg>\n</div>\n"
    )


def _edge(placed: Layout, node: Node, child: int) -> str:
    left, top = placed.right_middle(node.id)
    right, bottom = placed.left_middle(child)
    middle = (left + right) // 2
    return f'<path class="edge" d="M{left},{top} C{middle},{top} {middle},{bottom} {right},{bottom}"/>\n'


def _box(placed: Layout, node: Node, lines: list[str]) -> str:
    x, y = placed.positions[node.id]
    height = placed.heights[node.id]
    spans = "".join(
        f'<tspan x="{x + 10}" y="{y + 19 + _LINE_HEIGHT * number}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    return (
        f'<g class="{node.kind} {node.status}"><rect x="{x}" y="{y}" width="{placed.box_width}" height="{height}" rx="4"/>'
        f"<text>{spans}</text></g>\n"
    )
