"""What made-up books hold: one frozen record for each line of each of their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Customer:
    """A made-up French company. Its SIREN and VAT number pass their checks; SIRENs in 999 are not given out.

    `payment_days`: net days after the invoice's date. `is_strategic`: relationship level 6 (rules.md A4).
    """

    customer_no: str
    name: str
    siren: str
    vat_number: str
    street: str
    postal_code: str
    city: str
    country: str
    email: str
    phone: str
    language: str
    payment_days: int
    is_strategic: bool
    since: date


@dataclass(frozen=True, slots=True)
class Order:
    """An order: DELIVERED (and invoiced), CONFIRMED (not yet delivered or invoiced) or CANCELLED."""

    order_no: str
    customer_no: str
    ordered_on: date
    delivered_on: date | None
    status: str
    channel: str
    net_amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice for all or a part of an order; gross = net + VAT."""

    invoice_no: str
    customer_no: str
    order_no: str
    issued_on: date
    due_on: date
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received; it is allocated to the last cent."""

    payment_no: str
    customer_no: str
    received_on: date
    amount: Decimal
    currency: str
    reference: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """What part of a payment settles which invoice, on the day it was received."""

    payment_no: str
    invoice_no: str
    allocated_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Letter:
    """One invoice in a dunning letter that was sent, and the level to which that letter raised it."""

    letter_no: str
    customer_no: str
    invoice_no: str
    level: int
    sent_on: date


@dataclass(frozen=True, slots=True)
class Interaction:
    """An exchange with the customer; `satisfaction` from 0 to 100 where it was asked."""

    interaction_no: str
    customer_no: str
    occurred_at: datetime
    channel: str
    direction: str
    subject: str
    outcome: str
    duration_seconds: int | None
    cost: Decimal
    currency: str
    satisfaction: int | None


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A deal in a stage of rules.md D2; `close_on` is expected, `closed_on` the day it was won or lost."""

    opportunity_no: str
    customer_no: str
    title: str
    stage: str
    forecast_category: str
    probability: Decimal
    amount: Decimal
    currency: str
    created_on: date
    close_on: date
    closed_on: date | None
    next_step: str
    next_step_on: date | None
    loss_reason: str
    competitor: str


@dataclass(frozen=True, slots=True)
class Books:
    """The books as of a day, and `totals`: the right answers, counted while they were made (JSON values)."""

    seed: int
    size: int
    as_of: date
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    allocations: tuple[Allocation, ...]
    letters: tuple[Letter, ...]
    interactions: tuple[Interaction, ...]
    opportunities: tuple[Opportunity, ...]
    totals: Mapping[str, Any]
