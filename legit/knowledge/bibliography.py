"""Sources, doctrines and rights: the bibliography that criteria cite, and how a citation resolves."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.knowledge.concordance import Concordance, load_concordance, unknown_principles
from legit.knowledge.in_force import Reach
from legit.knowledge.layers import Layers, duplicate_problem, layer_files, layer_of
from legit.knowledge.places import LegalDate, Period, PlaceForTime, PlaceTable, load_places, reach_problems
from legit.knowledge.toml_files import read_toml, validation_problems
from legit.model.dates import certainly_before

_ModelT = TypeVar("_ModelT", bound=BaseModel)
_MIN_TITLE_WORDS = 3


class Reading(BaseModel):
    """A reading by the project: the day `on` which it was recorded, the edition, and where the text was seen.

    It names no person.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: date
    edition: str = ""
    seen: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.on.isoformat(), self.edition, self.seen)))


class Pinpoint(BaseModel):
    """An article, paragraph, chapter or page of a source.

    `verified` is true where it was read in the `reading` of its source, or is a reading of its own. It may be in force
    for another time than its source.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str = ""
    verified: bool | Reading = False
    note: str = ""
    in_force_from: LegalDate = ""
    in_force_to: LegalDate = ""

    @property
    def period(self) -> Period:
        """The time at which it is in force, within that of its source."""
        return Period(begins=self.in_force_from, ends=self.in_force_to)


class Source(Reach, BaseModel):
    """A treaty, case, work or other source.

    `verified` is about the source as a whole; `reading` is the one in which its pinpoints, or the whole, were read.
    `in_force_verified` is about the places and dates of its being in force.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    short_title: str
    kind: Literal["treaty", "soft_law", "statute", "case", "work", "maxim"]
    territorial_scope: Literal["universal", "europe", "americas", "africa", "national"] = "universal"
    year: int | None = None
    issuing_body: str = ""
    citation: str = ""
    summary: str = ""
    note: str = ""
    verified: bool | Reading | None = None
    in_force_verified: bool | Reading = False
    reading: Reading | None = None
    pinpoints: dict[str, Pinpoint] = {}


class Doctrine(BaseModel):
    """A named doctrine that bundles sources, for example the three-part test; `synonyms` are other names of it.

    `principles` are those of the concordance that it states: by them the law of a place is found that says the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    statement: str
    sources: tuple[str, ...]
    principles: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    note: str = ""


class LimitationClause(BaseModel):
    """A clause under which qualified rights may be limited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clause: str
    governs: str = ""
    requirements: str = ""
    legitimate_aims: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""


