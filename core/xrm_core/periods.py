"""Periods of the calendar as people write them: 2026, 2026-Q3, 2026-09, or two days with a slash between."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from xrm_core.errors import Invalid

_YEARS = (1900, 2199)
_YEAR = re.compile(r"(\d{4})")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """Days from the first to the last, both included, under the name they are asked for."""

    name: str
    first: date
    last: date


def calendar_period(text: str, *, field: str = "period") -> CalendarPeriod:
    """The period that the text names; years, quarters and months are those of the calendar.

    Raises: Invalid naming `field`, for any other text, for a span that ends before it begins, and for one
        outside the years that business is done in (1900 to 2199).
    """
    wanted = text.strip().upper()
    try:
        found = _named(wanted)
    except ValueError:
        found = None
    if found is None or found.last < found.first or not (is_in_use(found.first) and is_in_use(found.last)):
        example = "2026, 2026-Q3, 2026-09 or 2026-07-01/2026-09-30"
        raise Invalid(f"{text!r} is not a period such as {example}.", field=field)
    return found


def is_in_use(day: date) -> bool:
    """The day is in the years that business is done in: one can count from it either way."""
    return _YEARS[0] <= day.year <= _YEARS[1]


def previous_period(period: CalendarPeriod) -> CalendarPeriod:
    """The period of the same length right before: as many calendar months, else as many days."""
    last = period.first - timedelta(1)
    count = len(months(period.first, period.last))
    is_whole = period.first.day == 1 and (period.last + timedelta(1)).day == 1
    days = (period.last - period.first).days
    first = _months_before(period.first, count) if is_whole else last - timedelta(days)
    return CalendarPeriod(f"{first.isoformat()}/{last.isoformat()}", first, last)


def months(first: date, last: date) -> list[CalendarPeriod]:
    """The calendar months that have a day in common with the span, in order, each whole."""
    found = []
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        found.append(_whole(f"{year:04d}-{month:02d}", year, month, 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def _named(text: str) -> CalendarPeriod | None:
    if match := _YEAR.fullmatch(text):
        return _whole(text, int(match[1]), 1, 12)
    if match := _QUARTER.fullmatch(text):
        year, quarter = int(match[1]), int(match[2])
        return _whole(f"{year:04d}-Q{quarter}", year, 3 * quarter - 2, 3)
    if match := _MONTH.fullmatch(text):
        return _whole(text, int(match[1]), int(match[2]), 1)
    if match := _SPAN.fullmatch(text):
        return CalendarPeriod(text, date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    return None


def _months_before(day: date, count: int) -> date:
    position = day.year * 12 + day.month - 1 - count
    return date(position // 12, position % 12 + 1, 1)


def _whole(name: str, year: int, month: int, count: int) -> CalendarPeriod:
    after = month - 1 + count
    following = date(year + after // 12, after % 12 + 1, 1)
    return CalendarPeriod(name, date(year, month, 1), following - timedelta(1))
