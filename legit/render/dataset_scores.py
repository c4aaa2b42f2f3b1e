"""Figures of the dataset as a table for people."""

from __future__ import annotations

from typing import Any

_METRIC_LABELS = (
    ("controls_stand", "controls that stand"),
    ("defeated_found", "defeated cases found defeated"),
    ("family_found", "labelled family among the findings"),
    ("subtype_found", "labelled subtype among the findings"),
    ("controls_helped", "controls with guidance `help`"),
    ("not_understood", "descriptions not understood"),
)
_VERDICTS = ("stands", "defeated", "contested", "undetermined", "not_understood")


def render_dataset_scores(scores: dict[str, Any]) -> str:
    """The summary of `legit eval dataset` as text."""
    lines = []
    for key, says in _METRIC_LABELS:
        item = scores[key]
        share = f"{100 * item['share']:5.1f} %" if item["share"] is not None else "      -"
        lines.append(f"{says:<40}{item['hits']:>5} of {item['total']:<5}{share}")
    lines += ["", f"{'label':<26}" + "".join(f"{name.replace('_', ' '):>16}" for name in _VERDICTS)]
    for family, counts in scores["confusion"].items():
        lines.append(f"{family:<26}" + "".join(f"{counts.get(name, 0):>16}" for name in _VERDICTS))
    if scores["misses"]:
        lines += ["", "misses"]
        for miss in scores["misses"]:
            problem = f"  {miss['problem'].splitlines()[0]}" if miss["problem"] else ""
            lines.append(f"  {miss['id']:<58}{miss['subtype']:<32}{miss['verdict']}{problem}")
    if scores["subtype_misses"]:
        lines += ["", "defeated, but without the labelled subtype"]
        for miss in scores["subtype_misses"]:
            lines.append(f"  {miss['id']:<58}{miss['subtype']:<32}{', '.join(miss['found_subtypes'])}")
    return "\n".join(lines) + "\n"
