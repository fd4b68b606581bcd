"""What an earlier import of a source has left: its dealings by the row they come from."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.graph.activity import Dealing
from xrm_core.ids import Id


@dataclass(frozen=True, slots=True)
class StoredDealing:
    """A dealing as it is stored: whose it is, and what its row said."""

    party: Id[Any]
    unit: Id[Any] | None
    kind: str
    amount: Decimal
    occurred_on: dt.date
    category: str | None
    reference: str | None

    def says(
        self, kind: str, amount: Decimal, occurred_on: dt.date, category: str | None, reference: str | None
    ) -> bool:
        """Whether a row with these values says the same."""
        same = (self.kind, self.amount, self.occurred_on, self.category, self.reference)
        return same == (kind, amount, occurred_on, category, reference)


async def stored_dealings(ctx: Context, source: str) -> dict[str, StoredDealing]:
    """The dealings of a source, by their row's key."""
    t = REGISTRY.of(Dealing).table
    says = t.c.kind, t.c.amount, t.c.occurred_on, t.c.category, t.c.reference
    columns = t.c.source_row, t.c.party_id, t.c.unit_id, *says
    rows = await ctx.session.execute(
        sa.select(*columns).where(t.c.tenant_id == ctx.tenant_id, t.c.source == source)
    )
    return {row[0]: StoredDealing(*row[1:]) for row in rows}


async def stored_ids(ctx: Context, model: type[Resource], **where: Any) -> set[Id[Any]]:
    """The ids of the rows whose columns have these values."""
    t = REGISTRY.of(model).table
    conditions = [t.c[name] == value for name, value in where.items()]
    return set(
        await ctx.session.scalars(sa.select(t.c.id).where(t.c.tenant_id == ctx.tenant_id, *conditions))
    )


def days_by_party(dealings: Iterable[StoredDealing], unit: Id[Any]) -> dict[Id[Any], list[dt.date]]:
    """The days of each party's dealings with one of our units."""
    days: dict[Id[Any], list[dt.date]] = {}
    for dealing in dealings:
        if dealing.unit == unit:
            days.setdefault(dealing.party, []).append(dealing.occurred_on)
    return days
