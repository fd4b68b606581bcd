"""What one can do in sales: open an opportunity, change it, move it through the pipeline and on the board."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context, Id, Input, Money, command
from xrm_core.errors import Refusal
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User
from xrm_core.money import round_half_up
from xrm_sales import repository
from xrm_sales.board import place
from xrm_sales.errors import NoCustomerRelationship, NoSuchMove, action_not_allowed
from xrm_sales.gates import ACTION_OF, gate
from xrm_sales.models import Opportunity, OpportunityKind, Origin
from xrm_sales.moves import stage_change
from xrm_sales.party import RelationshipSales
from xrm_sales.rules import (
    ForecastCategory,
    MoveRequest,
    Outcome,
    Pipeline,
    category_refusals,
    move_refusals,
    next_step_refusals,
)
from xrm_sales.workflows import event_to


class CreateOpportunity(Input):
    """A deal that may be made; without `relationship`, on the unit's customer relationship with the party."""

    title: str
    party: Id[Party]
    relationship: Id[Relationship] | None = None
    kind: OpportunityKind = OpportunityKind.NEW_BUSINESS
    origin: Origin = Origin.OUTBOUND
    amount: Money
    close_on: dt.date
    next_step: str
    next_step_on: dt.date
    owner: Id[User] | None = None
    competitor: str | None = None


@command("sales.opportunity.create")
async def create_opportunity(ctx: Context, given: CreateOpportunity) -> Opportunity:
    """Open an opportunity in the first stage, if the relationship's stage allows such an offer now."""
    edge = await _customer(ctx, given)
    answer = await gate(ctx, edge, given.kind, origin=given.origin)
    refusals = [
        *([] if answer.allowed else action_not_allowed(answer.action, edge.stage, answer.refusals)),
        *_value_refusals(given.amount, given.close_on, today=ctx.today),
        *next_step_refusals(given.next_step, given.next_step_on, today=ctx.today),
    ]
    ctx.refuse(refusals)
    first = (await repository.pipeline_of(ctx)).stages[0]
    opportunity = Opportunity(
        **given.model_dump(exclude={"amount", "relationship", "owner"}),
        amount=given.amount,
        relationship=edge.id,
        unit=edge.unit,
        owner=given.owner or ctx.actor.user_id,
        probability=first.probability,
        forecast_category=str(first.category),
        board_rank=await place(ctx, edge.unit, first.code),
        created_on=ctx.today,
    )
    ctx.add(opportunity)
    ctx.add(stage_change(opportunity, on=ctx.today))
    await ensure_standing(ctx, edge.id)
    warnings = [warning.message for warning in answer.warnings]
    ctx.emit(
        "sales.opportunity.created",
        opportunity=opportunity.id,
        action=ACTION_OF[given.kind],
        warnings=warnings,
    )
    return opportunity


class UpdateOpportunity(Input):
    """What changes about an opportunity; what is left out stays, null clears."""

    title: str | None = None
    amount: Money | None = None
    close_on: dt.date | None = None
    probability: Decimal | None = None
    forecast_category: ForecastCategory | None = None
    next_step: str | None = None
    next_step_on: dt.date | None = None
    owner: Id[User] | None = None
    competitor: str | None = None


@command("sales.opportunity.update", on=Opportunity)
async def update_opportunity(ctx: Context, opportunity: Opportunity, given: UpdateOpportunity) -> Opportunity:
    """Change an opportunity; probability and category may be set by hand until its next stage."""
    changed = given.model_fields_set
    stages = await repository.pipeline_of(ctx)
    ctx.refuse([*_required(given, changed), *_update_refusals(ctx, opportunity, given, stages)])
    for name in changed:
        value = getattr(given, name)
        setattr(opportunity, name, str(value) if isinstance(value, ForecastCategory) else value)
    return opportunity


class MoveOpportunity(Input):
    """Where an opportunity goes: into which stage, and between which neighbours of that lane of the board.

    `after` is the card above, `before` the one below; with neither, a card that changes lane goes to its end.
    Backward and back to life take a `reason`, into LOST a `lossReason`, into an open stage a dated next step.
    """

    stage: str | None = None
    after: Id[Opportunity] | None = None
    before: Id[Opportunity] | None = None
    reason: str | None = None
    loss_reason: str | None = None
    competitor: str | None = None
    next_step: str | None = None
    next_step_on: dt.date | None = None


