"""The results of the tools of the MCP server: text for the model, and the same as data for programs."""

from __future__ import annotations

from pydantic import BaseModel, Field

from legit.consult import Consultation
from legit.consult.token_budget import single_line
from legit.errors import Problem
from legit.messages import message
from legit.model.assessment import Assessment
from legit.model.explanation import Explanation
from legit.render.assessment_text import TextStyle, render_assessment
from legit.render.explanation_text import render_basis_and_counterfactuals

_LINES_PER_PAGE = 60
_LINE_DESCRIPTION = message("integrations.result_line")


class ProblemInfo(BaseModel):
    """A sentence that was not understood or contradicts another, and what would have been understood."""

    code: str
    message: str
    line: int = Field(description=_LINE_DESCRIPTION)
    help: str
    nearest: list[str]


class FindingInfo(BaseModel):
    """A criterion that applies, with its effect, its evidence and its sources."""

    criterion: str
    title: str
    effect: str
    evidence: list[str]
    sources: list[str]


class OpenQuestion(BaseModel):
    """A question on whose answer the verdict depends."""

    text: str
    decisive: bool


class ConsultResult(BaseModel):
    """The result of a consultation."""

    verdict: str
    scope: str
    consequence: str
    guidance: str
    guidance_reason: str
    method_harm: str
    findings: list[FindingInfo]
    questions: list[OpenQuestion]
    accepted_facts: list[str]
    problems: list[ProblemInfo]
    adjustments: list[str]
    page: int
    pages: int
    decision_uri: str = Field(description=message("integrations.result_decision_uri"))
    entry: int | None = Field(description=message("integrations.result_entry"))


class ExplainResult(BaseModel):
    """An explanation in full, in pages."""

    text: str
    page: int
    pages: int


class VocabularyResult(BaseModel):
    """Sentences that are understood, and the topics that can be asked for."""

    text: str
    topics: dict[str, str]


class QuestionsResult(BaseModel):
    """The open questions; none when no answer can change the verdict."""

    verdict: str
    questions: list[OpenQuestion]
    problems: list[ProblemInfo]


def consult_result(consultation: Consultation, assessment: Assessment, decision_uri: str) -> ConsultResult:
    """A consultation as data."""
    return ConsultResult(
        verdict=assessment.verdict.value,
        scope=assessment.scope,
        consequence=assessment.consequence,
        guidance=assessment.guidance.action,
        guidance_reason=assessment.guidance.reason,
        method_harm=assessment.method_harm.level,
        findings=[
            FindingInfo(
                criterion=item.criterion,
                title=item.title,
                effect=item.effect,
                evidence=[ground.sentence for ground in item.evidence],
                sources=[source.text for source in item.sources],
            )
            for item in assessment.findings
        ],
        questions=open_questions(assessment),
        accepted_facts=list(consultation.accepted_facts),
        problems=problem_infos(consultation.problems),
        adjustments=list(consultation.adjustments),
        page=consultation.page,
        pages=consultation.pages,
        decision_uri=decision_uri,
        entry=consultation.entry,
    )


def open_questions(assessment: Assessment) -> list[OpenQuestion]:
    """The open questions, the most decisive first."""
    return [OpenQuestion(text=item.text, decisive=item.decisive) for item in assessment.questions]


def problem_infos(problems: tuple[Problem, ...]) -> list[ProblemInfo]:
    """Problems as data."""
    return [
        ProblemInfo(
            code=item.code,
            message=single_line(item.message),
            line=item.line,
            help=item.help,
            nearest=list(item.nearest),
        )
        for item in problems
    ]


def explanation_text(assessment: Assessment, explanation: Explanation | None) -> str:
    """The whole assessment: every reason with all its sources, and the counterfactuals. Control characters are
    escaped.
    """
    style = TextStyle(width=100, full=True)
    text = render_assessment(assessment, style) + (
        "\n" + render_basis_and_counterfactuals(explanation, style) if explanation else ""
    )
    # Only the line breaks of the renderer end a line: other separators can come from a quotation.
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in text.split("\n"))


def page_of(text: str, page: int) -> ExplainResult:
    """One page of a text; a number past the end gives the last page, and says so."""
    lines = text.rstrip("\n").split("\n")
    pages = [lines[start : start + _LINES_PER_PAGE] for start in range(0, len(lines), _LINES_PER_PAGE)] or [[]]
    asked, page = page, min(max(page, 1), len(pages))
    shown = "\n".join(pages[page - 1])
    if asked > page:
        shown = message("consult.page_beyond", number=asked) + "\n" + shown
    if page < len(pages):
        shown += "\n" + message("integrations.more_pages", page=page, pages=len(pages), next=page + 1)
    return ExplainResult(text=shown, page=page, pages=len(pages))
