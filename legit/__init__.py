"""Judge whether a rule has a claim to compliance, with reasons that can be checked. This is the public API.

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

    Raises LanguageError when a sentence is not understood, and CaseError when the facts contradict each other. Both
    carry every problem with its position. For another base or profile use `Judge(KnowledgeBase.load(...))`.
    """
    return cached_judge().assess(text_or_case)


def explain(text_or_case: str | Case) -> Explanation:
    """Judge one case and explain it: proof, sufficient sets, counterfactuals, sensitivity. Raises as `assess`."""
    return cached_judge().explain(text_or_case)


def next_questions(text_or_case: str | Case) -> tuple[Question, ...]:
    """The decisive open questions of a case, in the order in which to ask them. Raises as `assess`."""
    return cached_judge().next_questions(text_or_case)


def parse(text: str) -> tuple[Case, ...]:
    """Parse the cases of a text. Raises LanguageError or CaseError with every problem of the text."""
    return cached_judge().parse_cases(text)


def write(case: Case) -> str:
    """Write a case as sentences: `parse(write(case)) == (case,)`. Raises CaseError when a text cannot be quoted."""
    return cached_judge().writer.case(case)


def __getattr__(name: str) -> Any:
    """Import lazily what most programs do not use."""
    if name == "DecisionLog":
        from legit.decision_log import DecisionLog

        return DecisionLog
    if name == "Explanation":
        from legit.model.explanation import Explanation

        return Explanation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
