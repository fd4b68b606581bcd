"""Late-payment interest: simple, ACT/365, day by day on what is unpaid, rounded once per invoice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from xrm_core.money import Money
from xrm_credit.rules.rates import RateQuote, ReferenceRates, half_year_starts
from xrm_credit.rules.regimes import InterestTerms, RateMethod, applied_rate

_DAYS_PER_YEAR = 365  # also in leap years (rules.md R-0-03)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Debt:
    """A tax-inclusive amount and the day it falls due."""

    amount: Money
    due_on: date


@dataclass(frozen=True, slots=True)
class Settlement:
    """A part of a debt that is gone from a day on: a payment by its credit date, or a credit note.

    A negative amount re-opens the debt (a returned direct debit).
    """

    credited_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class InterestPeriod:
    """Consecutive late days with one outstanding amount and one rate; `amount` is not rounded."""

    from_on: date
    to_on: date
    days: int
    outstanding: Money
    rate: Decimal
    amount: Money
    legal_basis: str
    reference: RateQuote


@dataclass(frozen=True, slots=True)
class InterestStatement:
    """The interest of one debt, period by period; `total` is rounded once (rules.md R-B-16, R-0-01)."""

    regime: str
    periods: tuple[InterestPeriod, ...]
    total: Money
    flags: tuple[str, ...]
    is_provisional: bool

    @property
    def days(self) -> int:
        """Late days that bore interest."""
        return sum(period.days for period in self.periods)


def outstanding_on(debt: Debt, settlements: Iterable[Settlement], day: date) -> Money:
    """What bears interest on the day: a sum credited that day is still unpaid on it (rules.md R-B-10).

    Never below zero. Raises: ValueError for a settlement in another currency.
    """
    left = debt.amount
    for settlement in settlements:
        if settlement.credited_on < day:
            left = left - settlement.amount
    return left if left.amount > 0 else Money(Decimal(0), debt.amount.currency)


def late_interest(
    debt: Debt,
    settlements: Sequence[Settlement],
    *,
    terms: InterestTerms,
    rates: ReferenceRates,
    through: date,
    since: date | None = None,
) -> InterestStatement:
    """Interest on the late days `due_on < d <= through`, without compounding (rules.md R-B-10 to R-B-16).

    `since` counts only days from that day on (interest since the last letter); the regime still looks at
    the due date. Settlements reduce the principal. Source: Code de commerce L441-10 II.
    Raises: MissingReferenceRate if a late day with something unpaid has no published reference.
    """
    first = debt.due_on + _ONE_DAY
    start = max(first, since) if since else first
    periods = []
    weighted = Decimal(0)
    flags: list[str] = []
    for from_on, to_on in _spans(start, through, settlements, by_half_year=_by_half_year(terms)):
        left = outstanding_on(debt, settlements, from_on)
        if left.amount == 0:
            continue
        applied = applied_rate(terms, rates, due_on=debt.due_on, day=from_on)
        days = (to_on - from_on).days + 1
        product = left.amount * days * applied.rate
        amount = Money(product / _DAYS_PER_YEAR, left.currency)
        basis, reference = applied.legal_basis, applied.reference
        periods.append(InterestPeriod(from_on, to_on, days, left, applied.rate, amount, basis, reference))
        weighted += product
        flags += [flag for flag in applied.flags if flag not in flags]
    total = Money(weighted / _DAYS_PER_YEAR, debt.amount.currency).rounded()
    provisional = any(period.reference.is_provisional for period in periods)
    return InterestStatement(terms.regime.code, tuple(periods), total, tuple(flags), provisional)


def _by_half_year(terms: InterestTerms) -> bool:
    return terms.regime.method is not RateMethod.FIXED_AT_START


def _spans(
    first: date, last: date, settlements: Iterable[Settlement], *, by_half_year: bool
) -> list[tuple[date, date]]:
    if last < first:
        return []
    starts = {first} | {s.credited_on + _ONE_DAY for s in settlements if first <= s.credited_on < last}
    if by_half_year:
        starts |= set(half_year_starts(first, last))
    ordered = sorted(starts)
    ends = [start - _ONE_DAY for start in ordered[1:]] + [last]
    return list(zip(ordered, ends, strict=True))
