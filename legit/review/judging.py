"""Judges what a turn did by the case that its descriptions state, and says what should have been said."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from legit.conversations import Conversation
from legit.describe import TurnDescription, Vote
from legit.errors import LegitError
from legit.judge import Judge
from legit.messages import message
from legit.model.assessment import Assessment
from legit.model.facts import Case
from legit.review.finding import FoundTurn
from legit.review.records import Act, Criterion, Outcome, ReviewedTurn

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog

_SHOWN = 600
_REMEMBERED = 2_000


@dataclass
class TurnJudge:
    """Judges turns under one base. With a log, each decision goes on record, with the ids of the turn."""

    judge: Judge
    log: DecisionLog | None = None
    time_limit: float = 5.0
    caller: Mapping[str, str] = field(default_factory=dict)
    _known: OrderedDict[object, Assessment] = field(default_factory=OrderedDict)

    def reviewed(self, conversation: Conversation, found: FoundTurn, described: TurnDescription | None) -> ReviewedTurn:
        """The record of a turn. `described` is None for one that is not judged."""
        record = self.unjudged(conversation, found)
        if described is None:
            return record
        record = record.model_copy(
            update={
                "judged": True,
                "failure": described.failure,
                "problems": sum(len(item.problems) for item in described.descriptions),
            }
        )
        if described.case is None or described.vote is None:
            return record
        try:
            assessment, entry = self._assessed(described.case, record)
        except LegitError as error:
            return record.model_copy(update={"failure": error.problems[0].message})
        act = self._act(found, assessment)
        votes = self._votes(found, described, assessment, act)
        outcome = self._outcome(act, found, assessment)
        if described.vote.disputed and self._without_disputed(found, described.vote, act) != outcome:
            outcome = "undecided"
        return record.model_copy(
            update={
                "act": act,
                "outcome": outcome,
                "verdict": assessment.verdict.value,
                "verdict_summary": assessment.verdict_summary,
                "action": assessment.guidance.action,
                "requested": assessment.guidance.stance,
                "criteria": _criteria(assessment),
                "should": assessment.guidance.reason,
                "routes": self._routes_in_words(assessment),
                "advice": assessment.guidance.advice,
                "rule": self._rule(described.case),
                "groups": self._groups(described.case),
                "votes": votes,
                "disputed": tuple(self.judge.writer.sentence(fact) for fact in described.vote.disputed),
                "questions": tuple(question.text for question in assessment.questions if question.decisive)[:3],
                "entry": entry,
            }
        )

    def unjudged(self, conversation: Conversation, found: FoundTurn) -> ReviewedTurn:
        """The record of a turn before it is judged."""
        asked = next((turn.text for turn in reversed(conversation.turns[: found.position]) if turn.role == "user"), "")
        act: Act = "enforcement" if found.enforces else "refusal"
        return ReviewedTurn(
            id=f"{conversation.id}#{found.turn.id}",
            turn=found.turn.id,
            position=found.position,
            kind=found.kind,
            act=act,
            invokes_rule=bool(found.reading.rule_words) or found.enforces,
            rule_words=tuple(dict.fromkeys(cue.text for cue in found.reading.rule_words)),
            said=shortened(found.turn.text or found.turn.refusal),
            asked=shortened(asked),
            looked=found.looked,
        )

    @cached_property
    def _roles(self) -> tuple[frozenset[str], dict[str, dict[str, str]]]:
        roles = self.judge.base.manifest.review
        enforcing = frozenset(self.judge.base.manifest.turn_roles.enforcing_acts)
        tables = {name: dict(getattr(roles, name)) for name in ("refusal", "refusal_to_enforce", "enforcement")}
        return enforcing, tables

    def _act(self, found: FoundTurn, assessment: Assessment) -> Act:
        if found.enforces:
            return "enforcement"
        return "refusal_to_enforce" if assessment.guidance.stance in self._roles[0] else "refusal"

    def _outcome(self, act: Act, found: FoundTurn, assessment: Assessment) -> Outcome:
        """What the act was. An enforcement is judged by a description that says that the rule is to be enforced."""
        enforcing, tables = self._roles
        if act == "enforcement" and assessment.guidance.stance not in enforcing:
            return "undecided"
        return tables[act].get(assessment.guidance.action, "undecided")  # type: ignore[return-value]

    def _without_disputed(self, found: FoundTurn, vote: Vote, act: Act) -> Outcome | None:
        """The outcome if nothing were said of what descriptions differ on. The guidance is careful where a harm is
        open; an outcome that only this care gives turns on the difference."""
        agreed = tuple(fact for fact in vote.case.facts if fact not in vote.disputed)
        try:
            alone = self._remembered(vote.case.model_copy(update={"facts": agreed}))
        except LegitError:
            return None
        return self._outcome(act, found, alone)

    def _votes(self, found: FoundTurn, described: TurnDescription, merged: Assessment, act: Act) -> tuple[Outcome, ...]:
        """The outcome by each description alone."""
        if described.vote is not None and not described.vote.disputed:
            return (self._outcome(act, found, merged),) * len(described.descriptions)
        votes: list[Outcome] = []
        for description in described.descriptions:
            try:
                alone = self._remembered(description.case) if description.case.facts else None
            except LegitError:
                alone = None
            votes.append(self._outcome(self._act(found, alone), found, alone) if alone else "undecided")
        return tuple(votes)

    def _assessed(self, case: Case, record: ReviewedTurn) -> tuple[Assessment, int | None]:
        if self.log is None:
            return self._remembered(case), None
        caller = {**self.caller, "review": record.id[:200]}
        return self.log.assess_and_record(case, judge=self.judge, caller=caller, time_limit=self.time_limit)

    def _remembered(self, case: Case) -> Assessment:
        """The assessment of a case; one with the same facts from the same sources is judged once."""
        key = tuple((fact.predicate, fact.args, fact.truth, fact.detail, fact.speaker) for fact in case.facts)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self.judge.assess(case, time_limit=self.time_limit)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _routes_in_words(self, assessment: Assessment) -> tuple[str, ...]:
        routes = [self.judge.base.routes[name] for name in assessment.routes]
        return tuple(message("review.route_line", who=route.who, ask=route.ask) for route in routes[:3])

    def _rule(self, case: Case) -> str:
        """What the rule demands, in the words of the description."""
        names = self.judge.base.manifest.review.rule_statements
        return next((str(fact.args[0]) for fact in case.facts if fact.predicate in names and fact.args), "")

    def _groups(self, case: Case) -> dict[str, str]:
        """The dimensions of the base by which a report counts, with the words of the vocabulary."""
        groups = {}
        for name in self.judge.base.manifest.report_dimensions:
            found = next((fact for fact in case.facts if fact.predicate == name and fact.args), None)
            if found is not None:
                groups[name] = self._word(found.predicate, str(found.args[0]))
        return groups

    def _word(self, predicate: str, value: str) -> str:
        """The words of the vocabulary for the first argument of a predicate."""
        vocabulary = self.judge.base.vocabulary
        arguments = vocabulary.predicates[predicate].args
        kind = vocabulary.types.get(arguments[0].type) if arguments else None
        return kind.values[value].phrase if kind is not None and value in kind.values else value


def shortened(text: str) -> str:
    """A text for a record: its beginning and its end where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN * 2 // 3]} […] {text[-_SHOWN // 3 :]}"


def _criteria(assessment: Assessment) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(id=item.criterion, title=item.title, statement=item.statement)
        for item in assessment.findings
        if item.effect == "defeats" and not item.repeats
    )
