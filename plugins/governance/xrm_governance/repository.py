"""The facts behind the figures, added up by the database; every question carries what the asker may see."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import DateType
from xrm_core.declare import Context, Id, days
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship, RelationshipStage, RelationshipType
from xrm_governance.models import Report, ReportIssue
from xrm_workflows.models import StageInterval


class Subject(StrEnum):
    """Whose amounts are counted: what customers were invoiced, or what suppliers were paid."""

    CUSTOMER = "CUSTOMER"
    SUPPLIER = "SUPPLIER"


# Amounts without VAT where a source has them; credits and returns are negative in their source.
KINDS = {
    Subject.CUSTOMER: (DealingKind.INVOICE, DealingKind.CREDIT, DealingKind.RETURN),
    Subject.SUPPLIER: (DealingKind.PAYMENT, DealingKind.CREDIT),
}
# What shows that a customer bought.
PURCHASE = DealingKind.INVOICE
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Which dealings count: days from the first to the last, of one unit of ours or of all."""

    first: dt.date
    last: dt.date
    unit: Id[Any] | None = None


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was done with one party, in one currency and, if asked for, one category."""

    party: Id[Party]
    currency: str
    category: str | None
    amount: Decimal
    dealings: int
    repeated: int
    first_on: dt.date
    last_on: dt.date


async def turnover(
    ctx: Context, subject: Subject, window: Window, *, by_category: bool = False
) -> list[Turnover]:
    """One row for each party and currency, summed by the database."""
    d = REGISTRY.of(Dealing).table.c
    category = d.category if by_category else sa.null().label("category")
    groups = [d.party_id, d.amount_currency, *([d.category] if by_category else [])]
    query = sa.select(
        d.party_id,
        d.amount_currency,
        category,
        sa.func.sum(d.amount),
        sa.func.count(),
        sa.func.sum(sa.case((d.possible_duplicate, 1), else_=0)),
        sa.func.min(d.occurred_on),
        sa.func.max(d.occurred_on),
    ).where(*_counted(ctx, subject, window))
    found = await ctx.session.execute(query.group_by(*groups).order_by(*groups))
    return [Turnover(*row) for row in found]


async def by_day(ctx: Context, subject: Subject, window: Window) -> list[tuple[dt.date, str, Decimal]]:
    """The amount of each day and currency, in order."""
    d = REGISTRY.of(Dealing).table.c
    groups = (d.occurred_on, d.amount_currency)
    query = sa.select(*groups, sa.func.sum(d.amount)).where(*_counted(ctx, subject, window))
    found = await ctx.session.execute(query.group_by(*groups).order_by(*groups))
    return [(row[0], row[1], row[2]) for row in found]


async def purchase_days(ctx: Context, until: dt.date, unit: Id[Any] | None) -> dict[Any, list[dt.date]]:
    """The days on which each customer bought, up to a day, in order."""
    d = REGISTRY.of(Dealing).table.c
    window = Window(dt.date.min, until, unit)
    bought = (
        sa.select(d.party_id, d.occurred_on)
        .where(*_counted(ctx, Subject.CUSTOMER, window), d.kind == PURCHASE)
        .distinct()
        .subquery()
    )
    # One row a customer, its days in one text, as numbers: a date's text depends on the server's settings.
    number = sa.cast(days(sa.literal(_EPOCH, DateType()), bought.c.occurred_on), sa.Text)
    joined = sa.func.aggregate_strings(number, ",")
    query = sa.select(bought.c.party_id, joined).group_by(bought.c.party_id).order_by(bought.c.party_id)
    return {
        row[0]: [_EPOCH + dt.timedelta(number) for number in sorted(map(int, row[1].split(",")))]
        for row in await ctx.session.execute(query)
    }


async def loss_reasons(ctx: Context, until: dt.date, unit: Id[Any] | None) -> dict[Any, str | None]:
    """Why the customer relationship of a party last ended, for those that did by the day."""
    s, r = StageInterval, Relationship
    end_of_day = dt.datetime.combine(until + dt.timedelta(1), dt.time.min, dt.UTC)
    query = (
        sa.select(r.target, s.reason)
        .join(r, sa.and_(r.tenant_id == s.tenant_id, r.id == s.relationship))
        .where(
            ctx.may(s),
            *_edges(ctx, Subject.CUSTOMER, unit),
            s.stage == RelationshipStage.DISSOLUTION,
            s.entered_at < end_of_day,
        )
        .order_by(s.entered_at, s.id)
    )
    return {row[0]: row[1] for row in await ctx.session.execute(query)}


async def without_relationship(ctx: Context, subject: Subject, window: Window) -> int:
    """Dealings of these kinds that hang on no relationship: whose they are cannot be said."""
    d = Dealing
    query = sa.select(sa.func.count()).where(
        ctx.may(d), d.relationship.is_(None), d.kind.in_(KINDS[subject]), *_within(window)
    )
    return int((await ctx.session.execute(query)).scalar_one())


async def names(ctx: Context, ids: Collection[Any]) -> dict[Any, str]:
    """What these parties are called."""
    query = sa.select(Party.id, Party.name).where(ctx.may(Party), Party.id.in_(list(ids)))
    return {row[0]: row[1] for row in await ctx.session.execute(query)}


async def report(ctx: Context, *, id: Id[Any] | None = None, code: str = "") -> Report | None:
    """The report with that id or code."""
    query = sa.select(Report).where(ctx.may(Report), Report.code == code if id is None else Report.id == id)
    return (await ctx.session.scalars(query)).one_or_none()


async def same_issue(ctx: Context, issue: ReportIssue) -> ReportIssue | None:
    """An earlier issue of the report with the same figures in the same language."""
    known = ReportIssue
    query = sa.select(known).where(
        ctx.may(known),
        known.report == issue.report,
        known.unit == issue.unit,
        known.language == issue.language,
        known.period == issue.period,
        known.content_sha256 == issue.content_sha256,
    )
    return (await ctx.session.scalars(query.order_by(known.id).limit(1))).one_or_none()


def _counted(ctx: Context, subject: Subject, window: Window) -> list[Any]:
    """The conditions on a dealing that counts."""
    d, r = Dealing, Relationship
    edges = sa.select(r.id).where(*_edges(ctx, subject, window.unit))
    return [ctx.may(d), d.relationship.in_(edges), d.kind.in_(KINDS[subject]), *_within(window)]


def _within(window: Window) -> list[Any]:
    span = [Dealing.occurred_on >= window.first, Dealing.occurred_on <= window.last]
    return span if window.unit is None else [*span, Dealing.unit == window.unit]


def _edges(ctx: Context, subject: Subject, unit: Id[Any] | None) -> list[Any]:
    """The conditions on a relationship of the subject's type."""
    r, kind = Relationship, RelationshipType
    of_type = sa.select(kind.id).where(ctx.may(kind), kind.code == subject.value)
    conditions = [ctx.may(r), r.type.in_(of_type)]
    return conditions if unit is None else [*conditions, r.unit == unit]