class Right(BaseModel):
    """A right of the catalogue with its class, a value of the attribute `right_class` of the base, and its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str
    phrase: str
    class_: str = Field(alias="class")
    class_note: str = ""
    non_derogable: bool = False
    limits: str = ""
    limitation_clauses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


UNVERIFIED = "unverified"


def verification_note(verified: bool, note: str = "") -> str:
    """The addition to a printed citation: that it is unverified, its note, or both; empty for a verified one."""
    said = "; ".join(filter(None, ("" if verified else UNVERIFIED, note)))
    return f" ({said})" if said else ""


@dataclass(frozen=True, slots=True)
class ResolvedCitation:
    """A citation resolved: its printed text, the kind of authority, its summary, and whether it was verified."""

    ref: str
    text: str
    kind: str
    territorial_scope: str
    summary: str
    verified: bool
    note: str = ""
    reading: Reading | None = None


@dataclass(frozen=True)
class Bibliography:
    """All sources, doctrines, limitation clauses and rights, by id."""

    sources: dict[str, Source]
    doctrines: dict[str, Doctrine]
    limitation_clauses: dict[str, LimitationClause]
    rights: dict[str, Right]
    defined_at: dict[str, str] = field(default_factory=dict)
    places: PlaceTable = field(default_factory=lambda: PlaceTable({}))
    concordance: Concordance = field(default_factory=Concordance)

    def unresolved_problem(self, name: str, ref: str, path: str, line: int = 0) -> Problem:
        """The problem (K401) of a citation by `name` that does not resolve, with the nearest that would."""
        source, _, locus = ref.partition(" ")
        known = self.sources.get(source)
        if known and locus:
            near = tuple(f"{source} {found}" for found in suggest(locus, known.pinpoints))
        elif known:
            near = tuple(f"{source} {found}" for found in list(known.pinpoints)[:1])
        else:
            near = suggest(source, {*self.sources, *self.doctrines, *self.rights})
        message = f"`{name}` cites `{ref[:60]}`, which does not resolve"
        return Problem("K401", message, line, 1 if line else 0, path, nearest=near)

    def unresolved_problems(self, name: str, refs: Iterable[str], path: str, line: int = 0) -> list[Problem]:
        """The problems (K401) of those citations by `name` that do not resolve."""
        return [self.unresolved_problem(name, ref, path, line) for ref in refs if not self.resolve(ref)]

    def title_prefixes(self) -> dict[str, str]:
        """Unambiguous beginnings of titles, in lower case and of at least three words, with the id of their source."""
        meant: dict[str, set[str]] = {}
        for name, source in self.sources.items():
            words = source.title.casefold().split()
            for end in range(_MIN_TITLE_WORDS, len(words)):
                meant.setdefault(" ".join(words[:end]).rstrip(",;:("), set()).add(name)
        return {text: min(names) for text, names in meant.items() if len(names) == 1}

    def law_of_places(self, ref: str) -> tuple[str, ...]:
        """The law of every place that says the same as a doctrine; empty for another reference."""
        doctrine = self.doctrines.get(ref)
        return self.concordance.all_references(doctrine.principles) if doctrine else ()

    def law_of_place(self, refs: Iterable[str], branches: Container[str], places: Container[str]) -> list[str]:
        """What the law of some places says, in some branches of law, of the principles that doctrines among the
        references state; in the order of the references."""
        cited = (self.doctrines[ref] for ref in refs if ref in self.doctrines)
        principles = dict.fromkeys(name for doctrine in cited for name in doctrine.principles)
        return self.concordance.references(principles, branches, places)

    def resolve(self, ref: str) -> tuple[ResolvedCitation, ...]:
        """The citations behind a reference: a source id, a source id with a pinpoint, or the id of a doctrine or right.

        Empty when it does not resolve.
        """
        bundle = self.doctrines.get(ref) or self.rights.get(ref)
        if bundle:
            return tuple(citation for inner in bundle.sources for citation in self._resolve_source(inner))
        return self._resolve_source(ref)

    def _resolve_source(self, ref: str) -> tuple[ResolvedCitation, ...]:
        """The citation of a source or pinpoint. Doctrines and rights cite sources only, so none can cite itself."""
        source_id, _, locus_name = ref.partition(" ")
        source = self.sources.get(source_id)
        if source is None:
            return ()
        if not locus_name:
            if source.verified is None and not source.pinpoints:
                return ()
            is_more = source.citation not in {"", source.short_title}
            text = f"{source.short_title}, {source.citation}" if is_more else source.short_title
            return (_citation(ref, text, source, source.summary, source.verified, source.note),)
        locus = source.pinpoints.get(locus_name)
        if locus is None:
            return ()
        says = locus.summary or source.summary
        return (_citation(ref, f"{source.short_title} {locus_name}", source, says, locus.verified, locus.note),)


def _citation(
    ref: str, text: str, source: Source, says: str, verified: bool | Reading | None, note: str
) -> ResolvedCitation:
    return ResolvedCitation(
        ref=ref,
        text=text,
        kind=source.kind,
        territorial_scope=source.territorial_scope,
        summary=says,
        verified=bool(verified),
        note=note,
        reading=_reading(verified, source),
    )


def _reading(verified: bool | Reading | None, source: Source) -> Reading | None:
    """The reading in which a place was verified; None where it was not, or where none is recorded."""
    return verified if isinstance(verified, Reading) else source.reading if verified else None


def load_bibliography(layers: Layers) -> tuple[Bibliography, list[Problem]]:
    """Read `sources/`, `doctrines/`, `rights/` and the concordance of all layers.

    Problems: K201 wrong shape, K204 an id used twice, K210 one that an extension takes, K401 a citation that does not
    resolve, K406 a place that does not exist, K407 an end before a beginning, K408 a successor that is none.
    """
    reader = _TableReader(layers)
    places, problems = load_places(layers)
    concordance, found = load_concordance(layers)
    problems += found
    bibliography = Bibliography(
        sources=reader.read("sources", Source),
        doctrines=reader.read("doctrines", Doctrine),
        limitation_clauses=reader.read("rights", LimitationClause, "limitation_clauses.toml"),
        rights=reader.read("rights", Right, skip="limitation_clauses.toml"),
        defined_at=reader.defined_at,
        places=places,
        concordance=concordance,
    )
    problems += [*reader.problems, *_ambiguous_ids(bibliography), *_unresolved(bibliography)]
    return bibliography, [*problems, *_reach_problems(bibliography)]


class _TableReader:
    """Reads the tables of TOML files as models, by id; collects the problems, and the file of each id."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self.defined_at: dict[str, str] = {}
        self.problems: list[Problem] = []

    def read(self, folder: str, model: type[_ModelT], pattern: str = "*.toml", skip: str = "") -> dict[str, _ModelT]:
        """The tables of the files of a folder that match `pattern`, except the file called `skip`."""
        found: dict[str, _ModelT] = {}
        own: dict[str, str] = {}
        for path, source in layer_files(self._layers, f"{folder}/{pattern}"):
            for name, table in read_toml(path, source).items() if path.name != skip else ():
                before = self.defined_at.get(name, source)
                if name in own:
                    self.problems.append(duplicate_problem(model.__name__.lower(), name, source, own[name]))
                elif layer_of(before) != layer_of(source):
                    self.problems.append(duplicate_problem("id", name, source, before))
                else:
                    own[name] = self.defined_at[name] = source
                    try:
                        found[name] = model.model_validate(table)
                    except ValidationError as error:
                        self.problems += validation_problems(error, model, source, name)
        return found


