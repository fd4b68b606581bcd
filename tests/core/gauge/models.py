"""What the gauge declares."""

from decimal import Decimal

from sqlalchemy.orm import Mapped

from xrm_core.declare import Id, Resource, computed, field, link
from xrm_core.graph.party import Party


class GaugeFacts(Resource, extends=Party):
    """What the gauge knows of a party."""

    __resource__ = "gauge.facts"

    score: Mapped[Decimal | None] = field(default=None)
    remark: Mapped[str | None] = field(default=None, hideable=True, search=True)

    doubled = computed(Decimal, lambda facts: facts.score * 2)


class GaugeReading(Resource):
    """A number read on a party."""

    __resource__ = "gauge.reading"

    party: Mapped[Id[Party]] = link(inverse="gauge.readings")
    value: Mapped[Decimal] = field()
    text: Mapped[str | None] = field(default=None)
