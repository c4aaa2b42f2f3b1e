"""What the sections of a report are made of: a plot and a table for decisions in groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from legit.decision_log.metrics import DecisionGroup, DecisionGroups
from legit.model.assessment import Verdict
from legit.model.facts import SpeakerKind
from legit.render.page import figure, table
from legit.render.plots import Bar, SeriesStyle, bar_plot

VERDICT_STYLES = {
    Verdict.DEFEATED.value: SeriesStyle("#17603a", mark="D"),
    Verdict.STANDS.value: SeriesStyle("#2a62ad", mark="S"),
    Verdict.CONTESTED.value: SeriesStyle("#c9a227", "#1b1b1b", "C"),
    Verdict.UNDETERMINED.value: SeriesStyle("#75489b", mark="U"),
}
_COLUMNS = (
    "decisions",
    *VERDICT_STYLES,
    "share undetermined",
    "share with the user as sole source",
    "share overridden",
)
_MAX_BARS = 12
MAX_ROWS = 30
"""The number of rows of a table of whatever occurs; the rest is told."""


@dataclass(frozen=True, slots=True)
class DisplayNames:
    """What a knowledge base calls what the entries only name: families, criteria and the values of predicates."""

    families: Mapping[str, str] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    predicates: Mapping[str, str] = field(default_factory=dict)


def format_percent(part: int, total: int) -> str:
    """A share in per cent."""
    return f"{100 * part / total:.1f} %" if total else "none"


def group_section(
    title: str, name: str, groups: DecisionGroups, names: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A plot of the largest groups, and the table of all."""
    shown = [verdict_bar(display_name(key), group) for key, group in largest_first(groups)[:_MAX_BARS]]
    if shown:
        yield figure(title, bar_plot(title, shown, VERDICT_STYLES))
    yield group_table(title, name, groups, names=names)


def group_table(
    title: str, name: str, groups: DecisionGroups, limit: int = MAX_ROWS, names: Mapping[str, str] | None = None
) -> str:
    """The table of the largest groups; of all of them, in their order, where `most` is their number."""
    pairs = list(groups.items()) if limit == len(groups) else largest_first(groups)[:limit]
    rows = [
        (
            display_name(key, names),
            group.decisions,
            *(group.verdicts[verdict] for verdict in VERDICT_STYLES),
            format_percent(group.verdicts[Verdict.UNDETERMINED.value], group.decisions),
            format_percent(group.sole_sources[SpeakerKind.USER.value], group.decisions),
            format_percent(group.overridden, group.decisions),
        )
        for key, group in pairs
    ]
    return table(title + (truncation_note(len(groups)) if limit != len(groups) else ""), (name, *_COLUMNS), rows)


def verdict_bar(name: str, group: DecisionGroup) -> Bar:
    """A group as a bar or column, by verdict."""
    return Bar(name, tuple((verdict, group.verdicts[verdict]) for verdict in VERDICT_STYLES))


def display_name(name: str, names: Mapping[str, str] | None = None) -> str:
    """What a name is called."""
    return (names or {}).get(name) or name.replace("_", " ") or "none"


def largest_first(groups: DecisionGroups) -> list[tuple[str, DecisionGroup]]:
    """Groups, the one with the most decisions first."""
    return sorted(groups.items(), key=lambda item: (-item[1].decisions, item[0]))


def truncation_note(number: int) -> str:
    """What a title says where a table has fewer rows than there would be."""
    return f" (the {MAX_ROWS} most frequent of {number})" if number > MAX_ROWS else ""
