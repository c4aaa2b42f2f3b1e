"""What the command `log report` does."""

from __future__ import annotations

import argparse

from legit.cli.common import DONE, LOG_BROKEN, UsageError, open_judge, progress
from legit.cli.log.keeping import kept_heads
from legit.cli.log.tables import output, wanted


def report(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import known_predicates
    from legit.decision_log.regression import drift
    from legit.decision_log.report import figures
    from legit.decision_log.verify import verify
    from legit.render.log_report_html import page
    from legit.render.log_report_tables import Words

    if options.again < 0:
        raise UsageError("--again takes a number from 0 on")
    base = open_judge(options).base
    about = base.manifest
    by = known_predicates(open_judge(options), tuple(options.by or about.report_dimensions))
    which = wanted(options)
    heads = kept_heads(options.head, options.public_key)
    log = LogReader(options.log)
    with progress("verifying") as step:
        verified = verify(options.log, heads, step)
    with progress("counting") as step:
        counted = figures(log, which, by, step)
    changed = drift(log, counted, options.again)
    words = Words(
        families=about.families,
        criteria={name: item.title for name, item in base.criteria.items()},
        predicates=about.report_dimensions,
    )
    shown = page(counted, changed, verified, len(heads), _asked(options), words)
    with output(options.to, "w") as file:
        file.write(shown)
    return DONE if verified.holds else LOG_BROKEN


_QUESTIONS = (
    ("verdict", "verdict"), ("guidance", "guidance"), ("criterion", "criterion"), ("family", "family"),
    ("right", "right"), ("says", "said"), ("rests_on", "not settled without the word of"),
    ("only_on", "on this word alone"), ("since", "since"), ("until", "before"), ("caller", "caller"),
)  # fmt: skip


def _asked(options: argparse.Namespace) -> str:
    """Which decisions were asked for, in words."""
    parts = []
    for name, says in _QUESTIONS:
        given = getattr(options, name)
        if given:
            parts.append(f"{says}: {', '.join(given) if isinstance(given, list) else given}")
    if options.overridden is not None:
        parts.append("overridden" if options.overridden else "not overridden")
    return f"Decisions asked for: {'; '.join(parts)}." if parts else "All decisions of the log."
