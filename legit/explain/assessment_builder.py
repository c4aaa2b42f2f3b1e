"""Builds the assessment of a decided case, part by part, with the texts of the knowledge base."""

from __future__ import annotations

from legit.engine.case_encoder import CaseEncoder
from legit.engine.decided_case import DecidedCase
from legit.engine.scenarios import GroundAtom, format_atom
from legit.explain.applicable_law import CitationsInForce, citations_of
from legit.explain.balance import balance_parts
from legit.explain.citation_cache import CitationCache
from legit.explain.evidence_basis import evidence_basis
from legit.explain.evidence_cache import EvidenceCache
from legit.explain.facts_without_effect import facts_without_effect
from legit.explain.finding_order import Specificity, rank_findings
from legit.explain.open_questions import OpenQuestionFinder
from legit.explain.radius import DegreeShifts
from legit.explain.radius_texts import RadiusTexts
from legit.explain.routes import find_routes
from legit.language.writer import Writer
from legit.model.assessment import (
    WEIGHED_EFFECTS,
    Assessment,
    Citation,
    Effect,
    Evidence,
    Finding,
    Guidance,
    Justification,
    MethodHarm,
    MethodHarmReason,
    Provenance,
    RightTouched,
    UndercutCriterion,
)
from legit.model.facts import Truth, text_order


