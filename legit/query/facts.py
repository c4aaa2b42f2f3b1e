"""What a program of rules is given of decided cases: facts, as documented in docs/auditors.md."""

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
"""A name and its arguments, in the form that the worker takes: names as texts, texts as `{"text": …}`."""


INPUT_SIGNATURES = {
    "case": 3, "says": 4, "verdict": 2, "guidance": 2, "harm": 2, "finding": 3, "supports": 2, "harms": 3, "touches": 2,
    "needs": 2, "alone": 2, "asks": 2, "decided": 2, "overridden": 2, "family": 2, "cites": 2,
}  # fmt: skip
"""The names of all facts that a program may be given, with the number of their arguments."""


def base_facts(base: KnowledgeBase) -> Iterator[WorkerFact]:
    """The criteria with their families and the places in sources on which they rest."""
    for criterion in base.criteria.values():
        yield ["family", [criterion.id, criterion.family]]
        texts = dict.fromkeys(found.text for ref in criterion.sources for found in base.bibliography.resolve(ref))
        yield from (["cites", [criterion.id, _text_term(text)]] for text in texts)


def case_facts(items: Iterable[CorpusCase], base: KnowledgeBase) -> Iterator[WorkerFact]:
    """The facts and findings of cases, numbered from 1."""
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
        yield "says", [fact.speaker_kind, fact.truth.value, [fact.predicate, args]]
    yield "verdict", [answer.verdict.value]
    yield "guidance", [_name_term(answer.action)]
    yield "harm", [_name_term(answer.method_harm)]
    for found in answer.findings:
        yield "finding", [_name_term(found.criterion), found.effect]
    for saved in answer.undercut:
        yield "finding", [_name_term(saved.criterion), "undercut"]
    for basis in answer.justifications:
        yield "supports", [_name_term(basis.criterion)]
    for harm in answer.method_harm_reasons:
        yield "harms", [_name_term(harm.criterion), _name_term(harm.level)]
    for right in answer.rights_touched:
        yield "touches", [right.lower()]
    for speaker in sorted(needed_sources(item)):
        yield "needs", [speaker]
    if answer.sole_source:
        yield "alone", [answer.sole_source]
    for question in relations.decisive_questions(item):
        yield "asks", [_text_term(question)]
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
