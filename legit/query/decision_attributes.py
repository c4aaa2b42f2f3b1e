"""The attributes of a decision that a query can test or count by, each with its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from legit.decision_log.filters import decisive_findings, needed_sources
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Effect
from legit.query.corpus import CorpusCase

EFFECTS_BY_WORD: dict[str, frozenset[Effect]] = {
    "applies": frozenset({"defeats", "tied", "outweighed"}),
    "defeats": frozenset({"defeats"}),
    "outweighed": frozenset({"outweighed"}),
    "tied": frozenset({"tied"}),
    "possible": frozenset({"possible"}),
    "effect_open": frozenset({"open"}),
}
"""The effect of a criterion by the word of the grammar that states it."""


@dataclass(frozen=True)
class DecisionAttributes:
    """The attributes of decisions under one knowledge base, which has the families and sources of criteria."""

    base: KnowledgeBase

    def values(self, attribute: str, item: CorpusCase) -> Iterable[str]:
        """The values of an attribute in a case."""
        effect, _, of = attribute.partition(" ")
        if of:
            found = self.criteria_with_effect(effect, item)
            return found if of == "one" else {self.family_of(name, item) for name in found}
        return _ATTRIBUTES[attribute](self, item)

    def criteria_with_effect(self, effect: str, item: CorpusCase) -> set[str]:
        """The criteria that have an effect in a case."""
        answer = item.answer
        if effect == "undercut":
            return {saved.criterion for saved in answer.undercut}
        if effect == "supports":
            return {basis.criterion for basis in answer.justifications}
        if effect == "against_method":
            return {harmed.criterion for harmed in answer.method_harm_reasons}
        return {applied.criterion for applied in answer.findings if applied.effect in EFFECTS_BY_WORD[effect]}

    def family_of(self, criterion: str, item: CorpusCase) -> str:
        """The family of a criterion: as recorded, else as in the base."""
        recorded = next((found.family for found in item.answer.findings if found.criterion == criterion), "")
        known = self.base.criteria.get(criterion)
        return recorded or (known.family if known else "")

    def cited_pinpoints(self, item: CorpusCase) -> set[str]:
        """The pinpoints that the criteria, justifications and harms of a case cite."""
        applied = {
            name
            for effect in ("applies", "supports", "against_method")
            for name in self.criteria_with_effect(effect, item)
        }
        return {text for name in applied for text in self._pinpoints_by_criterion.get(name, ())}

    @cached_property
    def _pinpoints_by_criterion(self) -> dict[str, tuple[str, ...]]:
        resolve = self.base.bibliography.resolve
        return {
            name: tuple(dict.fromkeys(found.text for ref in criterion.sources for found in resolve(ref)))
            for name, criterion in self.base.criteria.items()
        }

    def decisive_questions(self, item: CorpusCase) -> list[str]:
        """The decisive open questions."""
        return [asked.text for asked in item.answer.questions if asked.decisive]


_ATTRIBUTES: dict[str, Callable[[DecisionAttributes, CorpusCase], Iterable[str]]] = {
    "verdict": lambda _, item: (item.answer.verdict.value,),
    "guidance": lambda _, item: (item.answer.action,),
    "harm": lambda _, item: (item.answer.method_harm,),
    "stance": lambda _, item: (item.answer.stance,),
    "sole_source": lambda _, item: filter(None, (item.answer.sole_source,)),
    "needs_source": lambda _, item: needed_sources(item),
    "cites": lambda relations, item: relations.cited_pinpoints(item),
    "touches": lambda _, item: item.answer.rights_touched,
    "awaits_topic": lambda relations, item: relations.decisive_questions(item),
    "not_in_time": lambda _, item: ("time",) if item.answer.undetermined_reason == "time" else (),
    "overridden": lambda _, item: filter(None, (item.override_action,)),
    "time": lambda _, item: filter(None, (item.time,)),
    # The decisive criteria, as the reports on decisions count them: those that defeat the rule or tie with it.
    "family": lambda _, item: {found.family for found in decisive_findings(item)},
    "criterion": lambda _, item: {found.criterion for found in decisive_findings(item)},
    "right": lambda _, item: item.answer.rights_touched,
    "source": lambda relations, item: relations.cited_pinpoints(item),
    "override": lambda _, item: filter(None, (item.override_action,)),
    "year": lambda _, item: filter(None, (item.time[:4],)),
    "month": lambda _, item: filter(None, (item.time[:7],)),
}
