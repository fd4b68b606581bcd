"""Late-payment interest (rules.md B2): worked examples, published cases, properties."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.credit.seeded_rules import RATES, REGIMES, day, debt, euros, terms
from xrm_core.money import Money
from xrm_credit.rules import (
    CONTRACT_RATE_BELOW_FLOOR,
    UNVERIFIED_RATE,
    ContractRateMissing,
    Debt,
    InterestRegime,
    InterestTerms,
    MissingReferenceRate,
    RateMethod,
    RateSeries,
    RateStep,
    ReferenceRates,
    Settlement,
    UnknownRegime,
    applied_rate,
    contract_rate_refusals,
    late_interest,
    regime_on,
    waiver_refusals,
)

# Half-year, default rate, public rate, floor of a clause: the table of rules.md B2, in percent.
HALF_YEARS = [
    ("2022-01-01", "10.00", "8.00", "2.28"),
    ("2022-07-01", "10.00", "8.00", "2.31"),
    ("2023-01-01", "12.50", "10.50", "6.18"),
    ("2023-07-01", "14.00", "12.00", "12.66"),
    ("2024-01-01", "14.50", "12.50", "15.21"),
    ("2024-07-01", "14.25", "12.25", "14.76"),
    ("2025-01-01", "13.15", "11.15", "11.13"),
    ("2025-07-01", "12.15", "10.15", "8.28"),
    ("2026-01-01", "12.15", "10.15", "7.86"),
    ("2026-07-01", "12.40", "10.40", "8.25"),
]


@pytest.mark.parametrize(("start", "default", "public", "floor"), HALF_YEARS)
def test_each_half_year_has_the_rates_of_the_published_table(
    start: str, default: str, public: str, floor: str
) -> None:
    first = day(start)
    due_on = first - timedelta(days=1)

    rates = [
        applied_rate(terms(regime, contract_percent=percent), RATES, due_on=due_on, day=first).rate
        for regime, percent in [("FR_B2B_DEFAULT", None), ("FR_PUBLIC", None), ("FR_B2B_CONTRACT", "0.01")]
    ]

    assert rates == [Decimal(default) / 100, Decimal(public) / 100, Decimal(floor) / 100]


def test_default_interest_is_counted_piecewise_by_half_year() -> None:
    # rules.md B2 worked 1
    statement = late_interest(
        debt(12_000, "2025-05-31"), [], terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=day("2025-08-15")
    )

    assert statement.total == euros("313.45")
    assert [(p.from_on, p.to_on, p.days, p.rate) for p in statement.periods] == [
        (date(2025, 6, 1), date(2025, 6, 30), 30, Decimal("0.1315")),
        (date(2025, 7, 1), date(2025, 8, 15), 46, Decimal("0.1215")),
    ]
    assert [round(p.amount.amount, 4) for p in statement.periods] == [
        Decimal("129.6986"),
        Decimal("183.7479"),
    ]


def test_a_public_buyer_keeps_the_rate_of_the_half_year_in_which_interest_began() -> None:
    # rules.md B2 worked 1, FR_PUBLIC
    statement = late_interest(
        debt(12_000, "2025-05-31"), [], terms=terms("FR_PUBLIC"), rates=RATES, through=day("2025-08-15")
    )

    assert statement.total == euros("278.60")
    assert [(p.days, p.rate) for p in statement.periods] == [(76, Decimal("0.1115"))]


def test_a_partial_payment_lowers_the_base_from_the_day_after_its_credit() -> None:
    # rules.md B2 worked 2
    paid = [Settlement(day("2026-06-30"), euros(4_000)), Settlement(day("2026-07-20"), euros(6_000))]

    statement = late_interest(
        debt(10_000, "2026-05-31"),
        paid,
        terms=terms("FR_B2B_DEFAULT"),
        rates=RATES,
        through=day("2026-11-20"),
    )

    assert statement.total == euros("140.63")
    assert [(p.days, p.outstanding, round(p.amount.amount, 2)) for p in statement.periods] == [
        (30, euros(10_000), Decimal("99.86")),
        (20, euros(6_000), Decimal("40.77")),
    ]
    assert statement.flags == (UNVERIFIED_RATE,)


def test_a_debt_due_on_30_june_bears_the_second_half_years_rate_from_its_first_late_day() -> None:
    statement = late_interest(
        debt(1_000, "2026-06-30"), [], terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=day("2026-07-01")
    )

    assert [(p.from_on, p.rate) for p in statement.periods] == [(date(2026, 7, 1), Decimal("0.1240"))]


def test_a_debt_paid_on_its_due_day_bears_nothing() -> None:
    paid = [Settlement(day("2025-05-31"), euros(500))]

    statement = late_interest(
        debt(500, "2025-05-31"), paid, terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=day("2025-09-01")
    )

    assert (statement.total, statement.periods) == (euros("0.00"), ())


def test_a_returned_payment_makes_the_debt_bear_interest_again() -> None:
    moves = [Settlement(day("2025-01-31"), euros(365)), Settlement(day("2025-02-10"), euros(-365))]

    statement = late_interest(
        debt(365, "2025-01-31"), moves, terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=day("2025-02-20")
    )

    assert statement.days == 10


def test_a_contract_rate_above_its_floor_is_charged_as_agreed() -> None:
    # cases.json B-03
    contract = terms("FR_B2B_CONTRACT", contract_percent="15")

    statement = late_interest(
        debt(15_000, "2025-03-31"), [], terms=contract, rates=RATES, through=day("2025-04-30")
    )

    assert (statement.total, statement.flags) == (euros("184.93"), ())


def test_a_contract_rate_below_its_floor_is_computed_with_the_floor_and_flagged() -> None:
    contract = terms("FR_B2B_CONTRACT", contract_percent="15")

    statement = late_interest(
        debt(36_500, "2024-06-29"), [], terms=contract, rates=RATES, through=day("2024-07-01")
    )

    assert [p.rate for p in statement.periods] == [Decimal("0.1521"), Decimal("0.15")]
    assert statement.flags == (CONTRACT_RATE_BELOW_FLOOR,)
    assert statement.total == euros("30.21")


def test_a_clause_below_its_floor_may_not_be_activated_in_the_half_years_concerned() -> None:
    contract = terms("FR_B2B_CONTRACT", contract_percent="15")

    refusals = contract_rate_refusals(contract, RATES, from_on=day("2023-10-01"), to_on=day("2024-12-31"))

    assert [(r.code, r.data["half_year"]) for r in refusals] == [
        ("credit.contract_rate_below_floor", "2024-01-01")
    ]


def test_the_default_rate_is_never_raised_to_the_floor_of_clauses() -> None:
    # rules.md R-B-12: 3 x 5.07 % = 15.21 % is above 14.50 % in the first half of 2024
    statement = late_interest(
        debt(1_000, "2024-02-29"), [], terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=day("2024-03-30")
    )

    assert {p.rate for p in statement.periods} == {Decimal("0.145")}


def test_uk_interest_stays_at_the_base_rate_before_the_half_year_it_started_in() -> None:
    # cases.json B-17; the reference is read on 31 December or 30 June
    regime = InterestRegime(
        code="UK_1998",
        effective_from=date(2002, 8, 7),
        method=RateMethod.FIXED_AT_START,
        series="ref_rate.boe",
        margin=Decimal("0.08"),
        legal_basis="SI 2002/1675",
        reference_lag_days=1,
    )
    steps = [RateStep(date(2023, 8, 3), Decimal("0.0525")), RateStep(date(2024, 8, 1), Decimal("0.05"))]
    series = RateSeries.of("ref_rate.boe", steps, published_through=date(2024, 12, 31))

    statement = late_interest(
        Debt(Money(Decimal(10_000), "GBP"), date(2024, 6, 10)),
        [],
        terms=InterestTerms(regime),
        rates=ReferenceRates({"ref_rate.boe": series}),
        through=date(2024, 8, 9),
    )

    assert (statement.days, statement.total) == (60, Money(Decimal("217.81"), "GBP"))


def test_a_half_year_without_a_published_rate_is_an_error_and_not_the_last_known_rate() -> None:
    with pytest.raises(MissingReferenceRate) as caught:
        late_interest(
            debt(100, "2026-12-30"), [], terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=day("2027-01-02")
        )

    assert (caught.value.code, caught.value.day) == ("credit.missing_reference_rate", date(2027, 1, 1))


def test_a_day_before_the_first_step_and_an_unknown_series_have_no_rate() -> None:
    series = RateSeries.of(
        "s", [RateStep(date(2025, 1, 1), Decimal("0.01"))], published_through=date(2025, 6, 30)
    )
    rates = ReferenceRates({"s": series})

    for key, on in [("s", date(2024, 12, 31)), ("s", date(2025, 7, 1)), ("t", date(2025, 2, 1))]:
        with pytest.raises(MissingReferenceRate):
            rates.quote(key, on)


def test_only_the_provisional_mode_extrapolates_and_it_says_so() -> None:
    provisional = ReferenceRates(RATES.series, provisional=True)

    statement = late_interest(
        debt(100, "2026-12-30"),
        [],
        terms=terms("FR_B2B_DEFAULT"),
        rates=provisional,
        through=day("2027-01-02"),
    )

    assert statement.is_provisional
    assert [p.reference.is_provisional for p in statement.periods] == [False, True]


def test_a_contract_regime_without_a_contract_rate_is_refused() -> None:
    with pytest.raises(ContractRateMissing):
        late_interest(
            debt(1, "2025-01-01"), [], terms=terms("FR_B2B_CONTRACT"), rates=RATES, through=day("2025-01-02")
        )


def test_a_regime_is_not_in_force_before_its_first_day() -> None:
    with pytest.raises(UnknownRegime):
        regime_on(REGIMES, "FR_PUBLIC", date(2013, 3, 15))


def test_a_waiver_needs_a_reason_and_another_persons_approval_and_is_void_for_public_buyers() -> None:
    private, public = terms("FR_B2B_DEFAULT").regime, terms("FR_PUBLIC").regime

    granted = waiver_refusals(private, reason="first delay", requested_by="ada", approvers=["ben"])
    refused = waiver_refusals(public, reason=" ", requested_by="ada", approvers=["ada"])
    unapproved = waiver_refusals(private, reason="first delay", requested_by="ada", approvers=[])

    assert granted == []
    assert [r.code for r in refused] == [
        "credit.waiver_void",
        "credit.reason_required",
        "credit.self_approval",
    ]
    assert [r.code for r in unapproved] == ["credit.approval_required"]


amounts = st.decimals(min_value=0, max_value=10**9, places=2)
# With the longest delay below, the last late day stays in a half-year whose rates are published.
due_days = st.dates(min_value=date(2022, 1, 1), max_value=date(2025, 4, 30))
lengths = st.integers(min_value=0, max_value=300)
regimes = st.sampled_from(["FR_B2B_DEFAULT", "FR_PUBLIC", "FR_B2B_CONTRACT"])
SMALLEST = Decimal("1e-12")


def _interest(
    amount: Decimal, due_on: date, regime: str, *, through: date, since: date | None = None
) -> Decimal:
    agreed = terms(regime, contract_percent="12" if regime == "FR_B2B_CONTRACT" else None)
    owed = Debt(Money(amount, "EUR"), due_on)
    statement = late_interest(owed, [], terms=agreed, rates=RATES, through=through, since=since)
    return sum((period.amount.amount for period in statement.periods), Decimal(0))


@given(amounts, due_days, lengths, lengths, regimes)
def test_interest_is_additive_over_split_periods(
    amount: Decimal, due_on: date, first: int, second: int, regime: str
) -> None:
    middle, end = due_on + timedelta(days=first), due_on + timedelta(days=first + second)

    before = _interest(amount, due_on, regime, through=middle)
    after = _interest(amount, due_on, regime, through=end, since=middle + timedelta(days=1))

    assert abs(before + after - _interest(amount, due_on, regime, through=end)) < SMALLEST


@given(amounts, amounts, due_days, lengths, lengths, regimes)
def test_interest_never_falls_with_more_days_or_a_larger_amount(
    amount: Decimal, more: Decimal, due_on: date, first: int, second: int, regime: str
) -> None:
    middle, end = due_on + timedelta(days=first), due_on + timedelta(days=first + second)

    least = _interest(amount, due_on, regime, through=middle)

    assert least <= _interest(amount, due_on, regime, through=end)
    assert least <= _interest(amount + more, due_on, regime, through=middle) + SMALLEST


@given(amounts, due_days, lengths, lengths)
def test_paying_earlier_never_costs_more_and_periods_cover_each_late_day_once(
    amount: Decimal, due_on: date, paid_after: int, length: int
) -> None:
    paid = [Settlement(due_on + timedelta(days=paid_after), Money(amount, "EUR"))]
    owed, through = Debt(Money(amount, "EUR"), due_on), due_on + timedelta(days=length)

    statement = late_interest(owed, paid, terms=terms("FR_B2B_DEFAULT"), rates=RATES, through=through)

    assert statement.days == (min(paid_after, length) if amount else 0)
    assert sum((p.amount.amount for p in statement.periods), Decimal(0)) <= _interest(
        amount, due_on, "FR_B2B_DEFAULT", through=through
    )
