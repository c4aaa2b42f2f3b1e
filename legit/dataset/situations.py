"""The banks of situations: who, where, which rule, and what may truthfully be said of it.

A bank is a TOML file in `situations/`, named after its domain; each table is one situation. `docs/dataset.md` has the
keys. A statement of a situation is a fact and the sentence in which the asker says it, divided by a colon.
"""

from __future__ import annotations

import importlib.resources
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources.abc import Traversable
from typing import Any

from legit.dataset.templates import parse_template
from legit.errors import DatasetError, Problem
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Fact, Truth, Value

_TRUTHS = {"!": Truth.FALSE, "?": Truth.UNKNOWN}
_KEYS = frozenset(
    [
        "kind",
        "who",
        "they",
        "voice",
        "scene",
        "rule",
        "says",
        "act",
        "obey",
        "purpose",
        "cost",
        "harm",
        "sanction",
        "rights",
        "ways",
        "channels",
        "facts",
        "fits",
        "desk",
        "holders",
    ]
)


@cache
def _fact_tables() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(importlib.resources.files("legit.dataset").joinpath("facts.toml").read_text(encoding="utf-8"))


def fact_table(name: str) -> Mapping[str, Any]:
    """A table of `facts.toml`: which facts of the vocabulary a case is made of."""
    return _fact_tables()[name]


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact without its quoted detail, and the template of the sentence that says it; an empty one is general.

    `needs` are predicates of which the case has to state one, so that the sentence has something to refer to.
    """

    fact: Fact
    say: str = ""
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """One situation of a bank. `forbids` tells whether the rule forbids or requires `rule`."""

    id: str
    domain: str
    authority: str
    status: str
    they: str
    voice: str
    scene: str
    forbids: bool
    rule: str
    says: str
    act: str
    obey: str
    purposes: tuple[str, ...]
    costs: tuple[Statement, ...]
    harms: tuple[Statement, ...]
    sanctions: tuple[str, ...]
    rights: tuple[str, ...]
    ways: tuple[str, ...]
    channels: tuple[str, ...]
    statements: tuple[Statement, ...]
    fits: frozenset[str]
    desk: str
    holders: Mapping[str, str]

    @property
    def predicates(self) -> frozenset[str]:
        """The predicates of the statements of the situation itself."""
        return frozenset(item.fact.predicate for item in self.statements)


def bank_domains() -> tuple[str, ...]:
    """The domains of which there are situations."""
    folders = importlib.resources.files("legit.dataset").joinpath("situations").iterdir()
    return tuple(sorted(item.name for item in folders if item.is_dir() and _banks(item)))


def _banks(folder: Traversable) -> list[Traversable]:
    return sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)


@lru_cache(maxsize=4)
def _tables() -> tuple[tuple[str, str, Mapping[str, Any]], ...]:
    found = []
    for domain in bank_domains():
        folder = importlib.resources.files("legit.dataset").joinpath("situations", domain)
        for file in _banks(folder):
            found += [(domain, name, table) for name, table in _read(file).items()]
    return tuple(found)


def _read(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DatasetError(Problem("D020", f"not TOML: {error}", source=file.name)) from error


def load_situations(vocabulary: Vocabulary) -> tuple[Situation, ...]:
    """Every situation of every bank, by domain and file.

    Raises DatasetError: D020 not TOML, D021 a key or value that a situation does not have, D022 braces that do not
    match.
    """
    reader = FactReader(vocabulary)
    found = tuple(_situation(reader, *entry) for entry in _tables())
    ids = [item.id for item in found]
    for name in ids:
        if ids.count(name) > 1:
            raise DatasetError(Problem("D021", f"two situations are called `{name}`"))
    return found


class FactReader:
    """Reads facts in the short form of the banks: a predicate and its arguments, such as `notice none`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def fact(self, text: str) -> Fact:
        """A fact; `!` before it denies it, `?` leaves it unknown. Raises DatasetError (D021)."""
        truth = _TRUTHS.get(text[:1], Truth.TRUE)
        words = shlex.split(text.lstrip("!?"))
        predicate = self._vocabulary.predicates.get(words[0]) if words else None
        if predicate is None:
            raise DatasetError(Problem("D021", f"`{text}` names no predicate of the vocabulary"))
        rest = words[1:]
        args = [self._value(argument.type, rest, text) for argument in predicate.args]
        if rest:
            raise DatasetError(Problem("D021", f"`{text}` has more arguments than `{predicate.id}`"))
        return Fact(predicate=predicate.id, args=tuple(args), truth=truth)

    def value(self, type_name: str, text: str) -> str:
        """A value of an enumeration. Raises DatasetError (D021)."""
        if text not in self._vocabulary.values(type_name):
            raise DatasetError(Problem("D021", f"`{text}` is no {type_name}"))
        return text

    def _value(self, type_name: str, rest: list[str], text: str) -> Value:
        if not rest:
            raise DatasetError(Problem("D021", f"`{text}` lacks an argument of type {type_name}"))
        word = rest.pop(0)
        if self._vocabulary.values(type_name):
            return self.value(type_name, word)
        if type_name == "time" and rest:
            return int(word) * self._vocabulary.lexicon.units[rest.pop(0)]
        return int(word) if type_name in {"time", "years", "count"} else word


