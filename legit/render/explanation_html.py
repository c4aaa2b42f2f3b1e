"""An explanation as one HTML page that needs nothing else: for a screen, a phone and print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape

from legit._util.terminal_escape import printable_line as printable
from legit.model.assessment import Cited, Ground
from legit.model.explanation import Explanation, Node, Proof, Turn, Way
from legit.render.assessment_text import nothing_named, speaker_name
from legit.render.explanation_text import none_found
from legit.render.layout import Layout, layout
from legit.render.page import page_of, style_sheet

_STATUS = {
    "proven": "Shown", "failed": "Not shown", "unknown": "Open", "assumed": "Supposed",
}  # fmt: skip
_LINE = 14
_WRAP = 28


def render_report(explanation: Explanation, note: str = "") -> str:
    """The page as text: the verdict on top, then reasons with citations, what speaks for the rule, on whose word it
    rests, what is open, what would change it, the weights, the graph of the proof and the provenance.

    A `note` on where the case comes from stands under the verdict."""
    assessment = explanation.assessment
    title = assessment.case or "Assessment"
    parts = [
        _head(explanation),
        f"<p>{_text(note)}</p>\n" if note else "",
        _section("Reasons", _findings(explanation)),
        _section(
            "What does not count", _list(f"{item.title}: {'; '.join(item.because)}." for item in assessment.saved)
        ),
        _section("What speaks for the rule", _for_the_rule(explanation)),
        _section(
            "Rights touched",
            _list(f"{right.name} ({right.right_class.replace('_', '-')})" for right in assessment.rights),
        ),
        _section("Harm apart from the rule", _harm(explanation)),
        _section("On whose word it rests", _reliance(explanation)),
        _section("Still open", _list(_question(item.text, item.decisive) for item in assessment.questions)),
        _section("What would change it", "".join(_turn(turn) for turn in explanation.turns)),
        _section("What hangs on the weights", _sensitivity(explanation)),
        _section("Opinions, not counted", _list(f"“{text}”" for text in assessment.opinions)),
        _section("The proof, drawn", _drawing(explanation.proof), "drawing"),
        _section("The proof, in words", _outline(explanation.proof)),
        _section("What decided", _provenance(explanation)),
    ]
    return page_of(title, style_sheet("legit.render", "explanation.css"), "".join(parts))


def _text(text: str) -> str:
    return escape(printable(text))


def _sentence(text: str) -> str:
    return _text(text[:1].upper() + text[1:])


def _section(title: str, body: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f"<section{marked}>\n<h2>{_text(title)}</h2>\n{body}</section>\n" if body else ""


def _list(items: Iterable[str]) -> str:
    shown = "".join(f"<li>{_sentence(item)}</li>\n" for item in items)
    return f"<ul>\n{shown}</ul>\n" if shown else ""


def _head(explanation: Explanation) -> str:
    assessment = explanation.assessment
    rests = f", {assessment.reliance.says}" if assessment.reliance.says else ""
    says = f"{assessment.verdict_says}{rests}."
    if assessment.reason == "time":
        says = "Not decided within the time limit."
    elif assessment.reason == "corroboration":
        says = f"{assessment.reliance.says}; somebody else has to confirm it."
    guidance = [assessment.guidance.reason, *assessment.guidance.advice]
    return (
        '<header>\n<p class="kind">Assessment of a rule</p>\n'
        f"<h1>{_text(assessment.case or 'A case without a name')}</h1>\n"
        f'<p class="verdict {assessment.verdict.value}"><strong>{assessment.verdict.value.capitalize()}</strong> '
        f"{_sentence(says)}</p>\n"
        f'<p class="guidance"><strong>Guidance.</strong> {" ".join(_text(text) for text in guidance if text)}</p>\n'
        "</header>\n"
    )


def _findings(explanation: Explanation) -> str:
    effects = {
        "defeats": "defeats the rule", "tied": "evenly matched by what the rule protects",
        "outweighed": "outweighed by what the rule protects", "open": "applies; whether it prevails is open",
        "possible": "may apply",
    }  # fmt: skip
    return "".join(
        f'<article class="{item.effect}">\n<h3>{_text(item.title)} <small>{_text(effects[item.effect])}</small></h3>\n'
        f'{_grounds(item.grounds)}{_weighed(item.weighed)}<p class="statement">{_text(item.statement)}</p>\n'
        f"{_cited(item.sources)}</article>\n"
        for item in explanation.assessment.findings
    )


def _for_the_rule(explanation: Explanation) -> str:
    found = explanation.assessment.for_the_rule
    if not found:
        return f"<p>{_text(nothing_named(explanation.assessment))}</p>\n"
    return "".join(
        f"<article>\n<h3>{_text(item.title)}</h3>\n{_grounds(item.grounds)}{_cited(item.sources)}</article>\n"
        for item in found
    )


def _harm(explanation: Explanation) -> str:
    harm = explanation.assessment.harm
    if not harm.reasons:
        return "<p>None found in the method.</p>\n" if harm.level else "<p>Not examined: there was no time.</p>\n"
    return f"<p><strong>{_sentence(harm.level)}.</strong></p>\n" + "".join(
        f"<article>\n<h3>{_text(item.title)}</h3>\n{_grounds(item.grounds)}{_cited(item.sources)}</article>\n"
        for item in harm.reasons
    )


def _grounds(grounds: Iterable[Ground]) -> str:
    shown = "".join(f"<li>{_text(item.sentence)} {_whose(item)}</li>\n" for item in grounds)
    return f"<ul>\n{shown}</ul>\n" if shown else ""


def _weighed(grounds: tuple[Ground, ...]) -> str:
    return f"<p>Weighed:</p>\n{_grounds(grounds)}" if grounds else ""


def _whose(ground: Ground) -> str:
    line = f", line {ground.line}" if ground.line else ""
    return f"<small>{_text(speaker_name(str(ground.speaker)))}{line}</small>"


def _cited(sources: tuple[Cited, ...]) -> str:
    if not sources:
        return ""
    shown = " · ".join(_text(item.text) + ("" if item.verified else " <small>(unverified)</small>") for item in sources)
    return f'<p class="sources"><span>Sources</span> {shown}</p>\n'


def _reliance(explanation: Explanation) -> str:
    relied = explanation.assessment.reliance
    if not relied.sets:
        return ""
    lines = [f"<p>It rests {_text(relied.says)}.</p>\n"]
    sets = [item for item in relied.sets if item.facts]
    if sets:
        each = "Each of these is enough" if len(sets) > 1 else "This is enough"
        lines.append(f"<p>{each}, whatever becomes of the rest:</p>\n<ol>\n")
        lines += [f"<li>{_grounds(item.facts)}</li>\n" for item in sets]
        lines.append("</ol>\n")
    if not relied.complete:
        lines.append("<p>There may be other such sets: too many facts bear on the verdict to go through all.</p>\n")
    return "".join(lines)


def _question(text: str, decisive: bool) -> str:
    return text if decisive else f"{text} (cannot change the verdict)"


def _turn(turn: Turn) -> str:
    heading = f"<h3>{_text(turn.says)}</h3>\n"
    if not turn.ways:
        return f"{heading}<p>{_sentence(none_found(turn))}.</p>\n"
    more = f"<p>And {turn.more} other kinds of ways.</p>\n" if turn.more else ""
    return f"{heading}<ul>\n{''.join(f'<li>{_way(way)}</li>{chr(10)}' for way in turn.ways)}</ul>\n{more}"


def _way(way: Way) -> str:
    texts = []
    for change in way.changes:
        replaced = "; ".join(sentence.rstrip(".") for sentence in change.instead_of)
        texts.append(
            _text(change.sentence.rstrip(".")) + (f" <small>in place of: {_text(replaced)}</small>" if replaced else "")
        )
    return "; and ".join(texts) + "." + (f" <small>or {way.alike} like it</small>" if way.alike else "")


def _sensitivity(explanation: Explanation) -> str:
    found = explanation.sensitivity
    if not found.tried:
        return ""
    moved = "".join(
        f"<li>{_sentence(move.says)}: {move.weight} to {move.moved} gives the verdict “{move.verdict.value}”.</li>\n"
        for move in found.moved
    )
    return f"<p>{_sentence(found.says)} ({found.tried} moves tried).</p>\n" + (f"<ul>\n{moved}</ul>\n" if moved else "")


def _provenance(explanation: Explanation) -> str:
    made = explanation.assessment.provenance
    rows = [
        ("Engine", f"legit {made.engine}"),
        ("Knowledge base", f"{made.base} {made.base_version}"),
        ("Digest", made.base_digest),
        ("Profile", f"{made.profile} {made.profile_version}"),
        ("Speakers", ", ".join(map(speaker_name, explanation.assessment.speakers)) or "nobody"),
    ]
    return "<dl>\n" + "".join(f"<dt>{_text(key)}</dt><dd>{_text(value)}</dd>\n" for key, value in rows) + "</dl>\n"


# The proof


def _outline(proof: Proof) -> str:
    """The graph's equivalent in text: nested lists, in which a step that was shown before is named only."""
    shown: set[int] = set()

    def item(number: int) -> str:
        node = proof.nodes[number]
        again = number in shown and node.children
        shown.add(number)
        children = "" if again else "".join(item(child) for child in node.children)
        whose = f" {_whose(node.ground)}" if node.ground else ""
        status = f'<span class="status {node.status}">{_STATUS[node.status]}</span> '
        note = " <small>as above</small>" if again else ""
        return (
            f"<li>{status}{_text(node.says)}{whose}{note}"
            + (f"\n<ul>\n{children}</ul>\n" if children else "")
            + "</li>\n"
        )

    return f'<ul class="outline">\n{"".join(item(root) for root in proof.roots)}</ul>\n' if proof.roots else ""


