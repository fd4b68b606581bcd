"""What there is: vehicles."""

import datetime as dt

from sqlalchemy.orm import Mapped

from xrm_core.declare import Id, Resource, field, lifecycle, link
from xrm_core.graph.party import Party


class Vehicle(Resource):
    """A car of ours, lent to partners."""

    __resource__ = "fleet.vehicle"

    plate: Mapped[str] = field(unique=True, search=True)
    insured_until: Mapped[dt.date] = field()
    due_on: Mapped[dt.date | None] = field(read_only=True, default=None)
    lent_to: Mapped[Id[Party] | None] = link(inverse="fleet.vehicles", read_only=True, default=None)
    state: Mapped[str] = lifecycle("fleet.vehicle")
