"""Writing the receivables: an invoice, a payment, and which settles which."""

import datetime as dt
from decimal import Decimal

from xrm_core.declare import Context, Id, Input, Money, command
from xrm_core.errors import Refusal
from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_credit import repository
from xrm_credit.commands.standing import keep_standing
from xrm_credit.errors import NotACustomer, UnitMissing
from xrm_credit.models import Allocation, Invoice, Payment
from xrm_credit.parameters import regimes
from xrm_credit.rules import RateMethod, regime_on
from xrm_credit.rules.books import (
    AllocationAsked,
    allocatable,
    allocation_refusals,
    invoice_refusals,
    payment_refusals,
)
from xrm_credit.shapes import RebuiltReceivables

_SOURCE = "credit"


class CreateInvoice(Input):
    """An invoice our unit has issued."""

    party_id: Id[Party]
    number: str
    amount: Money
    net_amount: Money | None = None
    issued_on: dt.date
    due_on: dt.date
    regime: str = "FR_B2B_DEFAULT"
    contract_rate: Decimal | None = None
    language: str | None = None


class RecordPayment(Input):
    """Money received from a customer."""

    party_id: Id[Party]
    amount: Money
    received_on: dt.date
    reference: str | None = None


class Allocate(Input):
    """What part of the payment settles which invoice: as much as fits unless said, today unless said."""

    invoice_id: Id[Invoice]
    amount: Money | None = None
    allocated_on: dt.date | None = None


class BlockDunning(Input):
    """Until when, that day included, and why; without a day the block is lifted."""

    until: dt.date | None
    reason: str | None = None


@command("credit.invoice.create")
async def create_invoice(ctx: Context, given: CreateInvoice) -> Invoice:
    """Write an invoice to a customer into the receivables."""
    edge = await _customer(ctx, given.party_id)
    refusals = invoice_refusals(
        given.amount, given.net_amount, issued_on=given.issued_on, due_on=given.due_on
    )
    ctx.refuse(refusals + await _regime_refusals(ctx, given))
    await keep_standing(ctx, edge)
    invoice = Invoice(
        **given.model_dump(exclude={"party_id", "amount", "net_amount"}),
        amount=given.amount,
        net_amount=given.net_amount,
        residual=given.amount,
        party=given.party_id,
        relationship=edge.id,
        unit=edge.unit,
    )
    ctx.add(invoice, _dealing(edge, invoice, DealingKind.INVOICE, given.issued_on, given.number))
    return invoice


@command("credit.payment.record")
async def record_payment(ctx: Context, given: RecordPayment) -> Payment:
    """Record money received from a customer; it settles nothing until it is allocated."""
    edge = await _customer(ctx, given.party_id)
    ctx.refuse(payment_refusals(given.amount, received_on=given.received_on, today=ctx.today))
    await keep_standing(ctx, edge)
    payment = Payment(
        amount=given.amount,
        unapplied=given.amount,
        received_on=given.received_on,
        reference=given.reference,
        party=given.party_id,
        relationship=edge.id,
        unit=edge.unit,
    )
    ctx.add(payment, _dealing(edge, payment, DealingKind.PAYMENT, given.received_on, given.reference))
    return payment


@command("credit.payment.allocate", on=Payment)
async def allocate(ctx: Context, payment: Payment, given: Allocate) -> Allocation:
    """Let a part of the payment settle a part of an invoice of the same customer."""
    invoice = await ctx.get(Invoice, given.invoice_id, field="invoiceId", lock=True)
    amount = given.amount or allocatable(payment.unapplied, invoice.residual)
    asked = AllocationAsked(
        amount=amount,
        allocated_on=given.allocated_on or ctx.today,
        unapplied=payment.unapplied,
        residual=invoice.residual,
        received_on=payment.received_on,
        is_same_customer=(invoice.party, invoice.unit) == (payment.party, payment.unit),
    )
    ctx.refuse(allocation_refusals(asked, today=ctx.today))
    invoice.residual = invoice.residual - amount
    payment.unapplied = payment.unapplied - amount
    allocation = Allocation(
        payment=payment.id,
        invoice=invoice.id,
        unit=payment.unit,
        amount=amount,
        allocated_on=asked.allocated_on,
    )
    ctx.add(allocation)
    return allocation


@command("credit.invoice.block", on=Invoice)
async def block_dunning(ctx: Context, invoice: Invoice, given: BlockDunning) -> Invoice:
    """Keep an invoice out of dunning through a day, or lift the block."""
    if given.until and not (given.reason or "").strip():
        ctx.refuse([Refusal("credit.reason_required", "A block needs a reason.", "reason")])
    invoice.dunning_blocked_until = given.until
    invoice.dunning_block_reason = given.reason if given.until else None
    return invoice


@command("credit.invoice.rebuild")
async def rebuild_receivables(ctx: Context) -> RebuiltReceivables:
    """Reckon every residual and unapplied amount anew from the allocations; answers how many were wrong."""
    invoices, payments = await repository.rebuild(ctx)
    if invoices or payments:
        ctx.emit("credit.receivables.rebuilt", invoices=invoices, payments=payments)
    return RebuiltReceivables(invoices, payments)


async def _customer(ctx: Context, party: Id[Party]) -> Relationship:
    if ctx.unit is None:
        raise UnitMissing
    edge = await repository.customer_edge(ctx, ctx.unit, party)
    if edge is None:
        raise NotACustomer
    return edge


async def _regime_refusals(ctx: Context, given: CreateInvoice) -> list[Refusal]:
    known = await regimes(ctx)
    if given.regime not in {regime.code for regime in known}:
        return [Refusal("credit.unknown_regime", f"There is no interest regime {given.regime}.", "regime")]
    is_by_contract = regime_on(known, given.regime, given.due_on).method is RateMethod.CONTRACT
    if is_by_contract and given.contract_rate is None:
        text = f"{given.regime} needs the rate of the contract."
        return [Refusal("credit.contract_rate_missing", text, "contractRate")]
    return []


def _dealing(
    edge: Relationship, made: Invoice | Payment, kind: DealingKind, on: dt.date, reference: str | None
) -> Dealing:
    return Dealing(
        party=made.party,
        relationship=edge.id,
        unit=edge.unit,
        kind=kind,
        amount=made.amount,
        occurred_on=on,
        reference=reference,
        source=_SOURCE,
        source_row=str(made.id),
    )
