"""The sections of a report that say more than counts by group: speakers, open ends, overrides, versions."""

from __future__ import annotations

from collections.abc import Iterator

from legit.decision_log.metrics import MAX_LISTED_ANNOTATIONS, LogMetrics
from legit.decision_log.regression import Regression
from legit.model.assessment import Verdict
from legit.render.log_report_tables import (
    MAX_ROWS,
    VERDICT_STYLES,
    format_percent,
    group_section,
    group_table,
    truncation_note,
    verdict_bar,
)
from legit.render.page import escape_text, figure, table
from legit.render.plots import bar_plot

_UNDETERMINED_REASON_LABELS = {
    "": "what was not known",
    "time": "not decided in time",
    "corroboration": "somebody else has to confirm it",
}


def evidence_section(metrics: LogMetrics) -> Iterator[str]:
    """From which sources of evidence verdicts come."""
    yield "<h2>Sources of evidence</h2>\n"
    yield "<p>The sole source: without its evidence, the verdict would or might be different.</p>\n"
    alone = sorted(metrics.total.sole_sources.items(), key=lambda item: (not item[0], item[0]))
    yield table(
        "Decisions by their sole source of evidence",
        ("speaker", "decisions", "share"),
        [(name or "no sole source", number, format_percent(number, metrics.total.decisions)) for name, number in alone],
    )
    yield from group_section("Decisions that need evidence from", "speaker", metrics.needed_sources)
    yield group_table("Decisions in which a speaker states something", "speaker", metrics.sources)


def undetermined_section(metrics: LogMetrics) -> Iterator[str]:
    """How much was undetermined, and why."""
    total = metrics.total.verdicts[Verdict.UNDETERMINED.value]
    yield f"<h2>Undetermined</h2>\n<p>{total} of {metrics.total.decisions} decisions "
    yield f"({format_percent(total, metrics.total.decisions)}). "
    yield "The share for each group is in the tables of this page.</p>\n"
    yield table(
        "What undetermined decisions waited for",
        ("reason", "decisions", "share of the undetermined"),
        [
            (_UNDETERMINED_REASON_LABELS.get(key, key), number, format_percent(number, total))
            for key, number in metrics.undetermined_reasons.most_common()
        ],
    )
    yield table(
        "Open questions on which undetermined verdicts hung" + truncation_note(len(metrics.open_questions)),
        ("question", "decisions", "share of the undetermined"),
        [(key, number, format_percent(number, total)) for key, number in metrics.open_questions.most_common(MAX_ROWS)],
    )


def overrides_section(metrics: LogMetrics) -> Iterator[str]:
    """The overrides."""
    total = metrics.total.overridden
    yield "<h2>Overrides</h2>\n"
    if not total:
        yield "<p>No override is on record.</p>\n"
        return
    decisions = metrics.total.decisions
    yield f"<p>{total} of {decisions} decisions ({format_percent(total, decisions)}) were overridden: "
    yield "a responsible person acted differently, and recorded it.</p>\n"
    yield table(
        "From what to what",
        ("guidance", "done instead", "decisions"),
        [(before or "none", after, number) for (before, after), number in metrics.override_transitions.most_common()],
        text_columns=(1,),
    )
    more = f", the first {MAX_LISTED_ANNOTATIONS}" if total > len(metrics.overrides) else ""
    yield table(
        f"The overridden decisions{more}",
        ("number", "time", "verdict", "guidance", "done instead", "by", "why"),
        [
            (item.number, item.decision.time[:16], item.decision.answer.verdict.value, item.decision.answer.action,
             item.override.action, item.override.by, item.override.why)
            for item in metrics.overrides if item.override
        ],
        text_columns=range(1, 7),
    )  # fmt: skip


def redactions_section(metrics: LogMetrics) -> Iterator[str]:
    """Of which decisions texts were erased."""
    total = metrics.redacted_count
    yield "<h2>Redactions</h2>\n"
    if not total:
        yield "<p>No redaction is on record.</p>\n"
        return
    yield f"<p>Quoted texts of {total} of {metrics.total.decisions} decisions "
    yield f"({format_percent(total, metrics.total.decisions)}) were erased for good. "
    yield "The entries stay as they were.</p>\n"
    most = (
        f" (at most {MAX_LISTED_ANNOTATIONS} are listed)" if len(metrics.redactions) >= MAX_LISTED_ANNOTATIONS else ""
    )
    yield table(
        f"The redactions{most}",
        ("decision", "time", "texts erased", "by", "why"),
        [
            (note.decision_number, note.time[:16], ", ".join(note.placeholders), note.by, note.why)
            for _, note in metrics.redactions
        ],
        text_columns=range(1, 5),
    )


def versions_section(metrics: LogMetrics, regression: Regression) -> Iterator[str]:
    """Which versions decided, and what became of it under the latest."""
    yield "<h2>Versions of the knowledge base</h2>\n"
    labels = {
        digest: f"{origin.base} {origin.base_version}, {origin.profile} {origin.profile_version} ({digest[:8]})"
        for digest, (origin, _) in metrics.versions.items()
    }
    groups = {
        labels[digest]: group for digest, (_, group) in sorted(metrics.versions.items(), key=lambda i: i[1][1].first)
    }
    yield figure(
        "Decisions by version",
        bar_plot("Decisions by version", [verdict_bar(*item) for item in groups.items()], VERDICT_STYLES),
    )
    yield group_table("Decisions by version", "version", groups, len(groups))
    yield table(
        "When each version decided",
        ("version", "first decision", "last decision"),
        [(name, group.first[:16], group.last[:16]) for name, group in groups.items()],
        text_columns=(1, 2),
    )
    if not regression.earlier_count:
        yield "<p>One version made all of these decisions: there is nothing to compare.</p>\n"
        return
    yield "<p>Different versions had different cases before them, so that the shares above do not compare them. "
    if regression.problem:
        yield f"The decisions of earlier versions could not be replayed: {escape_text(regression.problem)}.</p>\n"
        return
    if not regression.replayed_count:
        yield f"{regression.earlier_count} decisions of earlier versions were not replayed.</p>\n"
        return
    which = (
        "all"
        if regression.replayed_count == regression.earlier_count
        else f"{regression.replayed_count}, evenly spread, of"
    )
    yield f"So {which} {regression.earlier_count} decisions of earlier versions "
    yield "were replayed under the latest one.</p>\n"
    yield table(
        "Decisions of earlier versions, replayed under the latest",
        ("what came of it", "decisions", "share"),
        [
            (says, number, format_percent(number, regression.replayed_count))
            for says, number in (
                ("the same verdict and guidance", regression.unchanged_count),
                ("the same verdict, other guidance", regression.guidance_change_count),
                *(
                    (f"{before} becomes {after}", number)
                    for (before, after), number in regression.verdict_transitions.most_common()
                ),
                ("no longer understood or decided", regression.failed_count),
            )
        ],
    )
    yield table(
        "Decisions that change, the first ones",
        ("number", "before", "now", "what changed"),
        [
            (item.number, f"{item.before.verdict.value}, {item.before.action}",
             f"{item.after.verdict.value}, {item.after.action}" if item.after else item.problem,
             "; ".join(item.changes))
            for item in regression.listed_changes
        ],
        text_columns=(1, 2, 3),
    )  # fmt: skip
