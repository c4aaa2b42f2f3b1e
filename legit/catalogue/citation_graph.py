"""Sources, criteria and sentences as a graph: the sources that a criterion cites, and the sentences that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from legit.catalogue.relations import EntryKey
from legit.catalogue.rule_verbalizer import RuleVerbalizer
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.protocol import MEETS, UNDERCUT, Signature
from legit.knowledge.rules.rule_ast import body_literals, signature
from legit.render.graph import GraphEdge, GraphNode, Shape, write_dot, write_mermaid

_SHAPES: dict[str, Shape] = {"source": "rounded box", "criterion": "bold box", "sentence": "parallelogram"}


class CitationGraphNode(BaseModel):
    """A source, a criterion or a sentence; `title` is its name for people."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["source", "criterion", "sentence"]
    id: str
    title: str

    @property
    def key(self) -> EntryKey:
        return self.kind, self.id


class CitationGraphEdge(BaseModel):
    """From a source to a criterion with the `places` cited, or from a criterion to a sentence that its rules read.

    `through` is set where the rules read the sentence by way of derived concepts that they share with others.
    """

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    pinpoints: tuple[str, ...] = ()
    indirect: bool = False


class CitationGraph(BaseModel):
    """The graph; edges name the nodes by their numbers, from 0."""

    model_config = ConfigDict(frozen=True)

    nodes: tuple[CitationGraphNode, ...]
    edges: tuple[CitationGraphEdge, ...]


def build_citation_graph(base: KnowledgeBase, criteria: Sequence[str]) -> CitationGraph:
    """The graph of some criteria of a base, by their ids, with whatever they rest on and read."""
    nodes: dict[CitationGraphNode, int] = {}
    edges = []
    wording = RuleVerbalizer(base)
    for name in criteria:
        criterion = base.criteria[name]
        number = nodes.setdefault(CitationGraphNode(kind="criterion", id=name, title=criterion.title), len(nodes))
        places: dict[str, dict[str, None]] = {}
        for ref in criterion.sources:
            for citation in base.bibliography.resolve(ref):
                places.setdefault(citation.ref.partition(" ")[0], {})[citation.text] = None
        for source, texts in places.items():
            node = CitationGraphNode(kind="source", id=source, title=base.bibliography.sources[source].short_title)
            start = nodes.setdefault(node, len(nodes))
            edges.append(CitationGraphEdge(start=start, end=number, pinpoints=tuple(texts)))
        for sentence, through in _sentences_read(base, wording, name).items():
            node = CitationGraphNode(
                kind="sentence", id=sentence, title=base.vocabulary.predicates[sentence].placeholder_sentence()
            )
            edges.append(CitationGraphEdge(start=number, end=nodes.setdefault(node, len(nodes)), indirect=through))
    return CitationGraph(nodes=tuple(nodes), edges=tuple(edges))


def _sentences_read(base: KnowledgeBase, verbalizer: RuleVerbalizer, criterion: str) -> dict[str, bool]:
    """The sentences that the rules of a criterion read, and whether only through shared derived concepts."""
    own = [rule for file, rules in base.rules if file.id == criterion for rule in rules]
    direct = [
        signature(test.atom)
        for rule in own
        if {signature(head.atom) for head in rule.heads} & {MEETS, UNDERCUT}
        for test in body_literals(rule)
    ]
    found: dict[str, bool] = {}
    seen: set[Signature] = set()
    waiting = [(key, False) for key in direct]
    while waiting:
        key, through = waiting.pop(0)
        if key in seen:
            continue
        seen.add(key)
        predicate = base.vocabulary.predicates.get(key[0])
        if predicate and predicate.arity == key[1]:
            found[key[0]] = through
        for path, rule in verbalizer.rules_by_head.get(key, ()):
            shared = through or path != base.criteria[criterion].path
            waiting += [(signature(test.atom), shared) for test in body_literals(rule)]
    return found


def citation_graph_text(graph: CitationGraph) -> str:
    """The graph in words: each criterion with the sources that it cites and the sentences that it reads."""
    out = []
    for number, node in enumerate(graph.nodes):
        if node.kind != "criterion":
            continue
        out.append(f"{node.title} ({node.id})")
        out += [
            f"  rests on {graph.nodes[edge.start].title}: {', '.join(edge.pinpoints)}"
            for edge in graph.edges
            if edge.end == number
        ]
        out += [
            f"  reads {'through shared derived concepts ' if edge.indirect else ''}{graph.nodes[edge.end].title}"
            for edge in graph.edges
            if edge.start == number
        ]
    return "\n".join(out) + "\n"


def citation_graph_mermaid(graph: CitationGraph) -> str:
    """The graph as a Mermaid flowchart."""
    return write_mermaid(_nodes(graph), _edges(graph), "LR")


def citation_graph_dot(graph: CitationGraph) -> str:
    """The graph in the DOT language of Graphviz."""
    return write_dot(_nodes(graph), _edges(graph), "LR", "base")


def _nodes(graph: CitationGraph) -> list[GraphNode]:
    return [GraphNode(number, node.title, _SHAPES[node.kind]) for number, node in enumerate(graph.nodes)]


def _edges(graph: CitationGraph) -> list[GraphEdge]:
    return [GraphEdge(edge.start, edge.end, edge.indirect) for edge in graph.edges]