@command("sales.opportunity.move", on=Opportunity)
async def move_opportunity(ctx: Context, opportunity: Opportunity, given: MoveOpportunity) -> Opportunity:
    """Move an opportunity through the pipeline, on the board, or both at once."""
    target = given.stage or opportunity.stage
    changes_lane = target != opportunity.stage
    if changes_lane:
        await _change_stage(ctx, opportunity, target, given)
    if changes_lane or given.after or given.before:
        opportunity.board_rank = await place(
            ctx, opportunity.unit, target, card=opportunity.id, after=given.after, before=given.before
        )
    return opportunity


async def ensure_standing(ctx: Context, relationship_id: Id[Relationship]) -> None:
    """The relationship has its place for what sales knows of it."""
    if await ctx.find(RelationshipSales, relationship_id) is None:
        ctx.add(RelationshipSales(id=relationship_id))


async def _customer(ctx: Context, given: CreateOpportunity) -> Relationship:
    """The customer relationship an offer is made on. Raises: NoCustomerRelationship, NotFound."""
    if given.relationship is None:
        found = await repository.customers_of(ctx, ctx.unit, given.party)
        if not found:
            raise NoCustomerRelationship("party")
        return found[0]
    edge = await ctx.get(Relationship, given.relationship, field="relationship")
    if edge.target != given.party:
        raise NoCustomerRelationship("relationship")
    return edge


async def _change_stage(ctx: Context, opportunity: Opportunity, target: str, given: MoveOpportunity) -> None:
    stages = await repository.pipeline_of(ctx)
    source = opportunity.stage
    request = MoveRequest(
        target=target,
        reason=given.reason or "",
        loss_reason=given.loss_reason,
        next_step=given.next_step or opportunity.next_step or "",
        next_step_on=given.next_step_on or opportunity.next_step_on,
    )
    codes = await repository.loss_reason_codes(ctx)
    ctx.refuse(move_refusals(stages, source, request, loss_reasons=codes, today=ctx.today))
    entered = stages.stage(target)
    if Outcome.OPEN not in (entered.outcome, stages.stage(source).outcome):
        raise NoSuchMove(source, target)
    is_loss = entered.outcome is Outcome.LOST
    await ctx.move(
        opportunity,
        event_to(entered),
        reason=given.loss_reason if is_loss else given.reason,
        data=_form(given, entered.outcome),
    )


def _form(given: MoveOpportunity, outcome: Outcome) -> dict[str, Any]:
    """What a move into a stage of this outcome takes."""
    forms: dict[Outcome, dict[str, Any]] = {
        Outcome.LOST: {"competitor": given.competitor, "comment": given.reason},
        Outcome.OPEN: {"next_step": given.next_step, "next_step_on": given.next_step_on},
    }
    return {name: value for name, value in forms.get(outcome, {}).items() if value is not None}


def _value_refusals(amount: Money | None, close_on: dt.date | None, *, today: dt.date) -> list[Refusal]:
    refusals = []
    if amount is not None and amount.amount <= 0:
        message = "An opportunity is worth more than nothing."
        refusals.append(Refusal("sales.amount_not_positive", message, "amount"))
    if close_on is not None and close_on < today:
        message = "The day it is expected to close lies in the past."
        refusals.append(Refusal("sales.close_date_past", message, "closeOn"))
    return refusals


def _required(given: UpdateOpportunity, changed: set[str]) -> list[Refusal]:
    needed = {"title", "amount", "close_on", "probability", "forecast_category"}
    return [
        Refusal("core.required", f"{name} is required.", name)
        for name in sorted(changed & needed)
        if getattr(given, name) is None
    ]


def _update_refusals(
    ctx: Context, opportunity: Opportunity, given: UpdateOpportunity, stages: Pipeline
) -> Sequence[Refusal]:
    outcome = stages.stage(opportunity.stage).outcome
    refusals = _value_refusals(given.amount, given.close_on, today=ctx.today)
    if outcome is not Outcome.OPEN and given.model_fields_set & {"amount", "close_on", "probability"}:
        message = "It is closed: reopen it to change what it is worth."
        refusals.append(Refusal("sales.opportunity_closed", message, "id"))
    if given.probability is not None and not 0 <= round_half_up(given.probability, 6) <= 1:
        message = "A probability is a fraction from 0 to 1."
        refusals.append(Refusal("sales.probability_out_of_range", message, "probability"))
    if given.forecast_category is not None:
        refusals += category_refusals(given.forecast_category, outcome)
    if outcome is Outcome.OPEN and given.model_fields_set & {"next_step", "next_step_on"}:
        step = given.next_step if "next_step" in given.model_fields_set else opportunity.next_step
        day = given.next_step_on if "next_step_on" in given.model_fields_set else opportunity.next_step_on
        refusals += next_step_refusals(step or "", day, today=ctx.today)
    return refusals
