"""The exceptions of the package, and the problems that they carry.

    LegitError                    base; `problems` holds every problem that was found
    |- LanguageError              L...  a sentence was not understood
    |- CaseError                  C...  the facts of a case contradict each other or do not fit the vocabulary
    |- KnowledgeBaseError         K...  a knowledge base is not valid
    |- DatasetError               D...  a file of labelled cases or descriptions has another form
    |- DecisionLogError           R...  a decision log cannot be opened, written or read
    |- QueryError                 Q...  a query was not understood, or exceeded its limits
    |- MissingExtraError          X001  an optional dependency is not installed; also an ImportError
    |- AllAnswersFailedError      an evaluation got no answer from its system (`legit.evals.runner`)
    `- SystemLoadError            the system under test cannot be imported or built (`legit.evals.systems`)

`Judge` turns DecisionTimeoutError into the verdict `undetermined`; it is raised by searches over a base only.

A message is in lower case, without a full stop, and quotes the words of the user in backticks. The help is a field of
its own. Codes are stable: programs may depend on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from legit._util.terminal_escape import printable_line


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: its code, a message, and its position in the input.

    `line` and `column` count from 1; 0 means that the problem has no position. `source` names the file. `nearest`
    holds sentences or names that would have been understood, the likeliest first. The fields hold the input unchanged;
    `str` escapes its control characters.
    """

    code: str
    message: str
    line: int = 0
    column: int = 0
    source: str = ""
    help: str = ""
    nearest: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        place = printable_line(self.source)
        if self.line:
            place = f"{place}:{self.line}:{self.column}" if place else f"line {self.line}, column {self.column}"
        message = printable_line(self.message)
        text = f"{place}: {self.code}: {message}" if place else f"{self.code}: {message}"
        if self.help:
            text += f"\n    help: {printable_line(self.help)}"
        for sentence in self.nearest:
            text += f"\n    did you mean: {printable_line(sentence)}"
        return text


class LegitError(Exception):
    """Base of all errors that `legit` raises on purpose. `problems` holds every problem that was found."""

    def __init__(self, *problems: Problem) -> None:
        self.problems: tuple[Problem, ...] = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class LanguageError(LegitError):
    """The text was not understood (codes L…)."""


class CaseError(LegitError):
    """The facts of a case contradict each other or do not fit the vocabulary (codes C…)."""


class KnowledgeBaseError(LegitError):
    """The knowledge base is not valid (codes K…)."""


class DatasetError(LegitError):
    """A file of labelled cases or descriptions does not have the expected form (codes D…)."""


class DecisionLogError(LegitError):
    """A decision log cannot be opened, written or read (codes R…)."""


class QueryError(LegitError):
    """A query over decided cases was not understood, or exceeded its limits (codes Q…)."""


class DecisionTimeoutError(Exception):
    """The time limit of a search was reached before the verdict was determined."""
