"""The receivables: what was invoiced, what was received, and which part of which settles what."""

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import TODAY, Id, Money, Resource, computed, days, field, link
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship

NOTHING: Any = sa.literal_column("0")


class Invoice(Resource, crud=set()):
    """A claim of one of our units on a customer for goods or services, tax included."""

    __resource__ = "credit.invoice"
    __constraints__: ClassVar = (
        sa.UniqueConstraint("tenant_id", "unit_id", "number", name="uq_credit_invoice_number"),
        sa.Index("ix_credit_invoice_party_due", "tenant_id", "party_id", "due_on"),
        sa.Index("ix_credit_invoice_relationship_due", "tenant_id", "relationship_id", "due_on"),
        sa.Index("ix_credit_invoice_unit_due", "tenant_id", "unit_id", "due_on"),
    )

    number: Mapped[str] = field(code=True, search=True, immutable=True, description="Unique in its unit.")
    party: Mapped[Id[Party]] = link(
        inverse="credit.invoices", immutable=True, index=False, description="The customer who owes it."
    )
    relationship: Mapped[Id[Relationship]] = link(
        inverse="credit.invoices", immutable=True, index=False, description="Our unit's edge to the customer."
    )
    unit: Mapped[Id[Party] | None] = link(
        default=None, immutable=True, index=False, description="Who claims it."
    )
    amount: Mapped[Money] = field(immutable=True, description="Tax included.")
    net_amount: Mapped[Money | None] = field(default=None, immutable=True, description="Before tax.")
    issued_on: Mapped[dt.date] = field(immutable=True)
    due_on: Mapped[dt.date] = field(immutable=True, description="The last day it is paid in time.")
    residual: Mapped[Money] = field(
        read_only=True, description="The amount less all that was allocated to it."
    )
    disputed: Mapped[Money | None] = field(
        default=None,
        read_only=True,
        description="The part in dispute: it stays in the exposure and is not dunned.",
    )
    regime: Mapped[str] = field(
        default="FR_B2B_DEFAULT", code=True, description="Interest regime (rules.md R-B-11)."
    )
    contract_rate: Mapped[Decimal | None] = field(
        default=None, description="Yearly rate of the contract as a fraction, under FR_B2B_CONTRACT."
    )
    language: Mapped[str | None] = field(
        default=None, code=True, description="Of letters about it: fr or en; null: the customer's."
    )
    dunning_blocked_until: Mapped[dt.date | None] = field(
        default=None, read_only=True, description="Not dunned through that day."
    )
    dunning_block_reason: Mapped[str | None] = field(default=None, read_only=True)
    source: Mapped[str] = field(default="manual", code=True, read_only=True, description="What wrote it.")
    source_row: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="Its key there."
    )

    days_overdue = computed(
        int,
        lambda i: sa.case(
            (sa.and_(i.residual > NOTHING, i.due_on < TODAY), days(i.due_on, TODAY)), else_=NOTHING
        ),
        description="Days past due while something is open; 0 if not due or settled.",
    )


class Payment(Resource, crud=set()):
    """Money received from a customer."""

    __resource__ = "credit.payment"
    __constraints__: ClassVar = (
        sa.UniqueConstraint("tenant_id", "source", "source_row", name="uq_credit_payment_source_row"),
        sa.Index("ix_credit_payment_party_day", "tenant_id", "party_id", "received_on"),
        sa.Index("ix_credit_payment_relationship_day", "tenant_id", "relationship_id", "received_on"),
        sa.Index("ix_credit_payment_unit_day", "tenant_id", "unit_id", "received_on"),
    )

    party: Mapped[Id[Party]] = link(
        inverse="credit.payments", immutable=True, index=False, description="Who paid."
    )
    relationship: Mapped[Id[Relationship]] = link(inverse="credit.payments", immutable=True, index=False)
    unit: Mapped[Id[Party] | None] = link(
        default=None, immutable=True, index=False, description="Who received it."
    )
    amount: Mapped[Money] = field(immutable=True)
    unapplied: Mapped[Money] = field(read_only=True, description="The part not allocated to any invoice.")
    received_on: Mapped[dt.date] = field(
        immutable=True, description="The day it was credited: interest stops there."
    )
    reference: Mapped[str | None] = field(
        default=None, code=True, search=True, description="What the payer wrote."
    )
    source: Mapped[str] = field(default="manual", code=True, read_only=True, description="What wrote it.")
    source_row: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="Its key there."
    )


class Allocation(Resource, crud=set()):
    """A part of a payment that settles a part of an invoice. Append-only (rules.md R-0-10)."""

    __resource__ = "credit.allocation"

    payment: Mapped[Id[Payment]] = link(inverse="allocations", immutable=True)
    invoice: Mapped[Id[Invoice]] = link(inverse="allocations", immutable=True)
    unit: Mapped[Id[Party] | None] = link(default=None, immutable=True, index=False)
    amount: Mapped[Money] = field(immutable=True)
    allocated_on: Mapped[dt.date] = field(
        immutable=True, index=True, description="From that day on it counts in balances as of a day."
    )
