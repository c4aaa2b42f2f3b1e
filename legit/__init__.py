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
    from collections.abc import Sequence

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


def assess(text_or_case: str | Case, *, language: str | None = None, packs: Sequence[str | Path] = ()) -> Assessment:
    """Judge one case under the shipped knowledge base and its default profile.

    `packs` are names of packs to add to the base, or folders of packs; the other functions take the same.
    `language` is the tag or name of the language of the answer ("sv"); by default that of the text.
    Raises LanguageError when a sentence is not understood, and CaseError when the facts contradict each other. Both
    carry every problem with its position. For another base or profile use `Judge(KnowledgeBase.load(...))`.
    """
    from legit.judge import cached_judge

    judge, case = cached_judge(packs=packs).answering(text_or_case, language)
    return judge.assess(case)


def explain(text_or_case: str | Case, *, language: str | None = None, packs: Sequence[str | Path] = ()) -> Explanation:
    """Judge one case and explain it: proof, sufficient sets, counterfactuals, sensitivity. As `assess` otherwise."""
    from legit.judge import cached_judge

    judge, case = cached_judge(packs=packs).answering(text_or_case, language)
    return judge.explain(case)


def next_questions(
    text_or_case: str | Case, *, language: str | None = None, packs: Sequence[str | Path] = ()
) -> tuple[Question, ...]:
    """The decisive open questions of a case, in the order in which to ask them. As `assess` otherwise."""
    from legit.judge import cached_judge

    judge, case = cached_judge(packs=packs).answering(text_or_case, language)
    return judge.next_questions(case)


def parse(text: str, *, language: str | None = None, packs: Sequence[str | Path] = ()) -> tuple[Case, ...]:
    """Parse the cases of a text, in `language` or else in the language that the text is found to be in.

    Raises LanguageError or CaseError with every problem of the text.
    """
    from legit.judge import cached_judge

    judge = cached_judge(packs=packs)
    return (judge.in_language(language) if language else judge).parse_cases(text)


def write(case: Case, *, language: str | None = None, packs: Sequence[str | Path] = ()) -> str:
    """Write a case as sentences: `parse(write(case)) == (case,)`. `language` is English by default.

    Raises CaseError when a text cannot be quoted, and LanguageError (L008) when there is no such language.
    """
    from legit.judge import cached_judge

    judge = cached_judge(packs=packs)
    return (judge.in_language(language) if language else judge).writer.case(case)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
