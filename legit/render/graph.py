"""A proof as a graph: networkx, Mermaid and DOT. Every shape says by itself what kind of step it is."""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING

from legit.model.explanation import Explanation, Node, Proof

if TYPE_CHECKING:
    import networkx as nx

    from legit.render.assessment_text import TextStyle

_WIDTH = 44
_MERMAID_SHAPES = {"proven": ("[", "]"), "failed": (">", "]"), "unknown": ("{{", "}}"), "assumed": ("([", "])")}
_DOT_SHAPES = {
    "proven": "shape=box", "failed": "shape=box, style=dashed", "unknown": "shape=hexagon",
    "assumed": "shape=box, style=rounded",
}  # fmt: skip


def to_networkx(proof: Proof) -> nx.DiGraph[int]:
    """The proof as a directed graph from each step to what it rests on; the fields of a step are node attributes."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph(roots=list(proof.roots))
    for node in proof.nodes:
        graph.add_node(node.id, **node.model_dump(mode="json", exclude={"id", "children"}))
    graph.add_edges_from((node.id, child) for node in proof.nodes for child in node.children)
    return graph


def render_mermaid(explanation: Explanation, _style: TextStyle, _notice: str) -> str:
    """The proof of an explanation as a Mermaid flowchart."""
    return to_mermaid(explanation.proof)


def render_dot(explanation: Explanation, _style: TextStyle, _notice: str) -> str:
    """The proof of an explanation in the DOT language of Graphviz."""
    return to_dot(explanation.proof)


def to_mermaid(proof: Proof) -> str:
    """The proof as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    for node in proof.nodes:
        left, right = _MERMAID_SHAPES[node.status]
        lines.append(f'  n{node.id}{left}"{mermaid_label(_node_label(node))}"{right}')
    lines += [f"  n{node.id} --> n{child}" for node in proof.nodes for child in node.children]
    return "\n".join(lines) + "\n"


def to_dot(proof: Proof) -> str:
    """The proof in the DOT language of Graphviz."""
    lines = ["digraph proof {", "  rankdir=TB;", '  node [fontname="sans-serif", fontsize=11];']
    for node in proof.nodes:
        lines.append(f'  n{node.id} [label="{dot_label(_node_label(node))}", {_DOT_SHAPES[node.status]}];')
    lines += [f"  n{node.id} -> n{child};" for node in proof.nodes for child in node.children]
    return "\n".join([*lines, "}"]) + "\n"


def mermaid_label(text: str) -> str:
    """A text within the quotes of a Mermaid label: with entity codes no sign of it can end the label or direct."""
    return "<br/>".join(_entity_encoded(line) for line in _wrapped_lines(text))


def dot_label(text: str) -> str:
    """A text within the quotes of a label of DOT."""
    return "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in _wrapped_lines(text))


def _node_label(node: Node) -> str:
    if node.evidence is None:
        return node.text
    line = f", line {node.evidence.line}" if node.evidence.line else ""
    return f"{node.text} ({node.evidence.speaker}{line})"


def _wrapped_lines(text: str) -> list[str]:
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return textwrap.wrap(text, _WIDTH, break_long_words=True, break_on_hyphens=False) or [""]


def _entity_encoded(text: str) -> str:
    plain = set(" .,()'-")
    return "".join(sign if sign.isalnum() or sign in plain else f"#{ord(sign)};" for sign in html.unescape(text))
