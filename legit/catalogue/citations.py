"""The bibliography of a base, with where each source is used and what in it was never seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from legit.errors import Problem
from legit.knowledge.attributes import Attributes
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Citation

FROM_MEMORY = "from memory"
"""With these words a note says what of a place nobody has seen."""


class Use(BaseModel):
    """Where a source is used: the kind, id and title of what cites it; `via` is the doctrine or right in between."""

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    title: str
    via: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.title}{f' (by {self.via})' if self.via else ''}"


class Cited(BaseModel):
    """A place in a source: how it is printed, what it says, whether it was seen, and what rests on it."""

    model_config = ConfigDict(frozen=True)

    ref: str
    text: str
    kind: str
    says: str
    verified: bool
    note: str
    used: tuple[Use, ...] = ()


def direct_uses(base: KnowledgeBase) -> Iterator[tuple[str, Use]]:
    """Every reference in the base, with what makes it."""
    for criterion in base.criteria.values():
        for ref in criterion.sources:
            yield ref, Use(kind="criterion", id=criterion.id, title=criterion.title)
    for file in base.files.values():
        for ref in file.sources:
            yield ref, Use(kind="shared rules", id=file.id, title=file.title)
    for name, doctrine in base.library.doctrines.items():
        for ref in doctrine.sources:
            yield ref, Use(kind="doctrine", id=name, title=doctrine.name)
    for name, right in base.library.rights.items():
        for ref in right.sources:
            yield ref, Use(kind="right", id=name, title=right.name)
    for name, clause in base.library.clauses.items():
        for ref in clause.sources:
            yield ref, Use(kind="limitation clause", id=name, title=clause.clause)
    for name, table in base.profile.tables.items():
        for ref in table.sources:
            yield ref, Use(kind="weights", id=name, title=base.profile.title)
    yield from _attribute_uses(base, base.attributes)


def _attribute_uses(base: KnowledgeBase, attributes: Attributes) -> Iterator[tuple[str, Use]]:
    for of, values in attributes.items():
        for value, table in values.items():
            phrase = base.vocabulary.types[of].values[value].phrase
            for ref in table.get("sources", ()):
                yield ref, Use(kind="fixed facts", id=value, title=phrase)


def bibliography(base: KnowledgeBase) -> list[Cited]:
    """Every source and every place in one, with what rests on it, directly or by a doctrine or right; in file order."""
    used: dict[str, dict[tuple[str, str], Use]] = defaultdict(dict)
    for ref, use in direct_uses(base):
        bundle = base.library.doctrines.get(ref) or base.library.rights.get(ref)
        for inner in bundle.sources if bundle else (ref,):
            seen = use.model_copy(update={"via": ref}) if bundle else use
            used[inner].setdefault((use.kind, use.id), seen)
    found = []
    for name, source in base.library.sources.items():
        # A source of which only places are cited was not seen or unseen as a whole.
        whole = [name] if source.verified is not None or not source.loci or name in used else []
        refs = [*whole, *(f"{name} {locus}" for locus in source.loci)]
        for citation in (citation for ref in refs for citation in base.library.resolve(ref)):
            found.append(cited(citation, tuple(used[citation.ref].values())))
    return found


def overstated(base: KnowledgeBase) -> Iterator[Problem]:
    """The places that are marked as seen while their note says that something of them is from memory (K403)."""
    for name, source in base.library.sources.items():
        marked = [(name, source.verified, source.note)]
        marked += [(f"{name} {locus}", place.verified, place.note) for locus, place in source.loci.items()]
        for ref, verified, note in marked:
            if verified and FROM_MEMORY in note and base.owns(base.library.files[name]):
                message = f"`{ref}` is marked `verified = true`, and its note says: {note}"
                help_ = "write `verified = false` until the place was read"
                yield Problem("K403", message, source=base.library.files[name], help=help_)


def cited(citation: Citation, used: tuple[Use, ...] = ()) -> Cited:
    """A citation as a place in a source."""
    return Cited(
        ref=citation.ref,
        text=citation.text,
        kind=citation.kind.replace("_", " "),
        says=citation.says,
        verified=citation.verified,
        note=citation.note,
        used=used,
    )
