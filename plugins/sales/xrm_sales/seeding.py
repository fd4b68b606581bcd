"""Reference data that comes with the plugin, and its part of made-up books."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, Decimal
from typing import Any

from xrm_core.data.generate.books import Books
from xrm_core.data.generate.books import Opportunity as Record
from xrm_core.declare import Context
from xrm_core.ids import Id, derived_id
from xrm_core.money import Money
from xrm_sales.models import LossReason, Opportunity, PipelineStage, Quota
from xrm_sales.moves import stage_change
from xrm_sales.party import RelationshipSales
from xrm_sales.rules import rebalanced
from xrm_sales.shipped import rows, shipped_pipeline
from xrm_sales.workflows import OPPORTUNITY
from xrm_workflows.decision import imported_interval
from xrm_workflows.records import interval_row

_QUOTA_STEP = Decimal(10_000)
Customers = Mapping[str, tuple[Id[Any], Id[Any]]]


async def seed_reference(ctx: Context) -> None:
    """The pipeline's stages and the loss reasons are there; what is there already stays as it is."""
    for stage in shipped_pipeline().stages:
        key = derived_id(ctx.tenant_id, PipelineStage.__resource__, stage.code)
        if await ctx.find(PipelineStage, key) is None:
            ctx.add(
                PipelineStage(
                    id=key,
                    code=stage.code,
                    position=stage.order,
                    probability=stage.probability,
                    forecast_category=str(stage.category),
                    outcome=str(stage.outcome),
                    name_en=stage.names["en"],
                    name_fr=stage.names["fr"],
                    exit_criteria_en=stage.exit_criteria["en"],
                    exit_criteria_fr=stage.exit_criteria["fr"],
                )
            )
    for row in rows("loss_reasons"):
        key = derived_id(ctx.tenant_id, LossReason.__resource__, row["code"])
        if await ctx.find(LossReason, key) is None:
            ctx.add(LossReason(id=key, code=row["code"], name_en=row["name_en"], name_fr=row["name_fr"]))


async def load_books(ctx: Context, books: Books, customers: Customers) -> None:
    """Every opportunity of the books is there in its stage, and the present quarter has a quota."""
    lanes: dict[str, list[Record]] = {}
    for record in books.opportunities:
        lanes.setdefault(record.stage, []).append(record)
    standing = set()
    for lane in lanes.values():
        for record, rank in zip(lane, rebalanced(len(lane)), strict=True):
            party, relationship = customers[record.customer_no]
            opportunity = _opportunity(ctx, record, (party, relationship), rank)
            entered_on = record.closed_on or record.created_on
            ctx.add(opportunity, stage_change(opportunity, on=entered_on), _life(opportunity, entered_on))
            standing.add(relationship)
    for relationship in standing:
        if await ctx.find(RelationshipSales, relationship) is None:
            ctx.add(RelationshipSales(id=relationship))
    _add_quota(ctx, books)


def _opportunity(ctx: Context, record: Record, customer: tuple[Id[Any], Id[Any]], rank: str) -> Opportunity:
    party, relationship = customer
    return Opportunity(
        id=derived_id(ctx.tenant_id, "demo", ctx.unit, "opportunity", record.opportunity_no),
        title=record.title,
        party=party,
        relationship=relationship,
        unit=ctx.unit,
        amount=Money(record.amount, record.currency),
        close_on=record.close_on,
        stage=record.stage,
        probability=record.probability,
        forecast_category=record.forecast_category,
        next_step=record.next_step or None,
        next_step_on=record.next_step_on,
        loss_reason=record.loss_reason or None,
        competitor=record.competitor or None,
        board_rank=rank,
        created_on=record.created_on,
        closed_on=record.closed_on,
    )


def _life(opportunity: Opportunity, entered_on: date) -> Any:
    """The history of an opportunity that comes in in its stage."""
    at = datetime.combine(entered_on, time.min, UTC)
    opened = imported_interval(OPPORTUNITY, opportunity.stage, at=at, evidence={"source": "made-up books"})
    return interval_row(Opportunity.__resource__, opportunity.id, opened)


def _add_quota(ctx: Context, books: Books) -> None:
    """A quota a little above what is likely, so that there is something to attain."""
    period, answers = next(iter(books.totals["pipeline"]["periods"].items()))
    likely = Decimal(answers["best_case"])
    amount = (likely / _QUOTA_STEP).to_integral_value(ROUND_CEILING) * _QUOTA_STEP + _QUOTA_STEP
    ctx.add(
        Quota(
            id=derived_id(ctx.tenant_id, "demo", ctx.unit, "quota", period),
            unit=ctx.unit,
            period=period,
            amount=Money(amount, books.totals["currency"]),
        )
    )
