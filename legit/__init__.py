"""Judge whether a rule has a claim to compliance, with reasons that can be checked.

    >>> import legit
    >>> legit.assess(text).verdict

`assess` reads sentences of controlled English (or takes a `Case`) and returns an `Assessment`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legit._version import __version__
from legit.errors import CaseError, DecisionLogError, KnowledgeBaseError, LanguageError, LegitError, Problem
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Assessment, Question, Verdict
from legit.model.facts import Case, Fact, Opinion, Speaker, SpeakerKind, Truth

if TYPE_CHECKING:
    from legit.decision_log import DecisionLog
    from legit.model.explanation import Explanation

__all__ = [
    "Assessment",
    "Case",
    "CaseError",
    "DecisionLog",
    "DecisionLogError",
    "Explanation",
    "Fact",
    "Judge",
    "KnowledgeBase",
    "KnowledgeBaseError",
    "LanguageError",
    "LegitError",
    "Opinion",
    "Problem",
    "Question",
    "Speaker",
    "SpeakerKind",
    "Truth",
    "Verdict",
    "__version__",
    "assess",
    "explain",
    "next_questions",
    "parse",
    "write",
]


def assess(text_or_case: str | Case) -> Assessment:
    """Judge one case under the shipped knowledge base and its default profile.

    Raises LanguageError when a sentence is not understood, CaseError when the facts contradict each other; both carry
    every problem with its place. For another knowledge base or profile use `Judge(KnowledgeBase.load(...))`.
    """
    return cached_judge().assess(text_or_case)


def explain(text_or_case: str | Case) -> Explanation:
    """Judge one case and explain it: proof, reliance, what would change it, sensitivity. Raises as `assess` does."""
    return cached_judge().explain(text_or_case)


def next_questions(text_or_case: str | Case) -> tuple[Question, ...]:
    """The questions whose answer can still change the verdict, in the order in which to ask. Raises as `assess`."""
    return cached_judge().next_questions(text_or_case)


def parse(text: str) -> tuple[Case, ...]:
    """The cases of a text. Raises LanguageError or CaseError with every problem in it."""
    return cached_judge().parse_cases(text)


def write(case: Case) -> str:
    """A case as sentences; `parse(write(case)) == (case,)`. Raises CaseError when a text cannot be quoted."""
    return cached_judge().writer.case(case)


def __getattr__(name: str) -> Any:
    """Import where it is used what most programs do without."""
    if name == "DecisionLog":
        from legit.decision_log import DecisionLog

        return DecisionLog
    if name == "Explanation":
        from legit.model.explanation import Explanation

        return Explanation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
