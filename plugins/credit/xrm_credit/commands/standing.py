"""What our unit grants a customer: limit, hold, and leave to send letters."""

import datetime as dt
from typing import Any

from xrm_core.declare import Context, Id, Input, Money, command
from xrm_core.errors import Forbidden, Refusal
from xrm_core.graph.relationship import Relationship
from xrm_credit import repository
from xrm_credit.errors import NotACustomer, NotTheOwner
from xrm_credit.party import CreditStanding, Hold


class SetCreditLimit(Input):
    """What may be owed at most on the relationship, until when (null: until changed), and why; null takes it away."""

    relationship_id: Id[Relationship]
    limit: Money | None
    valid_to: dt.date | None = None
    reason: str


class SetCreditHold(Input):
    """What the relationship may still do, and why."""

    relationship_id: Id[Relationship]
    hold: Hold
    reason: str


class ReleaseDunning(Input):
    """Up to which level letters may go, once."""

    relationship_id: Id[Relationship]
    level: int


@command("credit.standing.set_limit")
async def set_credit_limit(ctx: Context, given: SetCreditLimit) -> Relationship:
    """Set the credit limit of a relationship (rules.md R-B-31)."""
    edge, standing = await _standing(ctx, given.relationship_id, "set_limit")
    ctx.refuse(_limit_refusals(given, ctx.today) + _reason_refusals(given.reason))
    standing.limit, standing.limit_valid_to = given.limit, given.valid_to
    if given.limit is not None:
        standing.currency = given.limit.currency
    ctx.emit("credit.limit.set", relationship=str(edge.id), reason=given.reason)
    return edge


@command("credit.standing.set_hold")
async def set_credit_hold(ctx: Context, given: SetCreditHold) -> Relationship:
    """Put a relationship on hold, or lift its hold (rules.md R-B-41)."""
    edge, standing = await _standing(ctx, given.relationship_id, "set_hold")
    ctx.refuse(_reason_refusals(given.reason))
    put_on_hold(standing, given.hold, given.reason, on=ctx.today)
    ctx.emit("credit.hold.set", relationship=str(edge.id), hold=str(given.hold), reason=given.reason)
    return edge


@command("credit.standing.release")
async def release_dunning(ctx: Context, given: ReleaseDunning) -> Relationship:
    """Let letters up to a level go to a customer whose letters wait for the owner (rules.md R-B-63).

    It holds for the next letter only.
    """
    edge, standing = await _standing(ctx, given.relationship_id, "release")
    if ctx.actor.user_id is None or edge.owner != ctx.actor.user_id:
        raise NotTheOwner
    standing.dunning_released_to = given.level
    return edge


async def keep_standing(ctx: Context, edge: Relationship) -> CreditStanding:
    """The standing of a relationship, begun if it is not there."""
    found = (await repository.standings(ctx, [edge.id])).get(edge.id)
    if found is None:
        found = CreditStanding(id=edge.id, unit=edge.unit)
        ctx.add(found)
    return found


def put_on_hold(standing: CreditStanding, hold: Hold, reason: str, *, on: dt.date) -> None:
    """The standing has this hold from the day on; NONE leaves no reason behind."""
    standing.hold = hold
    standing.hold_reason = None if hold is Hold.NONE else reason
    standing.hold_since = None if hold is Hold.NONE else on


async def _standing(ctx: Context, edge_id: Any, action: str) -> tuple[Relationship, CreditStanding]:
    edge = await ctx.get(Relationship, edge_id, field="relationshipId")
    if edge.unit is None:
        raise NotACustomer("relationshipId")
    standing = await keep_standing(ctx, edge)
    await ctx.session.flush()
    if not await ctx.visible(CreditStanding, [edge.id], action=action):
        raise Forbidden("You may not change the credit of this relationship.")
    return edge, standing


def _limit_refusals(given: SetCreditLimit, today: dt.date) -> list[Refusal]:
    refusals = []
    if given.limit is not None and given.limit.amount < 0:
        refusals.append(Refusal("credit.limit_negative", "A limit is zero or more.", "limit"))
    if given.valid_to is not None and given.valid_to < today:
        text = f"{given.valid_to.isoformat()} is over: an expired limit gives no credit."
        refusals.append(Refusal("credit.limit_expired", text, "validTo"))
    return refusals


def _reason_refusals(reason: str) -> list[Refusal]:
    return [] if reason.strip() else [Refusal("credit.reason_required", "Say why.", "reason")]
