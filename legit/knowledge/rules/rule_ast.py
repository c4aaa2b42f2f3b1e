"""The rules of a file as plain data; `rule_parser` makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from legit.knowledge.criteria import RuleFileBase
from legit.knowledge.protocol import Signature


class Term(NamedTuple):
    """An argument of an atom: a constant, a variable (each `_` is one of its own), or a computed term."""

    kind: Literal["name", "variable", "other"]
    text: str


class Atom(NamedTuple):
    """An atom as written, with its position in the file."""

    name: str
    args: tuple[Term, ...]
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.name}({','.join(arg.text for arg in self.args)})" if self.args else self.name


class BodyLiteral(NamedTuple):
    """An atom of a body, which must hold or, when `negated`, must not."""

    atom: Atom
    negated: bool = False


class Comparison(NamedTuple):
    """A comparison as written; `sign` is one of =, !=, <, <=, > and >=."""

    left: Term
    operator: str
    right: Term
    line: int = 0
    column: int = 0


Condition = BodyLiteral | Comparison


@dataclass(frozen=True, slots=True)
class Head:
    """An atom that a rule derives; in a choice it may have conditions of its own."""

    atom: Atom
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `heads` are one atom, or those of a choice with its bounds.

    `aggregate_conditions` are the conditions in each element of an aggregate, whose variables are local.
    `aggregate_weights` has the weight term of each of these elements for a sum, minimum or maximum, and None for a
    count. `lower_bound` is None for a choice whose bounds are not plain numbers, `upper_bound` where there is no upper
    bound.
    """

    heads: tuple[Head, ...]
    body: tuple[Condition, ...]
    aggregate_conditions: tuple[tuple[Condition, ...], ...]
    text: str
    line: int
    is_choice: bool = False
    lower_bound: int | None = 0
    upper_bound: int | None = None
    aggregate_weights: tuple[Term | None, ...] = ()


RulesByFile = list[tuple[RuleFileBase, tuple[Rule, ...]]]
"""The rules of each file."""


def signature(atom: Atom) -> Signature:
    """The name and the arity of an atom."""
    return atom.name, len(atom.args)


def body_literals(rule: Rule) -> Iterator[BodyLiteral]:
    """Every atom that a rule reads, including those in choices and aggregates."""
    for scope in condition_scopes(rule):
        for condition in scope:
            if isinstance(condition, BodyLiteral):
                yield condition


def condition_scopes(rule: Rule) -> Iterator[tuple[Condition, ...]]:
    """The conditions of a rule by scope of variables: the body, and each element of a choice or aggregate."""
    yield rule.body
    for head in rule.heads:
        if head.conditions:
            yield head.conditions
    yield from rule.aggregate_conditions
