"""Interest regimes: which reference, margin or floor a late debt bears, as effective-dated data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from xrm_core.errors import DomainError, Refusal
from xrm_credit.rules.rates import RateQuote, ReferenceRates, half_year_start, half_year_starts

CONTRACT_RATE_BELOW_FLOOR = "CONTRACT_RATE_BELOW_FLOOR"
UNVERIFIED_RATE = "UNVERIFIED_RATE"


class RateMethod(StrEnum):
    """How the day at which the reference is read follows from a late day (rules.md R-B-11)."""

    PIECEWISE = "PIECEWISE"
    FIXED_AT_START = "FIXED_AT_START"
    CONTRACT = "CONTRACT"


class UnknownRegime(DomainError):
    """No interest regime of that code is in force on the day."""

    code = "credit.unknown_regime"

    def __init__(self, regime: str, day: date) -> None:
        super().__init__(f"No interest regime {regime} is in force on {day.isoformat()}.", field="regime")


class ContractRateMissing(DomainError):
    """The regime takes the rate of the contract, and the terms carry none."""

    code = "credit.contract_rate_missing"

    def __init__(self, regime: str) -> None:
        super().__init__(f"{regime} needs the rate of the contract.", field="contract_rate")


@dataclass(frozen=True, slots=True)
class InterestRegime:
    """One row of the regime table, in force from a day (rules.md R-B-11).

    `series` is the reference to which `margin` (a fraction) is added; for CONTRACT it is the legal rate,
    of which `floor_multiple` is the least a clause may fix. `reference_lag_days` counts back from the first
    day of the half-year (1 where the law reads the day before).
    """

    code: str
    effective_from: date
    method: RateMethod
    series: str
    margin: Decimal
    legal_basis: str
    floor_multiple: Decimal = Decimal(0)
    reference_lag_days: int = 0
    is_waiver_allowed: bool = True


@dataclass(frozen=True, slots=True)
class InterestTerms:
    """What a debt bears when late: its regime and, for CONTRACT, the yearly rate as a fraction."""

    regime: InterestRegime
    contract_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AppliedRate:
    """The yearly rate of a late day, the published rate it rests on, and what a reader must be told."""

    rate: Decimal
    reference: RateQuote
    legal_basis: str
    flags: tuple[str, ...] = ()


def regime_on(regimes: Iterable[InterestRegime], code: str, day: date) -> InterestRegime:
    """The row of that regime in force on the day. Raises: UnknownRegime."""
    rows = [row for row in regimes if row.code == code and row.effective_from <= day]
    if not rows:
        raise UnknownRegime(code, day)
    return max(rows, key=lambda row: row.effective_from)


def applied_rate(terms: InterestTerms, rates: ReferenceRates, *, due_on: date, day: date) -> AppliedRate:
    """The yearly rate that a debt due on `due_on` bears on a late day (rules.md R-B-11, R-B-12).

    The floor of three times the legal rate binds clauses only: it never raises the default rate.
    Raises: MissingReferenceRate, ContractRateMissing.
    """
    regime = terms.regime
    accrual = due_on + timedelta(days=1) if regime.method is RateMethod.FIXED_AT_START else day
    read_on = half_year_start(accrual) - timedelta(days=regime.reference_lag_days)
    quote = rates.quote(regime.series, read_on)
    flags = () if quote.is_verified else (UNVERIFIED_RATE,)
    if regime.method is not RateMethod.CONTRACT:
        return AppliedRate(quote.rate + regime.margin, quote, regime.legal_basis, flags)
    if terms.contract_rate is None:
        raise ContractRateMissing(regime.code)
    floor = quote.rate * regime.floor_multiple
    if terms.contract_rate < floor:
        return AppliedRate(floor, quote, regime.legal_basis, (*flags, CONTRACT_RATE_BELOW_FLOOR))
    return AppliedRate(terms.contract_rate, quote, regime.legal_basis, flags)


def contract_rate_refusals(
    terms: InterestTerms, rates: ReferenceRates, *, from_on: date, to_on: date
) -> list[Refusal]:
    """One refusal per half-year in which the clause is below its floor; empty if it may be activated.

    Source: rules.md R-B-12; Code de commerce L441-10 II. Raises: MissingReferenceRate.
    """
    if terms.contract_rate is None:
        raise ContractRateMissing(terms.regime.code)
    refusals = []
    for start in [half_year_start(from_on), *half_year_starts(from_on, to_on)]:
        floor = rates.quote(terms.regime.series, start).rate * terms.regime.floor_multiple
        if terms.contract_rate < floor:
            refusals.append(_below_floor(terms.contract_rate, floor, start))
    return refusals


def _below_floor(rate: Decimal, floor: Decimal, start: date) -> Refusal:
    return Refusal(
        "credit.contract_rate_below_floor",
        f"A rate of {rate * 100:f} % is below the floor of {floor * 100:f} % from {start.isoformat()}.",
        "contract_rate",
        {"half_year": start.isoformat(), "rate": str(rate), "floor": str(floor)},
    )


def waiver_refusals(
    regime: InterestRegime, *, reason: str, requested_by: str, approvers: Sequence[str]
) -> list[Refusal]:
    """Why interest or the indemnity may not be waived (rules.md R-B-15, R-0-09); empty if it may."""
    refusals = []
    if not regime.is_waiver_allowed:
        message = f"A waiver of late-payment claims is void under {regime.code}."
        refusals.append(Refusal("credit.waiver_void", message, "regime"))
    if not reason.strip():
        refusals.append(Refusal("credit.reason_required", "A waiver needs a reason.", "reason"))
    if not approvers:
        refusals.append(Refusal("credit.approval_required", "A waiver needs an approver.", "approvers"))
    if requested_by in approvers:
        message = "Whoever asks for a waiver cannot approve it."
        refusals.append(Refusal("credit.self_approval", message, "approvers"))
    return refusals
