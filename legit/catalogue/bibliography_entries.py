"""Entries for the law that a base rests on: rights, sources, doctrines, limitation clauses and precedents."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.citations import Cited, bibliography
from legit.catalogue.entry import Entry, cited_by, citing, filled, users_of
from legit.catalogue.precedents import Precedent, load_precedents
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Right, Source, mark


def law_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The law of a base, each thing once."""
    users = users_of(base)
    for name, right in base.library.rights.items():
        yield _right(base, name, right, users.get(name, []))
    places: dict[str, list[Cited]] = {}
    for place in bibliography(base):
        places.setdefault(place.ref.partition(" ")[0], []).append(place)
    for name, source in base.library.sources.items():
        yield _source(name, source, places.get(name, []), base.library.files[name])
    for name, doctrine in base.library.doctrines.items():
        yield Entry(
            kind="doctrine",
            id=name,
            title=doctrine.name,
            says=doctrine.statement,
            details=filled(
                {
                    "Note": [doctrine.note],
                    "Also called": doctrine.also,
                    "Cited by": citing(users.get(name, [])),
                }
            ),
            names=doctrine.also,
            sources=cited_by(base, doctrine.sources),
            path=base.library.files[name],
        )
    for name, clause in base.library.clauses.items():
        limits = [
            f"{key}: {right.name}" for key, right in base.library.rights.items() if name in right.limitation_clauses
        ]
        yield Entry(
            kind="limitation clause",
            id=name,
            title=clause.clause,
            says=f"It governs {clause.governs}.",
            details=filled(
                {"Form": [clause.form], "Aims": clause.aims, "Note": [clause.note], "Limits these rights": limits}
            ),
            sources=cited_by(base, clause.sources),
            path=base.library.files[name],
        )
    for precedent in load_precedents(base.parts):
        yield _precedent(precedent)


def _right(base: KnowledgeBase, name: str, right: Right, users: list[str]) -> Entry:
    attribute = base.about.attributes.get("right_class")
    meaning = attribute.values.get(right.class_, right.class_) if attribute else right.class_
    clauses = [base.library.clauses[clause] for clause in right.limitation_clauses]
    interests = [
        value.phrase
        for enum in base.vocabulary.types.values()
        for value in enum.values.values()
        if name.lower() in [str(entry).lower() for entry in value.attributes.get("rights", ())]
    ]
    return Entry(
        kind="right",
        id=name,
        title=right.name,
        says=f"The right to {right.phrase}.",
        details=filled(
            {
                "Class": [f"{meaning}{f' ({right.class_note})' if right.class_note else ''}"],
                "Limits": [right.limits],
                "Limitation clauses": [
                    f"{clause.clause}: {clause.form}{'; aims: ' + ', '.join(clause.aims) if clause.aims else ''}"
                    for clause in clauses
                ],
                "Touched when obeying costs": interests,
                "Cited by": citing(users),
            }
        ),
        sources=cited_by(base, right.sources),
        names=(right.phrase, f"the right to {right.phrase}"),
        path=base.library.files[name],
    )


def _source(name: str, source: Source, places: list[Cited], path: str) -> Entry:
    lines = [
        f"{place.text}{f': {place.says}' if place.says else ''}"
        f"{mark(place.verified, place.note if place.ref != name else '')}"
        for place in places
    ]
    used = [f"{place.text}: {use}" for place in places for use in place.used]
    return Entry(
        kind="source",
        id=name,
        title=source.title,
        says=source.says or f"A {source.kind.replace('_', ' ')}.",
        details=filled(
            {
                "Kind": [source.kind.replace("_", " ")],
                "Reach": [source.reach],
                "By": [", ".join(filter(None, (source.body, str(source.year or "")))), source.citation],
                "Note": [source.note],
                "Cited as": lines,
                "Used by": used or ["nothing"],
            }
        ),
        names=(source.short, source.citation),
        path=path,
    )


def _precedent(item: Precedent) -> Entry:
    decided = ", ".join(filter(None, (item.body, str(item.year or ""), item.citation)))
    expected = f"the rule is expected to be judged {item.expected}"
    if item.deviation:
        expected += f", and is judged {item.deviation}: see the note"
    return Entry(
        kind="precedent",
        id=item.id,
        title=item.title,
        says=item.holding,
        details=filled(
            {
                "Decided": [decided + mark(item.verified)],
                "Outcome": [f"{item.outcome}; {expected}"],
                "Doctrine": [item.doctrine],
                "Note": [item.note],
                "Facts as described": [item.facts.strip()],
            }
        ),
        names=(item.citation,),
        path=item.path,
    )


def place_entry(base: KnowledgeBase, place: Cited) -> Entry:
    """A place in a source, with what rests on it directly, or by a doctrine or right."""
    source = base.library.sources[place.ref.partition(" ")[0]]
    return Entry(
        kind="place",
        id=place.ref,
        title=place.text,
        says=place.says,
        details=filled(
            {
                "In": [f"{source.title} [{place.kind}]"],
                "Seen": [
                    "yes" + mark(place.verified, place.note) if place.verified else mark(False, place.note).strip()
                ],
                "Cited by": citing([str(use) for use in place.used]),
            }
        ),
        path=base.library.files[place.ref.partition(" ")[0]],
    )
