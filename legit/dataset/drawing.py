"""Draws cases of a situation: bases, and neighbours that differ from them in one fact.

A case is drawn by slots: what obeying costs, what breaking the rule does to others, what was tried, the grounds of the
situation, facts of general groups, the purpose, and the request with its method or measure. A situation says which
facts fit it; nothing else is drawn. So every fact of a case can be said of the situation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from legit.dataset.situations import FactReader, Situation, Statement, fact_table
from legit.dataset.wording import Picker, read_words
from legit.knowledge.case_validation import contradict
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Case, Fact, Speaker, SpeakerKind, Truth

_OPERATOR = Speaker(kind=SpeakerKind.OPERATOR)
_WEIGHED = ("cost", "harm", "tried")
_STANCES = {"evade": ("evade",) * 7 + ("contest", "follow", "assess"), "enforce": ("enforce",)}


@dataclass(frozen=True, slots=True)
class DrawnCase:
    """A case as drawn."""

    situation: Situation
    stance: str
    cost: Statement
    harm: Statement
    tried: Statement
    grounds: tuple[Statement, ...]
    context: tuple[Statement, ...]
    purpose: Statement | None
    way: str
    """The method, or for `enforce` the measure; empty where none is stated."""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the asker states, apart from authority, standing, rule and request."""
        found = (self.cost, self.harm, self.tried, *self.grounds, *self.context, self.purpose)
        return tuple(item for item in found if item is not None)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells cases of one situation apart."""
        facts = sorted((item.fact.predicate, str(item.fact.args), item.fact.truth.value) for item in self.statements)
        return (self.situation.id, self.stance, self.way, *facts)

    def fixed_facts(self) -> list[Fact]:
        """Who makes the rule, who the user is, what the rule says, and what is asked."""
        here, by = self.situation, _OPERATOR if self.stance == "enforce" else Speaker()
        named = fact_table("stated")
        facts = [Fact(predicate=named["authority"], args=(here.authority,))]
        if here.status:
            facts.append(Fact(predicate=named["status"], args=(here.status,)))
        facts.append(Fact(predicate=named["forbids" if here.forbids else "requires"], args=(here.rule,), speaker=by))
        facts.append(Fact(predicate=named["request"], args=(self.stance,), speaker=by))
        if self.way:
            way = named["measure" if by is _OPERATOR else "method"]
            facts.append(Fact(predicate=way, args=(self.way,), speaker=by))
        return facts


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    facts: tuple[Statement, ...]
    always: bool
    needs: frozenset[str]
    stance: str
    way: str
    weight: int


class CaseDrawer:
    """Draws cases of situations under one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._reader = FactReader(vocabulary)
        self._vocabulary = vocabulary

    @cached_property
    def _groups(self) -> tuple[_Group, ...]:
        return tuple(self._group(name, table) for name, table in read_words("general").items())

    def _group(self, name: str, table: Mapping[str, Any]) -> _Group:
        return _Group(
            name=name,
            facts=tuple(
                Statement(self._reader.fact(item), needs=frozenset(table.get("needs", "").split()))
                for item in table["facts"]
            ),
            always=table.get("always", False),
            needs=frozenset(table.get("needs", "").split()),
            stance=table.get("stance", ""),
            way=table.get("way", ""),
            weight=table["weight"],
        )

    @cached_property
    def _plain(self) -> dict[str, list[Statement]]:
        """What every asker may say of a slot."""
        return {
            slot: [Statement(self._reader.fact(item)) for item in table["any"]]
            for slot, table in fact_table("slots").items()
        }

    @cached_property
    def _nothing(self) -> dict[str, Statement]:
        """What says of a slot that there is nothing: no cost, no harm, nothing tried."""
        return {slot: Statement(self._reader.fact(table["nothing"])) for slot, table in fact_table("slots").items()}

    def _unknown(self, slot: str) -> Statement:
        """What says of a slot that the asker does not know."""
        return next(item for item in self._plain[slot] if item.fact.truth is Truth.UNKNOWN)

    def options(self, situation: Situation, slot: str) -> list[Statement]:
        """What a situation may say about cost, harm or what was tried. What is not known is said, not left out:
        a reader who is told nothing estimates it."""
        own = [item for item in situation.statements if item.fact.predicate in fact_table("slots")[slot]["own"]]
        plain = self._plain[slot]
        if slot == "cost":
            return [*own, *own, *situation.costs, *plain]
        if slot == "harm":
            return [*own, *situation.harms, *plain]
        return [*own, *plain, *self._channels(situation)]

    @staticmethod
    def _channels(situation: Situation) -> list[Statement]:
        """The official channels of a situation, each with how it may have ended."""
        table = fact_table("channels")
        granted, predicate = table["granted"], fact_table("slots")["tried"]["graded"]
        outcomes = [item for item in read_words("values")["outcome"] if item != granted]
        return [
            Statement(Fact(predicate=predicate, args=(kind, outcome)))
            for kind in situation.channels
            for outcome in (*outcomes, *((granted,) if kind in table["granted_by"] else ()))
        ]

    def grounds(self, situation: Situation, stance: str) -> list[Statement]:
        """The facts of the situation itself that are no cost, harm or channel."""
        left_out = {name for table in fact_table("slots").values() for name in table["own"]}
        if stance != "evade":
            left_out |= set(fact_table("requests")["of_the_method"])
        return [item for item in situation.statements if item.fact.predicate in self._said - left_out]

    @cached_property
    def _said(self) -> frozenset[str]:
        """The predicates that a reader of a prompt can say: those of the vocabulary for agents."""
        return frozenset(name for name, item in self._vocabulary.predicates.items() if item.spec.in_prompt)

    def context(self, situation: Situation, stance: str, way: str) -> list[tuple[int, tuple[Statement, ...]]]:
        """The groups of general facts that fit, each with its weight."""
        found = [
            (group.weight, group.facts)
            for group in self._groups
            if (group.always or group.name in situation.fits)
            and (not group.needs or group.needs & situation.predicates)
            and group.stance in ("", stance)
            and group.way in ("", way)
            and all(item.fact.predicate in self._said for item in group.facts)
        ]
        listed = fact_table("listed")
        for predicate, values in ((listed["sanctions"], situation.sanctions), (listed["rights"], situation.rights)):
            facts = tuple(Statement(Fact(predicate=predicate, args=(value,))) for value in values)
            found += [(3, facts)] if facts and predicate in self._said else []
        return found

    def draw(self, situation: Situation, side: str, pick: Picker) -> DrawnCase:
        """A case of a situation that one person would tell. `side` is `evade` or `enforce`."""
        for _ in range(_ATTEMPTS):
            found = self._draw(situation, side, pick)
            if is_coherent(found):
                return found
        return replace(found, context=(), cost=self._unknown("cost"))

    def _draw(self, situation: Situation, side: str, pick: Picker) -> DrawnCase:
        stance = pick.one(_STANCES[side])
        way = self._way(situation, stance, pick)
        grounds: list[Statement] = []
        own = pick.shuffled(self.grounds(situation, stance))
        for item in sorted(own[: 1 + pick(3)], key=lambda item: bool(item.needs)):
            self._add(grounds, item)
        context: list[Statement] = []
        for _ in range(pick(3)):
            weighted = [facts for weight, facts in self.context(situation, stance, way) for _ in range(weight)]
            if weighted:
                self._add(context, pick.one(pick.one(weighted)), grounds)
        purposes = [
            Statement(Fact(predicate=fact_table("stated")["purpose"], args=(value,))) for value in situation.purposes
        ]
        return DrawnCase(
            situation=situation,
            stance=stance,
            cost=self._weighed(situation, "cost", pick),
            harm=self._weighed(situation, "harm", pick),
            tried=self._tried(situation, pick),
            grounds=tuple(grounds),
            context=tuple(context),
            purpose=pick.one(purposes) if purposes and pick.chance(0.6) else None,
            way=way,
        )

    def _way(self, situation: Situation, stance: str, pick: Picker) -> str:
        if stance == "enforce":
            return pick.one(("", "", *read_words("voices")["measures"]))  # type: ignore[no-any-return]
        if stance == "contest":
            return pick.one(fact_table("requests")["ways_to_contest"])  # type: ignore[no-any-return]
        return pick.one(situation.ways) if stance == "evade" else ""

    def _weighed(self, situation: Situation, slot: str, pick: Picker) -> Statement:
        options = self.options(situation, slot)
        known = [item for item in options if item.fact.truth is not Truth.UNKNOWN]
        if pick.chance(0.1):
            return pick.one([item for item in options if item not in known])  # type: ignore[no-any-return]
        harmless = [item for item in known if item.fact.predicate == self._nothing[slot].fact.predicate]
        return pick.one(harmless if pick.chance(0.3 if slot == "cost" else 0.5) else known)  # type: ignore[no-any-return]

    def _tried(self, situation: Situation, pick: Picker) -> Statement:
        options = self.options(situation, "tried")
        return self._nothing["tried"] if pick.chance(0.45) else pick.one(options)

    def _add(self, chosen: list[Statement], item: Statement, others: list[Statement] | tuple[()] = ()) -> None:
        """Add a statement that contradicts none and repeats none."""
        facts = [other.fact for other in (*chosen, *others)]
        if self._fits(item, facts):
            chosen.append(item)

    def _fits(self, item: Statement, facts: list[Fact]) -> bool:
        """Whether a statement may stand beside facts: it contradicts none, and finds what it refers to."""
        if any(self._clash(item.fact, fact) for fact in facts):
            return False
        return not item.needs or any(fact.predicate in item.needs and fact.truth is Truth.TRUE for fact in facts)

    def _clash(self, one: Fact, other: Fact) -> bool:
        if one.predicate == other.predicate and (
            one.args == other.args or one.predicate not in fact_table("many")["predicates"]
        ):
            return True
        both = one.truth is other.truth is Truth.TRUE
        return both and contradict(self._vocabulary, one.atom, other.atom)

    def neighbours(self, case: DrawnCase) -> Iterator[tuple[DrawnCase, Statement | None, Statement | None]]:
        """Coherent cases that differ from a case in one fact, with the statement that goes and the one that comes."""
        return (found for found in self._neighbours(case) if is_coherent(found[0]))

    def _neighbours(self, case: DrawnCase) -> Iterator[tuple[DrawnCase, Statement | None, Statement | None]]:
        for slot in _WEIGHED:
            now = getattr(case, slot)
            for item in self.options(case.situation, slot):
                if item != now and item.fact.truth is now.fact.truth:
                    yield replace(case, **{slot: item}), now, item  # type: ignore[arg-type]
        for place, ground in enumerate(case.grounds):
            rest = (*case.grounds[:place], *case.grounds[place + 1 :])
            if any(ground.fact.predicate in item.needs for item in (*rest, *case.context)):
                continue
            if len(case.grounds) > 1 or case.context:
                yield replace(case, grounds=rest), ground, None
            for item in self.grounds(case.situation, case.stance):
                same = item.fact.predicate == ground.fact.predicate and item != ground
                if same and self._fits(item, [other.fact for other in (*rest, *case.context)]):
                    yield replace(case, grounds=(*rest, item)), ground, item
        stated = [*case.grounds, *case.context]
        for item in self.grounds(case.situation, case.stance):
            if self._fits(item, [other.fact for other in stated]):
                yield replace(case, grounds=(*case.grounds, item)), None, item
        yield from self._context_neighbours(case, stated)

    def _context_neighbours(
        self, case: DrawnCase, stated: list[Statement]
    ) -> Iterator[tuple[DrawnCase, Statement | None, Statement | None]]:
        for _, facts in self.context(case.situation, case.stance, case.way):
            held = [item for item in case.context if item in facts]
            rest = tuple(item for item in case.context if item not in held)
            others = [item for item in stated if item not in held]
            for item in facts:
                if item not in held and self._fits(item, [other.fact for other in others]):
                    yield replace(case, context=(*rest, item)), held[0] if held else None, item


_ATTEMPTS = 8


def is_coherent(case: DrawnCase) -> bool:
    """Whether one person would say all of it: no two facts of `apart.toml`."""
    said = set()
    for item in case.statements:
        if item.fact.truth is Truth.TRUE:
            said.add(item.fact.predicate)
            said.add(" ".join([item.fact.predicate, *map(str, item.fact.args[:1])]))
    return not any(one in said and other in said for one, other in read_words("apart")["apart"])


def case_of(drawn: DrawnCase, details: Mapping[int, str]) -> Case:
    """The case in facts. `details` has the quoted detail of statements by their place."""
    facts = drawn.fixed_facts()
    for place, item in enumerate(drawn.statements):
        facts.append(item.fact.model_copy(update={"detail": details.get(place)}))
    return Case(facts=tuple(facts))
