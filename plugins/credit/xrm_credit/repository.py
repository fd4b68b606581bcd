"""Set-based questions to the receivables: the number of statements never depends on the number of rows.

What the caller asks for is limited to what they may see or do. Sums *under* such rows (what was allocated to an
invoice, a customer's unallocated money) are whole: a part of them would be a wrong claim.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa

from xrm_core.db.types import DateType
from xrm_core.declare import Context
from xrm_core.declare.expressions import days
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Address, Party, Unit
from xrm_core.graph.relationship import Relationship
from xrm_core.money import Money
from xrm_credit import models
from xrm_credit.party import CreditStanding, Hold
from xrm_credit.rules.aging import AgingBucket, aging_buckets
from xrm_credit.rules.interest import Settlement

# Columns of amounts and links are made from declarations, so type checkers do not know them by name.
INVOICE: Any = models.Invoice
PAYMENT: Any = models.Payment
ALLOCATION: Any = models.Allocation
LETTER: Any = models.DunningLetter
LINE: Any = models.DunningLetterLine
STANDING: Any = CreditStanding
EDGE: Any = Relationship
PARTY: Any = Party
ADDRESS: Any = Address

# An invoice that is open, who owes it, on which relationship, and how that stands.
OpenInvoice: TypeAlias = tuple[models.Invoice, Party, Relationship, CreditStanding | None]


@dataclass(frozen=True, slots=True)
class AgedSum:
    """What is open in one bucket of one group: `key` is the customer or unit, None for all together."""

    key: Any
    currency: str
    bucket: int
    balance: Decimal
    count: int
    disputed: Decimal


def _allocated_after(day: dt.date, side: Any, tenant_id: int) -> Any:
    """What is allocated later than a day, by invoice or by payment: what takes a residual back in time."""
    amount = sa.func.sum(ALLOCATION.amount_amount).label("amount")
    rows = sa.select(side.label("key"), amount)
    later = rows.where(ALLOCATION.tenant_id == tenant_id, ALLOCATION.allocated_on > day)
    return later.group_by(side).subquery()


def _open(ctx: Context, unit: Any, *, as_of: dt.date, due_by: dt.date) -> tuple[Any, ...]:
    """That an invoice of the unit was open on the day and is due by the other: it still is, or was settled later."""
    later = sa.select(ALLOCATION.invoice)
    later = later.where(ALLOCATION.tenant_id == ctx.tenant_id, ALLOCATION.allocated_on > as_of)
    return (
        INVOICE.tenant_id == ctx.tenant_id,
        INVOICE.unit == unit,
        INVOICE.issued_on <= as_of,
        INVOICE.due_on <= due_by,
        sa.or_(INVOICE.residual_amount > Decimal(0), INVOICE.id.in_(later)),
    )


def _debtor_of(rows: Any) -> Any:
    """The same rows with the customer, the relationship and what credit thinks of it."""
    tenant = INVOICE.tenant_id
    return (
        rows.join(PARTY, sa.and_(PARTY.tenant_id == tenant, PARTY.id == INVOICE.party))
        .join(EDGE, sa.and_(EDGE.tenant_id == tenant, EDGE.id == INVOICE.relationship))
        .outerjoin(STANDING, sa.and_(STANDING.tenant_id == tenant, STANDING.id == INVOICE.relationship))
    )


async def open_invoices(
    ctx: Context, unit: Any, *, as_of: dt.date, due_by: dt.date, lock: bool
) -> list[OpenInvoice]:
    """Invoices of the unit that were open on the day and are due by another, of those the caller may dun.

    `lock` keeps payments from being allocated to them until the unit of work ends.
    """
    may = (ctx.may(models.Invoice), ctx.may(models.Invoice, "dun"))
    query = _debtor_of(sa.select(INVOICE, PARTY, EDGE, STANDING))
    query = query.where(*_open(ctx, unit, as_of=as_of, due_by=due_by), *may).order_by(INVOICE.id)
    if lock:
        query = query.with_for_update(of=INVOICE)
    rows = await ctx.session.execute(query)
    return [(invoice, party, edge, standing) for invoice, party, edge, standing in rows]


def _is_of(row: Any) -> Any:
    """That it is the invoice the row is about."""
    return sa.and_(INVOICE.tenant_id == row.tenant_id, INVOICE.id == row.invoice)


async def settlements(
    ctx: Context, unit: Any, *, as_of: dt.date, due_by: dt.date
) -> dict[Any, tuple[Settlement, ...]]:
    """What had settled the unit's open invoices by the day, oldest first, by invoice: from when and how much."""
    paid = sa.and_(PAYMENT.tenant_id == ALLOCATION.tenant_id, PAYMENT.id == ALLOCATION.payment)
    columns = (ALLOCATION.invoice, PAYMENT.received_on, ALLOCATION.amount_amount, ALLOCATION.amount_currency)
    query = sa.select(*columns).join(PAYMENT, paid).join(INVOICE, _is_of(ALLOCATION))
    query = query.where(ALLOCATION.allocated_on <= as_of, *_open(ctx, unit, as_of=as_of, due_by=due_by))
    query = query.order_by(PAYMENT.received_on, ALLOCATION.id)
    found: dict[Any, tuple[Settlement, ...]] = {}
    for invoice, received_on, amount, currency in await ctx.session.execute(query):
        found[invoice] = (*found.get(invoice, ()), Settlement(received_on, Money(amount, currency)))
    return found


