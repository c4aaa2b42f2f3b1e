"""When a source binds: where and when it is in force, seen from the place and the dates of a case.

A source binds where and when it is in force, persuades elsewhere, and does not apply at a time at which it was not in
force. `docs/decisions/0025-in-force.md` says why; which kinds bind, and which date of a case counts, is data of a base.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from legit.knowledge.places import WORLD, LegalDate, Period, PlaceForTime, PlaceTable
from legit.model.facts import Case, Truth


class InForceRules(BaseModel):
    """What a base says of sources in force, under `[in_force]` of its `base.toml`.

    `place_predicate` is the predicate with which a case states its place, `date_predicate` the one with which it dates
    an event. `judged_at` has, for each kind of source, the events whose date counts, the first that a case states.
    Sources of `binding_kinds` bind where they are in force; those of `timeless_kinds` are never out of force. A case
    that states no date of such an event is judged `as_of` this day, on which the law of the base was last reviewed. A
    source whose direct effect is vertical binds where the atom `vertical_effect_against` holds. `regions` are the
    places of which rules may ask whether the case lies there, at the date of the first event of `place_at`. The
    rule in question comes under those branches of law that `branch_attribute` gives to the values with which
    `branch_predicate` holds, and under `branches_for_all`: by them the law of the place is found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: LegalDate = Field(min_length=4)
    place_predicate: str
    date_predicate: str
    judged_at: dict[str, tuple[str, ...]]
    binding_kinds: tuple[str, ...]
    timeless_kinds: tuple[str, ...] = ()
    vertical_effect_against: str = ""
    place_at: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    branch_attribute: str = ""
    branch_predicate: str = ""
    branches_for_all: tuple[str, ...] = ()


class Reach(BaseModel):
    """Where and when a source is in force.

    `places` are the places, each perhaps for a time of its own, without those in `not_in`. `begins` and `ends` are the
    first and the last day; `successor` is the source that took its place. `binding` says whether it binds, where its
    kind alone does not tell. `vertical` direct effect binds public authorities alone. `judged_at` are the events whose
    date counts, where they are others than those of its kind.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    places: tuple[str | PlaceForTime, ...] = ()
    not_in: tuple[str, ...] = ()
    in_force_from: LegalDate = ""
    in_force_to: LegalDate = ""
    successor: str = ""
    binding: bool | None = None
    direct_effect: Literal["full", "vertical"] = "full"
    judged_at: tuple[str, ...] = ()

    @property
    def period(self) -> Period:
        """The time at which the source is in force at all."""
        return Period(begins=self.in_force_from, ends=self.in_force_to)

    @property
    def reach(self) -> tuple[PlaceForTime, ...]:
        """Its places, each with its time."""
        return tuple(PlaceForTime(place=item) if isinstance(item, str) else item for item in self.places)


class Force(StrEnum):
    """What a source does in a case."""

    BINDING = "binding"
    PERSUASIVE = "persuasive"
    NOT_APPLICABLE = "not_applicable"


class SourceForce(NamedTuple):
    """The force of a source in a case, with the key of the reason, the place that it rests on, and the date at which
    the source was judged."""

    force: Force
    why: Literal["in_force", "vertical", "vertical_private", "no_law", "elsewhere", "not_yet", "no_longer"]
    place: str
    moment: str


@dataclass(frozen=True)
class CaseSetting:
    """The place in which a case arises, and the dates of its events by event."""

    place: str
    dates: Mapping[str, str]


def case_setting(rules: InForceRules, case: Case, trust: Callable[[str], float]) -> CaseSetting | None:
    """Where a case arises, and when; None where no trusted speaker says where, or where they differ.

    An event that speakers date differently has no date. `trust` is the trust of a profile in a kind of speaker.
    """
    places: set[str] = set()
    dates: dict[str, set[str]] = {}
    place_predicate, date_predicate = rules.place_predicate, rules.date_predicate
    for fact in case.facts:
        of_place, of_date = fact.predicate == place_predicate, fact.predicate == date_predicate
        if not (of_place or of_date) or fact.truth is not Truth.TRUE or trust(fact.speaker.kind.value) <= 0:
            continue
        if of_place:
            places.add(str(fact.args[0]))
        else:
            dates.setdefault(str(fact.args[0]), set()).add(str(fact.args[1]))
    if len(places) != 1:
        return None
    return CaseSetting(places.pop(), {event: said.pop() for event, said in dates.items() if len(said) == 1})


@dataclass(frozen=True)
class InForce:
    """Tells the force of sources under the rules and the places of one base."""

    rules: InForceRules
    table: PlaceTable

    def moment(self, kind: str, source: Reach, setting: CaseSetting) -> tuple[str, str]:
        """The event whose date counts for a source, and the date; no event where the law of the base's day counts."""
        for event in source.judged_at or self.rules.judged_at.get(kind, ()):
            if event in setting.dates:
                return event, setting.dates[event]
        return "", self.rules.as_of

    def moment_of_place(self, setting: CaseSetting) -> str:
        """The date at which it counts in which regions the place of a case lies."""
        dates = (setting.dates[event] for event in self.rules.place_at if event in setting.dates)
        return next(dates, self.rules.as_of)

    def force_of(self, kind: str, source: Reach, period: Period, setting: CaseSetting) -> SourceForce:
        """The force of a source in a case that says where it arises.

        `period` is the time at which the cited part of the source is in force. Vertical direct effect is told as the
        reason, since whom the rule of the case comes from is not known here.
        """
        _, moment = self.moment(kind, source, setting)
        if kind not in self.rules.timeless_kinds:
            for span in (source.period, period):
                if span.begins_after(moment):
                    return SourceForce(Force.NOT_APPLICABLE, "not_yet", span.begins, moment)
                if span.ended_before(moment):
                    return SourceForce(Force.NOT_APPLICABLE, "no_longer", span.ends, moment)
        place = self.place_of_force(source, setting.place, moment)
        if not self.has_binding_force(kind, source):
            return SourceForce(Force.PERSUASIVE, "no_law", place, moment)
        if not place:
            return SourceForce(Force.PERSUASIVE, "elsewhere", "", moment)
        return SourceForce(
            Force.BINDING, "vertical" if source.direct_effect == "vertical" else "in_force", place, moment
        )

    def has_binding_force(self, kind: str, source: Reach) -> bool:
        """Whether a source binds where it is in force."""
        return kind in self.rules.binding_kinds if source.binding is None else source.binding

    def place_of_force(self, source: Reach, place: str, moment: str) -> str:
        """The place of a source whose law is in force in `place` on a date; empty where it is in force in none."""
        around = self.table.around(place, moment)
        left_out = around.intersection(source.not_in)
        found = [
            item.place
            for item in source.reach
            if item.place in around and item.may_hold(moment) and left_out <= {item.place}
        ]
        return min(found, key=lambda name: (name != place, name == WORLD), default="")
