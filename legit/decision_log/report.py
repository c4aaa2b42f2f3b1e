"""The report on a log as one HTML page: plots, the tables behind them, and what the log can show.

This module prepares rows and bars. The page is `legit/render/templates/log_report.html`. The same log gives the same
page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from legit._version import __version__
from legit.decision_log.filters import ranked
from legit.decision_log.metrics import MAX_LISTED_ANNOTATIONS, DecisionGroup, DecisionGroups, LogMetrics, bucket_by_time
from legit.decision_log.regression import Regression
from legit.decision_log.turn_coverage import TurnCoverage, reason_words
from legit.decision_log.verify import Verification
from legit.messages import message
from legit.model.assessment import Effect, Verdict
from legit.model.facts import SpeakerKind
from legit.render.html import render_html
from legit.render.plots import VERDICT_STYLES, Bar

MAX_ROWS = 30
"""The largest number of rows of a table without fixed rows; the title says how many values there are."""

_MAX_BARS = 12
_MAX_PROBLEMS = 20
_EFFECTS: tuple[Effect, ...] = ("defeats", "tied", "outweighed", "open", "possible")

Rows = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """The words of a knowledge base for the ids in entries: families, criteria and the values of predicates."""

    families: Mapping[str, str] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    predicates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupView:
    """Decisions in groups: the rows of a table, the bars of a plot, and the number of groups that there are."""

    rows: Rows
    bars: list[Bar]
    total: int


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The turns of agents: their coverage, and the share of each kind of act that was consulted, in words.

    `reconciled`: the operator's own count was given.
    """

    coverage: TurnCoverage
    shares: Mapping[str, str]
    reconciled: bool = False


def render_log_report(
    metrics: LogMetrics,
    regression: Regression,
    verification: Verification,
    checkpoint_count: int,
    filter_text: str,
    names: DisplayNames,
    turns: CoverageView | None = None,
) -> str:
    """The page.

    `filter_text` says which decisions were selected, `checkpoint_count` with how many checkpoints the log was compared.
    Raises MissingExtraError (X001) when the extra `html` is not installed.
    """
    time_unit, periods = bucket_by_time(metrics.by_day)
    total = metrics.total
    return render_html(
        "log_report.html",
        title=message("log.report_title", log=metrics.checkpoint.log_name),
        styles=("page.css", "log_report.css"),
        metrics=metrics,
        regression=regression,
        valid=verification.valid,
        problems=[f"{item.code}: {item.message}" for item in verification.problems[:_MAX_PROBLEMS]],
        checkpoint_count=checkpoint_count,
        filter_text=filter_text,
        version=__version__,
        verdict_styles=VERDICT_STYLES,
        key_figures=_key_figures(total),
        all_decisions=[_bar(message("log.report_all"), total)],
        time_unit=time_unit,
        periods=_in_order(periods),
        guidance=_largest_first(metrics.guidance),
        stances=_largest_first(metrics.stances),
        families=_largest_first(metrics.families),
        effect_names=[message(f"assessment.effect_{effect}") for effect in _EFFECTS],
        effect_rows=_effect_rows(metrics, names),
        decisive_criteria=_largest_first(metrics.decisive_criteria, names.criteria),
        stated_values=[
            (names.predicates.get(predicate, _display_name(predicate)), _largest_first(groups))
            for predicate, groups in metrics.stated_values.items()
        ],
        **_evidence_values(metrics),
        **_annotation_values(metrics),
        **_version_values(metrics, regression),
        method_harm=_largest_first(metrics.method_harm),
        **_turn_values(turns),
    )


def _turn_values(turns: CoverageView | None) -> dict[str, Any]:
    """The refusals and enforcements of agents, and how many were consulted."""
    if turns is None or not (turns.coverage.turns or turns.coverage.missing):
        return {"turns": None}
    acts = turns.coverage.acts
    return {
        "turns": turns,
        "act_rows": [
            (message(f"log.act_{kind}"), counts.total, counts.consulted, turns.shares[kind], counts.overrides)
            for kind, counts in acts.items()
        ],
        "reason_rows_of_acts": [
            (reason_words(reason), message(f"log.act_{kind}"), number)
            for kind, counts in acts.items()
            for reason, number in ranked(counts.reasons)
        ],
    }


def _key_figures(total: DecisionGroup) -> list[tuple[object, str]]:
    """The figures at the head of the page, each with what it counts."""
    count = total.decisions
    return [
        (count, message("log.report_decisions", count=count)),
        *((_percent(total.verdicts[name], count), name) for name in VERDICT_STYLES),
        (_percent(total.sole_sources[SpeakerKind.USER.value], count), message("log.report_user_sole_source")),
        (_percent(total.overridden, count), message("log.report_overridden")),
    ]


def _effect_rows(metrics: LogMetrics, names: DisplayNames) -> Rows:
    return [
        (
            f"{_display_name(name)}: {names.families[name]}" if name in names.families else _display_name(name),
            *(effects[effect] for effect in _EFFECTS),
        )
        for name, effects in sorted(metrics.effects.items(), key=lambda item: (-item[1].total(), item[0]))
    ]


