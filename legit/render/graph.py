"""Graphs as Mermaid and DOT, and a proof as such a graph and in networkx. Every shape says what kind of node it is."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from legit.model.explanation import Explanation, Node, Proof, Status
from legit.render.phrases import attribution

if TYPE_CHECKING:
    import networkx as nx

    from legit.render.assessment_text import TextStyle

_WIDTH = 44

# Each shape as the brackets of Mermaid and as the attributes of DOT.
_SHAPES = {
    "box": ("[", "]", "shape=box"),
    "bold box": ("[", "]", "shape=box, penwidth=2"),
    "dashed box": (">", "]", "shape=box, style=dashed"),
    "rounded box": ("([", "])", "shape=box, style=rounded"),
    "hexagon": ("{{", "}}", "shape=hexagon"),
    "parallelogram": ("[/", "/]", "shape=parallelogram"),
}
Shape = Literal["box", "bold box", "dashed box", "rounded box", "hexagon", "parallelogram"]

_SHAPE_OF_STATUS: dict[Status, Shape] = {
    "proven": "box", "failed": "dashed box", "unknown": "hexagon", "assumed": "rounded box",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node: its number, its label and its shape."""

    number: int
    label: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An edge between two nodes, by their numbers."""

    start: int
    end: int
    dashed: bool = False


def write_mermaid(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge], direction: str) -> str:
    """A graph as a Mermaid flowchart; `direction` is `TD` or `LR`."""
    lines = [f"flowchart {direction}"]
    for node in nodes:
        left, right, _ = _SHAPES[node.shape]
        lines.append(f'  n{node.number}{left}"{_mermaid_label(node.label)}"{right}')
    lines += [f"  n{edge.start} {'-.->' if edge.dashed else '-->'} n{edge.end}" for edge in edges]
    return "\n".join(lines) + "\n"


def write_dot(nodes: Iterable[GraphNode], edges: Iterable[GraphEdge], direction: str, name: str) -> str:
    """A graph in the DOT language of Graphviz; `direction` is `TB` or `LR`."""
    lines = [f"digraph {name} {{", f"  rankdir={direction};", '  node [fontname="sans-serif", fontsize=11];']
    for node in nodes:
        lines.append(f'  n{node.number} [label="{_dot_label(node.label)}", {_SHAPES[node.shape][2]}];')
    lines += [f"  n{edge.start} -> n{edge.end}{' [style=dashed]' if edge.dashed else ''};" for edge in edges]
    return "\n".join([*lines, "}"]) + "\n"


def to_networkx(proof: Proof) -> nx.DiGraph[int]:
    """The proof as a directed graph from each step to the steps that it is based on; the fields of a step are node
    attributes."""
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
    return write_mermaid(_nodes(proof), _edges(proof), "TD")


def to_dot(proof: Proof) -> str:
    """The proof in the DOT language of Graphviz."""
    return write_dot(_nodes(proof), _edges(proof), "TB", "proof")


def _nodes(proof: Proof) -> list[GraphNode]:
    return [GraphNode(node.id, _node_label(node), _SHAPE_OF_STATUS[node.status]) for node in proof.nodes]


def _edges(proof: Proof) -> list[GraphEdge]:
    return [GraphEdge(node.id, child) for node in proof.nodes for child in node.children]


def _mermaid_label(text: str) -> str:
    """A text within the quotes of a Mermaid label: with entity codes no sign of it can end the label or direct."""
    return "<br/>".join(_entity_encoded(line) for line in _wrapped_lines(text))


def _dot_label(text: str) -> str:
    """A text within the quotes of a label of DOT."""
    return "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in _wrapped_lines(text))


def _node_label(node: Node) -> str:
    if node.evidence is None:
        return node.text
    return f"{node.text} ({attribution(node.evidence)})"


def _wrapped_lines(text: str) -> list[str]:
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return textwrap.wrap(text, _WIDTH, break_long_words=True, break_on_hyphens=False) or [""]


def _entity_encoded(text: str) -> str:
    plain = set(" .,()'-")
    return "".join(sign if sign.isalnum() or sign in plain else f"#{ord(sign)};" for sign in html.unescape(text))
