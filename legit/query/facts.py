"""Encodes decided cases as the facts that a query program reads (`legit kb query --asp`).

docs/queries.md lists the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from legit.decision_log.filters import needed_sources
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.vocabulary import IDENTIFIER
from legit.model.facts import Value
from legit.query.corpus import CorpusCase
from legit.query.decision_attributes import DecisionAttributes

WorkerFact = list[Any]
"""The name of a fact and its arguments as the worker takes them: constants as texts, strings as `{"text": …}`."""

INPUT_SIGNATURES = {
    "case": 3, "stated": 4, "verdict": 2, "guidance": 2, "method_harm_level": 2, "finding": 3, "supports": 2,
    "method_harm": 3, "touches_right": 2, "requires_source": 2, "sole_source": 2, "open_question": 2, "decided": 2,
    "overridden": 2, "family": 2, "cites": 2,
}  # fmt: skip
"""The names of all facts that a program may read, with their numbers of arguments."""


def base_facts(base: KnowledgeBase) -> Iterator[WorkerFact]:
    """The facts about the base: the family of each criterion and the pinpoints that it cites."""
    for criterion in base.criteria.values():
        yield ["family", [criterion.id, criterion.family]]
        texts = dict.fromkeys(found.text for ref in criterion.sources for found in base.bibliography.resolve(ref))
        yield from (["cites", [criterion.id, _text_term(text)]] for text in texts)


def case_facts(items: Iterable[CorpusCase], base: KnowledgeBase) -> Iterator[WorkerFact]:
    """The facts about cases: the statements of each case, and its decision. Cases are numbered from 1."""
    relations = DecisionAttributes(base)
    for number, item in enumerate(items, start=1):
        for name, arguments in _facts_of_case(item, base, relations):
            yield [name, [number, *arguments]]


def _facts_of_case(
    item: CorpusCase, base: KnowledgeBase, relations: DecisionAttributes
) -> Iterator[tuple[str, list[Any]]]:
    answer = item.answer
    yield "case", [_text_term(item.case_id), _text_term(item.title)]
    for fact in item.facts:
        predicate = base.vocabulary.predicates.get(fact.predicate)
        types = [argument.type for argument in predicate.args] if predicate else []
        args = [_value_term(value, types[at] if at < len(types) else "") for at, value in enumerate(fact.args)]
        yield "stated", [fact.speaker_kind, fact.truth.value, [fact.predicate, args]]
    yield "verdict", [answer.verdict.value]
    yield "guidance", [_name_term(answer.action)]
    yield "method_harm_level", [_name_term(answer.method_harm)]
    for found in answer.findings:
        yield "finding", [_name_term(found.criterion), found.effect]
    for saved in answer.undercut:
        yield "finding", [_name_term(saved.criterion), "undercut"]
    for basis in answer.justifications:
        yield "supports", [_name_term(basis.criterion)]
    for harm in answer.method_harm_reasons:
        yield "method_harm", [_name_term(harm.criterion), _name_term(harm.level)]
    for right in answer.rights_touched:
        yield "touches_right", [right.lower()]
    for speaker in sorted(needed_sources(item)):
        yield "requires_source", [speaker]
    if answer.sole_source:
        yield "sole_source", [answer.sole_source]
    for question in relations.decisive_questions(item):
        yield "open_question", [_text_term(question)]
    if item.time:
        yield "decided", [_text_term(item.time)]
    if item.override_action:
        yield "overridden", [_name_term(item.override_action)]


def _text_term(text: str) -> dict[str, str]:
    # The solver ends a text at a null character.
    return {"text": text.replace("\0", "\ufffd").encode(errors="replace").decode()}


def _name_term(name: str) -> Any:
    return name if IDENTIFIER.match(name) else _text_term(name)


def _value_term(value: Value, type_name: str) -> Any:
    return (
        value
        if isinstance(value, int)
        else _text_term(value)
        if type_name in {"name", "text", "date"}
        else _name_term(value)
    )
