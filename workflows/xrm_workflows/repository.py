"""What the machines read: objects, their histories, and the facts that guards ask about, always in batches.

Histories are read whole, whoever asks: a chain or a target found from half the past would be wrong. Facts
carry what the asker may read; knowing less, a guard refuses more.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.declare import Context
from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.party import ContactPoint, Identifier, Party, PartyKind
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User
from xrm_workflows.models import StageInterval, StateInterval
from xrm_workflows.processes.facts import PartyIdentity

Row = StageInterval | StateInterval


async def objects(ctx: Context, model: type[Any], ids: Sequence[Any]) -> list[Any]:
    """Those of the objects that the actor may read."""
    query = sa.select(model).where(model.id.in_(list(ids)), ctx.may(model))
    return list((await ctx.session.scalars(query)).all())


async def resource_of(ctx: Context, object_id: Any, models: Mapping[str, type[Any]]) -> str | None:
    """Which of the resources has an object of that id; nothing is said of whether the actor may see it."""
    asked = [
        sa.select(sa.literal(name)).where(model.tenant_id == ctx.tenant_id, model.id == object_id)
        for name, model in models.items()
    ]
    found: str | None = await ctx.session.scalar(sa.union_all(*asked)) if asked else None
    return found


async def intervals(ctx: Context, resource: str, ids: Iterable[Any]) -> dict[Any, list[Any]]:
    """The whole history of each object, oldest first; objects without one are left out."""
    model: Any = StageInterval if resource == Relationship.__resource__ else StateInterval
    owner = model.relationship if model is StageInterval else model.object_id
    query = sa.select(model).where(model.tenant_id == ctx.tenant_id, owner.in_(list(ids)))
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in (await ctx.session.scalars(query.order_by(model.entered_at, model.id))).all():
        found[row.relationship if isinstance(row, StageInterval) else row.object_id].append(row)
    return found


async def last_intervals(ctx: Context, relationship_ids: Sequence[Any]) -> dict[Any, StageInterval]:
    """The interval that each relationship is in, for those that have a history."""
    found = await intervals(ctx, Relationship.__resource__, relationship_ids)
    return {object_id: rows[-1] for object_id, rows in found.items()}


async def insert_intervals(ctx: Context, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many stage intervals at once."""
    await ctx.session.execute(sa.insert(StageInterval.__table__), list(rows))  # type: ignore[arg-type]


async def unknown_ids(ctx: Context, model: type[Any], ids: Iterable[Any]) -> set[Any]:
    """Those of the ids of which there is no object that the actor may read."""
    wanted = set(ids)
    return wanted - await ctx.visible(model, list(wanted)) if wanted else set()


async def orders(
    ctx: Context, relationship_ids: Sequence[Any], *, since: dt.date | None = None
) -> dict[Any, int]:
    """How many orders each relationship has, from `since` on; relationships without any are left out."""
    query = sa.select(Dealing.relationship, sa.func.count()).where(
        Dealing.relationship.in_(list(relationship_ids)),
        Dealing.kind == DealingKind.ORDER,
        ctx.may(Dealing),
    )
    if since is not None:
        query = query.where(Dealing.occurred_on >= since, Dealing.occurred_on <= ctx.today)
    rows = await ctx.session.execute(query.group_by(Dealing.relationship))
    return {relationship: count for relationship, count in rows}


async def identities(ctx: Context, party_ids: Sequence[Any]) -> dict[Any, PartyIdentity]:
    """What is known of who the parties are."""
    checked = (
        sa.select(sa.func.count())
        .where(
            Identifier.tenant_id == Party.tenant_id,
            Identifier.party == Party.id,
            Identifier.is_checked,
            ctx.may(Identifier),
        )
        .correlate(Party)
        .scalar_subquery()
    )
    query = sa.select(Party.id, Party.name, Party.country, Party.kind, checked)
    rows = await ctx.session.execute(query.where(Party.id.in_(list(party_ids)), ctx.may(Party)))
    return {
        party: PartyIdentity(name, country, kind == PartyKind.ORGANISATION, count)
        for party, name, country, kind, count in rows
    }


async def contact_points(ctx: Context, party_ids: Sequence[Any]) -> dict[Any, int]:
    """How many ways there are to reach each party; parties without any are left out."""
    query = sa.select(ContactPoint.party, sa.func.count()).where(
        ContactPoint.party.in_(list(party_ids)), ctx.may(ContactPoint)
    )
    rows = await ctx.session.execute(query.group_by(ContactPoint.party))
    return {party: count for party, count in rows}


async def closed_on(ctx: Context, relationship_ids: Sequence[Any]) -> dict[Any, dt.datetime]:
    """When each relationship was last closed; those that never were are left out."""
    query = sa.select(StageInterval.relationship, sa.func.max(StageInterval.entered_at)).where(
        StageInterval.tenant_id == ctx.tenant_id,
        StageInterval.relationship.in_(list(relationship_ids)),
        StageInterval.stage == "DISSOLUTION",
        StageInterval.substage == "CLOSED",
    )
    rows = await ctx.session.execute(query.group_by(StageInterval.relationship))
    return {relationship: moment for relationship, moment in rows}


MODELS_OF_FORMS: Mapping[str, type[Any]] = {"user": User, "relationship": Relationship}
