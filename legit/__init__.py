"""Judge whether a rule has a claim to compliance, with reasons that can be checked. This is the public API.

    >>> import legit
    >>> legit.assess(text).verdict

`assess` reads sentences of controlled English (or takes a `Case`) and returns an `Assessment`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from legit._version import __version__

if TYPE_CHECKING:
    from legit.batch.decide_many import decide_many
    from legit.decision_log import DecisionLog
    from legit.errors import CaseError, DecisionLogError, KnowledgeBaseError, LanguageError, LegitError, Problem
    from legit.judge import Judge
    from legit.knowledge.base import KnowledgeBase
    from legit.model.assessment import Assessment, Question, Verdict
    from legit.model.explanation import Explanation
    from legit.model.facts import Case, Fact, Opinion, Speaker, SpeakerKind, Truth

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
    "decide_many",
    "explain",
    "next_questions",
    "parse",
    "write",
]


_MODULES = {
    "legit.batch.decide_many": ("decide_many",),
    "legit.decision_log": ("DecisionLog",),
    "legit.errors": ("CaseError", "DecisionLogError", "KnowledgeBaseError", "LanguageError", "LegitError", "Problem"),
    "legit.judge": ("Judge",),
    "legit.knowledge.base": ("KnowledgeBase",),
    "legit.model.assessment": ("Assessment", "Question", "Verdict"),
    "legit.model.explanation": ("Explanation",),
    "legit.model.facts": ("Case", "Fact", "Opinion", "Speaker", "SpeakerKind", "Truth"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}
"""Where each public name is defined. It is imported when it is first used: `import legit` costs nothing, also where a
tool only looks whether the package is there, as pytest does.
"""

if not (Path(__file__).parent / "integrations").is_dir():
    # A checkout, which hides the installed package where Python is started in it.
    from legit._util.checkout import CheckoutFinder

    sys.meta_path.append(CheckoutFinder(Path(__file__).parents[1]))


def assess(text_or_case: str | Case) -> Assessment:
    """Judge one case under the shipped knowledge base and its default profile.

    Raises LanguageError when a sentence is not understood, and CaseError when the facts contradict each other. Both
    carry every problem with its position. For another base or profile use `Judge(KnowledgeBase.load(...))`.
    """
    from legit.judge import cached_judge

    return cached_judge().assess(text_or_case)


def explain(text_or_case: str | Case) -> Explanation:
    """Judge one case and explain it: proof, sufficient sets, counterfactuals, sensitivity. Raises as `assess`."""
    from legit.judge import cached_judge

    return cached_judge().explain(text_or_case)


def next_questions(text_or_case: str | Case) -> tuple[Question, ...]:
    """The decisive open questions of a case, in the order in which to ask them. Raises as `assess`."""
    from legit.judge import cached_judge

    return cached_judge().next_questions(text_or_case)


def parse(text: str) -> tuple[Case, ...]:
    """Parse the cases of a text. Raises LanguageError or CaseError with every problem of the text."""
    from legit.judge import cached_judge

    return cached_judge().parse_cases(text)


def write(case: Case) -> str:
    """Write a case as sentences: `parse(write(case)) == (case,)`. Raises CaseError when a text cannot be quoted."""
    from legit.judge import cached_judge

    return cached_judge().writer.case(case)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
