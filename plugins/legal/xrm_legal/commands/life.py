"""The life of a contract once signed: in force, obligations kept, ended; and its deadlines, rebuilt."""

import datetime as dt
from dataclasses import dataclass

from pydantic import Field

from xrm_core.declare import Context, Input, command
from xrm_legal import repository
from xrm_legal.commands.terms import time_of, write_deadlines
from xrm_legal.models import BINDING, Contract, Obligation
from xrm_legal.rules import Side
from xrm_legal.rules.termination import TerminationKind, termination_refusals


@command("legal.contract.activate", on=Contract, move="activate")
async def activate_contract(ctx: Context, contract: Contract) -> Contract:
    """Put the contract in force once its day has come; an amendment then replaces what it amends (C9)."""
    if contract.amends is not None:
        master = await ctx.get(Contract, contract.amends, lock=True)
        if master.state in BINDING:
            await ctx.move(master, "supersede")
    return contract


class TerminateContract(Input):
    """How, why and on which day the contract ends."""

    on: dt.date = Field(description="The last day it holds.")
    kind: TerminationKind = TerminationKind.CONVENIENCE
    reason: str = Field(min_length=1, max_length=4_000)


@command("legal.contract.terminate", on=Contract, move="terminate")
async def terminate_contract(ctx: Context, contract: Contract, given: TerminateContract) -> Contract:
    """End the contract before its term; at convenience only with the notice it provides for (rules.md C8, C9)."""
    ctx.refuse(termination_refusals(time_of(contract), kind=given.kind, on=given.on, today=ctx.today))
    contract.terminated_on, contract.termination_kind = given.on, str(given.kind)
    ctx.emit("legal.contract.ended", contract=contract.id, party=contract.party, on=given.on)
    return contract


class AddObligation(Input):
    """Who owes what, by when."""

    side: Side
    text: str = Field(min_length=1, max_length=4_000)
    due_on: dt.date | None = None


@command("legal.contract.add_obligation", on=Contract)
async def add_obligation(ctx: Context, contract: Contract, given: AddObligation) -> Obligation:
    """Note something that the contract obliges one side to do."""
    obligation = Obligation(
        contract=contract.id,
        party=contract.party,
        unit=contract.unit,
        side=str(given.side),
        text=given.text,
        due_on=given.due_on,
    )
    ctx.add(obligation)
    return obligation


@command("legal.obligation.complete", on=Obligation, flat=True)
async def complete_obligation(ctx: Context, obligation: Obligation) -> Obligation:
    """The obligation was met."""
    if obligation.status != "DONE":
        obligation.status, obligation.done_on = "DONE", ctx.today
    return obligation


@dataclass(frozen=True, slots=True)
class DeadlinesRebuilt:
    """How many contracts had their deadlines written anew."""

    contracts: int


@command("legal.deadline.rebuild", flat=True)
async def rebuild_deadlines(ctx: Context) -> DeadlinesRebuilt:
    """Write the deadlines of all contracts in force anew, ten years ahead from today."""
    contracts = await repository.binding_contracts(ctx)
    for contract in contracts:
        await write_deadlines(ctx, contract)
    return DeadlinesRebuilt(len(contracts))
