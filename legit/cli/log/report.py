"""What the command `log report` does."""

from __future__ import annotations

import argparse

from legit.cli.common import DONE, LOG_INVALID, UsageError, open_judge, progress
from legit.cli.log.keeping import load_checkpoints
from legit.cli.log.tables import filter_from_options, open_output


def report(options: argparse.Namespace) -> int:
    from legit.decision_log import LogReader
    from legit.decision_log.filters import require_predicates
    from legit.decision_log.regression import replay_under_latest
    from legit.decision_log.report import compute_log_metrics
    from legit.decision_log.verify import verify
    from legit.render.log_report_html import render_log_report
    from legit.render.log_report_tables import DisplayNames

    if options.again < 0:
        raise UsageError("--again takes a number from 0 on")
    base = open_judge(options).base
    about = base.manifest
    by = require_predicates(open_judge(options), tuple(options.by or about.report_dimensions))
    which = filter_from_options(options)
    heads = load_checkpoints(options.head, options.public_key)
    log = LogReader(options.log)
    with progress("verifying") as step:
        verified = verify(options.log, heads, step)
    with progress("counting") as step:
        counted = compute_log_metrics(log, which, by, step)
    changed = replay_under_latest(log, counted, options.again)
    words = DisplayNames(
        families=about.families,
        criteria={name: item.title for name, item in base.criteria.items()},
        predicates=about.report_dimensions,
    )
    shown = render_log_report(counted, changed, verified, len(heads), _filter_text(options), words)
    with open_output(options.to, "w") as file:
        file.write(shown)
    return DONE if verified.valid else LOG_INVALID


_FILTER_LABELS = (
    ("verdict", "verdict"), ("guidance", "guidance"), ("criterion", "criterion"), ("family", "family"),
    ("right", "right"), ("says", "said"), ("rests_on", "not settled without the word of"),
    ("only_on", "on this word alone"), ("since", "since"), ("until", "before"), ("caller", "caller"),
)  # fmt: skip


def _filter_text(options: argparse.Namespace) -> str:
    """Which decisions were asked for, in words."""
    parts = []
    for name, says in _FILTER_LABELS:
        given = getattr(options, name)
        if given:
            parts.append(f"{says}: {', '.join(given) if isinstance(given, list) else given}")
    if options.overridden is not None:
        parts.append("overridden" if options.overridden else "not overridden")
    return f"Decisions asked for: {'; '.join(parts)}." if parts else "All decisions of the log."