class AssessmentBuilder:
    """Builds the assessment of one case."""

    def __init__(
        self,
        writer: Writer,
        citations: CitationCache,
        shifts: DegreeShifts,
        encoder: CaseEncoder,
        decided: DecidedCase,
    ) -> None:
        self._base = decided.base
        self._writer = writer
        self._citations = citations_of(decided, citations)
        self._shifts = shifts
        self._encoder = encoder
        base = decided.base
        self._specificity = Specificity(
            base.specificity_steps, len(base.manifest.specificities) - 1, base.leading_criteria
        )
        self._decided = decided
        self._evidence = EvidenceCache(writer)

    def build(self, provenance: Provenance) -> Assessment:
        """The assessment; undetermined with reason "time" after a timeout."""
        judged = self._decided
        case = judged.case
        # First, while the compiled rules that decided the case are still at hand for the processor.
        basis = evidence_basis(judged, self._evidence)
        findings = self._findings()
        assessment = Assessment(
            case=case.name,
            verdict=judged.verdict,
            verdict_summary=self._verdict_phrase(""),
            scope=judged.scope,
            consequence=judged.consequence,
            qualifier=self._verdict_phrase("qualifier_"),
            consequence_summary=self._base.manifest.consequences.get(judged.consequence, ""),
            guidance=self._guidance(),
            findings=findings,
            undercut=self._undercut(),
            justifications=self._justifications(),
            rights_touched=self._rights_touched(),
            method_harm=self._method_harm(),
            questions=OpenQuestionFinder(self._base, self._writer).find(judged),
            routes=find_routes(judged, [(item.criterion, item.effect) for item in findings]),
            balance=balance_parts(judged, self._evidence),
            decisive_steps=RadiusTexts(judged, self._shifts, self._writer, self._evidence).single_steps(),
            evidence_basis=basis,
            opinions=tuple(opinion.text for opinion in case.opinions),
            speakers=tuple(sorted({str(fact.speaker) for fact in case.facts}, key=text_order)),
            undetermined_reason=judged.undetermined_reason,
            provenance=provenance,
        )
        assessment = assessment.model_copy(update={"without_effect": self._without_effect(assessment)})
        law = self._citations.law() if isinstance(self._citations, CitationsInForce) else None
        return assessment.model_copy(update={"law": law}) if law else assessment

    def _without_effect(self, assessment: Assessment) -> tuple[Evidence, ...]:
        found = [
            *(evidence for item in assessment.findings for evidence in (*item.evidence, *item.counterweights)),
            *(evidence for item in assessment.justifications for evidence in item.evidence),
            *(evidence for item in assessment.method_harm.reasons for evidence in item.evidence),
            *(evidence for item in assessment.balance for evidence in item.evidence),
            *(fact for item in assessment.evidence_basis.sufficient_sets for fact in item.facts),
        ]
        cited = {evidence.sentence for evidence in found}
        facts = [fact for fact in self._decided.case.facts if self._evidence.get(fact).sentence in cited]
        facts += self._decided.evidence("stance", self._decided.stance)
        return tuple(map(self._evidence.get, facts_without_effect(self._decided, self._encoder, facts)))

    def _verdict_phrase(self, prefix: str) -> str:
        """The phrase of the verdict with its consequence, else with its scope, else of the verdict alone."""
        judged, phrases = self._decided, self._base.phrases
        verdict = f"{prefix}{judged.verdict.value}"
        keys = (f"{verdict}_{judged.scope}_{judged.consequence}", f"{verdict}_{judged.scope}", verdict)
        return next((phrases[key] for key in keys if key in phrases), "")

    def _guidance(self) -> Guidance:
        verdict, stance, action = self._decided.verdict, self._decided.stance, self._decided.action
        phrases = self._base.phrases
        given = {args[0] for args in self._decided.cautious("advice")}
        advice = [phrase for name, phrase in phrases.items() if name in given]
        keys: tuple[str, ...] = (f"{stance}_{verdict.value}_{action}", f"{stance}_{action}", action)
        if self._decided.consequence:
            keys = (f"{stance}_{self._decided.consequence}_{action}", *keys)
        if action in self._decided.action_out_of_time:
            keys = ("out_of_time", *keys)
        reason = next((phrases[key] for key in keys if key in phrases), "")
        return Guidance(stance=stance, action=action, reason=reason, advice=tuple(advice))

    def _findings(self) -> tuple[Finding, ...]:
        findings = [self._finding(name, effect) for name, effect in self._decided.effects()]
        detailed = {self._evidence.get(fact).sentence for fact in self._decided.case.facts if fact.detail}
        return rank_findings(findings, detailed, self._specificity, self._pleaded_family())

    def _pleaded_family(self) -> str:
        """The family of the ground that the user pleads; empty where the case states none.

        Of several it is the first by name, so that the order of the facts decides nothing.
        """
        predicate = self._base.manifest.pleaded_ground
        pleaded = (
            fact for fact in self._decided.case.facts if fact.predicate == predicate and fact.truth is Truth.TRUE
        )
        return min((str(fact.args[0]) for fact in pleaded), default="")

    def _finding(self, name: str, effect: Effect) -> Finding:
        criterion = self._base.criteria[name]
        grounds = self._evidence_for("meets", name)
        weighed = self._evidence_for(effect, name) if effect in WEIGHED_EFFECTS else ()
        return Finding(
            criterion=name,
            title=criterion.title,
            family=criterion.family,
            subtypes=criterion.subtypes,
            effect=effect,
            statement=criterion.statement,
            sources=self._sources(name),
            evidence=grounds,
            counterweights=tuple(ground for ground in weighed if ground not in grounds),
        )

    def _undercut(self) -> tuple[UndercutCriterion, ...]:
        met = {args[0] for args in self._decided.cautious("meets")}
        reasons: dict[str, list[str]] = {}
        still_possible = {args[0] for args in self._decided.brave("harm_finding")}
        for name, why in self._decided.cautious("undercut"):
            if name in met:
                text = self._base.criteria[name].undercutters.get(why, why)
                if name in still_possible:  # nobody but the user attests what the undercutter rests on
                    text = self._base.phrases.get("attested_only", "{undercutter}").format(undercutter=text)
                reasons.setdefault(name, []).append(text)
        return tuple(
            UndercutCriterion(criterion=name, title=criterion.title, undercutters=tuple(reasons[name]))
            for name, criterion in self._base.criteria.items()
            if name in reasons
        )

    def _justifications(self) -> tuple[Justification, ...]:
        speaking = {args[0] for args in self._decided.cautious("speaks_for")}
        return tuple(
            Justification(
                criterion=name,
                title=criterion.title,
                sources=self._sources(name),
                evidence=self._evidence_for("meets", name),
            )
            for name, criterion in self._base.criteria.items()
            if name in speaking
        )

    def _rights_touched(self) -> tuple[RightTouched, ...]:
        touched = {args[0] for args in self._decided.cautious("touches")}
        return tuple(
            RightTouched(
                right=name,
                name=right.name,
                right_class=right.class_,
                sources=self._citations.for_right(name),
            )
            for name, right in self._base.bibliography.rights.items()
            if name.lower() in touched
        )

    def _method_harm(self) -> MethodHarm:
        found = {args[0] for args in self._decided.brave("harm_finding")}
        certain = {args[0] for args in self._decided.cautious("harm_finding")}
        reasons = tuple(
            MethodHarmReason(
                criterion=name,
                title=criterion.title,
                level=criterion.harm_level,
                certain=name in certain,
                sources=self._sources(name),
                evidence=tuple(self._evidence.get(fact) for fact in self._decided.all_evidence("meets", name)),
            )
            for name, criterion in self._base.criteria.items()
            if name in found
        )
        return MethodHarm(level=self._decided.harm_level, reasons=tuple(sorted(reasons, key=self._harm_rank)))

    def _harm_rank(self, reason: MethodHarmReason) -> tuple[bool, int]:
        """What is only told comes first, in the order of `harm_levels`; then the reasons against the method, the
        gravest first."""
        order, levels = self._base.caution_order.get("method_harm_level", ()), list(self._base.manifest.harm_levels)
        weighs = reason.level in order
        return weighs, order.index(reason.level) if weighs else levels.index(reason.level)

    def _sources(self, name: str) -> tuple[Citation, ...]:
        """The sources of the rules that fire in every scenario, or else in some."""
        consequences = self._decided.consequences
        if consequences is None:
            return self._citations.for_criterion(name)
        program, support = self._decided.engine.program, self._decided.support
        met = program.atoms.get(format_atom(GroundAtom("meets", (name,)))) in support
        return self._citations.for_met_criterion(name, program, support if met else consequences.brave_atoms)

    def _evidence_for(self, predicate: str, name: str) -> tuple[Evidence, ...]:
        return tuple(self._evidence.get(fact) for fact in self._decided.evidence(predicate, name))
