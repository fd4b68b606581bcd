"""Periods as people write them, and the one before."""

from datetime import date

import pytest

from xrm_core.errors import Invalid
from xrm_core.periods import CalendarPeriod, calendar_period, months, previous_period


@pytest.mark.parametrize(
    ("text", "name", "first", "last"),
    [
        ("2026", "2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q1", "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        (" 2026q4 ", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-07-04/2026-07-04", "2026-07-04/2026-07-04", date(2026, 7, 4), date(2026, 7, 4)),
    ],
)
def test_a_period_is_read_as_the_calendar_has_it(text: str, name: str, first: date, last: date) -> None:
    assert calendar_period(text) == CalendarPeriod(name, first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13",
        "2026-Q5",
        "0000",
        "0001",
        "1899",
        "9999-12",
        "2026-02-30/2026-03-01",
        "2026-07-05/2026-07-04",
    ],
)
def test_what_is_no_period_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        calendar_period(text, field="period")

    assert refused.value.field == "period"


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-03", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-01", date(2025, 12, 1), date(2025, 12, 31)),
        ("2026-Q1", date(2025, 10, 1), date(2025, 12, 31)),
        ("2026", date(2025, 1, 1), date(2025, 12, 31)),
        ("2026-07-08/2026-07-14", date(2026, 7, 1), date(2026, 7, 7)),
    ],
)
def test_the_period_before_is_as_long_and_ends_the_day_before(period: str, first: date, last: date) -> None:
    before = previous_period(calendar_period(period))

    assert (before.first, before.last) == (first, last)


def test_the_months_of_a_span_are_those_it_touches() -> None:
    names = [month.name for month in months(date(2025, 11, 30), date(2026, 2, 1))]

    assert names == ["2025-11", "2025-12", "2026-01", "2026-02"]
