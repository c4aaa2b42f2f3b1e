"""From what was settled to the parts of an assessment, in the words of the knowledge base."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cached_property

from legit.assessment import (
    Assessment,
    Effect,
    Finding,
    Ground,
    Guidance,
    Harm,
    HarmReason,
    Justification,
    Provenance,
    Reliance,
    RightTouched,
    Saved,
    Verdict,
)
from legit.engine.engine import Engine
from legit.engine.inputs import Inputs
from legit.engine.scenarios import Results, Settled
from legit.engine.support import Support
from legit.explain.citing import Citer
from legit.explain.grounds import Grounds
from legit.explain.questions import Questioner
from legit.explain.relying import reliance
from legit.facts import Case
from legit.knowledge.base import KnowledgeBase
from legit.language.writer import Writer

_ORDER: tuple[Effect, ...] = ("defeats", "tied", "open", "possible", "outweighed")


class Readings:
    """The settled results by predicate: those that hold surely, and those that hold possibly."""

    def __init__(self, base: KnowledgeBase, settled: Settled | None) -> None:
        self._base = base
        self._out_of_time = settled is None
        self.surely: Results = settled.surely if settled else {}
        self.possibly: Results = settled.possibly if settled else {}

    def sure(self, name: str) -> list[tuple[str, ...]]:
        return self.surely.get(name, [])

    def possible(self, name: str) -> list[tuple[str, ...]]:
        return self.possibly.get(name, [])

    @property
    def verdict(self) -> Verdict:
        """The one verdict of all completions, or `undetermined`."""
        found = self.sure("verdict")
        return Verdict(found[0][0]) if len(found) == 1 else Verdict.UNDETERMINED

    @property
    def stance(self) -> str:
        found = self.sure("stance") or self.possible("stance")
        return found[0][0] if len(found) == 1 else ""

    def action(self, verdict: Verdict) -> str:
        """The guidance for a verdict; the most careful one where several are possible, or there was no time."""
        if self._out_of_time:
            return next(iter(self._base.careful.get("out_of_time", ())), "")
        return self._most_careful(
            "guidance", {args[1] for args in self.possible("guidance") if args[0] == verdict.value}
        )

    @property
    def harm_level(self) -> str:
        """The level of independent harm; the gravest where several are possible."""
        return self._most_careful("harm", {args[0] for args in self.possible("harm")})

    def _most_careful(self, result: str, values: set[str]) -> str:
        order = self._base.careful.get(result, ())
        return min(values, key=lambda value: (order.index(value) if value in order else len(order), value), default="")

    def effects(self) -> list[tuple[str, Effect]]:
        """The criteria that apply or may apply, with what becomes of them, the weightiest effect first."""
        effects: dict[str, Effect] = {}
        settled: tuple[Effect, ...] = ("defeats", "tied", "outweighed")
        for effect in settled:
            effects |= {args[0]: effect for args in self.sure(effect)}
        sure_to_apply = {args[0] for args in self.sure("applies")}
        for (name,) in self.possible("applies"):
            if name not in effects and self._base.criteria[name].weighing:
                effects[name] = "open" if name in sure_to_apply else "possible"
        place = {name: number for number, name in enumerate(self._base.criteria)}
        return sorted(effects.items(), key=lambda item: (_ORDER.index(item[1]), place[item[0]]))


class AnswerBuilder:
    """Builds the assessment of one case."""

    def __init__(
        self,
        base: KnowledgeBase,
        writer: Writer,
        citer: Citer,
        engine: Engine,
        case: Case,
        inputs: Inputs,
        settled: Settled | None,
    ) -> None:
        self._base = base
        self._writer = writer
        self._citer = citer
        self._engine = engine
        self._case = case
        self._inputs = inputs
        self._settled = settled
        self._readings = Readings(base, settled)
        self._written = Grounds(writer)
        self._questioner = Questioner(base, writer)

    def build(self, provenance: Provenance) -> Assessment:
        """The assessment; without anything settled, it is undetermined for want of time."""
        verdict = self._readings.verdict
        relied = self._reliance(verdict)
        return Assessment(
            case=self._case.name,
            verdict=verdict,
            verdict_says=self._base.phrases.get(verdict.value, ""),
            guidance=self._guidance(verdict),
            findings=self._findings(),
            saved=self._saved(),
            for_the_rule=self._for_the_rule(),
            rights=self._rights(),
            harm=self._harm(),
            questions=self._questioner.questions(self._inputs, self._settled) if self._settled else (),
            reliance=relied,
            opinions=tuple(opinion.text for opinion in self._case.opinions),
            speakers=tuple(sorted({str(fact.speaker) for fact in self._case.facts})),
            reason="" if self._settled else "time",
            provenance=provenance,
        )

    @cached_property
    def _support(self) -> Support:
        return self._engine.support(self._inputs, self._settled) if self._settled else {}

    def _guidance(self, verdict: Verdict) -> Guidance:
        stance, action = self._readings.stance, self._readings.action(verdict)
        phrases = self._base.phrases
        given = {args[0] for args in self._readings.sure("advice")}
        advice = [phrase for name, phrase in phrases.items() if name in given]
        keys: tuple[str, ...] = (f"{stance}_{verdict.value}_{action}", f"{stance}_{action}", action)
        if self._settled is None:
            keys = ("out_of_time", *keys)
        reason = next((phrases[key] for key in keys if key in phrases), "")
        return Guidance(stance=stance, action=action, reason=reason, advice=tuple(advice))

    def _findings(self) -> tuple[Finding, ...]:
        """The findings, the weightiest effect first; among these, each time the one that says most that is new.

        A fact counts for a finding by one over the number of findings that rest on it, twice where it comes with a
        concrete detail, and only where no finding before it has named it: what is said of this case comes before what
        follows from the cost alone, and no decisive fact is buried.
        """
        left = [self._finding(name, effect) for name, effect in self._readings.effects()]
        uses = Counter(ground.sentence for finding in left for ground in finding.grounds)
        detailed = {self._writer.sentence(fact) for fact in self._case.facts if fact.detail}
        worth = {sentence: Fraction(1 + (sentence in detailed), count) for sentence, count in uses.items()}
        named: set[str] = set()

        def rank(finding: Finding) -> tuple[int, Fraction, Fraction]:
            sentences = {ground.sentence for ground in finding.grounds}
            new, all_ = (sum((worth[text] for text in texts), Fraction()) for texts in (sentences - named, sentences))
            return _ORDER.index(finding.effect), -new, -all_

        ordered: list[Finding] = []
        while left:
            best = min(left, key=rank)
            left.remove(best)
            ordered.append(best)
            named |= {ground.sentence for ground in best.grounds}
        return tuple(ordered)

    def _finding(self, name: str, effect: Effect) -> Finding:
        criterion = self._base.criteria[name]
        return Finding(
            criterion=name,
            title=criterion.title,
            family=criterion.family,
            subtypes=criterion.subtypes,
            effect=effect,
            statement=criterion.statement,
            sources=self._citer.criterion(name),
            grounds=self._grounds(name),
        )

    def _saved(self) -> tuple[Saved, ...]:
        met = {args[0] for args in self._readings.sure("meets")}
        reasons: dict[str, list[str]] = {}
        for name, why in self._readings.sure("undercut"):
            if name in met:
                reasons.setdefault(name, []).append(self._base.criteria[name].undercutters.get(why, why))
        return tuple(
            Saved(criterion=name, title=criterion.title, because=tuple(reasons[name]))
            for name, criterion in self._base.criteria.items()
            if name in reasons
        )

    def _for_the_rule(self) -> tuple[Justification, ...]:
        speaking = {args[0] for args in self._readings.sure("speaks_for")}
        return tuple(
            Justification(
                criterion=name, title=criterion.title, sources=self._citer.criterion(name), grounds=self._grounds(name)
            )
            for name, criterion in self._base.criteria.items()
            if name in speaking
        )

    def _rights(self) -> tuple[RightTouched, ...]:
        touched = {args[0] for args in self._readings.sure("touches")}
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
        found = {args[0] for args in self._readings.possible("harm_finding")}
        reasons = tuple(
            HarmReason(
                criterion=name,
                title=criterion.title,
                level=criterion.level,
                sources=self._citer.criterion(name),
                grounds=self._grounds(name),
            )
            for name, criterion in self._base.criteria.items()
            if name in found
        )
        return Harm(level=self._readings.harm_level, reasons=reasons)

    def _reliance(self, verdict: Verdict) -> Reliance:
        if self._settled is None or verdict is Verdict.UNDETERMINED:
            return Reliance(sets=(), complete=True, alone="", says="")
        return reliance(self._base, self._engine, self._inputs, self._written, verdict.value)

    def _grounds(self, name: str) -> tuple[Ground, ...]:
        return tuple(
            self._written.of(fact) for fact in self._engine.grounds("meets", (name,), self._support, self._inputs)
        )
