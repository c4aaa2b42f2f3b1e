"""Hypothesis strategies made from the vocabulary of any knowledge base.

A failing case shrinks to the smallest one that still fails, and hypothesis prints it in controlled English.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

try:
    from hypothesis import strategies as st
except ModuleNotFoundError as error:
    raise ImportError("strategies need hypothesis: pip install 'legit-rules[testing]'") from error
from pydantic import PrivateAttr

from legit.assurance.examples import applies
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.profile import Profile
from legit.knowledge.vocabulary import Vocabulary
from legit.language.writer import Writer
from legit.model.facts import Case, Fact
from legit.testing.document_generator import Document, corrupt_text, render_document
from legit.testing.generate import DATES, NAMES, CaseDraft, CaseGenerator, Choices
from legit.testing.neighbours import one_fact_neighbours

T = TypeVar("T")


QUOTABLE_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=20).filter(str.strip)
"""Any text that can be quoted: one line, with any marks and control characters."""

_ANOTHER_ROUND = st.integers(0, 7)
"""Whether a repetition goes on: it stops at 0, so that seven rounds are drawn on average."""


class _HypothesisChoices:
    """Choices drawn by hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def pick(self, items: Sequence[T]) -> T:
        return items[self._draw(st.integers(0, len(items) - 1))]

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def repeats(self, most: int) -> Iterator[int]:
        # A draw before each round: hypothesis then deletes a round as one piece when it shrinks.
        for number in range(most):
            if not self._draw(_ANOTHER_ROUND):
                return
            yield number

    def text(self) -> str:
        return self._draw(QUOTABLE_TEXT).strip()  # as facts keep it, which are made here without being looked at again


class PrintableCase(Case):
    """A case that shows itself in controlled English; equal to any case that says the same."""

    _writer: Writer = PrivateAttr()

    def __repr__(self) -> str:
        return f"\n{self._writer.case(self)}" if self.facts or self.opinions or self.name else "(nothing is said)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Case) and all(
            getattr(self, name) == getattr(other, name) for name in Case.model_fields
        )

    __hash__ = Case.__hash__


def _printable(vocabulary: Vocabulary) -> Callable[[Case], Case]:
    """Makes cases show themselves in the sentences of a vocabulary."""
    writer = Writer(vocabulary)

    def show(case: Case) -> Case:
        written = PrintableCase.model_construct(name=case.name, facts=case.facts, opinions=case.opinions)
        written._writer = writer
        return written

    return show


def _strategy_from(make: Callable[[Choices], T]) -> st.SearchStrategy[T]:
    @st.composite
    def strategy(draw: st.DrawFn) -> T:
        return make(_HypothesisChoices(draw))

    return strategy()


def facts(
    vocabulary: Vocabulary, *, topics: Collection[str] = (), predicates: Collection[str] = ()
) -> st.SearchStrategy[Fact]:
    """Well-typed facts of any truth and speaker. Raises ValueError when a topic or predicate is not there."""
    return _strategy_from(CaseGenerator(vocabulary, topics, predicates).fact)


def cases(
    vocabulary: Vocabulary,
    max_facts: int = 14,
    *,
    max_unknown: int = 6,
    topics: Collection[str] = (),
    predicates: Collection[str] = (),
) -> st.SearchStrategy[Case]:
    """Cases of at most `size` facts, well-typed and free of contradictions.

    At most `unknown` facts are left open; speakers may dispute more. Raises ValueError when a topic or predicate is
    not in the vocabulary.
    """
    generator = CaseGenerator(vocabulary, topics, predicates)
    return _strategy_from(lambda choices: generator.case(choices, max_facts, max_unknown=max_unknown)).map(
        _printable(vocabulary)
    )


def delegation_chains(vocabulary: Vocabulary, max_facts: int = 8) -> st.SearchStrategy[Case]:
    """Cases about who made the rule, with a chain of delegation that may be whole, broken, expired or a circle.

    The facts of a chain use the predicates with three names or more (a giver, a taker and the thing given), and those
    of the same topic.
    """
    links = [item for item in vocabulary.predicates.values() if _count_arguments(vocabulary, item.id, "name") > 2]
    topics = {item.topic for item in links}
    if not topics:
        raise ValueError("no predicate of the vocabulary tells of a chain of delegation")
    generator = CaseGenerator(vocabulary, topics=topics)

    def make(choices: Choices) -> Case:
        draft = CaseDraft(vocabulary)
        for link in links:
            for giver, taker in _random_edges(choices):
                rest = [NAMES[0]] * (link.arity - 2)
                draft.add(Fact(predicate=link.id, args=(giver, taker, *rest)))
        for _ in choices.repeats(max_facts):
            draft.add(generator.fact(choices))
        return Case(facts=tuple(draft.facts))

    return _strategy_from(make).map(_printable(vocabulary))


