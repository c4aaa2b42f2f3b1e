"""The exceptions of the package, and the problems that they carry.

    LegitError                    base; `problems` holds every problem that was found
    |- LanguageError              L...  a sentence was not understood
    |- CaseError                  C...  the facts of a case contradict each other or do not fit the vocabulary
    |- KnowledgeBaseError         K...  a knowledge base is not valid
    |- DatasetError               D...  a file of labelled cases or descriptions has another form
    |- DecisionLogError           R...  a decision log cannot be opened, written or read
    |- QueryError                 Q...  a query was not understood, or exceeded its limits
    |- BatchError                 B...  a batch of cases cannot be read, or its result cannot be written
    |- SystemLoadError            B...  the system under test, or the grader, cannot be imported or built
    |- AllAnswersFailedError      B010  an evaluation got no answer from its system
    |- UnreadableGraderAnswerError  B011  a grader's answer holds no classification
    |- ConversationError          V0.. transcripts cannot be read as conversations
    |- DescriberError             V1.. a description cannot be made
    |- ReviewError                V2.. a review cannot be made, read or compared
    |- ServiceError               H...  a request over HTTP cannot be answered
    |- DossierError               E...  a dossier, its protocol or its records are refused, or are not what was sealed
    |- RefusalPatternError        T...  a language file of the refusal test is missing or not valid
    |- FolderInUseError           F001  files would be written into a folder that holds something else
    |- ScaffoldError              F002  a name cannot name a new knowledge base
    |- MissingExtraError          X001  an optional dependency is not installed; also an ImportError
    `- DecisionTimeoutError       X002  a search was not finished in time; `Judge` answers `undetermined` instead

`legit.testing` raises AssertionErrors of its own where a property of the program or of a base does not hold.

A message is in lower case, without a full stop, and quotes the words of the user in backticks. The help is a field of
its own. Codes are stable: programs may depend on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from legit._util.terminal_escape import printable_line
from legit.messages import language, message, using_language


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: its code, a message, and its position in the input.

    `line` and `column` count from 1; 0 means that the problem has no position. `source` names the file. `nearest`
    holds sentences or names that would have been understood, the likeliest first. The fields hold the input unchanged;
    `str` escapes its control characters, and says the words around them in `language`: the tag of the language that was
    in use when the problem was found.
    """

    code: str
    message: str
    line: int = 0
    column: int = 0
    source: str = ""
    help: str = ""
    nearest: tuple[str, ...] = field(default=())
    language: str = field(default_factory=language, compare=False, repr=False)

    def __str__(self) -> str:
        with using_language(self.language):
            place = printable_line(self.source)
            if self.line:
                position = message("problems.place", line=self.line, column=self.column)
                place = f"{place}:{self.line}:{self.column}" if place else position
            said = printable_line(self.message)
            lines = [f"{place}: {self.code}: {said}" if place else f"{self.code}: {said}"]
            if self.help:
                lines.append(message("problems.help", text=printable_line(self.help)))
            lines += [message("problems.did_you_mean", sentence=printable_line(item)) for item in self.nearest]
        return "\n    ".join(lines)


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


class BatchError(LegitError):
    """A batch of cases cannot be read, or its result cannot be written (codes B…)."""


class DossierError(LegitError):
    """A dossier, its protocol or its records cannot be read, or are not what was sealed (codes E…)."""


class SystemLoadError(LegitError):
    """The system under test, or the grader, cannot be imported or built (codes B…)."""


class AllAnswersFailedError(LegitError):
    """Every answer at the beginning of an evaluation failed (B010)."""


class UnreadableGraderAnswerError(LegitError):
    """The grader's answer holds no classification (B011); the message quotes its beginning."""


class ConversationError(LegitError):
    """Transcripts cannot be read as conversations (codes V0…)."""


class DescriberError(LegitError):
    """A description of a conversation cannot be made (codes V1…)."""


class ReviewError(LegitError):
    """A review cannot be made, read, answered or compared (codes V2…)."""


class ServiceError(LegitError):
    """A request over HTTP cannot be answered (codes H…). `status` is the status of the answer.

    `retry_after` is the time in seconds after which the same request may be answered, 0 where waiting is of no use.
    """

    def __init__(self, status: int, *problems: Problem, retry_after: int = 0) -> None:
        super().__init__(*problems)
        self.status = status
        self.retry_after = retry_after


class RefusalPatternError(LegitError):
    """A language file of the refusal test is not valid, or there is none for a language (codes T…)."""


class FolderInUseError(LegitError):
    """Files would be written into a folder that holds something else (F001)."""


class ScaffoldError(LegitError):
    """A name cannot name a new knowledge base (F002)."""


class MissingExtraError(LegitError, ImportError):
    """An optional dependency is needed and its extra is not installed (X001)."""


class DecisionTimeoutError(LegitError):
    """The time limit of a search was reached before its result was determined (X002)."""

    def __init__(self) -> None:
        super().__init__(Problem("X002", "the search was not finished in time", help="give it a longer time limit"))
