"""What the MCP server's tools answer: words for the model, and the same as data for programs."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from pydantic import BaseModel, Field

from legit.consult import Consultation
from legit.consult.token_budget import clean
from legit.errors import Problem
from legit.model.assessment import Assessment
from legit.model.explanation import Explanation
from legit.render.assessment_text import TextStyle, render_assessment
from legit.render.explanation_text import render_basis_and_counterfactuals

KEPT = 256
"""The number of decisions that a server keeps for reading; older ones are forgotten."""

_PAGE_LINES = 60


class Trouble(BaseModel):
    """A sentence that was not understood or contradicts another, and what would have been understood."""

    code: str
    message: str
    line: int = Field(description="from 1; 0 when it has no place")
    help: str
    nearest: list[str]


class Reason(BaseModel):
    """A criterion that applies, and what becomes of it, with the facts it rests on and its sources."""

    criterion: str
    title: str
    effect: str
    facts: list[str]
    sources: list[str]


class Open(BaseModel):
    """A question on whose answer the verdict depends."""

    text: str
    decisive: bool


class ConsultAnswer(BaseModel):
    """What a consultation found."""

    verdict: str
    guidance: str
    reason: str
    harm: str
    reasons: list[Reason]
    questions: list[Open]
    understood: list[str]
    problems: list[Trouble]
    notes: list[str]
    page: int
    pages: int
    decision: str = Field(description="the resource that holds the whole decision")
    record: int | None = Field(description="its number in the decision log, if one is kept")


class ExplainAnswer(BaseModel):
    """An explanation in full, in pages."""

    text: str
    page: int
    pages: int


class VocabularyAnswer(BaseModel):
    """Sentences that are understood, and the topics that can be asked for."""

    text: str
    topics: dict[str, str]


class QuestionsAnswer(BaseModel):
    """What is still to be asked; none when no answer could change the verdict."""

    verdict: str
    questions: list[Open]
    problems: list[Trouble]


class Decisions:
    """The last decisions of a server, by names that only those know who have seen them."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, consultation: Consultation) -> str:
        """Keep a decision; the name follows from its content, so that the same one has the same name."""
        text = consultation.model_dump_json(indent=1, exclude={"content", "page", "pages", "record"})
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        with self._lock:
            self._found[name] = text
            self._found.move_to_end(name)
            while len(self._found) > self._kept:
                self._found.popitem(last=False)
        return name

    def get(self, name: str) -> str | None:
        """The decision as JSON; None when there is none of that name, or no longer."""
        with self._lock:
            return self._found.get(name)


def consult_answer(found: Consultation, assessment: Assessment, decision: str) -> ConsultAnswer:
    """A consultation as data."""
    return ConsultAnswer(
        verdict=assessment.verdict.value,
        guidance=assessment.guidance.action,
        reason=assessment.guidance.reason,
        harm=assessment.method_harm.level,
        reasons=[
            Reason(
                criterion=item.criterion,
                title=item.title,
                effect=item.effect,
                facts=[ground.sentence for ground in item.evidence],
                sources=[source.text for source in item.sources],
            )
            for item in assessment.findings
        ],
        questions=questions(assessment),
        understood=list(found.understood),
        problems=troubles(found.problems),
        notes=list(found.notes),
        page=found.page,
        pages=found.pages,
        decision=decision,
        record=found.record,
    )


def questions(assessment: Assessment) -> list[Open]:
    """The open questions, the most decisive first."""
    return [Open(text=item.text, decisive=item.decisive) for item in assessment.questions]


def troubles(problems: tuple[Problem, ...]) -> list[Trouble]:
    """Problems as data."""
    return [
        Trouble(code=item.code, message=clean(item.message), line=item.line, help=item.help, nearest=list(item.nearest))
        for item in problems
    ]


def explanation(assessment: Assessment, beyond: Explanation | None) -> str:
    """The assessment in full, every reason with all of its sources, and what would change it; nothing in it is hidden
    from the eye."""
    style = TextStyle(width=100, full=True)
    text = render_assessment(assessment, style) + (
        "\n" + render_basis_and_counterfactuals(beyond, style) if beyond else ""
    )
    lines = text.splitlines()
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in lines)


def paged(text: str, page: int) -> ExplainAnswer:
    """One page of a text; a number past the end gives the last page."""
    lines = text.splitlines()
    pages = [lines[start : start + _PAGE_LINES] for start in range(0, len(lines), _PAGE_LINES)] or [[]]
    page = min(max(page, 1), len(pages))
    shown = "\n".join(pages[page - 1])
    if page < len(pages):
        shown += f"\n(page {page} of {len(pages)}; ask for page {page + 1} to read on)"
    return ExplainAnswer(text=shown, page=page, pages=len(pages))
