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


def order_ranks(dates: set[str]) -> dict[str, int]:
    """The rank of each date, from 1. Dates that may overlap, directly or through others, share a rank.

    A lower rank is certainly earlier. Equal ranks say nothing about the order.
    """
    spans = sorted((found, text) for text in dates if (found := date_interval(text)))
    result: dict[str, int] = {}
    rank = 0
    reach: datetime.date | None = None
    for (first, last), text in spans:
        if reach is None or first > reach:
            rank += 1
            reach = last
        reach = max(reach, last)
        result[text] = rank
    return result
