"""Sources, doctrines and rights: the bibliography that criteria cite, and how a citation resolves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import Problem
from legit.knowledge.files import read_toml

_Model = TypeVar("_Model", bound=BaseModel)


class Locus(BaseModel):
    """An article, paragraph, chapter or page of a source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str = ""
    verified: bool = False
    note: str = ""


class Source(BaseModel):
    """A treaty, case, work or other source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    short: str
    kind: Literal["treaty", "soft_law", "statute", "case", "work", "maxim"]
    reach: Literal["universal", "europe", "americas", "africa", "national"] = "universal"
    year: int | None = None
    body: str = ""
    citation: str = ""
    says: str = ""
    note: str = ""
    verified: bool | None = None
    loci: dict[str, Locus] = {}


class Doctrine(BaseModel):
    """A named doctrine that bundles sources, for example the three-part test."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    statement: str
    sources: tuple[str, ...]
    note: str = ""


class LimitationClause(BaseModel):
    """A clause under which qualified rights may be limited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clause: str
    governs: str = ""
    form: str = ""
    aims: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation resolved: how it is printed, what kind of authority it is, what it says, and whether it was seen."""

    ref: str
    text: str
    kind: str
    reach: str
    says: str
    verified: bool
    note: str = ""


@dataclass(frozen=True)
class Library:
    """All sources, doctrines, limitation clauses and rights, by id."""

    sources: dict[str, Source]
    doctrines: dict[str, Doctrine]
    clauses: dict[str, LimitationClause]
    rights: dict[str, Right]

    def resolve(self, ref: str) -> tuple[Citation, ...]:
        """The citations behind a reference: a source id, a source id with a locus, or the id of a doctrine or right.

        Empty when it does not resolve.
        """
        bundle = self.doctrines.get(ref) or self.rights.get(ref)
        if bundle:
            return tuple(citation for inner in bundle.sources for citation in self.resolve(inner))
        source_id, _, locus_name = ref.partition(" ")
        source = self.sources.get(source_id)
        if source is None:
            return ()
        if not locus_name:
            if source.verified is None and not source.loci:
                return ()
            verified = bool(source.verified) if source.verified is not None else False
            text = f"{source.short}, {source.citation}" if source.citation else source.short
            return (Citation(ref, text, source.kind, source.reach, source.says, verified, source.note),)
        locus = source.loci.get(locus_name)
        if locus is None:
            return ()
        says = locus.says or source.says
        return (
            Citation(ref, f"{source.short} {locus_name}", source.kind, source.reach, says, locus.verified, locus.note),
        )


def load_library(root: Path, shown: str) -> tuple[Library, list[Problem]]:
    """Read `sources/`, `doctrines/` and `rights/` below `root`.

    Problems: K201 wrong shape, K204 an id used twice, K401 a citation that does not resolve.
    """
    problems: list[Problem] = []

    def tables(folder: str, model: type[_Model], only: str = "*.toml", skip: str = "") -> dict[str, _Model]:
        found: dict[str, _Model] = {}
        for path in sorted((root / folder).glob(only)):
            if path.name == skip:
                continue
            source = f"{shown}/{folder}/{path.name}"
            for name, table in read_toml(path, source).items():
                if name in found:
                    problems.append(Problem("K204", f"`{name}` is defined twice", source=source))
                try:
                    if isinstance(table, dict) and "class" in table:
                        table = {**table, "class_": table["class"]}
                        del table["class"]
                    found[name] = model.model_validate(table)
                except ValidationError as error:
                    problems.extend(
                        Problem(
                            "K201", f"`{name}`: {'.'.join(map(str, item['loc']))}: {item['msg'].lower()}", source=source
                        )
                        for item in error.errors()
                    )
        return found

    library = Library(
        sources=tables("sources", Source),
        doctrines=tables("doctrines", Doctrine),
        clauses=tables("rights", LimitationClause, "limitation_clauses.toml"),
        rights=tables("rights", Right, skip="limitation_clauses.toml"),
    )
    bundles: list[tuple[str, str, tuple[str, ...]]] = [
        *(("doctrines", name, item.sources) for name, item in library.doctrines.items()),
        *(("rights", name, item.sources) for name, item in library.clauses.items()),
        *(("rights", name, item.sources) for name, item in library.rights.items()),
    ]
    for folder, name, refs in bundles:
        problems += [
            Problem("K401", f"`{name}` cites `{ref}`, which does not resolve", source=f"{shown}/{folder}")
            for ref in refs
            if not library.resolve(ref)
        ]
    return library, problems
