"""What sales asks of the database; every question carries what the asker may see."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from xrm_core.declare import Context, Id
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship, RelationshipType
from xrm_core.money import Money
from xrm_sales.models import LossReason, Opportunity, PipelineStage, Quota
from xrm_sales.rules import ForecastCategory, Outcome, Pipeline
from xrm_sales.rules import PipelineStage as Stage

CUSTOMER = "CUSTOMER"


@dataclass(frozen=True, slots=True)
class Sized:
    """An opportunity as a forecast reads it; `close_on` is the day it closed, or is expected to."""

    id: Id[Opportunity]
    amount: Money
    probability: Decimal
    category: str
    stage: str
    close_on: dt.date


async def pipeline_of(ctx: Context) -> Pipeline:
    """The pipeline's stages as they stand in this installation."""
    found = await ctx.session.scalars(
        sa.select(PipelineStage)
        .where(PipelineStage.tenant_id == ctx.tenant_id, ctx.may(PipelineStage))
        .order_by(PipelineStage.position)
    )
    stages = [
        Stage(
            code=one.code,
            order=one.position,
            probability=one.probability,
            category=ForecastCategory(one.forecast_category),
            outcome=Outcome(one.outcome),
            names={"en": one.name_en, "fr": one.name_fr},
            exit_criteria={"en": one.exit_criteria_en, "fr": one.exit_criteria_fr},
        )
        for one in found
    ]
    return Pipeline(tuple(stages))


async def loss_reason_codes(ctx: Context) -> frozenset[str]:
    """The loss reasons there are."""
    found = await ctx.session.scalars(sa.select(LossReason.code).where(ctx.may(LossReason)))
    return frozenset(found)


async def relationships(ctx: Context, ids: Collection[Any]) -> list[Relationship]:
    """The relationships with these ids."""
    return await _edges(ctx, Relationship.id.in_(list(ids)))


async def managed_with(ctx: Context, parties: Collection[Any]) -> list[Relationship]:
    """Every managed relationship that holds today from any of our units to one of these parties."""
    return await _edges(
        ctx, Relationship.target.in_(list(parties)), RelationshipType.managed, *_held_on(ctx.today)
    )


async def customers_of(ctx: Context, unit: Id[Any] | None, party: Id[Party]) -> list[Relationship]:
    """The customer relationships of the unit with the party that hold today: one, if all is well."""
    return await _edges(
        ctx,
        Relationship.target == party,
        Relationship.unit == unit,
        RelationshipType.code == CUSTOMER,
        *_held_on(ctx.today),
    )


async def _edges(ctx: Context, *wanted: Any) -> list[Relationship]:
    r, kind = Relationship, RelationshipType
    query = (
        sa.select(r)
        .join(kind, sa.and_(kind.tenant_id == r.tenant_id, kind.id == r.type))
        .where(ctx.may(r), ctx.may(kind), *wanted)
        .order_by(r.id)
    )
    return list(await ctx.session.scalars(query))


def _held_on(day: dt.date) -> tuple[Any, Any]:
    r = Relationship
    return (
        sa.or_(r.valid_from.is_(None), r.valid_from <= day),
        sa.or_(r.valid_to.is_(None), r.valid_to > day),
    )


async def lane(ctx: Context, unit: Id[Any] | None, stage: str) -> list[tuple[Id[Opportunity], str]]:
    """The cards of a lane of the board from first to last, with their ranks."""
    o = Opportunity
    query = (
        sa.select(o.id, o.board_rank)
        .where(ctx.may(o), o.unit == unit, o.stage == stage)
        .order_by(o.board_rank, o.id)
    )
    return [(row[0], row[1]) for row in await ctx.session.execute(query)]


async def rank_cards(ctx: Context, ranks: Mapping[Id[Opportunity], str]) -> None:
    """These cards stand at these ranks; nobody's version changes, since nothing about the deals does."""
    table: Any = Opportunity.__table__
    statement = (
        sa.update(table)
        .where(table.c.tenant_id == ctx.tenant_id, table.c.id == sa.bindparam("card"))
        .values(board_rank=sa.bindparam("rank"))
    )
    connection = await ctx.session.connection()
    await connection.execute(statement, [{"card": card, "rank": rank} for card, rank in ranks.items()])


async def to_forecast(ctx: Context, first: dt.date, last: dt.date, team: Id[Any] | None) -> list[Sized]:
    """Opportunities won in the span, and all open ones that were to close by its end, late ones included."""
    o = REGISTRY.of(Opportunity).table.c
    counts = sa.or_(
        sa.and_(o.closed_on.is_(None), o.close_on <= max(last, ctx.today)),
        sa.and_(o.closed_on >= first, o.closed_on <= last),
    )
    closes_on = sa.func.coalesce(o.closed_on, o.close_on, type_=o.close_on.type)
    query = sa.select(
        o.id, o.amount, o.amount_currency, o.probability, o.forecast_category, o.stage, closes_on
    ).where(ctx.may(Opportunity), counts)
    if team is not None:
        query = query.where(o.unit_id == team)
    return [
        Sized(row[0], Money(row[1], row[2]), *row[3:])
        for row in await ctx.session.execute(query.order_by(o.id))
    ]


async def quotas(ctx: Context, period: str, team: Id[Any] | None) -> list[Money]:
    """The quotas of a period, of one team or of all."""
    query = sa.select(Quota).where(ctx.may(Quota), Quota.period == period)
    if team is not None:
        query = query.where(Quota.unit == team)
    return [quota.amount for quota in await ctx.session.scalars(query)]


async def last_orders(ctx: Context, ids: Sequence[Any]) -> dict[Any, dt.date]:
    """The day of the last order on each of these relationships."""
    d = Dealing
    query = (
        sa.select(d.relationship, sa.func.max(d.occurred_on))
        .where(ctx.may(d), d.relationship.in_(list(ids)), d.kind == DealingKind.ORDER)
        .group_by(d.relationship)
    )
    return {row[0]: row[1] for row in await ctx.session.execute(query)}


async def deliveries_went_well(ctx: Context, ids: Sequence[Any]) -> dict[Any, bool]:
    """Whether nothing came back since the last delivery, for each relationship that had one."""
    d = Dealing
    query = (
        sa.select(d.relationship, d.kind, sa.func.max(d.occurred_on))
        .where(
            ctx.may(d),
            d.relationship.in_(list(ids)),
            d.kind.in_([DealingKind.DELIVERY, DealingKind.RETURN]),
        )
        .group_by(d.relationship, d.kind)
    )
    last = {(row[0], row[1]): row[2] for row in await ctx.session.execute(query)}
    return {
        edge: last.get((edge, DealingKind.RETURN), dt.date.min) < day
        for (edge, kind), day in last.items()
        if kind == DealingKind.DELIVERY
    }


async def next_steps(ctx: Context, ids: Sequence[Any]) -> dict[Any, tuple[str, dt.date | None]]:
    """The step that comes first among the open opportunities of each of these relationships."""
    o = Opportunity
    query = (
        sa.select(o.relationship, o.next_step, o.next_step_on)
        .where(ctx.may(o), o.relationship.in_(list(ids)), o.closed_on.is_(None), o.next_step.is_not(None))
        .order_by(
            sa.func.coalesce(o.next_step_on, dt.date.max, type_=o.next_step_on.type).desc(), o.id.desc()
        )
    )
    # The last one written wins, and that is the one that comes first.
    return {row[0]: (row[1] or "", row[2]) for row in await ctx.session.execute(query)}
