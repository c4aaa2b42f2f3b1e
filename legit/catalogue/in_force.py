"""The sources of a base that are in force at a place on a date, and what begins or ends between two dates."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from legit.errors import KnowledgeBaseError, Problem
from legit.explain.applicable_law import reason_text
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import Source
from legit.knowledge.in_force import CaseSetting, Force, InForce
from legit.knowledge.places import WORLD, Period, PlaceForTime
from legit.messages import message


class SourceInForce(BaseModel):
    """A source, or a part of one that is in force for a time of its own, at a place on a date."""

    model_config = ConfigDict(frozen=True)

    source: str
    title: str
    kind: str
    force: Force
    why: str
    in_force_from: str
    in_force_to: str
    verified: bool


class InForceChange(BaseModel):
    """A source that begins to bind at a place, or ends to, with the first day on which it is so."""

    model_config = ConfigDict(frozen=True)

    on: str
    begins: bool
    source: str
    title: str


def sources_at(base: KnowledgeBase, place: str, on: str) -> list[SourceInForce]:
    """Every source of a base with its force at a place on a date, those that bind first."""
    order = list(Force)
    ranks = {kind: rank for rank, kinds in enumerate(base.manifest.source_order) for kind in kinds}
    names = base.bibliography.places
    found = [
        SourceInForce(
            source=name,
            title=title,
            kind=source.kind,
            force=force.force,
            why=reason_text(force, names.name(place), names.name(force.place), period),
            in_force_from=period.begins,
            in_force_to=period.ends,
            verified=bool(source.in_force_verified),
        )
        for name, title, source, period in _parts(base)
        for force in [_inquiry(base).force_of(source.kind, source, period, CaseSetting(place, _every_event(base, on)))]
    ]
    return sorted(found, key=lambda item: (order.index(item.force), ranks.get(item.kind, len(ranks))))


def changes(base: KnowledgeBase, place: str, first: str, last: str) -> list[InForceChange]:
    """What begins to bind at a place or ends to between two dates, the earliest first.

    At the place `world`: what begins or ends to be in force anywhere, whether it binds or persuades.
    """
    found = []
    before, after = ({item.source: item for item in sources_at(base, place, on)} for on in (first, last))
    for name, now in after.items():
        then = before[name]
        begins = _counts(now, place)
        if _counts(then, place) == begins:
            continue
        source = base.bibliography.sources[name.partition(" ")[0]]
        day = _day_of_change(base, source, place, begins, (first, last), now if begins else then)
        found.append(InForceChange(on=day, begins=begins, source=name, title=now.title))
    return sorted(found, key=lambda item: (item.on, item.source))


def _counts(item: SourceInForce, place: str) -> bool:
    return item.force is not Force.NOT_APPLICABLE if place == WORLD else item.force is Force.BINDING


def _day_of_change(
    base: KnowledgeBase, source: Source, place: str, begins: bool, between: tuple[str, str], item: SourceInForce
) -> str:
    """The date within a span at which a source begins to bind, or the last on which it does; else where the span ends.

    It is a date of the source, of its part, of one of its places, or of the place of the case."""
    dates = [item.in_force_from if begins else item.in_force_to]
    dates += [span.begins if begins else span.ends for span in _spans(base, source, place)]
    return max((day for day in dates if day and between[0] <= day <= between[1]), default=between[1])


def _spans(base: KnowledgeBase, source: Source, place: str) -> Iterator[PlaceForTime]:
    yield from source.reach
    known = base.bibliography.places.places
    for name in base.bibliography.places.around(place, ""):
        yield from known[name].within if name in known else ()


def _parts(base: KnowledgeBase) -> Iterator[tuple[str, str, Source, Period]]:
    """Each source with its time, and each part that is in force for a time of its own."""
    for name, source in base.bibliography.sources.items():
        yield name, source.title, source, source.period
        for key, part in source.pinpoints.items():
            if part.in_force_from or part.in_force_to:
                begins, ends = part.in_force_from or source.in_force_from, part.in_force_to or source.in_force_to
                yield f"{name} {key}", part.summary or source.title, source, Period(begins=begins, ends=ends)


def _inquiry(base: KnowledgeBase) -> InForce:
    if base.in_force is None:
        raise KnowledgeBaseError(Problem("K409", f"the base `{base.name}` does not say when a source binds"))
    return base.in_force


def _every_event(base: KnowledgeBase, on: str) -> dict[str, str]:
    """All events whose date may count, on one date."""
    rules = _inquiry(base).rules
    events = {event for events in rules.judged_at.values() for event in events}
    events |= {event for source in base.bibliography.sources.values() for event in source.judged_at}
    return dict.fromkeys(events, on)


def reach_lines(base: KnowledgeBase, source: Source) -> list[str]:
    """Where and when a source is in force, for its entry."""
    names = base.bibliography.places
    left_out = [names.name(place) for place in source.not_in if place not in {item.place for item in source.reach}]
    places = [message("in_force.reach_for_time", place=_name(base, item.place), **_time(item)) for item in source.reach]
    lines = [", ".join(places)] if places else []
    if left_out:
        lines.append(message("in_force.reach_without", places=", ".join(left_out)))
    if source.in_force_from or source.in_force_to:
        lines.append(message("in_force.reach_time", **_time(source.period)))
    if source.direct_effect == "vertical":
        lines.append(message("in_force.reach_vertical"))
    if base.in_force and not base.in_force.has_binding_force(source.kind, source):
        lines.append(message("in_force.reach_no_law"))
    if source.successor:
        lines.append(message("in_force.succeeded_by", source=base.bibliography.sources[source.successor].title))
    if lines and not source.in_force_verified:
        lines.append(message("in_force.reach_unverified"))
    return lines


def _name(base: KnowledgeBase, place: str) -> str:
    return message("in_force.everywhere") if place == WORLD else base.bibliography.places.name(place)


def _time(period: Period) -> dict[str, str]:
    return {
        "since": message("in_force.since", date=period.begins) if period.begins else "",
        "until": message("in_force.until", date=period.ends) if period.ends else "",
    }


def last_review(base: KnowledgeBase) -> str:
    """The day on which the law of a base was last reviewed. Raises KnowledgeBaseError (K409) when it does not say."""
    return _inquiry(base).rules.as_of
