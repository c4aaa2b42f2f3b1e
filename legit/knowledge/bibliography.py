"""Sources, doctrines and rights: the bibliography that criteria cite, and how a citation resolves."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import Problem
from legit.knowledge.layers import Layers, duplicate_problem, layer_files, layer_of
from legit.knowledge.toml_files import read_toml, suggest, validation_problems

_ModelT = TypeVar("_ModelT", bound=BaseModel)
_MIN_TITLE_WORDS = 3


class Pinpoint(BaseModel):
    """An article, paragraph, chapter or page of a source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str = ""
    verified: bool = False
    note: str = ""


class Source(BaseModel):
    """A treaty, case, work or other source."""

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
    verified: bool | None = None
    pinpoints: dict[str, Pinpoint] = {}


class Doctrine(BaseModel):
    """A named doctrine that bundles sources, for example the three-part test; `also` are other words for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    statement: str
    sources: tuple[str, ...]
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
    """A right of the catalogue with its class and its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str
    phrase: str
    # `class` is a reserved word of Python, not of the knowledge base.
    class_: Literal["absolute", "non_derogable", "qualified", "progressive", "structural"]
    class_note: str = ""
    non_derogable: bool = False
    limits: str = ""
    limitation_clauses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


UNVERIFIED = "unverified"


def verification_note(verified: bool, note: str = "") -> str:
    """How far a place was seen, to be printed after it: that it is unverified, its note, or both."""
    said = "; ".join(filter(None, ("" if verified else UNVERIFIED, note)))
    return f" ({said})" if said else ""


@dataclass(frozen=True, slots=True)
class ResolvedCitation:
    """A citation resolved: how it is printed, what kind of authority it is, what it says, and whether it was seen."""

    ref: str
    text: str
    kind: str
    territorial_scope: str
    summary: str
    verified: bool
    note: str = ""


@dataclass(frozen=True)
class Bibliography:
    """All sources, doctrines, limitation clauses and rights, by id."""

    sources: dict[str, Source]
    doctrines: dict[str, Doctrine]
    limitation_clauses: dict[str, LimitationClause]
    rights: dict[str, Right]
    defined_at: dict[str, str] = field(default_factory=dict)

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

    def title_prefixes(self) -> dict[str, str]:
        """Beginnings of titles, of three words or more in small letters, by which just one source is meant: its id."""
        meant: dict[str, set[str]] = {}
        for name, source in self.sources.items():
            words = source.title.casefold().split()
            for end in range(_MIN_TITLE_WORDS, len(words)):
                meant.setdefault(" ".join(words[:end]).rstrip(",;:("), set()).add(name)
        return {text: min(names) for text, names in meant.items() if len(names) == 1}

    def resolve(self, ref: str) -> tuple[ResolvedCitation, ...]:
        """The citations behind a reference: a source id, a source id with a locus, or the id of a doctrine or right.

        Empty when it does not resolve.
        """
        bundle = self.doctrines.get(ref) or self.rights.get(ref)
        if bundle:
            return tuple(citation for inner in bundle.sources for citation in self._resolve_source(inner))
        return self._resolve_source(ref)

    def _resolve_source(self, ref: str) -> tuple[ResolvedCitation, ...]:
        """The citation of a source; a bundle holds sources only, so that none can hold itself."""
        source_id, _, locus_name = ref.partition(" ")
        source = self.sources.get(source_id)
        if source is None:
            return ()
        if not locus_name:
            if source.verified is None and not source.pinpoints:
                return ()
            verified = bool(source.verified) if source.verified is not None else False
            text = f"{source.short_title}, {source.citation}" if source.citation else source.short_title
            return (
                ResolvedCitation(
                    ref, text, source.kind, source.territorial_scope, source.summary, verified, source.note
                ),
            )
        locus = source.pinpoints.get(locus_name)
        if locus is None:
            return ()
        says = locus.summary or source.summary
        return (
            ResolvedCitation(
                ref,
                f"{source.short_title} {locus_name}",
                source.kind,
                source.territorial_scope,
                says,
                locus.verified,
                locus.note,
            ),
        )


def load_bibliography(layers: Layers) -> tuple[Bibliography, list[Problem]]:
    """Read `sources/`, `doctrines/` and `rights/` of all parts.

    Problems: K201 wrong shape, K204 an id used twice, K210 one that an extension takes, K401 a citation that does not
    resolve.
    """
    problems: list[Problem] = []
    places: dict[str, str] = {}

    def tables(folder: str, model: type[_ModelT], only: str = "*.toml", skip: str = "") -> dict[str, _ModelT]:
        found: dict[str, _ModelT] = {}
        own: dict[str, str] = {}
        for path, source in layer_files(layers, f"{folder}/{only}"):
            if path.name == skip:
                continue
            for name, table in read_toml(path, source).items():
                if name in own:
                    problems.append(duplicate_problem(model.__name__.lower(), name, source, own[name]))
                    continue
                if name in places and layer_of(places[name]) != layer_of(source):
                    problems.append(duplicate_problem("id", name, source, places[name]))
                    continue
                own[name] = source
                if isinstance(table, dict) and "class" in table:
                    table = {**table, "class_": table["class"]}
                    del table["class"]
                try:
                    found[name] = model.model_validate(table)
                except ValidationError as error:
                    problems.extend(validation_problems(error, model, source, name))
                places[name] = source
        return found

    library = Bibliography(
        sources=tables("sources", Source),
        doctrines=tables("doctrines", Doctrine),
        limitation_clauses=tables("rights", LimitationClause, "limitation_clauses.toml"),
        rights=tables("rights", Right, skip="limitation_clauses.toml"),
    )
    library = dataclasses.replace(library, defined_at=places)
    problems += [
        Problem("K204", f"`{name}` is both a doctrine and a right", source=places[name])
        for name in library.doctrines.keys() & library.rights.keys()
    ]
    # A bundle is looked up before a place in a source: its id must not be what cites one.
    problems += [
        duplicate_problem("place", name, places[name], places[source])
        for name in (*library.doctrines, *library.rights)
        for source, _, locus in [name.partition(" ")]
        if locus and source in library.sources and locus in library.sources[source].pinpoints
    ]
    bundles: list[tuple[str, Doctrine | LimitationClause | Right]] = [
        *library.doctrines.items(),
        *library.limitation_clauses.items(),
        *library.rights.items(),
    ]
    for name, item in bundles:
        problems += [
            library.unresolved_problem(name, ref, places[name]) for ref in item.sources if not library.resolve(ref)
        ]
    for name, right in library.rights.items():
        problems += [
            Problem("K401", f"`{name}`: there is no limitation clause `{clause}`", source=places[name], nearest=near)
            for clause in right.limitation_clauses
            if clause not in library.limitation_clauses
            for near in [suggest(clause, library.limitation_clauses)]
        ]
    return library, problems
