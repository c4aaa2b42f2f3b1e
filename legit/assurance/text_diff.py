"""What differs between two knowledge bases, in words: criteria, judgement, sentences, lists, weights, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import clingo.ast
from clingo.ast import AST, ASTType
from pydantic import BaseModel, ConfigDict

from legit.assurance.properties import load_properties
from legit.assurance.rule_marks import written
from legit.catalogue.precedents import load_precedents
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Example

Aspects = dict[str, str | tuple[str, ...]]
"""What a thing says: one text for each aspect, or several lines whose order does not matter."""


_EXAMPLES = {"examples that meet it", "examples that look alike", "examples"}


class Change(BaseModel):
    """A thing of the base that was added, removed or changed, and in what: one line for each difference."""

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    sort: str
    says: tuple[str, ...] = ()


def changes(old: KnowledgeBase, new: KnowledgeBase) -> list[Change]:
    """All differences that a reader of the two bases would see, in the order of the kinds of things."""
    before, after = dict(_things(old)), dict(_things(new))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        kind, name = key
        if key not in before:
            found.append(Change(kind=kind, id=name, sort="added", says=tuple(_lines({}, after[key]))))
        elif key not in after:
            found.append(Change(kind=kind, id=name, sort="removed"))
        elif before[key] != after[key]:
            found.append(Change(kind=kind, id=name, sort="changed", says=tuple(_lines(before[key], after[key]))))
    kinds = list(dict.fromkeys(kind for kind, _ in [*after, *before]))
    return sorted(found, key=lambda change: (kinds.index(change.kind), change.id))


def _lines(before: Aspects, after: Aspects) -> Iterator[str]:
    for aspect in dict.fromkeys([*after, *before]):
        was, is_ = before.get(aspect, ""), after.get(aspect, "")
        if was == is_:
            continue
        if isinstance(was, tuple) or isinstance(is_, tuple):
            gone, come = set(was or ()), set(is_ or ())
            if aspect in _EXAMPLES:
                yield f"{aspect}: {len(come - gone)} new, {len(gone - come)} no longer"
                continue
            yield from (f"{aspect}: no longer `{line}`" for line in sorted(gone - come))
            yield from (f"{aspect}: new `{line}`" for line in sorted(come - gone))
        elif was and is_:
            yield f"{aspect}: `{was}` becomes `{is_}`"
        else:
            yield f"{aspect}: new `{is_}`" if is_ else f"{aspect}: no longer `{was}`"


def _things(base: KnowledgeBase) -> Iterator[tuple[tuple[str, str], Aspects]]:
    for extension in base.about.extensions.values():
        yield ("extension", extension.name), {
            "extends": extension.extends, "departs from": _pairs(extension.departures),
        }  # fmt: skip
    for item in base.criteria.values():
        yield ("criterion", item.id), {
            "title": item.title, "family": item.family, "weighed": item.weighing, "level": item.level,
            "statement": item.statement, "sources": item.sources, "rules": _rules(item.rules),
            "does not count when": tuple(f"{name}: {text}" for name, text in item.undercutters.items()),
            "examples that meet it": _examples(item.meets), "examples that look alike": _examples(item.misses),
        }  # fmt: skip
    for file in base.files.values():
        yield ("judgement", file.id), {
            "statement": file.statement, "sources": file.sources, "rules": _rules(file.rules),
            "phrases": _pairs(file.phrases), "questions": _pairs(file.questions), "careful": _pairs(file.careful),
            "examples": _examples(file.examples),
        }  # fmt: skip
    for table, values in base.profile.tables.items():
        yield ("weights", table), {"why": values.why, "sources": values.sources, "values": _pairs(_flat(values.values))}
    for predicate in base.vocabulary.predicates.values():
        yield ("sentence", predicate.id), _fields(predicate.stated)
    for type_name, enum in base.vocabulary.types.items():
        for value_id, value in enum.values.items():
            fixed = base.attributes.get(type_name, {}).get(value_id, {})
            yield ("value", f"{type_name} {value_id}"), {
                "phrase": value.phrase, "also": value.also, "holds": _pairs(fixed),
            }  # fmt: skip
    library = base.library
    shelves: list[tuple[str, Mapping[str, BaseModel]]] = [
        ("right", library.rights), ("doctrine", library.doctrines), ("source", library.sources),
        ("limitation clause", library.clauses),
    ]  # fmt: skip
    for kind, shelf in shelves:
        for name, model in shelf.items():
            yield (kind, name), _fields(model)
    for precedent in load_precedents(base.parts):
        yield ("precedent", precedent.id), {
            "expected": precedent.expected, "deviation": precedent.deviation, "note": precedent.note,
            "facts": tuple(precedent.facts.strip().splitlines()),
        }  # fmt: skip
    for question in load_properties(base):
        yield ("question", question.id), {
            "question": question.question, "answer": question.answer, "rules": _rules(question.rules),
            "exceptions": _pairs(question.exceptions),
        }  # fmt: skip


def _fields(model: BaseModel) -> Aspects:
    """The fields of a model that say something, nested ones as lines."""
    aspects: Aspects = {}
    for name, value in model.model_dump(mode="json", exclude_defaults=True).items():
        if isinstance(value, dict):
            aspects[name] = _pairs(value)
        else:
            aspects[name] = tuple(map(str, value)) if isinstance(value, list) else str(value)
    return aspects


def _pairs(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{name} = {value}" for name, value in table.items())


def _flat(values: Mapping[str, int | dict[str, int]]) -> dict[str, int]:
    flat: dict[str, int] = {}
    for name, value in values.items():
        inner = {f"{name}.{key}": number for key, number in value.items()} if isinstance(value, dict) else {name: value}
        flat |= inner
    return flat


def _examples(examples: Iterable[Example]) -> tuple[str, ...]:
    return tuple(" ".join(f"{example.text} {example.verdict}".split()) for example in examples)


def _rules(text: str) -> tuple[str, ...]:
    found: list[AST] = []
    clingo.ast.parse_string(text, found.append)
    return tuple(written(node) for node in found if node.ast_type == ASTType.Rule)
