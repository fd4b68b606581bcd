"""The sales forecast of a period: weighted sum, cumulative roll-ups, attainment, coverage, stale cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from xrm_core.money import Money
from xrm_sales.rules.pipeline import ForecastCategory, Outcome

QUOTA_MISSING = "QUOTA_MISSING"
QUOTA_REACHED = "QUOTA_REACHED"
STALE = "STALE"
OTHER_CURRENCY = "OTHER_CURRENCY"
OTHER_PERIOD = "OTHER_PERIOD"
OMITTED = "OMITTED"

_CUMULATIVE = [ForecastCategory.COMMIT, ForecastCategory.BEST_CASE]


@dataclass(frozen=True, slots=True)
class ForecastItem:
    """An opportunity as a forecast sees it; `close_on` is the day it closed, or is expected to.

    `probability` and `category` are those of its stage unless set by hand.
    """

    opportunity_id: UUID | str
    amount: Money
    probability: Decimal
    category: ForecastCategory
    outcome: Outcome
    close_on: date


@dataclass(frozen=True, slots=True)
class Excluded:
    """An opportunity left out, and why: STALE, OMITTED, OTHER_PERIOD or OTHER_CURRENCY."""

    opportunity_id: UUID | str
    reason: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a period will bring (rules.md D3).

    `commit` and `best_case` are cumulative; `pipeline_open` is all that is open and not omitted.
    `attainment` (closed / quota) and `coverage` (open / what the quota still lacks) are fractions, None
    without a quota above zero, coverage also None once it is reached; `warnings` say which.
    """

    weighted: Money
    closed: Money
    commit: Money
    best_case: Money
    pipeline_open: Money
    attainment: Decimal | None
    coverage: Decimal | None
    population: int
    excluded: tuple[Excluded, ...]
    warnings: tuple[str, ...]


def forecast(
    items: Iterable[ForecastItem],
    *,
    from_on: date,
    to_on: date,
    today: date,
    currency: str,
    quota: Decimal | None = None,
) -> Forecast:
    """The forecast of `from_on` to `to_on`, both included, in one currency (rules.md D3).

    An open case past its close date is STALE: left out and named. Lost cases count nowhere.
    """
    counted: list[ForecastItem] = []
    excluded: list[Excluded] = []
    for item in items:
        reason = _exclusion(item, from_on=from_on, to_on=to_on, today=today, currency=currency)
        if reason is None:
            counted.append(item)
        else:
            excluded.append(Excluded(item.opportunity_id, reason))
    closed = _sum(item.amount.amount for item in counted if item.outcome is Outcome.WON)
    opened = [item for item in counted if item.outcome is Outcome.OPEN]
    commit, best_case = _roll_ups(closed, opened)
    pipeline_open = _sum(item.amount.amount for item in opened)
    weighted = closed + _sum(item.amount.amount * item.probability for item in opened)
    attainment, coverage, warnings = _against_quota(closed, pipeline_open, quota)
    return Forecast(
        weighted=Money(weighted, currency),
        closed=Money(closed, currency),
        commit=Money(commit, currency),
        best_case=Money(best_case, currency),
        pipeline_open=Money(pipeline_open, currency),
        attainment=attainment,
        coverage=coverage,
        population=len(counted),
        excluded=tuple(excluded),
        warnings=warnings,
    )


def is_stale(item: ForecastItem, *, today: date) -> bool:
    """The case is open although its close date has passed."""
    return item.outcome is Outcome.OPEN and item.close_on < today


def _exclusion(item: ForecastItem, *, from_on: date, to_on: date, today: date, currency: str) -> str | None:
    if item.outcome is Outcome.LOST:
        return OMITTED
    if is_stale(item, today=today):
        return STALE
    if not from_on <= item.close_on <= to_on:
        return OTHER_PERIOD
    if item.outcome is Outcome.OPEN and item.category is ForecastCategory.OMITTED:
        return OMITTED
    return OTHER_CURRENCY if item.amount.currency != currency else None


def _roll_ups(closed: Decimal, opened: list[ForecastItem]) -> tuple[Decimal, Decimal]:
    sums = []
    so_far = closed
    for category in _CUMULATIVE:
        so_far += _sum(item.amount.amount for item in opened if item.category is category)
        sums.append(so_far)
    return sums[0], sums[1]


def _against_quota(
    closed: Decimal, pipeline_open: Decimal, quota: Decimal | None
) -> tuple[Decimal | None, Decimal | None, tuple[str, ...]]:
    if quota is None or quota <= 0:
        return None, None, (QUOTA_MISSING,)
    if closed >= quota:
        return closed / quota, None, (QUOTA_REACHED,)
    return closed / quota, pipeline_open / (quota - closed), ()


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
