"""A report on a log as one HTML page: plots, the tables behind them, and what the log shows and does not.

The same log gives the same page: nothing of the time or place of its making is in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from legit._version import __version__
from legit.decision_log.metrics import LogMetrics, bucket_by_time
from legit.decision_log.regression import Regression
from legit.decision_log.verify import Verification
from legit.messages import message
from legit.model.assessment import Effect
from legit.model.facts import SpeakerKind
from legit.render.log_report_scope import scope_section
from legit.render.log_report_sections import (
    evidence_section,
    overrides_section,
    redactions_section,
    undetermined_section,
    versions_section,
)
from legit.render.log_report_tables import (
    VERDICT_STYLES,
    DisplayNames,
    display_name,
    format_percent,
    group_section,
    group_table,
    verdict_bar,
)
from legit.render.page import escape_text, figure, html_page, read_style_sheet, table
from legit.render.plots import bar_plot, column_plot

_EFFECTS: tuple[Effect, ...] = ("defeats", "tied", "outweighed", "open", "possible")


def render_log_report(
    metrics: LogMetrics,
    regression: Regression,
    verification: Verification,
    checkpoint_count: int,
    filter_text: str,
    names: DisplayNames,
) -> str:
    """The page.

    `filter_text` says which decisions were selected, `checkpoint_count` how many checkpoints the log was held against.
    """
    style = read_style_sheet("legit.render", "page.css") + read_style_sheet("legit.render", "log_report.css")
    if not metrics.total.decisions:
        sections = iter(["<p>No decision on record was asked for.</p>\n"])
    else:
        sections = _sections(metrics, regression, names)
    body = [
        "<h1>Decisions on record</h1>\n",
        *_summary(metrics, filter_text),
        scope_section(metrics, verification, checkpoint_count),
        *sections,
        *_provenance_section(metrics),
    ]
    return html_page(f"Decisions on record, {metrics.checkpoint.log_name}", style, "".join(body))


def _summary(metrics: LogMetrics, filter_text: str) -> Iterator[str]:
    whole = metrics.total
    period = f"{whole.first[:10]} to {whole.last[:10]}" if whole.decisions else "none"
    yield f"<p>{escape_text(filter_text)} First and last of them: {escape_text(period)} (UTC).</p>\n"
    yield '<ul class="key">\n'
    total = whole.decisions
    for number, says in (
        (str(total), f"decision{'' if total == 1 else 's'}"),
        *((format_percent(whole.verdicts[name], total), name) for name in VERDICT_STYLES),
        (format_percent(whole.sole_sources[SpeakerKind.USER.value], total), "with the user as sole source"),
        (format_percent(whole.overridden, total), "overridden"),
    ):
        yield f"<li><strong>{escape_text(number)}</strong> {escape_text(says)}</li>\n"
    yield "</ul>\n"


def _sections(metrics: LogMetrics, regression: Regression, names: DisplayNames) -> Iterator[str]:
    yield "<h2>Verdicts</h2>\n"
    yield '<p class="legend">'
    yield " ".join(f'<span class="{name}">{look.mark} {name}</span>' for name, look in VERDICT_STYLES.items())
    yield "</p>\n"
    yield figure(
        "All decisions, by verdict",
        bar_plot("All decisions, by verdict", [verdict_bar("all", metrics.total)], VERDICT_STYLES),
    )
    unit, groups = bucket_by_time(metrics.by_day)
    title = f"Decisions by {unit} and verdict"
    yield figure(
        title, column_plot(title, [verdict_bar(name, group) for name, group in groups.items()], VERDICT_STYLES)
    )
    yield group_table(title, f"{unit} from", groups, len(groups))
    yield "<h2>Guidance</h2>\n"
    yield from group_section("Decisions by guidance", "guidance", metrics.guidance)
    yield from group_section("Decisions by what was asked", "asked to", metrics.stances)
    yield "<h2>Families of criteria</h2>\n"
    yield "<p>A decision counts in every family of which a criterion applied or may have applied.</p>\n"
    yield from group_section("Decisions by family", "family", metrics.families)
    yield table(
        "What became of the criteria of a family, in decisions",
        ("family", *(message(f"assessment.effect_{effect}") for effect in _EFFECTS)),
        [
            (
                f"{display_name(name)}: {names.families[name]}" if name in names.families else display_name(name),
                *(effects[key] for key in _EFFECTS),
            )
            for name, effects in sorted(metrics.effects.items(), key=lambda item: -item[1].total())
        ],
    )
    yield group_table(
        "Decisions by the criteria that decided", "criterion", metrics.decisive_criteria, names=names.criteria
    )
    for predicate, said in metrics.stated_values.items():
        name = names.predicates.get(predicate, display_name(predicate))
        yield f"<h2>{escape_text(name[:1].upper() + name[1:])}</h2>\n"
        yield from group_section(f"Decisions by {name}", name, said)
    yield from evidence_section(metrics)
    yield from undetermined_section(metrics)
    yield from overrides_section(metrics)
    yield from redactions_section(metrics)
    yield from versions_section(metrics, regression)
    yield "<h2>Method harm</h2>\n"
    yield from group_section("Decisions by method harm", "level", metrics.method_harm)


def _provenance_section(metrics: LogMetrics) -> Iterator[str]:
    yield "<h2>Where these figures come from</h2>\n"
    yield f"<p>Counted by legit {__version__} over the log as it was under this checkpoint. Whoever keeps these three "
    yield "lines can show later whether the entries counted here were touched "
    yield "(<code>legit log verify LOG --checkpoint FILE</code>).</p>\n"
    lines = "\n".join(map(escape_text, str(metrics.checkpoint).splitlines()))
    yield f"<pre>{lines}</pre>\n"
    yield "<p>The figures are counts of all decisions that were asked for, and no estimates. "
    yield "Quoted texts are not in the entries: ⟨1text⟩ and the like stand for them.</p>\n"
