"""Dates of which only the year or the month may be known, and their order."""

from __future__ import annotations

import calendar
import datetime
import re

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")


def is_date(text: str) -> bool:
    """Whether `text` is a year, a month of a year or a day of the calendar."""
    return date_interval(text) is not None


def date_interval(text: str) -> tuple[datetime.date, datetime.date] | None:
    """The first and last day that a date may mean; None when it is not a date."""
    match = _DATE.match(text)
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = datetime.date(year or 0, month or 1, day or 1)
        last_month = month or 12
        last_day = day or calendar.monthrange(first.year, last_month)[1]
        return first, datetime.date(first.year, last_month, last_day)
    except ValueError:
        return None


def certainly_before(date: str, other: str) -> bool:
    """Whether the last day that the first date may mean lies before the first day that the other may mean."""
    own, others = date_interval(date), date_interval(other)
    return own is not None and others is not None and own[1] < others[0]