def _drawing(proof: Proof) -> str:
    if not proof.nodes:
        return ""
    labels = {
        node.id: textwrap.wrap(printable(node.says), _WRAP, break_on_hyphens=False) or [""] for node in proof.nodes
    }
    heights = {number: _LINE * len(lines) + 16 for number, lines in labels.items()}
    placed = layout([node.children for node in proof.nodes], proof.roots, heights)
    edges = "".join(_edge(placed, node, child) for node in proof.nodes for child in node.children)
    nodes = "".join(_box(placed, node, labels[node.id]) for node in proof.nodes)
    legend = "".join(f'<li><span class="status {key}">{word}</span></li>' for key, word in _STATUS.items())
    return (
        f'<ul class="legend">{legend}</ul>\n'
        '<div class="scroll" tabindex="0" role="group" aria-label="Graph of the proof">\n'
        f'<svg role="img" aria-labelledby="graph-title graph-text" viewBox="0 0 {placed.width} {placed.height}" '
        f'width="{placed.width}" height="{placed.height}">\n<title id="graph-title">Graph of the proof</title>\n'
        '<desc id="graph-text">The same steps stand below under “The proof, in words”.</desc>\n'
        f"{edges}{nodes}</svg>\n</div>\n"
    )


def _edge(placed: Layout, node: Node, child: int) -> str:
    left, top = placed.right(node.id)
    right, bottom = placed.left(child)
    middle = (left + right) // 2
    return f'<path class="edge" d="M{left},{top} C{middle},{top} {middle},{bottom} {right},{bottom}"/>\n'


def _box(placed: Layout, node: Node, lines: list[str]) -> str:
    x, y = placed.at[node.id]
    height = placed.heights[node.id]
    spans = "".join(
        f'<tspan x="{x + 10}" y="{y + 19 + _LINE * number}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )
    return (
        f'<g class="{node.kind} {node.status}"><rect x="{x}" y="{y}" width="{placed.box}" height="{height}" rx="4"/>'
        f"<text>{spans}</text></g>\n"
    )
