"""Questions about receivables that are more than a list, and what guards ask of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context, Id
from xrm_core.declare.question import query
from xrm_core.graph.party import Party
from xrm_credit import repository
from xrm_credit.repository import AgedSum
from xrm_credit.rules.aging import NOT_DUE, AgingBucket
from xrm_credit.shapes import AgedAmount, AgedBalance, AgedBalanceBy, AgingBasis
from xrm_workflows import guard_input

Group = tuple[Any, str]


@query("credit.invoice.aged_balance")
async def aged_balance(
    ctx: Context,
    as_of: dt.date | None = None,
    by: AgedBalanceBy = AgedBalanceBy.CURRENCY,
    basis: AgingBasis = AgingBasis.DUE_DATE,
    unit_id: Id[Party] | None = None,
) -> list[AgedBalance]:
    """What customers owe on a day (today), by days past due: one entry for each currency, or for each currency of a
    customer or unit. Only invoices that the asker may see; of all units, or of one."""
    day = as_of or ctx.today
    side = "party" if by == AgedBalanceBy.CUSTOMER else "unit" if by == AgedBalanceBy.UNIT else None
    unit: Id[Party] | None = None if unit_id is None else Id(str(unit_id))
    buckets = await repository.buckets_on(ctx, day)
    sums = await repository.aged_sums(
        ctx,
        as_of=day,
        unit=unit,
        side=side,
        by_invoice_date=basis == AgingBasis.INVOICE_DATE,
        buckets=buckets,
    )
    unapplied = await repository.unapplied_sums(ctx, as_of=day, unit=unit, side=side)
    found: defaultdict[Group, list[AgedSum]] = defaultdict(list)
    for one in sums:
        found[(one.key, one.currency)].append(one)
    groups = sorted({*found, *unapplied}, key=lambda group: (str(group[0]), group[1]))
    return [_balance(group, by, found[group], unapplied.get(group, Decimal(0)), buckets) for group in groups]


@guard_input("credit.oldest_overdue_days")
async def oldest_overdue_days(ctx: Context, edges: Sequence[Any]) -> list[int | None]:
    """Days the oldest unpaid invoice of each relationship is overdue, 0 if none; None where credit is not enabled."""
    if "credit" not in ctx.plugins:
        return [None] * len(edges)
    found = await repository.first_overdue(ctx, [edge.id for edge in edges])
    return [(ctx.today - found[edge.id]).days if edge.id in found else 0 for edge in edges]


def _balance(
    group: Group, by: str, sums: Sequence[AgedSum], unapplied: Decimal, buckets: Sequence[AgingBucket]
) -> AgedBalance:
    key, currency = group
    by_place = {one.bucket: one for one in sums}
    amounts = []
    for place, bucket in enumerate(buckets):
        one = by_place.get(place)
        amounts.append(AgedAmount(bucket.name, one.balance if one else Decimal(0), one.count if one else 0))
    balance = sum((amount.amount for amount in amounts), Decimal(0))
    return AgedBalance(
        party=key if by == AgedBalanceBy.CUSTOMER else None,
        unit=key if by == AgedBalanceBy.UNIT else None,
        currency=currency,
        buckets=amounts,
        balance=balance,
        overdue=sum((amount.amount for amount in amounts if amount.bucket != NOT_DUE), Decimal(0)),
        disputed=sum((one.disputed for one in sums), Decimal(0)),
        unapplied=-unapplied,
        total=balance - unapplied,
    )