def _ambiguous_ids(bibliography: Bibliography) -> list[Problem]:
    """Ids that stand for two things (K204, K210)."""
    places = bibliography.defined_at
    problems = [
        Problem("K204", f"`{name}` is both a doctrine and a right", source=places[name])
        for name in bibliography.doctrines.keys() & bibliography.rights.keys()
    ]
    # A doctrine or right is looked up before a pinpoint: its id must not be what cites one.
    problems += [
        duplicate_problem("place", name, places[name], places[source])
        for name in (*bibliography.doctrines, *bibliography.rights)
        for source, _, pinpoint in [name.partition(" ")]
        if pinpoint and source in bibliography.sources and pinpoint in bibliography.sources[source].pinpoints
    ]
    return problems


def _unresolved(bibliography: Bibliography) -> list[Problem]:
    """Citations and limitation clauses that are not there (K401)."""
    places = bibliography.defined_at
    bundles: list[tuple[str, Doctrine | LimitationClause | Right]] = [
        *bibliography.doctrines.items(),
        *bibliography.limitation_clauses.items(),
        *bibliography.rights.items(),
    ]
    problems = [
        problem
        for name, item in bundles
        for problem in bibliography.unresolved_problems(name, item.sources, places[name])
    ]
    problems += [
        Problem("K401", f"`{name}`: there is no limitation clause `{clause}`", source=places[name], nearest=near)
        for name, right in bibliography.rights.items()
        for clause in right.limitation_clauses
        if clause not in bibliography.limitation_clauses
        for near in [suggest(clause, bibliography.limitation_clauses)]
    ]
    known = bibliography.concordance
    for name, doctrine in bibliography.doctrines.items():
        problems += unknown_principles(name, doctrine.principles, known, places[name])
    for name, principle in known.principles.items():
        refs = [ref for _, _, ref in principle.references()]
        problems += bibliography.unresolved_problems(name, refs, known.defined_at[name])
    return problems


def _reach_problems(bibliography: Bibliography) -> Iterator[Problem]:
    """What is wrong with where and when sources are in force (K406, K407, K408)."""
    known = bibliography.concordance
    for name, principle in known.principles.items():
        places = tuple(PlaceForTime(place=place) for law in principle.law.values() for place in law)
        yield from reach_problems(name, places, bibliography.places, known.defined_at[name])
    for name, source in bibliography.sources.items():
        path = bibliography.defined_at[name]
        left_out = tuple(PlaceForTime(place=place) for place in source.not_in)
        yield from reach_problems(name, (*source.reach, *left_out), bibliography.places, path)
        parts = {name: source.period, **{f"{name} {key}": part.period for key, part in source.pinpoints.items()}}
        for part, period in parts.items():
            if period.is_backwards:
                yield Problem("K407", f"`{part}` ends before it begins", source=path)
        successor = bibliography.sources.get(source.successor)
        if source.successor and successor is None:
            near = suggest(source.successor, bibliography.sources)
            message = f"`{name}`: there is no source `{source.successor[:40]}` to succeed it"
            yield Problem("K408", message, source=path, nearest=near)
        elif successor is not None and not source.in_force_to:
            help_ = "give `in_force_to`, the last day on which it was in force"
            yield Problem("K408", f"`{name}` has a successor and no end", source=path, help=help_)
        elif successor is not None and not certainly_before(source.in_force_to, successor.in_force_from):
            message = f"`{name}` and its successor `{source.successor}` overlap"
            help_ = "the successor begins on a day after the last day of what it succeeds"
            yield Problem("K408", message, source=path, help=help_)
