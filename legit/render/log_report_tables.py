"""What the sections of a report are made of: a plot and a table for decisions in groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from legit.decision_log.report import Group, Groups
from legit.model.assessment import Verdict
from legit.model.facts import SpeakerKind
from legit.render.page import figure, table
from legit.render.plots import Bar, Look, bar_plot

VERDICTS = {
    Verdict.DEFEATED.value: Look("#17603a", mark="D"),
    Verdict.STANDS.value: Look("#2a62ad", mark="S"),
    Verdict.CONTESTED.value: Look("#c9a227", "#1b1b1b", "C"),
    Verdict.UNDETERMINED.value: Look("#75489b", mark="U"),
}
_HEAD = ("decisions", *VERDICTS, "share undetermined", "share on the user's word alone", "share overridden")
_MOST_BARS = 12
MOST_ROWS = 30
"""The number of rows of a table of whatever occurs; the rest is told."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a knowledge base calls what the records only name: families, criteria and the values of predicates."""

    families: Mapping[str, str] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    predicates: Mapping[str, str] = field(default_factory=dict)


def share(part: int, whole: int) -> str:
    """A share in per cent."""
    return f"{100 * part / whole:.1f} %" if whole else "none"


def grouped(title: str, name: str, groups: Groups, words: Mapping[str, str] | None = None) -> Iterator[str]:
    """A plot of the largest groups, and the table of all."""
    shown = [bar(named(key), group) for key, group in most_first(groups)[:_MOST_BARS]]
    if shown:
        yield figure(title, bar_plot(title, shown, VERDICTS))
    yield group_table(title, name, groups, words=words)


def group_table(
    title: str, name: str, groups: Groups, most: int = MOST_ROWS, words: Mapping[str, str] | None = None
) -> str:
    """The table of the largest groups; of all of them, in their order, where `most` is their number."""
    pairs = list(groups.items()) if most == len(groups) else most_first(groups)[:most]
    rows = [
        (
            named(key, words),
            group.decisions,
            *(group.verdicts[verdict] for verdict in VERDICTS),
            share(group.verdicts[Verdict.UNDETERMINED.value], group.decisions),
            share(group.alone[SpeakerKind.USER.value], group.decisions),
            share(group.overridden, group.decisions),
        )
        for key, group in pairs
    ]
    return table(title + (cut(len(groups)) if most != len(groups) else ""), (name, *_HEAD), rows)


def bar(name: str, group: Group) -> Bar:
    """A group as a bar or column, by verdict."""
    return Bar(name, tuple((verdict, group.verdicts[verdict]) for verdict in VERDICTS))


def named(name: str, words: Mapping[str, str] | None = None) -> str:
    """What a name is called."""
    return (words or {}).get(name) or name.replace("_", " ") or "none"


def most_first(groups: Groups) -> list[tuple[str, Group]]:
    """Groups, the one with the most decisions first."""
    return sorted(groups.items(), key=lambda item: (-item[1].decisions, item[0]))


def cut(number: int) -> str:
    """What a title says where a table has fewer rows than there would be."""
    return f" (the {MOST_ROWS} most frequent of {number})" if number > MOST_ROWS else ""
