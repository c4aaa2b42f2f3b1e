"""From what was settled to the parts of an assessment, in the words of the knowledge base."""

from __future__ import annotations

import math

from legit.engine.decided_case import ORDER, Judged
from legit.explain.citation_cache import Citer
from legit.explain.evidence_basis import reliance
from legit.explain.evidence_cache import Grounds
from legit.explain.open_questions import Questioner
from legit.language.writer import Writer
from legit.model.assessment import (
    WEIGHED,
    Assessment,
    Effect,
    Finding,
    Ground,
    Guidance,
    Harm,
    HarmReason,
    Justification,
    Provenance,
    RightTouched,
    Saved,
)


class AnswerBuilder:
    """Builds the assessment of one case."""

    def __init__(self, writer: Writer, citer: Citer, judged: Judged) -> None:
        self._base = judged.base
        self._writer = writer
        self._citer = citer
        self._judged = judged
        self._written = Grounds(writer)

    def build(self, provenance: Provenance) -> Assessment:
        """The assessment; without anything settled, it is undetermined for want of time."""
        judged = self._judged
        case = judged.case
        # First, while the compiled rules that decided the case are still at hand for the processor.
        rests = reliance(judged, self._written)
        return Assessment(
            case=case.name,
            verdict=judged.verdict,
            verdict_says=self._base.phrases.get(judged.verdict.value, ""),
            guidance=self._guidance(),
            findings=self._findings(),
            saved=self._saved(),
            for_the_rule=self._for_the_rule(),
            rights=self._rights(),
            harm=self._harm(),
            questions=Questioner(self._base, self._writer).questions(judged),
            reliance=rests,
            opinions=tuple(opinion.text for opinion in case.opinions),
            speakers=tuple(sorted({str(fact.speaker) for fact in case.facts})),
            reason=judged.reason,
            provenance=provenance,
        )

    def _guidance(self) -> Guidance:
        verdict, stance, action = self._judged.verdict, self._judged.stance, self._judged.action
        phrases = self._base.phrases
        given = {args[0] for args in self._judged.sure("advice")}
        advice = [phrase for name, phrase in phrases.items() if name in given]
        keys: tuple[str, ...] = (f"{stance}_{verdict.value}_{action}", f"{stance}_{action}", action)
        if self._judged.settled is None:
            keys = ("out_of_time", *keys)
        reason = next((phrases[key] for key in keys if key in phrases), "")
        return Guidance(stance=stance, action=action, reason=reason, advice=tuple(advice))

    def _findings(self) -> tuple[Finding, ...]:
        """The findings, the weightiest effect first; among these, each time the one that says most that is new.

        A fact counts for a finding by one over the number of findings that rest on it, twice where it comes with a
        concrete detail, and only where no finding before it has named it: what is said of this case comes before what
        follows from the cost alone, and no decisive fact is buried.
        """
        left = [self._finding(name, effect) for name, effect in self._judged.effects()]
        resting: dict[str, list[str]] = {}
        for finding in left:
            for sentence in {ground.sentence for ground in finding.grounds}:
                resting.setdefault(sentence, []).append(finding.criterion)
        detailed = {self._written.of(fact).sentence for fact in self._judged.case.facts if fact.detail}
        # Shares as whole numbers, so that no sum depends on its order.
        whole = math.lcm(*map(len, resting.values()))
        total = {finding.criterion: 0 for finding in left}
        worth = {}
        for sentence, criteria in resting.items():
            worth[sentence] = whole // len(criteria) * (1 + (sentence in detailed))
            for name in criteria:
                total[name] += worth[sentence]
        new = dict(total)
        keys = [(ORDER.index(finding.effect), finding.criterion) for finding in left]
        ordered: list[Finding] = []
        while left:
            _, _, _, number = min(
                (effect, -new[name], -total[name], number) for number, (effect, name) in enumerate(keys)
            )
            del keys[number]
            ordered.append(left.pop(number))
            for sentence in {ground.sentence for ground in ordered[-1].grounds}:
                for name in resting.pop(sentence, ()):
                    new[name] -= worth[sentence]
        return tuple(ordered)

    def _finding(self, name: str, effect: Effect) -> Finding:
        criterion = self._base.criteria[name]
        grounds = self._grounds("meets", name)
        weighed = self._grounds(effect, name) if effect in WEIGHED else ()
        return Finding(
            criterion=name,
            title=criterion.title,
            family=criterion.family,
            subtypes=criterion.subtypes,
            effect=effect,
            statement=criterion.statement,
            sources=self._citer.criterion(name),
            grounds=grounds,
            weighed=tuple(ground for ground in weighed if ground not in grounds),
        )

    def _saved(self) -> tuple[Saved, ...]:
        met = {args[0] for args in self._judged.sure("meets")}
        reasons: dict[str, list[str]] = {}
        for name, why in self._judged.sure("undercut"):
            if name in met:
                reasons.setdefault(name, []).append(self._base.criteria[name].undercutters.get(why, why))
        return tuple(
            Saved(criterion=name, title=criterion.title, because=tuple(reasons[name]))
            for name, criterion in self._base.criteria.items()
            if name in reasons
        )

    def _for_the_rule(self) -> tuple[Justification, ...]:
        speaking = {args[0] for args in self._judged.sure("speaks_for")}
        return tuple(
            Justification(
                criterion=name,
                title=criterion.title,
                sources=self._citer.criterion(name),
                grounds=self._grounds("meets", name),
            )
            for name, criterion in self._base.criteria.items()
            if name in speaking
        )

    def _rights(self) -> tuple[RightTouched, ...]:
        touched = {args[0] for args in self._judged.sure("touches")}
        return tuple(
            RightTouched(
                right=name,
                name=right.name,
                right_class=right.class_,
                sources=self._citer.right(name),
            )
            for name, right in self._base.library.rights.items()
            if name.lower() in touched
        )

    def _harm(self) -> Harm:
        found = {args[0] for args in self._judged.possible("harm_finding")}
        reasons = tuple(
            HarmReason(
                criterion=name,
                title=criterion.title,
                level=criterion.level,
                sources=self._citer.criterion(name),
                grounds=self._grounds("meets", name),
            )
            for name, criterion in self._base.criteria.items()
            if name in found
        )
        return Harm(level=self._judged.harm_level, reasons=reasons)

    def _grounds(self, conclusion: str, name: str) -> tuple[Ground, ...]:
        return tuple(
            self._written.of(fact)
            for fact in self._judged.engine.grounds(conclusion, (name,), self._judged.leaves, self._judged.inputs)
        )