async def levels_sent(
    ctx: Context, unit: Any, *, as_of: dt.date, due_by: dt.date
) -> dict[Any, tuple[int, dt.date]]:
    """The highest level to which a letter raised each open invoice of the unit, and the day of the last such letter."""
    query = sa.select(LINE.invoice, sa.func.max(LINE.level), sa.func.max(LINE.sent_on))
    query = query.join(INVOICE, _is_of(LINE)).group_by(LINE.invoice)
    query = query.where(LINE.is_raised, *_open(ctx, unit, as_of=as_of, due_by=due_by))
    return {invoice: (level, sent_on) for invoice, level, sent_on in await ctx.session.execute(query)}


def _unapplied(ctx: Context, as_of: dt.date, key: Any) -> Any:
    later = _allocated_after(as_of, ALLOCATION.payment, ctx.tenant_id)
    left = PAYMENT.unapplied_amount + sa.func.coalesce(later.c.amount, Decimal(0))
    currency = PAYMENT.unapplied_currency
    rows = sa.select(key.label("key"), currency, sa.func.sum(left)).select_from(models.Payment)
    rows = rows.outerjoin(later, later.c.key == PAYMENT.id)
    rows = rows.where(PAYMENT.tenant_id == ctx.tenant_id, PAYMENT.received_on <= as_of, left > Decimal(0))
    return rows.group_by(currency) if isinstance(key, sa.sql.elements.Null) else rows.group_by(key, currency)


async def unapplied_by_party(ctx: Context, unit: Any, *, as_of: dt.date) -> dict[Any, tuple[Money, ...]]:
    """Money each customer of the unit had paid by the day and that settled nothing, by currency."""
    query = _unapplied(ctx, as_of, PAYMENT.party).where(PAYMENT.unit == unit)
    found: dict[Any, tuple[Money, ...]] = {}
    for party, currency, amount in await ctx.session.execute(query.order_by(PAYMENT.unapplied_currency)):
        found[party] = (*found.get(party, ()), Money(amount, currency))
    return found


def _side(row: Any, side: str | None) -> Any:
    return sa.null() if side is None else getattr(row, side)


async def unapplied_sums(
    ctx: Context, *, as_of: dt.date, unit: Any, side: str | None
) -> dict[tuple[Any, str], Decimal]:
    """Unallocated money by group (`side`: party, unit or none) and currency, of payments the caller may see."""
    each = _unapplied(ctx, as_of, _side(PAYMENT, side)).where(ctx.may(models.Payment))
    rows = await ctx.session.execute(each if unit is None else each.where(PAYMENT.unit == unit))
    return {(group, currency): amount for group, currency, amount in rows}


