"""An assessment as the workbench shows it: sections of texts, each with the lines that it rests on and its links."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from legit.catalogue.relations import EntryKey
from legit.language.writer import Writer
from legit.messages import message
from legit.model.assessment import Assessment, Citation, Evidence, FrozenModel, Question, Verdict
from legit.model.facts import Fact, Truth
from legit.render import phrases
from legit.site.urls import anchor

Href = Callable[[EntryKey], str]
"""The address of the page of an entry; empty where there is none."""


class SourceView(FrozenModel):
    """A cited source with the page that tells of it; `note` says why it binds or persuades, `binding` that it binds."""

    text: str
    href: str
    note: str = ""
    binding: bool = False


class GroundView(FrozenModel):
    """A fact that a reason rests on, with its line (0 where it has none)."""

    text: str
    line: int


class ReasonView(FrozenModel):
    """A reason: for or against the rule, or against the method. `effect` is its id, `label` what it does, in words."""

    criterion: str
    title: str
    href: str
    effect: str
    label: str
    statement: str = ""
    grounds: tuple[GroundView, ...]
    sources: tuple[SourceView, ...]
    repeats: bool = False


class AnswerChoice(FrozenModel):
    """An answer to a question: its label and the sentence that says it.

    Where the sentence has slots that are still to be filled, `slots` has the names that stand in it in angle brackets.
    """

    label: str
    sentence: str
    slots: tuple[str, ...] = ()


class QuestionView(FrozenModel):
    """An open question with its answers; `decisive` where an answer can change the verdict."""

    text: str
    decisive: bool
    answers: tuple[AnswerChoice, ...]


class AnswerView(FrozenModel):
    """The answer to a case, in the words of the message catalogue and of the knowledge base."""

    verdict: Verdict
    heading: str
    summary: str
    scope: str
    consequence: str
    action: str
    guidance: tuple[str, ...]
    questions: tuple[QuestionView, ...]
    findings: tuple[ReasonView, ...]
    undercut: tuple[str, ...]
    for_the_rule: tuple[ReasonView, ...]
    no_justification: str
    rights: tuple[SourceView, ...]
    right_ids: tuple[str, ...]
    harm_level: str
    harm: tuple[ReasonView, ...]
    no_harm: str
    balance: tuple[GroundsView, ...]
    law: str
    opinions: tuple[str, ...]
    speakers: str


class GroundsView(FrozenModel):
    """A text with the lines that it rests on."""

    text: str
    lines: tuple[int, ...]


AnswerView.model_rebuild()


class AnswerViews:
    """Makes the answers of one base and profile. Instances may be shared between threads."""

    def __init__(self, scopes: dict[str, str], topics: dict[str, list[AnswerChoice]], writer: Writer, href: Href):
        self._scopes = scopes
        self._topics = topics
        self._writer = writer
        self._href = href

    def of(self, assessment: Assessment) -> AnswerView:
        """The answer of an assessment."""
        guidance = assessment.guidance
        return AnswerView(
            verdict=assessment.verdict,
            heading=phrases.verdict_heading(assessment),
            summary=phrases.verdict_summary(assessment),
            scope=self._scopes.get(assessment.scope, ""),
            consequence=phrases.consequence_text(assessment),
            action=guidance.action,
            guidance=tuple(text for text in (guidance.reason, *guidance.advice) if text),
            questions=tuple(map(self._question, assessment.questions)),
            findings=tuple(
                self._reason(item.criterion, item.title, item.effect, phrases.effect_name(item.effect), item.evidence,
                             item.sources, item.statement, repeats=item.repeats)
                for item in assessment.findings
            ),
            undercut=tuple(map(phrases.undercut_text, assessment.undercut)),
            for_the_rule=tuple(
                self._reason(item.criterion, item.title, "", "", item.evidence, item.sources)
                for item in assessment.justifications
            ),
            no_justification="" if assessment.justifications else phrases.no_justification_text(assessment),
            rights=tuple(
                SourceView(text=phrases.right_text(item), href=self._href(("right", item.right)))
                for item in assessment.rights_touched
            ),
            right_ids=tuple(item.right for item in assessment.rights_touched),
            harm_level=assessment.method_harm.level,
            harm=tuple(
                self._reason(item.criterion, item.title, item.level, phrases.harm_label(item), item.evidence,
                             item.sources)
                for item in assessment.method_harm.reasons
            ),
            no_harm="" if assessment.method_harm.reasons else phrases.no_method_harm_text(assessment),
            balance=tuple(
                GroundsView(text=phrases.balance_text(part), lines=_lines(part.evidence))
                for part in assessment.balance
            ),
            law=f"{phrases.law_text(assessment.law)}." if assessment.law else "",
            opinions=assessment.opinions,
            speakers=phrases.speaker_names(assessment.speakers),
        )  # fmt: skip

    def _reason(
        self, criterion: str, title: str, effect: str, label: str, evidence: Iterable[Evidence],
        sources: Iterable[Citation], statement: str = "", *, repeats: bool = False,
    ) -> ReasonView:  # fmt: skip
        return ReasonView(
            criterion=criterion,
            title=title,
            href=self._href(("criterion", criterion)),
            effect=effect,
            label=label,
            statement=statement,
            grounds=tuple(GroundView(text=item.sentence, line=item.line or 0) for item in evidence),
            sources=tuple(map(self._source, sources)),
            repeats=repeats,
        )

    def _source(self, citation: Citation) -> SourceView:
        page = self._href(("source", citation.ref.partition(" ")[0]))
        text = citation.text
        if not citation.verified:
            text = message("assessment.unverified_source", source=text)
        return SourceView(
            text=text,
            href=f"{page}#{anchor(citation.ref)}" if page else "",
            note=citation.why,
            binding=citation.force == "binding",
        )

    def _question(self, question: Question) -> QuestionView:
        if question.fact:
            answers = fact_answers(self._writer, question.fact)
        else:
            answers = tuple(self._topics.get(question.topic, ()))
        return QuestionView(text=phrases.question_text(question), decisive=question.decisive, answers=answers)


def fact_answers(writer: Writer, fact: Fact) -> tuple[AnswerChoice, ...]:
    """The sentences that affirm and deny what a question asks."""
    return tuple(
        AnswerChoice(
            label=message(f"workbench.answer_{truth.value}"),
            sentence=writer.fact(fact.model_copy(update={"truth": truth})),
        )
        for truth in (Truth.TRUE, Truth.FALSE)
    )


def _lines(evidence: Iterable[Evidence]) -> tuple[int, ...]:
    return tuple(sorted({item.line for item in evidence if item.line}))
