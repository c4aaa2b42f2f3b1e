"""The lines of the answer that a model reads: verdict, guidance, reasons with their evidence, harm, open questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from legit.consult.correction_hints import correction_lines
from legit.consult.help_lines import help_lines, names_a_way
from legit.consult.paging import Line
from legit.consult.reason_lines import (
    MAX_EVIDENCE,
    QUOTATION_TOKENS,
    CriterionLines,
    Reason,
    brief_reason_text,
    decisive_reasons,
    evidence_basis_line,
    evidence_list_text,
    evidence_text,
    reason_text,
    source_text,
    speaker_mark,
)
from legit.consult.route_lines import first_page_lines, further_lines
from legit.consult.token_budget import truncate, truncate_quotations
from legit.consult.turning_facts import TurningFacts
from legit.consult.weighing_lines import degree_lines, weighing_line, without_effect_lines
from legit.errors import Problem
from legit.knowledge.base import KnowledgeBase
from legit.language.writer import Writer
from legit.messages import message, term, title_within_sentence
from legit.model.assessment import Assessment, Finding, MethodHarmReason, Verdict
from legit.model.facts import Case
from legit.render.phrases import law_text, verdict_words

_VERDICT, _HARM, _GUIDANCE = -4, -3, -2
"""Ranks of what no other line may push from the first page: each line takes a third of it at most."""

_MAX_HARMS = 2
_FIRST_QUESTIONS = 2
"""These come before a route where space is short, the others after it."""

_MAX_QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class AnswerComposer:
    """Composes one answer.

    `assessment` is None if nothing could be judged. `facts_text` is the text of the model, `problems` are its
    errors, and `adjustments` are the changes that were made before the case was judged. `turning` are the statements
    that would turn what others attest.
    """

    base: KnowledgeBase
    writer: Writer
    case: Case
    assessment: Assessment | None
    facts_text: str
    problems: tuple[Problem, ...]
    adjustments: tuple[str, ...]
    criterion_lines: CriterionLines
    turning: TurningFacts | None = None

    def lines(self) -> Iterator[Line]:
        """All lines, in the order in which they are read."""
        assessment = self.assessment
        if assessment is None:
            codes = ", ".join(dict.fromkeys(problem.code for problem in self.problems))
            not_on_record = any(code.startswith("R") for code in codes.split(", "))
            why = "unrecorded" if not_on_record else "unread"
            yield Line(message(f"consult.no_verdict_{why}", codes=codes), 0)
            yield from correction_lines(self.problems, self.facts_text, has_verdict=False)
            return
        undetermined = assessment.verdict is Verdict.UNDETERMINED
        reason = assessment.undetermined_reason
        summary = message(f"consult.undetermined_{reason}") if reason else assessment.verdict_summary
        when = "so_far" if self.problems else "final"
        verdict = verdict_words(assessment)
        yield Line(message(f"consult.verdict_{when}", verdict=verdict, summary=summary), _VERDICT)
        if self.turning:
            yield self._turning_line(self.turning)
        yield from correction_lines(self.problems, self.facts_text, has_verdict=True)
        if undetermined:
            yield from _question_lines(assessment)
        shown = decisive_reasons(assessment)
        for number, (kind, item) in enumerate(shown):
            yield Line(brief_reason_text(kind, item), 0 if number == 0 else 2 if number == 1 or kind == "for" else 4)
        if assessment.verdict is Verdict.STANDS and not assessment.findings:
            yield Line(message("consult.nothing_against"), 4 if shown else 0)
        yield from weighing_line(assessment)
        action = term("action", assessment.guidance.action) or message("consult.no_action")
        advice = self._guidance_text(assessment)
        yield Line(message(f"consult.guidance_{when}", action=action, advice=advice), _GUIDANCE)
        yield from self._reply_line(assessment)
        yield from self._method_harm_lines(assessment)
        harms = [reason.criterion for reason in _gravest_first(assessment)]
        yield from help_lines(self.base, self.writer, self.case, assessment, harms)
        way_named = names_a_way(self.base, self.case, assessment)
        yield from first_page_lines(self.base, self.case, assessment, way_named=way_named)
        yield from degree_lines(assessment)
        yield from evidence_basis_line(assessment, [item for _, item in shown])
        if not undetermined:
            yield from _question_lines(assessment)
        yield from without_effect_lines(assessment)
        yield from (Line(message("consult.note", text=note), 1) for note in self.adjustments)
        yield from self._detail_lines(assessment, [item for _, item in shown])

    def _turning_line(self, turning: TurningFacts) -> Line:
        """On which statements of the user or the model the verdict turns, against what others attest."""
        shown = [
            f"{truncate_quotations(self.writer.sentence(fact), QUOTATION_TOKENS)} [{speaker_mark(fact.speaker)}]"
            for fact in turning.facts[:MAX_EVIDENCE]
        ]
        more = len(turning.facts) - len(shown)
        also = message("consult.turns_on_more", count=more) if more > 0 else ""
        attested, facts = term("verdict", turning.attested.value), " ".join(shown)
        if turning.left_open:
            return Line(message("consult.held_open", attested=attested, facts=facts, more=also), 0)
        return Line(message("consult.turns_on", attested=attested, facts=facts, more=also), 0)

    def _guidance_text(self, assessment: Assessment) -> str:
        """The guidance in words that inform and do not command, as the knowledge base has them."""
        action, stance = assessment.guidance.action, assessment.guidance.stance
        special: tuple[str, ...] = (
            (f"{assessment.undetermined_reason}_{action}",) if assessment.undetermined_reason else ()
        )
        if assessment.consequence:
            special = (
                *special,
                f"{stance}_{assessment.consequence}_{action}",
            )
        keys = (*special, f"{stance}_{assessment.verdict.value}_{action}", f"{stance}_{action}", action)
        phrases = self.base.phrases
        return next((phrases[f"consult_{key}"] for key in keys if f"consult_{key}" in phrases), "")

    def _reply_line(self, assessment: Assessment) -> Iterator[Line]:
        """What a reply to the user would do, in the words of the knowledge base."""
        phrase = self.base.phrases.get(f"reply_{assessment.guidance.stance}_{assessment.guidance.action}")
        if phrase and assessment.verdict is not Verdict.UNDETERMINED:
            yield Line(message("consult.reply", text=phrase), 2)

    def _method_harm_lines(self, assessment: Assessment) -> Iterator[Line]:
        """The harm of the method. A harm of the same level as the whole is always named on the first page."""
        level, found = assessment.method_harm.level, _gravest_first(assessment)
        order = self.base.caution_order.get("method_harm_level", ())
        reasons = [reason for reason in found if reason.level in order]
        if not found:
            yield Line(message("consult.no_method_harm"), 4)
        # Of several harms of one level the first is shown with its evidence, and the others are named.
        full = [reason for reason in reasons[:_MAX_HARMS] if reason is reasons[0] or reason.level != level]
        shown = {ground.sentence for reason in full for ground in reason.evidence[:MAX_EVIDENCE]}
        # What is only told is told wholly, unless a reason against the method says it already; the first level of the
        # base, which falls on the user, comes first.
        told: dict[str, list[str]] = {}
        for reason in found:
            if reason.level not in order:
                said = [evidence_text(ground) for ground in reason.evidence if ground.sentence not in shown]
                told.setdefault(reason.level, []).extend(said if reason.evidence else [f"{reason.title}."])
        first = next(iter(self.base.manifest.harm_levels), "")
        for told_level, sentences in told.items():
            if sentences:
                line = message("consult.method_harm", level=term("level", told_level), text=" ".join(sentences))
                yield Line(line, 0 if told_level == first else 2)
        rest = [reason.title for reason in reasons[1:] if reason.level == level]
        for reason in full:
            text = f"{reason.title}. {evidence_list_text(reason.evidence)}".strip() + source_text(reason)
            yield Line(_harm_text(reason, text), _HARM if reason.level == level else 4)
        if rest:
            titles = title_within_sentence(", ".join(rest))
            yield Line(message("consult.method_harm_also", level=term("level", level), titles=titles), 0)

    def _detail_lines(self, assessment: Assessment, shown: list[Reason]) -> Iterator[Line]:
        """Details for the further pages."""
        yield from further_lines(self.base, assessment)
        if assessment.consequence:
            summary = assessment.consequence_summary
            name = term("consequence", assessment.consequence)
            yield Line(message("consult.consequence", consequence=name, summary=summary))
        if assessment.evidence_basis.summary:
            yield Line(message("consult.basis", basis=assessment.evidence_basis.summary))
        for found in assessment.evidence_basis.sufficient_sets:
            facts = " ".join(evidence_text(fact) for fact in found.facts)
            yield Line(message("consult.sufficient", facts=facts))
        findings = (item for item in assessment.findings if not item.repeats)
        reasons: tuple[Reason, ...] = (*findings, *assessment.justifications)
        known = {id(item) for item in shown}
        for item in reasons:
            if id(item) not in known:
                yield Line(reason_text(item.effect if isinstance(item, Finding) else "for", item))
            yield from self.criterion_lines.for_reason(item)
        for saved in assessment.undercut:
            yield Line(message("consult.undercut", title=saved.title, undercutters="; ".join(saved.undercutters)))
        if assessment.law:
            yield Line(message("consult.law", law=law_text(assessment.law)))
        for right in assessment.rights_touched:
            right_class = term("right_class", right.right_class)
            yield Line(message("consult.right_touched", name=right.name, right_class=right_class))
        for question in assessment.questions:
            if not question.decisive:
                text = truncate_quotations(question.text, QUOTATION_TOKENS)
                yield Line(message("consult.open_not_decisive", question=text))
        for opinion in assessment.opinions:
            yield Line(message("consult.opinion", text=truncate(opinion, QUOTATION_TOKENS)))


def _harm_text(reason: MethodHarmReason, text: str) -> str:
    if reason.certain:
        return message("consult.method_harm", level=term("level", reason.level), text=text)
    return message("consult.method_harm_perhaps", level=term("level", reason.level), text=text)


def _gravest_first(assessment: Assessment) -> list[MethodHarmReason]:
    """The harms of the level of the whole come first, and of these the certain ones."""
    level = assessment.method_harm.level
    return sorted(assessment.method_harm.reasons, key=lambda reason: (reason.level != level, not reason.certain))


def _question_lines(assessment: Assessment) -> Iterator[Line]:
    decisive = [question for question in assessment.questions if question.decisive]
    for number, question in enumerate(decisive):
        text = truncate_quotations(question.text, QUOTATION_TOKENS)
        priority = 1 if number < _FIRST_QUESTIONS else 2 if number < _MAX_QUESTIONS else 4
        yield Line(message("consult.open", question=text), priority)