def _situation(reader: FactReader, domain: str, name: str, table: Mapping[str, Any]) -> Situation:
    try:
        strange = sorted(set(table) - _KEYS)
        if strange:
            raise DatasetError(Problem("D021", f"a situation has no key `{strange[0]}`"))
        verb, _, rule = table["rule"].partition(" ")
        if verb not in {"forbids", "requires"}:
            raise DatasetError(Problem("D021", "`rule` begins with `forbids` or `requires`"))
        return Situation(
            id=name,
            domain=domain,
            authority=reader.value("authority_kind", table["kind"]),
            status=reader.value("status", table["who"]) if table.get("who") else "",
            they=table["they"],
            voice=table.get("voice", "plain"),
            scene=_template(table["scene"]),
            forbids=verb == "forbids",
            rule=rule,
            says=table.get("says", ""),
            act=table["act"],
            obey=table["obey"],
            purposes=tuple(reader.value("purpose", item) for item in table.get("purpose", "").split()),
            costs=tuple(_harms(reader, fact_table("slots")["cost"]["graded"], table.get("cost", ()))),
            harms=tuple(_harms(reader, fact_table("slots")["harm"]["graded"], table.get("harm", ()))),
            sanctions=tuple(reader.value("sanction_kind", item) for item in table.get("sanction", "").split()),
            rights=tuple(reader.value("right", item) for item in table.get("rights", "").split()),
            ways=tuple(
                reader.value("method_kind", item)
                for item in table.get("ways", fact_table("requests")["usual_way"]).split()
            ),
            channels=tuple(
                reader.value("channel_kind", item)
                for item in (
                    table["channels"].split() if "channels" in table else fact_table("channels")["of_a_situation"]
                )
            ),
            statements=tuple(_statement(reader, item) for item in table.get("facts", ())),
            fits=frozenset(table.get("fits", "").split()),
            desk=table.get("desk", ""),
            holders=dict(table.get("holders", {})),
        )
    except KeyError as error:
        raise DatasetError(Problem("D021", f"the situation `{name}` lacks `{error.args[0]}`")) from error
    except DatasetError as error:
        raise DatasetError(Problem(error.problems[0].code, f"{name}: {error.problems[0].message}")) from error


def _statement(reader: FactReader, text: str) -> Statement:
    head, _, say = text.partition(": ")
    head, _, needs = head.partition(" < ")
    return Statement(reader.fact(head), _template(say), frozenset(needs.split()))


def _template(text: str) -> str:
    parse_template(text)
    return text


def _harms(reader: FactReader, predicate: str, entries: list[str]) -> Iterator[Statement]:
    """The harms of entries such as `money user minor serious`: an interest, its holder, and how severe it may be."""
    for entry in entries:
        interest, holder, *severities = entry.split()
        for severity in severities:
            yield Statement(reader.fact(f"{predicate} likely {severity} {interest} {holder}"))
            yield Statement(reader.fact(f"{predicate} possible {severity} {interest} {holder}"))
