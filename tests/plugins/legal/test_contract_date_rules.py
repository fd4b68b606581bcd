"""Dates of contracts (rules.md C8, R-0-02): ends, renewals, notice, information of consumers, alerts."""

import csv
from datetime import date, timedelta
from importlib.resources import files
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_legal.rules import (
    DateOutOfRange,
    Duration,
    EmptyTerm,
    NoticeBasis,
    NoticeFrom,
    Renewal,
    TermFacts,
    Unit,
    UnknownLegalPeriod,
    add,
    alerts,
    current_end,
    end_on,
    ends,
    information_window,
    last_notice_date,
    legal_period,
    needs_renewal_information,
    next_notice_date,
    subtract,
)

YEAR, TWO_MONTHS = Duration(1, Unit.YEAR), Duration(2, Unit.MONTH)


def day(text: str) -> date:
    """A date written as text."""
    return date.fromisoformat(text)


def contract(**more: object) -> TermFacts:
    """A year from 1 January 2026, renewed tacitly year by year, two months' notice, unless said otherwise."""
    facts: dict[str, object] = {
        "effective_on": day("2026-01-01"),
        "initial_term": YEAR,
        "renewal": Renewal.TACIT,
        "renewal_term": YEAR,
        "notice": TWO_MONTHS,
    }
    return TermFacts(**{**facts, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "count", "unit", "expected"),
    [
        ("2026-01-31", 1, Unit.MONTH, "2026-02-28"),
        ("2028-01-31", 1, Unit.MONTH, "2028-02-29"),
        ("2028-02-29", 1, Unit.YEAR, "2029-02-28"),
        ("2026-12-31", -2, Unit.MONTH, "2026-10-31"),
        ("2026-04-30", -2, Unit.MONTH, "2026-02-28"),
        ("2026-11-15", 2, Unit.MONTH, "2027-01-15"),
        ("2026-01-15", -1, Unit.MONTH, "2025-12-15"),
        ("2026-02-27", 3, Unit.DAY, "2026-03-02"),
        ("2026-02-27", 2, Unit.WEEK, "2026-03-13"),
    ],
)
def test_months_clamp_to_the_end_of_the_month(start: str, count: int, unit: Unit, expected: str) -> None:
    assert add(day(start), Duration(count, unit)) == day(expected)


def test_the_end_is_the_day_before_the_term_is_over() -> None:
    assert end_on(day("2026-01-01"), YEAR) == day("2026-12-31")
    assert end_on(day("2026-03-15"), Duration(18, Unit.MONTH)) == day("2027-09-14")


def test_the_last_notice_date_is_the_end_less_the_notice() -> None:
    # rules.md C8: end 2026-12-31, two months
    assert last_notice_date(day("2026-12-31"), TWO_MONTHS) == day("2026-10-31")