def _evidence_values(metrics: LogMetrics) -> dict[str, Any]:
    """On which evidence decisions are based, and how much was undetermined and why."""
    total = metrics.total.decisions
    undetermined = metrics.total.verdicts[Verdict.UNDETERMINED.value]
    reasons = {
        "": message("log.report_reason_unknown"),
        "time": message("log.report_reason_time"),
        "corroboration": message("log.report_reason_corroboration"),
    }
    sole = sorted(metrics.total.sole_sources.items(), key=lambda item: (not item[0], item[0]))
    return {
        "sole_source_rows": [
            (name or message("log.report_no_sole_source"), number, _percent(number, total)) for name, number in sole
        ],
        "needed_sources": _largest_first(metrics.needed_sources),
        "sources": _largest_first(metrics.sources),
        "undetermined": undetermined,
        "undetermined_share": _percent(undetermined, total),
        "reason_rows": [
            (reasons.get(key, key), number, _percent(number, undetermined))
            for key, number in ranked(metrics.undetermined_reasons)
        ],
        "question_rows": [
            (key, number, _percent(number, undetermined)) for key, number in ranked(metrics.open_questions)[:MAX_ROWS]
        ],
    }


def _annotation_values(metrics: LogMetrics) -> dict[str, Any]:
    """The overrides and the redactions."""
    total = metrics.total.decisions
    return {
        "overridden_share": _percent(metrics.total.overridden, total),
        "transition_rows": [
            (before or message("log.report_none"), after, number)
            for (before, after), number in ranked(metrics.override_transitions)
        ],
        "override_rows": [
            (
                item.number,
                _minute(item.decision.time),
                item.decision.answer.verdict.value,
                item.decision.answer.action,
                override.action,
                override.by,
                override.why,
            )
            for item, override in metrics.overrides
        ],
        "max_listed": MAX_LISTED_ANNOTATIONS,
        "redacted_share": _percent(metrics.redacted_count, total),
        "redaction_rows": [
            (note.decision_number, _minute(note.time), ", ".join(note.placeholders), note.by, note.why)
            for _, note in metrics.redactions
        ],
    }


def _version_values(metrics: LogMetrics, regression: Regression) -> dict[str, Any]:
    """Which versions decided, and the verdicts of the earlier ones under the latest."""
    groups = {
        f"{origin.base} {origin.base_version}, {origin.profile} {origin.profile_version} ({digest[:8]})": group
        for digest, (origin, group) in sorted(metrics.versions.items(), key=lambda item: (item[1][1].first, item[0]))
    }
    replayed = [
        (message("log.report_same_answer"), regression.unchanged_count),
        (message("log.report_other_guidance"), regression.guidance_change_count),
        *(
            (message("log.report_verdict_change", before=before, after=after), number)
            for (before, after), number in ranked(regression.verdict_transitions)
        ),
        (message("log.report_not_decided"), regression.failed_count),
    ]
    return {
        "versions": _in_order(groups),
        "version_times": [(name, _minute(group.first), _minute(group.last)) for name, group in groups.items()],
        "replay_rows": [(text, number, _percent(number, regression.replayed_count)) for text, number in replayed],
        "change_rows": [
            (
                item.number,
                f"{item.before.verdict.value}, {item.before.action}",
                f"{item.after.verdict.value}, {item.after.action}" if item.after else item.problem,
                "; ".join(item.changes),
            )
            for item in regression.listed_changes
        ],
    }


# Groups


def _largest_first(groups: DecisionGroups, names: Mapping[str, str] | None = None) -> GroupView:
    """The groups with the most decisions, the largest first. `names` are shown in place of the ids of groups."""
    ordered = sorted(groups.items(), key=lambda item: (-item[1].decisions, item[0]))
    named = [(_display_name(key, names), group) for key, group in ordered]
    return GroupView(_rows(named[:MAX_ROWS]), [_bar(*item) for item in named[:_MAX_BARS]], len(groups))


def _in_order(groups: DecisionGroups) -> GroupView:
    """All groups in their order."""
    return GroupView(_rows(groups.items()), [_bar(*item) for item in groups.items()], 0)


def _rows(groups: Iterable[tuple[str, DecisionGroup]]) -> Rows:
    return [
        (
            name,
            group.decisions,
            *(group.verdicts[verdict] for verdict in VERDICT_STYLES),
            _percent(group.verdicts[Verdict.UNDETERMINED.value], group.decisions),
            _percent(group.sole_sources[SpeakerKind.USER.value], group.decisions),
            _percent(group.overridden, group.decisions),
        )
        for name, group in groups
    ]


def _bar(name: str, group: DecisionGroup) -> Bar:
    return Bar(name, tuple((verdict, group.verdicts[verdict]) for verdict in VERDICT_STYLES))


def _display_name(name: str, names: Mapping[str, str] | None = None) -> str:
    return (names or {}).get(name) or name.replace("_", " ") or message("log.report_none")


def _percent(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %" if total else message("log.report_none")


def _minute(time: str) -> str:
    return time[:16]
