"""The differences between the texts of two knowledge bases: criteria, judgement, sentences, lists, weights, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import clingo.ast
from clingo.ast import AST, ASTType
from pydantic import BaseModel, ConfigDict

from legit.assurance.rule_marks import format_rule
from legit.catalogue.precedents import load_precedents
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Example
from legit.knowledge.properties import load_properties
from legit.messages import message

EntryFields = dict[str, str | tuple[str, ...]]
"""The content of an entry: one text for each aspect, or several lines whose order does not matter."""


_COUNTED_FIELDS = {"examples", "counterexamples"}


class EntryDiff(BaseModel):
    """A thing of the base that was added, removed or changed, and in what: one line for each difference."""

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    status: str
    lines: tuple[str, ...] = ()


def diff_bases(old: KnowledgeBase, new: KnowledgeBase) -> list[EntryDiff]:
    """All differences that a reader of the two bases would see, in the order of the kinds of things."""
    before, after = dict(_diffable_entries(old)), dict(_diffable_entries(new))
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        kind, name = key
        if key not in before:
            found.append(EntryDiff(kind=kind, id=name, status="added", lines=tuple(_field_diffs({}, after[key]))))
        elif key not in after:
            found.append(EntryDiff(kind=kind, id=name, status="removed"))
        elif before[key] != after[key]:
            found.append(
                EntryDiff(kind=kind, id=name, status="changed", lines=tuple(_field_diffs(before[key], after[key])))
            )
    kinds = list(dict.fromkeys(kind for kind, _ in [*after, *before]))
    return sorted(found, key=lambda change: (kinds.index(change.kind), change.id))


def _field_diffs(before: EntryFields, after: EntryFields) -> Iterator[str]:
    for field in dict.fromkeys([*after, *before]):
        was, is_ = before.get(field, ""), after.get(field, "")
        aspect = field.replace("_", " ")
        if was == is_:
            continue
        if isinstance(was, tuple) or isinstance(is_, tuple):
            gone, come = set(was or ()), set(is_ or ())
            if field in _COUNTED_FIELDS:
                yield message("assurance.field_counts", field=aspect, new=len(come - gone), gone=len(gone - come))
                continue
            yield from (message("assurance.field_gone", field=aspect, text=line) for line in sorted(gone - come))
            yield from (message("assurance.field_new", field=aspect, text=line) for line in sorted(come - gone))
        elif was and is_:
            yield message("assurance.field_becomes", field=aspect, before=was, after=is_)
        elif is_:
            yield message("assurance.field_new", field=aspect, text=is_)
        else:
            yield message("assurance.field_gone", field=aspect, text=was)


def _diffable_entries(base: KnowledgeBase) -> Iterator[tuple[tuple[str, str], EntryFields]]:
    for extension in base.manifest.extensions.values():
        yield ("extension", extension.name), {
            "extends": extension.extends, "accepted_regressions": _pairs(extension.accepted_regressions),
        }  # fmt: skip
    for item in base.criteria.values():
        yield ("criterion", item.id), {
            "title": item.title, "family": item.family, "standard_of_review": item.standard_of_review,
            "harm_level": item.harm_level, "scope": item.scope, "consequence": item.consequence,
            "specificity": item.specificity, "positive_law": str(item.positive_law).lower(),
            "statement": item.statement, "sources": item.sources,
            "rules": _rule_texts(item.rule_text),
            "undercutters": tuple(f"{name}: {text}" for name, text in item.undercutters.items()),
            "examples": _example_texts(item.examples), "counterexamples": _example_texts(item.counterexamples),
        }  # fmt: skip
    for file in base.judgement_files.values():
        yield ("judgement_rules", file.id), {
            "statement": file.statement, "sources": file.sources, "rules": _rule_texts(file.rule_text),
            "phrases": _pairs(file.phrases), "questions": _pairs(file.mandatory_questions),
            "caution_order": _pairs(file.caution_order), "examples": _example_texts(file.examples),
        }  # fmt: skip
    for table, values in base.profile.tables.items():
        yield ("weights", table), {"why": values.why, "sources": values.sources, "values": _pairs(_flat(values.values))}
    for predicate in base.vocabulary.predicates.values():
        yield ("sentence", predicate.id), _fields(predicate.spec)
    for type_name, enum in base.vocabulary.types.items():
        for value_id, value in enum.values.items():
            fixed = base.attributes.get(type_name, {}).get(value_id, {})
            yield ("value", f"{type_name} {value_id}"), {
                "phrase": value.phrase, "synonyms": value.synonyms, "attributes": _pairs(fixed),
            }  # fmt: skip
    library = base.bibliography
    shelves: list[tuple[str, Mapping[str, BaseModel]]] = [
        ("right", library.rights), ("doctrine", library.doctrines), ("source", library.sources),
        ("limitation_clause", library.limitation_clauses),
    ]  # fmt: skip
    for kind, shelf in shelves:
        for name, model in shelf.items():
            yield (kind, name), _fields(model)
    for precedent in load_precedents(base.layers):
        yield ("precedent", precedent.id), {
            "expected": precedent.expected, "deviation": precedent.deviation, "note": precedent.note,
            "facts": tuple(precedent.facts.strip().splitlines()),
        }  # fmt: skip
    for question in load_properties(base):
        yield ("property", question.id), {
            "question": question.question, "answer": question.answer, "rules": _rule_texts(question.rule_text),
            "exceptions": _pairs(question.exceptions),
        }  # fmt: skip


def _fields(model: BaseModel) -> EntryFields:
    """The fields of a model that say something, nested ones as lines."""
    aspects: EntryFields = {}
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


def _example_texts(examples: Iterable[Example]) -> tuple[str, ...]:
    return tuple(" ".join(f"{example.text} {example.verdict}".split()) for example in examples)


def _rule_texts(text: str) -> tuple[str, ...]:
    found: list[AST] = []
    clingo.ast.parse_string(text, found.append)
    return tuple(format_rule(node) for node in found if node.ast_type == ASTType.Rule)
