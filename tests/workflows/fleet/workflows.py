"""How vehicles live."""

from collections.abc import Sequence

from tests.workflows.fleet.models import Vehicle
from xrm_core.declare import Context
from xrm_core.errors import Refusal
from xrm_workflows import Label, Move, Process, final, guard

VEHICLE = Process(
    "fleet.vehicle",
    states=["free", "lent", final("sold")],
    moves=[
        Move(
            "lend", sources=["free"], target="lent", permission="fleet.vehicle.lend",
            guards=["fleet.insured"], label=Label("Lend", "Prêter"),
        ),
        Move(
            "return", sources=["lent"], target="free", permission="fleet.vehicle.return",
            label=Label("Take back", "Reprendre"),
        ),
        Move(
            "sell", sources=["free"], target="sold", permission="fleet.vehicle.sell", reason="required",
            label=Label("Sell", "Vendre"),
        ),
    ],
    title=Label("Vehicle", "Véhicule"),
)  # fmt: skip


@guard("fleet.insured", reads=[Vehicle.insured_until])
def insured(ctx: Context, vehicles: Sequence[Vehicle]) -> list[Refusal | None]:
    """The car is insured beyond today."""
    message = "It is not insured."
    return [
        None if vehicle.insured_until > ctx.today else Refusal("fleet.not_insured", message)
        for vehicle in vehicles
    ]
