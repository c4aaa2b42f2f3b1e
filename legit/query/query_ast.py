"""The query as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from legit.model.facts import Truth, Value


@dataclass(frozen=True, slots=True)
class Variable:
    """A wildcard. Those of one name have the same value; a listed one is shown under `column`."""

    name: str
    quantifier: str = "listed"
    column: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure or time that is at least, at most, more or less than a value."""

    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values; a name may stand for several."""

    values: frozenset[str]


ArgumentPattern = Value | Variable | Comparison | OneOf


@dataclass(frozen=True, slots=True)
class FactAtom:
    """A stated fact with this predicate and one of these truth values, by speakers of one kind or any."""

    predicate: str
    args: tuple[ArgumentPattern, ...]
    truths: frozenset[Truth]
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class DecisionAtom:
    """A condition on the decision; `relation` names an attribute of `legit.query.decision_attributes`."""

    attribute: str
    args: tuple[ArgumentPattern, ...] = ()


Atom = FactAtom | DecisionAtom


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that no binding may satisfy."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """A conjunction."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A disjunction."""

    parts: tuple[Condition, ...]


Condition = FactAtom | DecisionAtom | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class CitationQuery:
    """The entries that cite sources: entries of one kind, or of all; criteria of some families, or of all.

    `pinpoints` are the cited places; without any, the entries that cite an unverified place are meant.
    """

    entry_kind: str = ""
    families: frozenset[str] = frozenset()
    pinpoints: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """The cases that satisfy a condition, with the values of the wildcards. `group_by` names the values to group by.
    With `is_count` the query asks only for their number. With `citation_query` the query is about the knowledge base
    instead.
    """

    condition: Condition = field(default_factory=lambda: All(()))
    is_count: bool = False
    group_by: tuple[str, ...] = ()
    citation_query: CitationQuery | None = None

    @property
    def listed_variables(self) -> tuple[Variable, ...]:
        """The listed wildcards, each once, in order, with the column of the first of each name."""
        found: dict[str, Variable] = {}
        for item in variables(self.condition):
            if item.quantifier == "listed":
                found.setdefault(item.name, item)
        return tuple(found.values())


def variables(condition: Condition) -> list[Variable]:
    """Every wildcard of a condition, in the order of the words."""
    if isinstance(condition, Not):
        return variables(condition.part)
    if isinstance(condition, All | AnyOf):
        return [found for part in condition.parts for found in variables(part)]
    return [arg for arg in condition.args if isinstance(arg, Variable)]


def atoms(condition: Condition) -> list[Atom]:
    """Every atom of a condition."""
    if isinstance(condition, Not):
        return atoms(condition.part)
    if isinstance(condition, All | AnyOf):
        return [found for part in condition.parts for found in atoms(part)]
    return [condition]


def dimension_name(dimension: str) -> str:
    """The name under which a dimension of `group_by` is shown: of a predicate its id, with spaces."""
    return dimension.rpartition(" ")[2].replace("_", " ")
