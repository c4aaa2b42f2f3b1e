"""Entries for the law that a base rests on: rights, sources, doctrines, limitation clauses and precedents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from legit.catalogue.citations import BibliographyItem, CitingEntry, bibliography
from legit.catalogue.entry import Entry, citations_of, citer_lines, citers_by_ref, is_uncited, nonempty_sections
from legit.catalogue.in_force import reach_lines
from legit.catalogue.precedents import Precedent, load_precedents
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Right, Source, verification_note
from legit.knowledge.protocol import RIGHT_CLASS
from legit.messages import message


def legal_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """The law of a base, each thing once."""
    users = citers_by_ref(base)
    for name, right in base.bibliography.rights.items():
        yield _right(base, name, right, users.get(name, []))
    places: dict[str, list[BibliographyItem]] = {}
    for place in bibliography(base):
        places.setdefault(place.ref.partition(" ")[0], []).append(place)
    for name, source in base.bibliography.sources.items():
        yield _source(base, name, source, places.get(name, []))
    for name, doctrine in base.bibliography.doctrines.items():
        yield Entry(
            kind="doctrine",
            id=name,
            title=doctrine.name,
            description=doctrine.statement,
            details=nonempty_sections(
                {
                    "note": [doctrine.note],
                    "synonyms": doctrine.synonyms,
                    "law_of_places": _law_of_places(base, doctrine.principles),
                    "cited_by": citer_lines(users.get(name, [])),
                }
            ),
            uncited=is_uncited(users.get(name, [])),
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
            kind="limitation_clause",
            id=name,
            title=clause.clause,
            description=message("catalogue.describes_clause", governs=clause.governs),
            details=nonempty_sections(
                {
                    "form": [clause.requirements],
                    "aims": clause.legitimate_aims,
                    "note": [clause.note],
                    "limited_rights": limits,
                }
            ),
            sources=citations_of(base, clause.sources),
            path=base.bibliography.defined_at[name],
        )
    for precedent in load_precedents(base.layers):
        yield _precedent(precedent)


def _law_of_places(base: KnowledgeBase, principles: Iterable[str]) -> Iterator[str]:
    """The law that says the same as a doctrine, by principle, branch of law and place."""
    branches = base.branches_of_law
    for name in principles:
        principle = base.bibliography.concordance.principles[name]
        for branch, places in principle.law.items():
            for place, refs in places.items():
                yield message(
                    "catalogue.law_of_place",
                    principle=principle.name,
                    branch=branches.get(branch, branch),
                    place=base.bibliography.places.name(place),
                    law="; ".join(item.text for item in citations_of(base, refs)),
                )


def _right(base: KnowledgeBase, name: str, right: Right, users: list[CitingEntry]) -> Entry:
    attribute = base.manifest.attributes.get(RIGHT_CLASS)
    meaning = attribute.values.get(right.class_, right.class_) if attribute else right.class_
    clauses = [base.bibliography.limitation_clauses[clause] for clause in right.limitation_clauses]
    interests = [
        value.phrase
        for enum in base.vocabulary.types.values()
        for value in enum.values.values()
        if name.lower() in [str(entry).lower() for entry in value.attributes.get("protected_by_right", ())]
    ]
    return Entry(
        kind="right",
        id=name,
        title=right.name,
        description=message("catalogue.describes_right", right=right.phrase),
        details=nonempty_sections(
            {
                "right_class": [f"{meaning}{f' ({right.class_note})' if right.class_note else ''}"],
                "limits": [right.limits],
                "limitation_clauses": [
                    f"{clause.clause}: {clause.requirements}"
                    + (f"; aims: {', '.join(clause.legitimate_aims)}" if clause.legitimate_aims else "")
                    for clause in clauses
                ],
                "interests": interests,
                "cited_by": citer_lines(users),
            }
        ),
        uncited=is_uncited(users),
        sources=citations_of(base, right.sources),
        aliases=(right.phrase, f"the right to {right.phrase}"),
        path=base.bibliography.defined_at[name],
    )


def _source(base: KnowledgeBase, name: str, source: Source, items: list[BibliographyItem]) -> Entry:
    lines = [
        f"{place.text}{f': {place.summary}' if place.summary else ''}"
        f"{verification_note(place.verified, place.note if place.ref != name else '')}"
        for place in items
    ]
    used = [f"{place.text}: {use}" for place in items for use in place.cited_by]
    readings = dict.fromkeys(place.reading for place in items)
    return Entry(
        kind="source",
        id=name,
        title=source.title,
        description=source.summary or message("catalogue.describes_source", kind=source.kind.replace("_", " ")),
        details=nonempty_sections(
            {
                "source_kind": [source.kind.replace("_", " ")],
                "territorial_scope": [source.territorial_scope],
                "in_force": reach_lines(base, source),
                "issued_by": [source.issuing_body],
                "year": [str(source.year or "")],
                "citation": [source.citation],
                "note": [source.note],
                "reading": readings,
                "pinpoints": lines,
                "used_by": used or [message("catalogue.nothing")],
            }
        ),
        aliases=(source.short_title, source.citation),
        path=base.bibliography.defined_at[name],
    )


def _precedent(item: Precedent) -> Entry:
    decided = ", ".join(filter(None, (item.body, str(item.year or ""), item.citation)))
    outcome = message("catalogue.precedent_expected", outcome=item.outcome, expected=item.expected)
    if item.deviation:
        outcome = message(
            "catalogue.precedent_deviates", outcome=item.outcome, expected=item.expected, deviation=item.deviation
        )
    return Entry(
        kind="precedent",
        id=item.id,
        title=item.title,
        description=item.holding,
        details=nonempty_sections(
            {
                "decided": [decided + verification_note(item.verified)],
                "outcome": [outcome],
                "doctrine": [item.doctrine],
                "note": [item.note],
                "facts": [item.facts.strip()],
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
                "source": [f"{source.title} [{item.kind}]"],
                "verified": [
                    message("catalogue.verified") + verification_note(item.verified, item.note)
                    if item.verified
                    else verification_note(False, item.note).strip()
                ],
                "cited_by": citer_lines(item.cited_by),
            }
        ),
        uncited=is_uncited(item.cited_by),
        path=base.bibliography.defined_at[item.ref.partition(" ")[0]],
    )
