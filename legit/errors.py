"""Everything that can go wrong, in one family of exceptions, and the problems that they carry.

A message follows one shape: lower case, no full stop, the user's own words in backticks, the help kept apart.
Codes are stable: programs may depend on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from legit._util.terminal_escape import printable_line


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was not understood or does not hold together.

    `line` and `column` count from 1; 0 means that the problem has no place in a text. `nearest` holds sentences or
    names that would have been understood, the likeliest first. The fields hold the words of the input as they are; as
    text (`str`) a problem shows control characters escaped.
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
    """Base of all errors that `legit` raises on purpose; `problems` holds every one that was found."""

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
    """A file of cases or encodings is not in the expected form (codes D…)."""


class DecisionLogError(LegitError):
    """A decision log cannot be opened, written or read (codes R…)."""


class QueryError(LegitError):
    """A question over decided cases was not understood, or took more than it may (codes Q…)."""


class DecisionTimeoutError(Exception):
    """The time limit of a search was reached before the verdict was determined."""
