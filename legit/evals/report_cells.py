"""Figures as they are printed: in full for the main tables, short for the tables by group."""

from __future__ import annotations

from legit.evals.intervals import Interval, Mean, Share
from legit.messages import message

_NO_DECIMALS_FROM = 100
_EMPTY_CELL = "-"


def format_share(value: Share) -> str:
    """A proportion with counts and limits."""
    if value.share is None or value.low is None or value.high is None:
        return _EMPTY_CELL
    limits = f"[{_format_percent(value.low)}, {_format_percent(value.high)}]"
    share = _format_percent(value.share)
    return message("evals.report_share", hits=value.hits, total=value.total, share=share, limits=limits)


def format_share_short(value: Share) -> str:
    """The same in a short form."""
    if value.share is None or value.low is None or value.high is None:
        return _EMPTY_CELL
    return f"{value.hits}/{value.total} {100 * value.share:.0f}% [{100 * value.low:.0f}, {100 * value.high:.0f}]"


def format_difference(value: Interval | None) -> str:
    """A difference in percentage points, with limits."""
    if value is None:
        return _EMPTY_CELL
    return f"{100 * value.value:+.1f} [{100 * value.low:+.1f}, {100 * value.high:+.1f}]"


def format_difference_short(value: Interval | None) -> str:
    """The same in a short form."""
    if value is None:
        return _EMPTY_CELL
    return f"{100 * value.value:+.0f} [{100 * value.low:+.0f}, {100 * value.high:+.0f}]"


def format_mean(value: Mean | None, sign: str = "") -> str:
    """A mean with its limits; `sign` is `+` for differences."""
    if value is None:
        return "" if sign else message("evals.report_not_reported")
    digits = 2 if abs(value.value) < _NO_DECIMALS_FROM else 0
    shown = f"{value.value:{sign}.{digits}f}"
    if value.low is None or value.high is None:
        return shown
    return f"{shown} [{value.low:{sign}.{digits}f}, {value.high:{sign}.{digits}f}]"


def format_means_short(*values: Mean | None, sign: str = "", digits: int = 0) -> str:
    """Means without their limits, one after another."""
    found = [f"{value.value:{sign}.{digits}f}" for value in values if value is not None]
    return " / ".join(found) if found else _EMPTY_CELL


def format_counts(counts: dict[str, int]) -> str:
    """Names and counts on one line."""
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _format_percent(value: float) -> str:
    return f"{100 * value:.1f}"
