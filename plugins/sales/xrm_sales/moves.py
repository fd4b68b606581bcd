"""Opportunities entering stages: what follows a move, and the trace it leaves (rules.md D1, D2)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from xrm_core.declare import Context
from xrm_sales import repository
from xrm_sales.models import Opportunity, OpportunityStageChange
from xrm_sales.rules import MoveRequest, Outcome, StageMove, move_refusals, stage_move


async def follow_move(
    ctx: Context, opportunity: Opportunity, source: str, reason: str | None, data: Mapping[str, Any]
) -> None:
    """After a move: probability and category are the new stage's, the loss or the next step is noted.

    `data` is the move's form; of a loss the reason is its code. Raises: Refused, with every reason.
    """
    stages = await repository.pipeline_of(ctx)
    outcome = stages.stage(opportunity.stage).outcome
    request = MoveRequest(
        target=opportunity.stage,
        reason=reason or "",
        loss_reason=reason if outcome is Outcome.LOST else None,
        next_step=data.get("next_step") or opportunity.next_step or "",
        next_step_on=data.get("next_step_on") or opportunity.next_step_on,
    )
    codes = await repository.loss_reason_codes(ctx)
    ctx.refuse(move_refusals(stages, source, request, loss_reasons=codes, today=ctx.today))
    made = stage_move(stages, source, opportunity.stage)
    opportunity.probability, opportunity.forecast_category = made.probability, str(made.category)
    if outcome is Outcome.OPEN:
        opportunity.next_step, opportunity.next_step_on = request.next_step, request.next_step_on
        opportunity.closed_on = None
    else:
        opportunity.next_step = opportunity.next_step_on = None
        opportunity.closed_on = ctx.today
    opportunity.loss_reason = request.loss_reason
    opportunity.competitor = data.get("competitor") or opportunity.competitor
    ctx.add(stage_change(opportunity, on=ctx.today, made=made))


def stage_change(
    opportunity: Opportunity, *, on: dt.date, made: StageMove | None = None
) -> OpportunityStageChange:
    """The trace of an opportunity entering its present stage; without a move, its first one."""
    return OpportunityStageChange(
        opportunity=opportunity.id,
        unit=opportunity.unit,
        source=made.source if made else None,
        stage=opportunity.stage,
        direction=made.direction if made else None,
        passed=list(made.passed) if made else [],
        amount=opportunity.amount,
        probability=opportunity.probability,
        forecast_category=opportunity.forecast_category,
        changed_on=on,
    )
