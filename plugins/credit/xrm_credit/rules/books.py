"""What may be written into the receivables: invoices, payments, and which settles which."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xrm_core.errors import Refusal
from xrm_core.money import Money, minor_units


@dataclass(frozen=True, slots=True)
class AllocationAsked:
    """A part of a payment that is to settle a part of an invoice, with what is left of both."""

    amount: Money
    allocated_on: date
    unapplied: Money
    residual: Money
    received_on: date
    is_same_customer: bool


def amount_refusals(amount: Money, field: str = "amount") -> list[Refusal]:
    """Why the amount cannot stand in the books (rules.md R-0-01); empty if it can."""
    if amount.amount <= 0:
        return [Refusal("credit.amount_not_positive", "An amount is above zero.", field)]
    if amount.amount != amount.rounded().amount:
        text = f"An amount in {amount.currency} has at most {minor_units(amount.currency)} decimals."
        return [Refusal("credit.amount_too_fine", text, field)]
    return []


def invoice_refusals(
    amount: Money, net_amount: Money | None, *, issued_on: date, due_on: date
) -> list[Refusal]:
    """Why the invoice contradicts itself; empty if it does not."""
    refusals = amount_refusals(amount)
    if net_amount is not None and net_amount.currency != amount.currency:
        text = "Net and gross are in one currency."
        refusals.append(Refusal("credit.currency_mismatch", text, "netAmount"))
    elif net_amount is not None and net_amount.amount > amount.amount:
        text = "The amount includes tax: it is not below the net amount."
        refusals.append(Refusal("credit.net_above_amount", text, "netAmount"))
    if due_on < issued_on:
        text = "An invoice is not due before it is issued."
        refusals.append(Refusal("credit.due_before_issued", text, "dueOn"))
    return refusals


def payment_refusals(amount: Money, *, received_on: date, today: date) -> list[Refusal]:
    """Why the payment cannot have been received; empty if it can."""
    refusals = amount_refusals(amount)
    if received_on > today:
        text = f"{received_on.isoformat()} has not come."
        refusals.append(Refusal("credit.received_in_the_future", text, "receivedOn"))
    return refusals


def allocation_refusals(asked: AllocationAsked, *, today: date) -> list[Refusal]:
    """Why the payment may not settle that part of the invoice, every reason at once; empty if it may."""
    refusals = amount_refusals(asked.amount)
    if not asked.is_same_customer:
        text = "The invoice is owed by another customer."
        refusals.append(Refusal("credit.other_customer", text, "invoiceId"))
    currencies = {asked.amount.currency, asked.unapplied.currency, asked.residual.currency}
    if len(currencies) > 1:
        text = f"Payment, invoice and allocation are in {' and '.join(sorted(currencies))}."
        return [*refusals, Refusal("credit.currency_mismatch", text, "amount")]
    for left, code in (
        (asked.unapplied, "credit.above_unapplied"),
        (asked.residual, "credit.above_residual"),
    ):
        if asked.amount.amount > left.amount:
            what = "payment" if left is asked.unapplied else "invoice"
            text = f"Only {left.amount:f} {left.currency} of the {what} is open."
            refusals.append(Refusal(code, text, "amount"))
    return refusals + _date_refusals(asked, today)


def _date_refusals(asked: AllocationAsked, today: date) -> list[Refusal]:
    if asked.allocated_on < asked.received_on:
        text = f"The payment was received on {asked.received_on.isoformat()} only."
        return [Refusal("credit.allocated_before_received", text, "allocatedOn")]
    if asked.allocated_on > today:
        text = f"{asked.allocated_on.isoformat()} has not come."
        return [Refusal("credit.allocated_in_the_future", text, "allocatedOn")]
    return []


def allocatable(unapplied: Money, residual: Money) -> Money:
    """As much of the payment as the invoice takes."""
    return Money(max(Decimal(0), min(unapplied.amount, residual.amount)), unapplied.currency)
