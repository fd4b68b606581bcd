"""What one can do with machines."""

from decimal import Decimal

import sqlalchemy as sa

from tests.core.probe.models import ProbeMachine
from tests.core.probe.shapes import ProbeLine, ProbeNote, ProbeSheet
from xrm_core.declare import Context, Id, Input, Money, command
from xrm_core.errors import Refusal
from xrm_core.graph.party import Party


class RenameMachine(Input):
    """A new name."""

    name: str


@command("probe.machine.rename", on=ProbeMachine)
async def rename_probe_machine(ctx: Context, machine: ProbeMachine, given: RenameMachine) -> ProbeMachine:
    """Give a machine another name."""
    if given.name == "forbidden":
        ctx.refuse([Refusal("probe.forbidden_name", "This name is forbidden.", "name")])
    if given.name == "broken":
        raise ZeroDivisionError("SELECT secret FROM /srv/private")
    machine.name = given.name
    return machine


class CountSheet(Input):
    """Which parties."""

    parties: list[Id[Party]]


@command("probe.sheet.count")
async def count_probe_sheet(ctx: Context, given: CountSheet) -> ProbeSheet:
    """A sheet with these parties, whether or not one may see them."""
    lines = [
        ProbeLine(party=party, other=party, amount=Money(Decimal("1.10"), "EUR"), data={"n": Decimal("2.5")})
        for party in given.parties
    ]
    return ProbeSheet(
        id="sheet", lines=lines, parties=list(given.parties), note=ProbeNote("said", Decimal(2))
    )


@command("probe.sheet.unseen")
async def list_unseen(ctx: Context) -> ProbeSheet:
    """A sheet of every party there is: what the asker may not see is not on it."""
    found = (await ctx.session.scalars(sa.select(Party.id).order_by(Party.id))).all()
    return ProbeSheet(id="unseen", lines=[], parties=list(found))