async def aged_sums(
    ctx: Context,
    *,
    as_of: dt.date,
    unit: Any,
    side: str | None,
    by_invoice_date: bool,
    buckets: Sequence[AgingBucket],
) -> list[AgedSum]:
    """What was open on the day, by group, currency and bucket, of invoices the caller may see (rules.md B3)."""
    later = _allocated_after(as_of, ALLOCATION.invoice, ctx.tenant_id)
    left = (INVOICE.residual_amount + sa.func.coalesce(later.c.amount, Decimal(0))).label("left")
    late = days(INVOICE.issued_on if by_invoice_date else INVOICE.due_on, sa.literal(as_of, DateType()))
    bounded = [
        (late <= bucket.upper, place) for place, bucket in enumerate(buckets) if bucket.upper is not None
    ]
    columns = (
        _side(INVOICE, side).label("key"),
        INVOICE.residual_currency.label("currency"),
        sa.case(*bounded, else_=len(buckets) - 1).label("bucket"),
        left,
        sa.func.coalesce(INVOICE.disputed_amount, Decimal(0)).label("disputed"),
    )
    rows = sa.select(*columns).select_from(models.Invoice).outerjoin(later, later.c.key == INVOICE.id)
    rows = rows.where(INVOICE.issued_on <= as_of, ctx.may(models.Invoice))
    each = (rows if unit is None else rows.where(INVOICE.unit == unit)).subquery()
    grouped = (each.c.key, each.c.currency, each.c.bucket)
    sums = (sa.func.sum(each.c.left), sa.func.count(), sa.func.sum(each.c.disputed))
    query = sa.select(*grouped, *sums).where(each.c.left != Decimal(0)).group_by(*grouped)
    return [AgedSum(*row) for row in await ctx.session.execute(query)]


async def buckets_on(ctx: Context, day: dt.date) -> tuple[AgingBucket, ...]:
    """The buckets of the aged balance in force on the day."""
    bound: Any = models.AgingBound
    in_force = sa.select(sa.func.max(bound.effective_from))
    in_force = in_force.where(bound.tenant_id == ctx.tenant_id, bound.effective_from <= day)
    query = sa.select(bound.upper_days).where(
        bound.tenant_id == ctx.tenant_id, bound.effective_from == in_force.scalar_subquery()
    )
    return aging_buckets((await ctx.session.scalars(query)).all())


async def every(ctx: Context, model: Any) -> Sequence[Any]:
    """All rows of a table of published figures: whoever computes with them may, they are no secret."""
    query = sa.select(model).where(model.tenant_id == ctx.tenant_id).order_by(model.id)
    return (await ctx.session.scalars(query)).all()


async def customer_edge(ctx: Context, unit: Any, party: Any) -> Relationship | None:
    """The unit's customer relationship with the party that holds today, if the caller may see it."""
    query = sa.select(EDGE).where(
        EDGE.unit == unit,
        EDGE.target == party,
        EDGE.type == relationship_type_id(ctx.tenant_id, "CUSTOMER"),
        sa.or_(EDGE.valid_to.is_(None), EDGE.valid_to > ctx.today),
        ctx.may(Relationship),
    )
    found: Relationship | None = (await ctx.session.scalars(query.order_by(EDGE.id).limit(1))).one_or_none()
    return found


async def standings(ctx: Context, ids: Iterable[Any]) -> dict[Any, CreditStanding]:
    """The standings of these relationships, locked; the caller has been asked for their right before."""
    query = sa.select(STANDING).where(STANDING.tenant_id == ctx.tenant_id, STANDING.id.in_(list(ids)))
    return {row.id: row for row in await ctx.session.scalars(query.with_for_update())}


async def holds(ctx: Context, ids: Iterable[Any]) -> dict[Any, str]:
    """Relationships under a hold. Asked by guards: a hold binds also those who may not see it."""
    query = sa.select(STANDING.id, STANDING.hold).where(
        STANDING.tenant_id == ctx.tenant_id, STANDING.id.in_(list(ids)), STANDING.hold != Hold.NONE
    )
    return {edge: str(hold) for edge, hold in await ctx.session.execute(query)}


async def letter_keys(ctx: Context, unit: Any, *, sent_on: dt.date) -> set[tuple[Any, str, str, int]]:
    """The unit's letters of that day: customer, language, currency and level of each."""
    columns = (LETTER.party, LETTER.language, LETTER.currency, LETTER.level)
    own = (LETTER.tenant_id == ctx.tenant_id, LETTER.unit == unit, LETTER.sent_on == sent_on)
    return {tuple(row) for row in await ctx.session.execute(sa.select(*columns).where(*own))}


