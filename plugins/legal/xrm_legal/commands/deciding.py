"""Deciding on contracts: approvals, and derogations from our standard; never on one's own request (R-0-09)."""

import datetime as dt
from enum import StrEnum

from pydantic import Field

from xrm_core.declare import Context, Input, command
from xrm_core.errors import Refusal
from xrm_legal import repository
from xrm_legal.errors import AlreadyDecided, ContentUnfit, NotDerogatory, OwnRequest
from xrm_legal.models import (
    ClauseDerogation,
    Contract,
    ContractApproval,
    ContractClause,
    Obligation,
)
from xrm_legal.rules import change_refusals
from xrm_legal.sheet import NEEDED_APPROVALS, text_sha256


class ApproveContract(Input):
    """What the approver adds."""

    comment: str | None = Field(default=None, max_length=4_000)
    allow_retroactive: bool = Field(default=False, description="It may take effect before it is signed.")


@command("legal.contract.approve", on=Contract, move="approve")
async def approve_contract(ctx: Context, contract: Contract, given: ApproveContract) -> Contract:
    """Approve the content as it is now; any change of it afterwards makes the approval void (rules.md C5)."""
    sealed, unfit = (await repository.sheet(ctx, contract)).seal()
    if sealed is None:
        raise ContentUnfit(unfit)
    for kind in NEEDED_APPROVALS:
        ctx.add(
            ContractApproval(
                contract=contract.id,
                unit=contract.unit,
                kind=kind,
                approver=ctx.actor.user_id,
                is_approved=True,
                content_sha256=sealed,
                decided_at=ctx.now,
                comment=given.comment,
            )
        )
    contract.content_sha256 = contract.approved_sha256 = sealed
    contract.is_retroactivity_approved = given.allow_retroactive
    return contract


class RequestDerogation(Input):
    """Why the clause should depart from our standard, and until when."""

    justification: str = Field(min_length=1, max_length=4_000)
    expires_on: dt.date | None = Field(default=None, description="The last day it shall hold; null: no end.")


@command("legal.contract_clause.request_derogation", on=ContractClause)
async def request_derogation(
    ctx: Context, clause: ContractClause, given: RequestDerogation
) -> ClauseDerogation:
    """Ask for a decision on a derogatory clause, in the words it now has (rules.md R-C-11)."""
    contract = await ctx.get(Contract, clause.contract)
    refusals = change_refusals(contract.state)
    if given.expires_on is not None and given.expires_on < ctx.today:
        refusals.append(Refusal("legal.expired_already", "It would have expired already.", "expiresOn"))
    ctx.refuse(refusals)
    if clause.position != "DEROGATORY":
        raise NotDerogatory(clause.key)
    derogation = ClauseDerogation(
        contract=clause.contract,
        contract_clause=clause.id,
        unit=clause.unit,
        clause_key=clause.key,
        text_sha256=text_sha256(clause.text),
        justification=given.justification,
        requested_by=ctx.actor.user_id,
        requested_on=ctx.today,
        expires_on=given.expires_on,
    )
    ctx.add(derogation)
    ctx.emit("legal.derogation.requested", derogation=derogation.id, contract=contract.id, clause=clause.key)
    return derogation


class DerogationDecision(StrEnum):
    """What can be decided on a derogation."""

    APPROVED = "APPROVED"
    APPROVED_WITH_CONDITIONS = "APPROVED_WITH_CONDITIONS"
    REJECTED = "REJECTED"


class DecideClauseDerogation(Input):
    """The decision, its conditions and its last day."""

    decision: DerogationDecision
    conditions: str | None = Field(default=None, max_length=4_000)
    expires_on: dt.date | None = Field(
        default=None, description="The last day it holds; as requested, if not said."
    )


@command("legal.derogation.decide", on=ClauseDerogation)
async def decide_clause_derogation(
    ctx: Context, derogation: ClauseDerogation, given: DecideClauseDerogation
) -> ClauseDerogation:
    """Decide on a derogation that somebody else asked for; conditions become obligations (rules.md R-C-12)."""
    if derogation.decision is not None:
        raise AlreadyDecided
    if ctx.actor.user_id is None or derogation.requested_by == ctx.actor.user_id:
        raise OwnRequest
    ctx.refuse(_incomplete(given, ctx.today))
    year = ctx.today.year
    number = await ctx.number("legal.derogation", unit=derogation.unit, year=year)
    code = await repository.unit_code(ctx, derogation.unit) if derogation.unit else "XRM"
    derogation.decision = str(given.decision)
    derogation.decision_number = f"DER-{code}-{year}-{number:04d}"
    derogation.decided_by, derogation.decided_on = ctx.actor.user_id, ctx.today
    derogation.conditions = given.conditions
    derogation.expires_on = given.expires_on or derogation.expires_on
    contract = await ctx.get(Contract, derogation.contract, lock=True)
    if given.decision is DerogationDecision.APPROVED_WITH_CONDITIONS:
        ctx.add(_condition(contract, given.conditions or ""))
    if given.decision is DerogationDecision.REJECTED and contract.state == "PENDING_APPROVAL":
        await ctx.move(contract, "send_back", reason=f"{derogation.decision_number} was rejected.")
    ctx.emit("legal.derogation.decided", derogation=derogation.id, decision=derogation.decision)
    return derogation


def _incomplete(given: DecideClauseDerogation, today: dt.date) -> list[Refusal]:
    refusals = []
    if given.decision is DerogationDecision.APPROVED_WITH_CONDITIONS and not given.conditions:
        refusals.append(Refusal("legal.conditions_missing", "Say under which conditions.", "conditions"))
    if given.expires_on is not None and given.expires_on < today:
        refusals.append(Refusal("legal.expired_already", "It would have expired already.", "expiresOn"))
    return refusals


def _condition(contract: Contract, text: str) -> Obligation:
    return Obligation(
        contract=contract.id, party=contract.party, unit=contract.unit, side="THEM", text=text, status="OPEN"
    )
