"""Figures of the dataset as a table for people."""

from __future__ import annotations

from typing import Any

from legit.messages import message

_METRICS = (
    "controls_stand", "defeated_found", "family_found", "subtype_found", "controls_helped", "not_understood",
)  # fmt: skip
_VERDICTS = ("stands", "defeated", "contested", "undetermined", "not_understood")


def render_dataset_scores(scores: dict[str, Any]) -> str:
    """The summary of `legit eval dataset` as text."""
    lines = []
    for key in _METRICS:
        item = scores[key]
        share = f"{100 * item['share']:5.1f} %" if item["share"] is not None else "      -"
        count = message("evals.score_count", hits=f"{item['hits']:>5}", total=f"{item['total']:<5}")
        lines.append(f"{message(f'evals.dataset_{key}'):<40}{count}{share}")
    label = message("evals.dataset_label")
    lines += ["", f"{label:<26}" + "".join(f"{name.replace('_', ' '):>16}" for name in _VERDICTS)]
    for family, counts in scores["confusion"].items():
        lines.append(f"{family:<26}" + "".join(f"{counts.get(name, 0):>16}" for name in _VERDICTS))
    if scores["misses"]:
        lines += ["", message("evals.dataset_misses")]
        for miss in scores["misses"]:
            problem = f"  {miss['problem'].splitlines()[0]}" if miss["problem"] else ""
            lines.append(f"  {miss['id']:<58}{miss['subtype']:<32}{miss['verdict']}{problem}")
    if scores["subtype_misses"]:
        lines += ["", message("evals.dataset_subtype_misses")]
        for miss in scores["subtype_misses"]:
            lines.append(f"  {miss['id']:<58}{miss['subtype']:<32}{', '.join(miss['found_subtypes'])}")
    return "\n".join(lines) + "\n"
