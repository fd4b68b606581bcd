"""Who supplies what guards read of relationships and parties; each is asked once for a whole batch."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context
from xrm_workflows import repository
from xrm_workflows.guards import guard_input
from xrm_workflows.processes.facts import PartyIdentity

Edges = Sequence[Any]


@guard_input("core.relationship.lawful_basis")
def lawful_basis(ctx: Context, edges: Edges) -> list[str]:
    """The lawful basis noted on the edge; blank if none."""
    return [(edge.lawful_basis or "").strip() for edge in edges]


@guard_input("core.relationship.valid_from")
def valid_from(ctx: Context, edges: Edges) -> list[dt.date | None]:
    """The day the relationship began."""
    return [edge.valid_from for edge in edges]


@guard_input("core.relationship.valid_to")
def valid_to(ctx: Context, edges: Edges) -> list[dt.date | None]:
    """The day the relationship ends."""
    return [edge.valid_to for edge in edges]


@guard_input("core.relationship.level")
def level(ctx: Context, edges: Edges) -> list[int | None]:
    """The level, 1 to 6 (rules.md A4)."""
    return [edge.level for edge in edges]


@guard_input("core.relationship.deterioration_index")
def deterioration_index(ctx: Context, edges: Edges) -> list[Decimal | None]:
    """The index, 0 to 100; None where fewer signals than needed are available (rules.md A3)."""
    return [edge.deterioration_index for edge in edges]


@guard_input("core.relationship.orders")
async def orders(ctx: Context, edges: Edges) -> list[int]:
    """How many orders there ever were."""
    found = await repository.orders(ctx, [edge.id for edge in edges])
    return [found.get(edge.id, 0) for edge in edges]


@guard_input("core.relationship.orders_in_year")
async def orders_in_year(ctx: Context, edges: Edges) -> list[int]:
    """How many orders there were in the last 365 days, today included."""
    since = ctx.today - dt.timedelta(days=364)
    found = await repository.orders(ctx, [edge.id for edge in edges], since=since)
    return [found.get(edge.id, 0) for edge in edges]


@guard_input("core.party.identity")
async def identity(ctx: Context, edges: Edges) -> list[PartyIdentity | None]:
    """Who the party is."""
    found = await repository.identities(ctx, [edge.target for edge in edges])
    return [found.get(edge.target) for edge in edges]


@guard_input("core.party.contact_points")
async def contact_points(ctx: Context, edges: Edges) -> list[int]:
    """How many ways there are to reach the party."""
    found = await repository.contact_points(ctx, [edge.target for edge in edges])
    return [found.get(edge.target, 0) for edge in edges]


@guard_input("workflows.closed_on")
async def closed_on(ctx: Context, edges: Edges) -> list[dt.date | None]:
    """The day the relationship was last closed, where the actor works."""
    found = await repository.closed_on(ctx, [edge.id for edge in edges])
    return [ctx.actor.today(found[edge.id]) if edge.id in found else None for edge in edges]


_HOLDS = ("NONE", "SOFT", "HARD", "LEGAL")


@guard_input("credit.hold")
async def hold(ctx: Context, edges: Edges) -> list[str | None]:
    """The hardest hold that any plugin reports; None where no plugin keeps holds (rules.md R-B-41).

    Raises: what a plugin raises; every guard that reads holds then refuses.
    """
    if not ctx.hooks.holds.get_hookimpls():
        return [None] * len(edges)
    hardest = dict.fromkeys((edge.id for edge in edges), "NONE")
    for outcome in ctx.hooks.holds(ctx=ctx, relationship_ids=list(hardest)):
        reported = await outcome if hasattr(outcome, "__await__") else outcome
        for edge_id, one in reported.items():
            # A hold that nobody knows the meaning of is not a small one.
            known = one if one in _HOLDS else _HOLDS[-1]
            hardest[edge_id] = max(hardest[edge_id], known, key=_HOLDS.index)
    return [hardest[edge.id] for edge in edges]