def prerequisite_graphs(vocabulary: Vocabulary) -> st.SearchStrategy[Case]:
    """Cases of nothing but graphs: chains, trees and circles in the predicates that relate two names."""
    relations = [item for item in vocabulary.predicates.values() if [arg.type for arg in item.args] == ["name"] * 2]
    if not relations:
        raise ValueError("no predicate of the vocabulary relates two names")

    def make(choices: Choices) -> Case:
        edges = {(item.id, edge) for item in relations for edge in _random_edges(choices)}
        return Case(facts=tuple(Fact(predicate=name, args=edge) for name, edge in sorted(edges)))

    return _strategy_from(make).map(_printable(vocabulary))


def timelines(vocabulary: Vocabulary) -> st.SearchStrategy[Case]:
    """Cases of nothing but dated events, the dates as exact as years, months or days."""
    dated = [item.id for item in vocabulary.predicates.values() if _count_arguments(vocabulary, item.id, "date")]
    if not dated:
        raise ValueError("no predicate of the vocabulary has a date")
    generator = CaseGenerator(vocabulary, predicates=dated)
    return _strategy_from(lambda choices: generator.case(choices, len(DATES))).map(_printable(vocabulary))


def documents(vocabulary: Vocabulary, max_facts: int = 8) -> st.SearchStrategy[Document]:
    """Texts with the case that they mean: any wording and synonym, layout noise, comments, speakers."""
    generator = CaseGenerator(vocabulary)
    return _strategy_from(lambda choices: render_document(choices, vocabulary, generator.case(choices, max_facts)))


def malformed_documents(vocabulary: Vocabulary, max_facts: int = 5) -> st.SearchStrategy[str]:
    """Texts with one error: a missing, doubled or misspelt word, a misplaced mark, a cut text."""
    generator = CaseGenerator(vocabulary)
    return _strategy_from(
        lambda choices: corrupt_text(
            choices, render_document(choices, vocabulary, generator.case(choices, max_facts)).text
        )
    )


def near_misses(judge: Judge, criterion: str) -> st.SearchStrategy[Case]:
    """Cases that are one fact away from an example of a criterion, and do not meet it.

    Raises KeyError when the base has no such criterion, ValueError when no change of one fact undoes an example.
    """
    examples = [judge.parse_case(example.text) for example in judge.base.criteria[criterion].examples]
    near = [other for case in examples for other in one_fact_neighbours(judge.base.vocabulary, case)]
    found = [case for case in near if not applies(judge.assess(case), criterion)]
    if not found:
        raise ValueError(f"no change of one fact undoes an example of `{criterion}`")
    return st.sampled_from(found).map(_printable(judge.base.vocabulary))


def reweighted_bases(base: KnowledgeBase) -> st.SearchStrategy[KnowledgeBase]:
    """The base under profiles in which some weights are one step higher or lower. No weight becomes negative, and only
    a weight that is nothing in the base is nothing in a profile."""
    places = [
        (name, key, inner)
        for name, table in base.profile.tables.items()
        for key, value in table.values.items()
        for inner in (value if isinstance(value, dict) else ("",))
    ]

    def moved(steps: list[tuple[tuple[str, str, str], int]]) -> KnowledgeBase:
        tables = {name: table.model_copy(deep=True) for name, table in base.profile.tables.items()}
        for (name, key, inner), step in steps:
            values = tables[name].values
            value = values[key]
            if isinstance(value, dict):
                value[inner] = max(min(1, value[inner]), value[inner] + step)
            else:
                values[key] = max(min(1, value), value + step)
        profile = Profile(base.profile.id, base.profile.name, base.profile.version, base.profile.title, tables)
        named = ",".join(f"{'.'.join(place)}{step:+d}" for place, step in sorted(steps))
        return dataclasses.replace(base, profile=profile, digest=f"{base.digest}:{named}")

    steps = st.lists(st.tuples(st.sampled_from(places), st.sampled_from([1, -1])), max_size=3)
    return steps.map(moved)


def _count_arguments(vocabulary: Vocabulary, predicate: str, type_name: str) -> int:
    return sum(argument.type == type_name for argument in vocabulary.predicates[predicate].args)


def _random_edges(choices: Choices) -> list[tuple[str, str]]:
    return [(choices.pick(NAMES), choices.pick(NAMES)) for _ in choices.repeats(5)]


__all__ = [
    "Document",
    "cases",
    "delegation_chains",
    "documents",
    "facts",
    "malformed_documents",
    "near_misses",
    "prerequisite_graphs",
    "reweighted_bases",
    "timelines",
]
