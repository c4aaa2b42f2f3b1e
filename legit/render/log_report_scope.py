"""What a report may be read to say: what the log shows, and what it does not claim."""

from __future__ import annotations

from collections.abc import Iterable

from legit.decision_log.metrics import LogMetrics
from legit.decision_log.verify import Verification
from legit.render.page import escape_text

_SUPPORTED_CLAIMS = (
    "Which facts each decision rests on and who said them, with the versions of engine, grammar, knowledge base and "
    "profile that decided: `legit log show LOG NUMBER`.",
    "That a decision follows from these facts under that version: `legit log replay LOG` makes it again, byte for "
    "byte, from the knowledge base that the log keeps.",
)
_UNSUPPORTED_CLAIMS = (
    "That the facts were true. They are what somebody said; nothing was verified. The share with the "
    "user as sole source tells how much depends on that.",
    "That the verdicts are right in law or in morals. They are what one method finds, under its own premises.",
    "What was done. Guidance is advice; an override is known only where somebody recorded it.",
    "That every decision was put on record, and that the clock was right.",
    "Anything about kinds of authorities or people in general. The cases are those that were asked about, and a share "
    "of few decisions may be chance.",
    "That a difference between versions comes from the versions: they had other cases before them. Only decisions that "
    "were replayed compare the same ones.",
)


def scope_section(metrics: LogMetrics, verification: Verification, checkpoint_count: int) -> str:
    """The section, with what was found when the log was verified."""
    shows = (
        [*_SUPPORTED_CLAIMS, _integrity_claim(metrics, verification, checkpoint_count)]
        if verification.valid
        else list(_SUPPORTED_CLAIMS)
    )
    return (
        f"<h2>What this log supports</h2>\n{_verification_banner(verification, checkpoint_count)}"
        f"<p>It shows:</p>\n{_html_list(shows)}"
        f"<p>It does not claim:</p>\n{_html_list(_UNSUPPORTED_CLAIMS)}"
    )


def _integrity_claim(metrics: LogMetrics, verification: Verification, checkpoint_count: int) -> str:
    if checkpoint_count:
        return (
            "That nothing was changed, removed, inserted or reordered among the entries that the given "
            f"checkpoint{'s count' if checkpoint_count > 1 else ' counts'}, since it was taken."
        )
    return (
        f"That its {metrics.checkpoint.size} entries fit together. "
        "Not that nothing was cut off or rewritten as a whole: for "
        "that the log has to be held against a checkpoint that was kept elsewhere, and none was given."
    )


def _verification_banner(verification: Verification, checkpoint_count: int) -> str:
    against = (
        f"against {checkpoint_count} checkpoint{'' if checkpoint_count == 1 else 's'} kept elsewhere"
        if checkpoint_count
        else "against itself only"
    )
    if verification.valid:
        return f'<p class="held"><strong>The log holds</strong>, verified {against}.</p>\n'
    problems = _html_list(f"{item.code}: {item.message}" for item in verification.problems[:20])
    return (
        f'<div class="held broken"><p><strong>THE LOG DOES NOT HOLD</strong>, verified {against}. '
        f"The figures below are those of a log that was touched or damaged.</p>\n{problems}</div>\n"
    )


def _html_list(items: Iterable[str]) -> str:
    """A list; what stands between backticks is code."""
    shown = []
    for item in items:
        parts = escape_text(item).split("`")
        shown.append("".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts)))
    return "<ul>\n" + "".join(f"<li>{item}</li>\n" for item in shown) + "</ul>\n"
