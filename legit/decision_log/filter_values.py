"""The names and times that a filter may use: those of a knowledge base, and those in the entries of a log."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from legit.decision_log.columns import Column
from legit.decision_log.entries import Decision, Override
from legit.decision_log.filters import DecisionFilter, filter_decisions
from legit.decision_log.reader import LogReader
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.rule_ast import BodyLiteral
from legit.model.assessment import Assessment, Verdict
from legit.model.facts import SpeakerKind

_YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?")


@dataclass(frozen=True, slots=True)
class FilterValues:
    """The known names, by kind, that filters can take. `acts` are requested acts, `reasons` why a verdict is open."""

    actions: frozenset[str]
    criteria: frozenset[str]
    families: frozenset[str]
    rights: frozenset[str]
    acts: frozenset[str] = frozenset()
    harm_levels: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset(
        filter(None, get_args(Assessment.model_fields["undetermined_reason"].annotation))
    )
    sources: frozenset[str] = frozenset(SpeakerKind)
    verdicts: frozenset[str] = frozenset(Verdict)


def filter_values_of_base(base: KnowledgeBase) -> FilterValues:
    """The names that a knowledge base has."""
    return FilterValues(
        guidance_actions(base),
        frozenset(base.criteria),
        frozenset(base.manifest.families),
        frozenset(base.bibliography.rights),
        acts=_requested_acts(base),
        harm_levels=frozenset((*base.manifest.harm_levels, *base.caution_order.get("method_harm_level", ()))),
        profiles=frozenset(base.profile_ids),
    )


def filter_values_of_log(log: LogReader) -> FilterValues:
    """The names in the entries of a log, which another base or an earlier version may have decided."""
    action, criteria, families, rights = (set[str]() for _ in range(4))
    for _, record in log.entries():
        if isinstance(record, Override):
            action.add(record.action)
        if isinstance(record, Decision):
            answer = record.answer
            action.add(answer.action)
            criteria |= {item.criterion for item in (*answer.findings, *answer.justifications)}
            criteria |= {item.criterion for item in answer.undercut}
            families |= {item.family for item in answer.findings}
            rights.update(answer.rights_touched)
    return FilterValues(*map(frozenset, (action, criteria, families, rights)))


def recorded_values(log: LogReader, column: Column) -> frozenset[str]:
    """The values of a column in the decisions of a log, without the empty one."""
    found = set[str]()
    for match in filter_decisions(log, DecisionFilter()):
        value = column.value(match)
        found.update(value if isinstance(value, tuple) else (str(value),))
    return frozenset(filter(None, found))


def guidance_actions(base: KnowledgeBase) -> frozenset[str]:
    """The actions that the guidance of a base can have: those that its rules derive, and the one after a timeout."""
    heads: Iterable[tuple[str, ...]] = (
        tuple(arg.text for arg in head.atom.args if arg.kind == "name")
        for _, rules in base.rules
        for rule in rules
        for head in rule.heads
        if head.atom.name == "guidance"
    )
    ordered = (*base.caution_order.get("guidance", ()), *base.caution_order.get("out_of_time", ()))
    return frozenset((*ordered, *(names[-1] for names in heads if names)))


def _requested_acts(base: KnowledgeBase) -> frozenset[str]:
    """The requested acts that the rules of a base derive, by name or from a value that a case states."""
    predicates, found = base.vocabulary.predicates, set[str]()
    for rule in (rule for _, rules in base.rules for rule in rules):
        for act in (head.atom.args[0] for head in rule.heads if head.atom.name == "stance" and head.atom.args):
            if act.kind == "name":
                found.add(act.text)
            for atom in (item.atom for item in rule.body if isinstance(item, BodyLiteral)):
                stated = predicates[atom.name].args if atom.name in predicates else ()
                for argument, term in zip(stated, atom.args, strict=False):
                    if term == act and argument.type in base.vocabulary.types:
                        found.update(base.vocabulary.values(argument.type))
    return frozenset(found)


def parse_utc(text: str) -> str:
    """A day or time as entries have it, in UTC; one without a zone is in UTC already.

    A year or a month stands for its first day. Raises ValueError when it is none of these.
    """
    if _YEAR_OR_MONTH.fullmatch(text):
        return f"{datetime.date.fromisoformat(f'{text}-01-01'[:10])}"
    try:
        time = datetime.datetime.fromisoformat(text)
        time = time.astimezone(datetime.UTC) if time.tzinfo else time.replace(tzinfo=datetime.UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is outside the calendar") from error
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
