"""What one can do with vehicles."""

import datetime as dt

from tests.workflows.fleet.models import Vehicle
from xrm_core.declare import Context, Id, Input, command
from xrm_core.errors import Refusal
from xrm_core.graph.party import Party


class LendVehicle(Input):
    """To whom, and until when."""

    party: Id[Party]
    until: dt.date


@command("fleet.vehicle.lend", on=Vehicle, move="lend")
async def lend_vehicle(ctx: Context, vehicle: Vehicle, given: LendVehicle) -> None:
    """Lend the car to a partner."""
    if given.until < ctx.today:
        ctx.refuse([Refusal("fleet.until_past", "It is to come back in the past.", "until")])
    vehicle.lent_to, vehicle.due_on = given.party, given.until
