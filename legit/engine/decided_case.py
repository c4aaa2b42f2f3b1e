"""One case as it was judged: what was settled, what that means, and on what it rests."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from legit.engine.case_encoder import Inputs
from legit.engine.engine import Engine
from legit.engine.scenarios import Results, Settled
from legit.engine.support import Leaves, Support
from legit.explain.sufficient_sets import Sets, smallest_sets
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Effect, Verdict
from legit.model.facts import Case, Fact, SpeakerKind, Voice

ORDER: tuple[Effect, ...] = ("defeats", "tied", "open", "possible", "outweighed")
"""The effects of criteria, the weightiest first."""


class Judged:
    """The results of one case by predicate, and the verdict that they amount to.

    `settled` is None when there was no time. A verdict for which the knowledge base demands more speakers than vouch
    for it is undetermined, with reason `corroboration`.
    """

    def __init__(
        self, base: KnowledgeBase, engine: Engine, case: Case, inputs: Inputs, settled: Settled | None
    ) -> None:
        self.base = base
        self.engine = engine
        self.case = case
        self.inputs = inputs
        self.settled = settled
        self.surely: Results = settled.surely if settled else {}
        self.possibly: Results = settled.possibly if settled else {}

    def sure(self, name: str) -> list[tuple[str, ...]]:
        """What holds of a result in every scenario."""
        return self.surely.get(name, [])

    def possible(self, name: str) -> list[tuple[str, ...]]:
        """What holds of a result in some scenario."""
        return self.possibly.get(name, [])

    @cached_property
    def settled_verdict(self) -> Verdict:
        """The one verdict of all scenarios, or `undetermined`."""
        found = self.sure("verdict")
        return Verdict(found[0][0]) if len(found) == 1 else Verdict.UNDETERMINED

    @cached_property
    def reason(self) -> Literal["", "time", "corroboration"]:
        """Why a verdict is undetermined although nothing that was asked is open."""
        if self.settled is None:
            return "time"
        demanded = max((int(args[0]) for args in self.possible("demands_speakers")), default=1)
        if demanded < 2 or self.settled_verdict is Verdict.UNDETERMINED:
            return ""
        vouching = max((len(voices(self.inputs, symbols)) for symbols in self.sets.sets), default=0)
        return "corroboration" if vouching < demanded else ""

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict."""
        return Verdict.UNDETERMINED if self.reason else self.settled_verdict

    @cached_property
    def sets(self) -> Sets:
        """The smallest sets of inputs on which the settled verdict rests; none where it is undetermined."""
        if self.settled_verdict is Verdict.UNDETERMINED:
            return Sets((), complete=True)
        return smallest_sets(self.engine, self.inputs, self.settled_verdict.value)

    @cached_property
    def support(self) -> Support:
        """The supporting rule of each conclusion that holds in every scenario; empty where there was no time."""
        return self.engine.support(self.inputs, self.settled) if self.settled else {}

    @cached_property
    def leaves(self) -> Leaves:
        """The inputs on which each of these conclusions rests."""
        return Leaves(self.support)

    @property
    def stance(self) -> str:
        found = self.sure("stance") or self.possible("stance")
        return found[0][0] if len(found) == 1 else ""

    @property
    def action(self) -> str:
        """The guidance for the verdict; the most careful one where several are possible, or there was no time."""
        if self.settled is None:
            return next(iter(self.base.careful.get("out_of_time", ())), "")
        return self._most_careful(
            "guidance", {args[1] for args in self.possible("guidance") if args[0] == self.verdict.value}
        )

    @property
    def harm_level(self) -> str:
        """The level of independent harm; the gravest where several are possible, empty where there was no time."""
        return self._most_careful("harm", {args[0] for args in self.possible("harm")})

    def _most_careful(self, result: str, values: set[str]) -> str:
        if len(values) == 1:
            return next(iter(values))
        order = self.base.careful.get(result, ())
        return min(values, key=lambda value: (order.index(value) if value in order else len(order), value), default="")

    def effects(self) -> list[tuple[str, Effect]]:
        """The criteria that apply or may apply, with what becomes of them, the weightiest effect first."""
        effects: dict[str, Effect] = {}
        settled: tuple[Effect, ...] = ("defeats", "tied", "outweighed")
        for effect in settled:
            for args in self.sure(effect):
                effects[args[0]] = effect
        sure_to_apply = {args[0] for args in self.sure("applies")}
        for (name,) in self.possible("applies"):
            if name not in effects and self.base.criteria[name].weighing:
                effects[name] = "open" if name in sure_to_apply else "possible"
        place = self.base.order
        return sorted(effects.items(), key=lambda item: (ORDER.index(item[1]), place[item[0]]))


def voices(inputs: Inputs, symbols: tuple[str, ...]) -> set[Voice]:
    """Who vouches for the facts of a set, the describer's own inferences left out."""
    return {fact.speaker.voice for fact in said(inputs, symbols) if fact.speaker.kind is not SpeakerKind.INFERRED}


def said(inputs: Inputs, symbols: tuple[str, ...]) -> list[Fact]:
    """The facts that state the inputs of a set, in an order that does not depend on the text."""
    return [fact for symbol in symbols for fact in inputs.vouching(symbol)]