async def first_overdue(ctx: Context, ids: Iterable[Any]) -> dict[Any, dt.date]:
    """The due date of the oldest overdue invoice of each relationship that has one. Asked by guards: it binds all."""
    query = sa.select(INVOICE.relationship, sa.func.min(INVOICE.due_on)).where(
        INVOICE.tenant_id == ctx.tenant_id,
        INVOICE.relationship.in_(list(ids)),
        INVOICE.residual_amount > Decimal(0),
        INVOICE.due_on < ctx.today,
    )
    rows = await ctx.session.execute(query.group_by(INVOICE.relationship))
    return {edge: due_on for edge, due_on in rows}


async def latest_letter(ctx: Context, unit: Any) -> dt.date | None:
    """The date of the unit's latest letter."""
    query = sa.select(sa.func.max(LETTER.sent_on)).where(
        LETTER.tenant_id == ctx.tenant_id, LETTER.unit == unit
    )
    found: dt.date | None = await ctx.session.scalar(query)
    return found


async def unit_code(ctx: Context, unit: Any) -> str:
    """The short name of our unit."""
    row: Any = Unit
    query = sa.select(row.code).where(row.tenant_id == ctx.tenant_id, row.party == unit)
    return str(await ctx.session.scalar(query) or "")


async def names_and_addresses(
    ctx: Context, parties: Iterable[Any]
) -> tuple[dict[Any, Party], dict[Any, Address]]:
    """Parties of these ids with the address each receives post at, of what the caller may see."""
    ids, place = list(parties), ADDRESS
    known = await ctx.session.scalars(sa.select(PARTY).where(PARTY.id.in_(ids), ctx.may(Party)))
    preferred = sa.case({"POSTAL": 0, "HEADQUARTERS": 1, "LEGAL": 2}, value=place.kind, else_=3)
    query = sa.select(place).where(place.party.in_(ids), ctx.may(Address)).order_by(preferred, place.id)
    addresses: dict[Any, Address] = {}
    for address in await ctx.session.scalars(query):
        addresses.setdefault(address.party, address)
    return {party.id: party for party in known}, addresses


async def units_of(ctx: Context, edges: Iterable[Any]) -> dict[Any, Any]:
    """Whose relationships these are, by id."""
    query = sa.select(EDGE.id, EDGE.unit).where(EDGE.tenant_id == ctx.tenant_id, EDGE.id.in_(list(edges)))
    return {edge: unit for edge, unit in await ctx.session.execute(query)}


async def present(ctx: Context, model: Any) -> set[Any]:
    """The ids that a table has."""
    query = sa.select(model.id).where(model.tenant_id == ctx.tenant_id)
    return set((await ctx.session.scalars(query)).all())


async def insert(ctx: Context, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many rows at once; amounts are given as `amount_amount` and `amount_currency`."""
    if rows:
        await ctx.session.execute(sa.insert(model), [{"tenant_id": ctx.tenant_id, **row} for row in rows])


async def rebuild(ctx: Context) -> tuple[int, int]:
    """Residuals of invoices and unapplied money of payments are what the allocations say; how many were not."""
    changed = []
    for row, link, kept in (
        (INVOICE, ALLOCATION.invoice, "residual"),
        (PAYMENT, ALLOCATION.payment, "unapplied"),
    ):
        allocated = sa.select(sa.func.coalesce(sa.func.sum(ALLOCATION.amount_amount), Decimal(0)))
        allocated = allocated.where(ALLOCATION.tenant_id == row.tenant_id, link == row.id)
        right = row.amount_amount - allocated.scalar_subquery()
        column = getattr(row, f"{kept}_amount")
        own = sa.and_(row.tenant_id == ctx.tenant_id, ctx.may(row, "rebuild"))
        statement = sa.update(row).where(own, column != right)
        values = {f"{kept}_amount": right, "version": row.version + 1}
        result: Any = await ctx.session.execute(
            statement.values(values), execution_options={"synchronize_session": False}
        )
        changed.append(int(result.rowcount))
    return changed[0], changed[1]
