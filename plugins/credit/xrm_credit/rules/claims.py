"""What may be claimed on one invoice: the residual, its interest, and the fixed recovery indemnity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from xrm_core.money import Money
from xrm_credit.rules.interest import (
    Debt,
    InterestStatement,
    Settlement,
    late_interest,
    outstanding_on,
)
from xrm_credit.rules.rates import ReferenceRates
from xrm_credit.rules.regimes import InterestTerms


@dataclass(frozen=True, slots=True)
class IndemnityRate:
    """A fixed sum per late invoice from a day on, for debts of at least `amount_from` (rules.md R-B-13)."""

    regime: str
    effective_from: date
    amount_from: Decimal
    amount: Money
    legal_basis: str


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What the claim on a late invoice is computed with."""

    interest: InterestTerms
    rates: ReferenceRates
    indemnities: Sequence[IndemnityRate]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one invoice may be asked for on a day; `indemnity` is None where the regime grants none."""

    residual: Money
    interest: InterestStatement
    indemnity: Money | None


def residual(debt: Debt, settlements: Iterable[Settlement], *, as_of: date, disputed: Decimal) -> Money:
    """The invoice less what was settled on or before the day and less the disputed part, not below zero.

    Source: rules.md B3 (balance at a date) and R-B-62 (a dispute is not dunned).
    """
    left = outstanding_on(debt, settlements, as_of + timedelta(days=1))
    return Money(max(left.amount - max(disputed, Decimal(0)), Decimal(0)), left.currency)


def recovery_indemnity(
    debt: Debt,
    settlements: Sequence[Settlement],
    *,
    regime: str,
    indemnities: Iterable[IndemnityRate],
    as_of: date,
) -> Money | None:
    """The fixed sum due of right once an invoice is late by a day, whatever its size; else None.

    One per invoice, also when reminders are grouped, and also after it was paid late (rules.md R-B-13;
    CJEU C-585/20, C-279/23). None where the regime has no row in force on the first late day.
    """
    first_late_day = debt.due_on + timedelta(days=1)
    if as_of < first_late_day or outstanding_on(debt, settlements, first_late_day).amount == 0:
        return None
    rows = [
        row
        for row in indemnities
        if row.regime == regime
        and row.effective_from <= first_late_day
        and (row.amount_from <= 0 or _reaches(debt.amount, row))
    ]
    if not rows:
        return None
    return max(rows, key=lambda row: (row.effective_from, row.amount_from)).amount


def claim_on(
    debt: Debt,
    settlements: Sequence[Settlement],
    *,
    terms: ClaimTerms,
    as_of: date,
    disputed: Decimal = Decimal(0),
) -> Claim:
    """Residual, interest accrued through the day, and indemnity of one invoice, its disputed part left out.

    Raises: MissingReferenceRate, ContractRateMissing.
    """
    undisputed = max(debt.amount.amount - max(disputed, Decimal(0)), Decimal(0))
    claimed = Debt(Money(undisputed, debt.amount.currency), debt.due_on)
    interest = late_interest(claimed, settlements, terms=terms.interest, rates=terms.rates, through=as_of)
    regime = terms.interest.regime.code
    return Claim(
        residual(debt, settlements, as_of=as_of, disputed=disputed),
        interest,
        recovery_indemnity(claimed, settlements, regime=regime, indemnities=terms.indemnities, as_of=as_of),
    )


def _reaches(amount: Money, row: IndemnityRate) -> bool:
    return amount.currency == row.amount.currency and amount.amount >= row.amount_from
