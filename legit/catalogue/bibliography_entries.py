"""Entries for the law that a base rests on: rights, sources, doctrines, limitation clauses and precedents."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.citations import BibliographyItem, bibliography
from legit.catalogue.entry import Entry, citations_of, citers_by_ref, citers_or_none, nonempty_sections
from legit.catalogue.precedents import Precedent, load_precedents
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Right, Source, verification_note


def bibliography_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The law of a base, each thing once."""
    users = citers_by_ref(base)
    for name, right in base.bibliography.rights.items():
        yield _right(base, name, right, users.get(name, []))
    places: dict[str, list[BibliographyItem]] = {}
    for place in bibliography(base):
        places.setdefault(place.ref.partition(" ")[0], []).append(place)
    for name, source in base.bibliography.sources.items():
        yield _source(name, source, places.get(name, []), base.bibliography.defined_at[name])
    for name, doctrine in base.bibliography.doctrines.items():
        yield Entry(
            kind="doctrine",
            id=name,
            title=doctrine.name,
            description=doctrine.statement,
            details=nonempty_sections(
                {
                    "Note": [doctrine.note],
                    "Also called": doctrine.synonyms,
                    "Cited by": citers_or_none(users.get(name, [])),
                }
            ),
            aliases=doctrine.synonyms,
            sources=citations_of(base, doctrine.sources),
            path=base.bibliography.defined_at[name],
        )
    for name, clause in base.bibliography.limitation_clauses.items():
        limits = [
            f"{key}: {right.name}"
            for key, right in base.bibliography.rights.items()
            if name in right.limitation_clauses
        ]
        yield Entry(
            kind="limitation clause",
            id=name,
            title=clause.clause,
            description=f"It governs {clause.governs}.",
            details=nonempty_sections(
                {
                    "Form": [clause.requirements],
                    "Aims": clause.legitimate_aims,
                    "Note": [clause.note],
                    "Limits these rights": limits,
                }
            ),
            sources=citations_of(base, clause.sources),
            path=base.bibliography.defined_at[name],
        )
    for precedent in load_precedents(base.layers):
        yield _precedent(precedent)


def _right(base: KnowledgeBase, name: str, right: Right, users: list[str]) -> Entry:
    attribute = base.manifest.attributes.get("right_class")
    meaning = attribute.values.get(right.class_, right.class_) if attribute else right.class_
    clauses = [base.bibliography.limitation_clauses[clause] for clause in right.limitation_clauses]
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
        description=f"The right to {right.phrase}.",
        details=nonempty_sections(
            {
                "Class": [f"{meaning}{f' ({right.class_note})' if right.class_note else ''}"],
                "Limits": [right.limits],
                "Limitation clauses": [
                    f"{clause.clause}: {clause.requirements}{'; aims: ' + ', '.join(clause.legitimate_aims) if clause.legitimate_aims else ''}"
                    for clause in clauses
                ],
                "Touched when obeying costs": interests,
                "Cited by": citers_or_none(users),
            }
        ),
        sources=citations_of(base, right.sources),
        aliases=(right.phrase, f"the right to {right.phrase}"),
        path=base.bibliography.defined_at[name],
    )


def _source(name: str, source: Source, items: list[BibliographyItem], path: str) -> Entry:
    lines = [
        f"{place.text}{f': {place.summary}' if place.summary else ''}"
        f"{verification_note(place.verified, place.note if place.ref != name else '')}"
        for place in items
    ]
    used = [f"{place.text}: {use}" for place in items for use in place.cited_by]
    return Entry(
        kind="source",
        id=name,
        title=source.title,
        description=source.summary or f"A {source.kind.replace('_', ' ')}.",
        details=nonempty_sections(
            {
                "Kind": [source.kind.replace("_", " ")],
                "Reach": [source.territorial_scope],
                "By": [", ".join(filter(None, (source.issuing_body, str(source.year or "")))), source.citation],
                "Note": [source.note],
                "Cited as": lines,
                "Used by": used or ["nothing"],
            }
        ),
        aliases=(source.short_title, source.citation),
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
        description=item.holding,
        details=nonempty_sections(
            {
                "Decided": [decided + verification_note(item.verified)],
                "Outcome": [f"{item.outcome}; {expected}"],
                "Doctrine": [item.doctrine],
                "Note": [item.note],
                "Facts as described": [item.facts.strip()],
            }
        ),
        aliases=(item.citation,),
        path=item.path,
    )


def pinpoint_entry(base: KnowledgeBase, item: BibliographyItem) -> Entry:
    """A place in a source, with what rests on it directly, or by a doctrine or right."""
    source = base.bibliography.sources[item.ref.partition(" ")[0]]
    return Entry(
        kind="pinpoint",
        id=item.ref,
        title=item.text,
        description=item.summary,
        details=nonempty_sections(
            {
                "In": [f"{source.title} [{item.kind}]"],
                "Seen": [
                    "yes" + verification_note(item.verified, item.note)
                    if item.verified
                    else verification_note(False, item.note).strip()
                ],
                "Cited by": citers_or_none([str(use) for use in item.cited_by]),
            }
        ),
        path=base.bibliography.defined_at[item.ref.partition(" ")[0]],
    )