def test_consumers_are_informed_between_three_months_and_one_month_before_the_last_notice_date() -> None:
    # rules.md C8 worked example
    text = (files("xrm_legal") / "seeds" / "legal_periods.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    opens = legal_period(rows, "TACIT_RENEWAL_INFORMATION_OPENS", on=day("2026-01-01"))
    closes = legal_period(rows, "TACIT_RENEWAL_INFORMATION_CLOSES", on=day("2026-01-01"))

    window = information_window(day("2026-10-31"), opens_before=opens, closes_before=closes)

    assert window == (day("2026-07-31"), day("2026-09-30"))
    with pytest.raises(UnknownLegalPeriod):
        legal_period(rows, "TACIT_RENEWAL_INFORMATION_OPENS", on=day("2010-01-01"))


@pytest.mark.parametrize(
    ("legal_class", "renewal", "expected"),
    [
        ("CONSUMER", Renewal.TACIT, True),
        ("NON_PROFESSIONAL", Renewal.TACIT, True),
        ("PROFESSIONAL", Renewal.TACIT, False),
        ("CONSUMER", Renewal.EXPRESS, False),
    ],
)
def test_only_consumers_and_non_professionals_are_owed_the_information(
    legal_class: str, renewal: Renewal, expected: bool
) -> None:
    assert needs_renewal_information(legal_class, renewal) is expected


@pytest.mark.parametrize(
    ("as_of", "facts", "expected"),
    [
        ("2026-06-01", contract(), "2026-10-31"),
        ("2026-10-31", contract(), "2026-10-31"),
        ("2026-11-01", contract(), "2027-10-31"),
        ("2031-01-01", contract(), "2031-10-31"),
        ("2026-11-01", contract(renewal=Renewal.EXPRESS), None),
        ("2026-11-01", contract(renewal_term=None), None),  # renewed for an indefinite time
        ("2026-06-01", contract(notice=None), None),
        ("2026-06-01", contract(initial_term=None), None),
        ("2026-06-01", contract(initial_term=None, notice_from=NoticeFrom.ANNIVERSARY), "2026-11-01"),
        ("2026-11-02", contract(notice_from=NoticeFrom.ANNIVERSARY), "2027-11-01"),
        (
            "2027-01-01",
            contract(
                notice_from=NoticeFrom.ANNIVERSARY,
                renewal=Renewal.NONE,
                initial_term=Duration(30, Unit.MONTH),
            ),
            "2027-11-01",
        ),
        (
            "2028-01-01",
            contract(
                notice_from=NoticeFrom.ANNIVERSARY,
                renewal=Renewal.NONE,
                initial_term=Duration(30, Unit.MONTH),
            ),
            None,
        ),
    ],
)
def test_the_next_notice_date_follows_renewals_until_none_is_left(
    as_of: str, facts: TermFacts, expected: str | None
) -> None:
    assert next_notice_date(facts, as_of=day(as_of)) == (day(expected) if expected else None)


def test_renewals_of_clamped_months_do_not_drift() -> None:
    facts = contract(
        effective_on=day("2026-01-31"),
        initial_term=Duration(1, Unit.MONTH),
        renewal_term=Duration(1, Unit.MONTH),
    )

    assert list(islice(ends(facts), 3)) == [day("2026-02-27"), day("2026-03-27"), day("2026-04-27")]


@pytest.mark.parametrize(
    ("as_of", "facts", "expected"),
    [
        ("2026-06-01", contract(), "2026-12-31"),
        ("2027-01-01", contract(), "2027-12-31"),
        ("2027-01-01", contract(renewal_term=None), None),
        ("2027-01-01", contract(renewal=Renewal.NONE), "2026-12-31"),
        ("2026-06-01", contract(initial_term=None, renewal=Renewal.NONE), None),
    ],
)
def test_the_present_end_is_that_of_the_running_term(
    as_of: str, facts: TermFacts, expected: str | None
) -> None:
    assert current_end(facts, as_of=day(as_of)) == (day(expected) if expected else None)


def test_alerts_come_a_week_earlier_where_notice_counts_by_receipt() -> None:
    by_receipt = alerts(contract(), as_of=day("2026-10-01"))
    by_dispatch = alerts(contract(notice_basis=NoticeBasis.DISPATCH), as_of=day("2026-10-01"))

    assert [(a.on, a.about, a.days_before) for a in by_receipt] == [
        (day("2026-10-02"), "end_on", 90),
        (day("2026-10-17"), "last_notice_date", 7),
        (day("2026-11-01"), "end_on", 60),
        (day("2026-12-01"), "end_on", 30),
        (day("2026-12-24"), "end_on", 7),
    ]
    assert [a.on for a in by_dispatch if a.about == "last_notice_date"] == [
        day("2026-10-01"),
        day("2026-10-24"),
    ]


@pytest.mark.parametrize(
    "facts", [contract(initial_term=Duration(0, Unit.DAY)), contract(renewal_term=Duration(0, Unit.MONTH))]
)
def test_a_term_without_length_is_refused(facts: TermFacts) -> None:
    with pytest.raises(EmptyTerm):
        next_notice_date(facts, as_of=day("2030-01-01"))


def test_a_term_beyond_the_calendar_is_refused() -> None:
    for duration in [Duration(9_000, Unit.YEAR), Duration(10**12, Unit.DAY), Duration(-(10**6), Unit.MONTH)]:
        with pytest.raises(DateOutOfRange):
            add(day("2026-01-01"), duration)


days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
durations = st.builds(Duration, st.integers(1, 36), st.sampled_from([Unit.DAY, Unit.WEEK, Unit.MONTH]))


@given(days, durations)
def test_moving_back_undoes_moving_on_but_for_clamped_days(start: date, duration: Duration) -> None:
    back = subtract(add(start, duration), duration)

    assert timedelta(0) <= start - back <= timedelta(days=3)


@given(days, durations, durations, days)
def test_the_next_notice_date_is_never_past_and_the_term_before_it_is_not_over(
    start: date, term: Duration, notice: Duration, as_of: date
) -> None:
    facts = contract(effective_on=start, initial_term=term, renewal_term=YEAR, notice=notice)

    found = next_notice_date(facts, as_of=as_of)

    assert found is not None
    assert found >= as_of
