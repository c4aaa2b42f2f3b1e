"""The result of a check as text."""

from __future__ import annotations

from legit.dataset.check import FEWEST_OF_A_KIND, MOST_ALIKE, CheckResult
from legit.messages import message

_SHOWN_PROBLEMS = 20
_SHORT_TABLES = ("verdict", "scope", "stance", "domain", "harm", "guidance", "split", "language")


def render_check(found: CheckResult) -> str:
    """The report, ending in a line break."""
    lines = [message("dataset.proved", proved=found.proved, rows=found.rows)]
    for problem in found.problems[:_SHOWN_PROBLEMS]:
        lines.append(f"  {problem.code} {problem.row}: {problem.message}")
    if len(found.problems) > _SHOWN_PROBLEMS:
        lines.append(message("dataset.more_problems", number=len(found.problems) - _SHOWN_PROBLEMS))
    lines.append(message("dataset.length", low=found.words_min, median=found.words_median, high=found.words_max))
    lines.append(message("dataset.alike", number=len(found.near_duplicates), most=MOST_ALIKE))
    lines += [f"  {one} {two} {share}" for one, two, share in found.near_duplicates[:_SHOWN_PROBLEMS]]
    lines.append(message("dataset.pattern", share=f"{100 * found.pattern_share:.1f}"))
    lines.append(
        message("dataset.sentence", share=f"{100 * found.sentence_share:.1f}", sentence=found.most_common_sentence)
    )
    for name in _SHORT_TABLES:
        table = ", ".join(f"{key or '-'} {count}" for key, count in found.balance[name].items())
        lines.append(f"{name}: {table}")
    for kind, names in found.never.items():
        if names:
            lines.append(message("dataset.rare", kind=kind, fewest=FEWEST_OF_A_KIND, names="; ".join(names)))
    return "\n".join(lines) + "\n"
