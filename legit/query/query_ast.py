"""What a question asks, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from legit.model.facts import Truth, Value


@dataclass(frozen=True, slots=True)
class Variable:
    """A gap. Two with one name must be filled alike; `column` heads it in the answer where it is `listed`."""

    name: str
    quantifier: str = "listed"
    column: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure, or a time, that is at least, at most, more or less than a value."""

    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of some values: a name may stand for several things."""

    values: frozenset[str]


ArgumentPattern = Value | Variable | Comparison | OneOf


@dataclass(frozen=True, slots=True)
class FactAtom:
    """Somebody (or speakers of one kind) says something with a predicate, as a fact of one of these truths."""

    predicate: str
    args: tuple[ArgumentPattern, ...]
    truths: frozenset[Truth]
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class DecisionAtom:
    """Something about the decision; `relation` names one of `legit.query.decision_attributes`."""

    attribute: str
    args: tuple[ArgumentPattern, ...] = ()


Atom = FactAtom | DecisionAtom


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold, however its gaps are filled."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Parts that must all hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Parts of which one must hold."""

    parts: tuple[Condition, ...]


Condition = FactAtom | DecisionAtom | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class CitationQuery:
    """What of the knowledge base rests on sources: things of a `kind`, or all; criteria of some `families`, or all.

    `places` are the places in sources; where there are none, those that nobody has seen are meant.
    """

    entry_kind: str = ""
    families: frozenset[str] = frozenset()
    pinpoints: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """Which cases, with what fills the gaps; `by` names what they are grouped by, `counted` asks only how many.

    With `citing` it asks instead about the knowledge base.
    """

    condition: Condition = field(default_factory=lambda: All(()))
    is_count: bool = False
    group_by: tuple[str, ...] = ()
    citation_query: CitationQuery | None = None

    @property
    def listed_variables(self) -> tuple[Variable, ...]:
        """The gaps that are listed, each once, in their order; one of several places is called as in the first."""
        found: dict[str, Variable] = {}
        for item in variables(self.condition):
            if item.quantifier == "listed":
                found.setdefault(item.name, item)
        return tuple(found.values())


def variables(condition: Condition) -> list[Variable]:
    """Every gap of a condition, in the order of the words."""
    if isinstance(condition, Not):
        return variables(condition.part)
    if isinstance(condition, All | AnyOf):
        return [found for part in condition.parts for found in variables(part)]
    return [arg for arg in condition.args if isinstance(arg, Variable)]


def atoms(condition: Condition) -> list[Atom]:
    """Everything that a condition asks of a case."""
    if isinstance(condition, Not):
        return atoms(condition.part)
    if isinstance(condition, All | AnyOf):
        return [found for part in condition.parts for found in atoms(part)]
    return [condition]
