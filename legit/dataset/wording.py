"""The words of English prompts: sentences for facts, requests, voices. All of them are data in `english/`."""

from __future__ import annotations

import importlib.resources
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from legit.dataset.situations import Situation, Statement
from legit.dataset.templates import Rendered, count_fillings, fill
from legit.errors import DatasetError, Problem
from legit.knowledge.vocabulary import Vocabulary
from legit.model.facts import Fact, Truth

_MARKS = {Truth.TRUE: "", Truth.FALSE: "!", Truth.UNKNOWN: "?"}

Slots = dict[str, str | Callable[[], str]]


@cache
def read_words(name: str) -> Mapping[str, Any]:
    """A file of `english/` as a table."""
    text = importlib.resources.files("legit.dataset").joinpath("english", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class Picker:
    """Choices of a seeded source. They depend on `random.random()` alone, which is the same on every Python."""

    def __init__(self, uniform: Callable[[], float]) -> None:
        self._uniform = uniform

    def __call__(self, count: int) -> int:
        """A number from 0 to `count - 1`."""
        return int(self._uniform() * count)

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._uniform() < share

    def one(self, items: Any) -> Any:
        """One of the items."""
        return items[self(len(items))]

    def shuffled(self, items: Any) -> list[Any]:
        """The items in any order."""
        rest, found = list(items), []
        while rest:
            found.append(rest.pop(self(len(rest))))
        return found


_MOST_WEIGHT = 24


def one_frame(frames: Sequence[str], pick: Picker) -> str:
    """One of some templates. The more alternatives, the more often it is taken: each sentence is about as likely."""
    weights = [min(_MOST_WEIGHT, count_fillings(frame)) for frame in frames]
    place = pick(sum(weights))
    for frame, weight in zip(frames, weights, strict=True):
        place -= weight
        if place < 0:
            return frame
    raise AssertionError(place)


class Wording:
    """Says facts of situations in English. Raises DatasetError (D024) for a fact that it has no sentence for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    @cached_property
    def _sentences(self) -> Mapping[str, list[str]]:
        return read_words("facts")

    def says(self, fact: Fact) -> list[str]:
        """The templates for a fact that no situation words itself: those of the longest key that fits."""
        head = _MARKS[fact.truth] + fact.predicate
        for length in range(len(fact.args), -1, -1):
            found = self._sentences.get(" ".join([head, *map(str, fact.args[:length])]))
            if found:
                return found
        raise DatasetError(Problem("D024", f"no sentence says `{head}` {fact.args}"))

    def statement(self, item: Statement, situation: Situation, pick: Picker) -> Rendered:
        """A statement in words."""
        slots = self.slots(situation, pick)
        slots.update(self._arguments(item.fact, situation, pick))
        found = fill(item.say or one_frame(self.says(item.fact), pick), pick, slots)
        # The words for an argument belong to the pattern, but for the interests and holders of harms.
        pattern = re.sub(r"\{(\d)c?\}", lambda match: str(slots[match.group(1)]), found.pattern)
        return Rendered(found.text, pattern)

    def slots(self, situation: Situation, pick: Picker) -> Slots:
        """What the situation fills."""
        return {
            "they": lambda: fill(situation.they, pick, {}).text,
            "act": lambda: fill(situation.act, pick, {}).text,
            "obey": lambda: fill(situation.obey, pick, {}).text,
            "rule": situation.rule,
            "desk": situation.desk,
            "verb": "forbids" if situation.forbids else "requires",
        }

    def _arguments(self, fact: Fact, situation: Situation, pick: Picker) -> Slots:
        arguments = self._vocabulary.predicates[fact.predicate].args
        slots: Slots = {}
        for place, (argument, value) in enumerate(zip(arguments, fact.args, strict=True)):
            slots[str(place)] = self.value(argument.type, value, pick)
            if argument.type == "holder":
                holder = situation.holders.get(str(value)) or slots[str(place)]
                if value == "authority":
                    they = fill(situation.they, pick, {}).text
                    holder = f"{they}'" if they.endswith("s") else f"{they}'s"
                slots["x"] = f"{holder} {slots[str(place - 1)]}"
        return slots

    def value(self, type_name: str, value: int | str, pick: Picker) -> str:
        """A value in words; the phrase of the vocabulary where `values.toml` has none."""
        own = read_words("values").get(type_name, {}).get(value)
        if own is not None:
            return fill(own, pick, {}).text
        values = self._vocabulary.values(type_name)
        if values:
            return values[str(value)].phrase
        if type_name == "time":
            return self._duration(int(value))
        if type_name == "years":
            return "one year" if value == 1 else f"{value} years"
        if type_name == "count":
            return {1: "once", 2: "twice"}.get(int(value), f"{value} times")
        return str(value)

    def _duration(self, hours: int) -> str:
        units = [(size, word) for word, size in self._vocabulary.lexicon.units.items() if size and hours % size == 0]
        largest = max(size for size, _ in units if size <= hours)
        words = sorted((word for size, word in units if size == largest), key=len)
        number = hours // largest
        return f"one {words[0]}" if number == 1 else f"{number} {words[-1]}"
