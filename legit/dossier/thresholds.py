"""The profiles of thresholds, which are data with reasons, and whether a figure meets a threshold.

A threshold is met, or missed, by the whole interval. An interval on both sides of it shows neither, and that is an
outcome of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import ValidationError

from legit._util.suggest import suggest
from legit.dossier.canonical import first_validation_error
from legit.dossier.figures import FIGURES, STRATIFIED, Figure
from legit.dossier.protocol import Threshold, Thresholds
from legit.errors import DossierError, Problem

Outcome = Literal["met", "missed", "not_shown", "not_measured"]
Conclusion = Literal["met", "not_met", "partly_met", "not_shown"]

_GRAVEST_FIRST: tuple[Outcome, ...] = ("missed", "not_shown", "not_measured", "met")


def outcome_of(threshold: Threshold, figure: Figure) -> Outcome:
    """Whether the limits of a figure lie on the right side of a threshold, on the wrong one, or on both."""
    if threshold.hits_at_most is not None:
        if figure.hits is None or not figure.total:
            return "not_measured"
        if figure.hits > threshold.hits_at_most:
            return "missed"
        return "met" if figure.total >= threshold.of_at_least else "not_shown"
    if figure.value is None or figure.low is None or figure.high is None:
        return "not_measured"
    if threshold.at_least is not None:
        met, missed = figure.low >= threshold.at_least, figure.high < threshold.at_least
    else:
        assert threshold.at_most is not None
        met, missed = figure.high <= threshold.at_most, figure.low > threshold.at_most
    if met and figure.total < threshold.of_at_least:
        return "not_shown"
    return "met" if met else "missed" if missed else "not_shown"


def gravest(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a threshold that is asked of several strata: the gravest of theirs."""
    return min(outcomes, key=_GRAVEST_FIRST.index, default="not_measured")


def conclusion_of(judged: Sequence[tuple[Threshold, Outcome]]) -> Conclusion:
    """`not_met` when a grave threshold is missed, `partly_met` when another is; `not_shown` when one is neither met nor
    missed; else `met`.
    """
    if any(outcome == "missed" and threshold.grave for threshold, outcome in judged):
        return "not_met"
    if any(outcome == "missed" for _, outcome in judged):
        return "partly_met"
    return "met" if judged and all(outcome == "met" for _, outcome in judged) else "not_shown"


def profile_names() -> list[str]:
    """The names of the profiles."""
    found = (item.name for item in files("legit.dossier").joinpath("profiles").iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


@cache
def load_profile(name: str) -> Thresholds:
    """The thresholds of a profile. Raises DossierError (E103) when there is none of that name."""
    if name not in profile_names():
        nearest = tuple(suggest(name, profile_names()))
        message = f"there is no profile of thresholds `{name}`; profiles: {', '.join(profile_names())}"
        raise DossierError(Problem("E103", message, nearest=nearest))
    data = tomllib.loads(files("legit.dossier").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))
    return read_thresholds(name, data["thresholds"], f"{name}.toml")


def read_thresholds(profile: str, entries: Sequence[Any], source: str) -> Thresholds:
    """Thresholds as they stand in a file. Raises DossierError (E102) for one that is none, or of no figure."""
    try:
        found = Thresholds(profile=profile, entries=tuple(Threshold.model_validate(item) for item in entries))
    except ValidationError as error:
        raise DossierError(Problem("E102", first_validation_error(error), source=source)) from error
    for item in found.entries:
        if item.figure not in FIGURES:
            nearest = tuple(suggest(item.figure, FIGURES))
            raise DossierError(Problem("E102", f"there is no figure `{item.figure}`", source=source, nearest=nearest))
        if item.by and item.figure not in STRATIFIED:
            message = f"`{item.figure}` is not computed by strata; these are: {', '.join(sorted(STRATIFIED))}"
            raise DossierError(Problem("E102", message, source=source))
    return found
