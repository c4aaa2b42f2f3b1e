"""Problem documents (RFC 9457): what was wrong with a request, with the codes, places and help of the package."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from legit.errors import (
    CaseError,
    DecisionLogError,
    KnowledgeBaseError,
    LanguageError,
    LegitError,
    MissingExtraError,
    Problem,
    QueryError,
    ServiceError,
)

PROBLEM_TYPE: Final = "application/problem+json"
MAX_PROBLEMS: Final = 20
"""The problems of the form of a request that are told."""

_TITLES: Final[dict[type[LegitError], str]] = {
    LanguageError: "A sentence was not understood",
    CaseError: "The case contradicts itself or does not fit the vocabulary",
    KnowledgeBaseError: "The knowledge base has no such part",
    DecisionLogError: "The decision log cannot answer",
    QueryError: "The query was not understood",
    MissingExtraError: "A part of the service is not installed",
    ServiceError: "The request cannot be answered",
}

_STATUS_OF_CODE: Final = {"R101": 503, "R102": 503, "R103": 503, "R107": 404, "R108": 404}
"""The status of problems that are not about what the request says."""


class ProblemItem(BaseModel):
    """One problem: its stable code, a message, its place, help, and what would have been understood.

    `line` and `column` count from 1, 0 means no place. `source` names the part of the request.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    line: int = 0
    column: int = 0
    source: str = ""
    help: str = ""
    nearest: tuple[str, ...] = ()

    @classmethod
    def of(cls, problem: Problem) -> ProblemItem:
        """The item of a problem."""
        return cls(
            code=problem.code,
            message=_writable(problem.message),
            line=problem.line,
            column=problem.column,
            source=_writable(problem.source),
            help=_writable(problem.help),
            nearest=tuple(map(_writable, problem.nearest)),
        )


class ProblemDocument(BaseModel):
    """A problem document (RFC 9457). `type` is `urn:legit:problem:` and the code of the first of `problems`."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(pattern=r"^urn:legit:problem:[A-Z][0-9]{3}$")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str
    problems: tuple[ProblemItem, ...] = Field(min_length=1)


def problem_document(error: LegitError) -> ProblemDocument:
    """The problem document of an error of the package."""
    first = error.problems[0]
    title = next((title for kind, title in _TITLES.items() if isinstance(error, kind)), _TITLES[ServiceError])
    return ProblemDocument(
        type=f"urn:legit:problem:{first.code}",
        title=title,
        status=error.status if isinstance(error, ServiceError) else status_of(error),
        detail=_writable(first.message),
        code=first.code,
        problems=tuple(map(ProblemItem.of, error.problems)),
    )


def status_of(error: LegitError) -> int:
    """The status of an error of the package that is no ServiceError."""
    if isinstance(error, MissingExtraError):
        return int(HTTPStatus.NOT_IMPLEMENTED)
    return _STATUS_OF_CODE.get(error.problems[0].code, int(HTTPStatus.UNPROCESSABLE_ENTITY))


def lower_first(text: str) -> str:
    """A message of a library as messages of problems are written: its first letter in lower case."""
    return text[:1].lower() + text[1:]


def _writable(text: str) -> str:
    """A text of a problem, which may quote what cannot be written in UTF-8."""
    return text.encode(errors="replace").decode()
