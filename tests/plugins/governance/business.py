"""Customers, suppliers and what was done with them, for tests of governance."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id, new_id
from xrm_core.money import Money
from xrm_core.plugins.testing import Installation

INDICATOR = """query(
    $name: String!, $from: Date, $to: Date, $groupBy: String, $scope: IndicatorScopeInput
) {
  indicator(name: $name, from: $from, to: $to, groupBy: $groupBy, scope: $scope) {
    title value numerator denominator unit population exclusions warnings
    definitionId definitionVersion asOf
    groups {
      keys value numerator denominator population exclusions warnings rowCount
      parts { name value numerator denominator definitionId } counts { key count value share }
      rows { rank value share mark party { id name } } } } }"""


def dealt(
    xrm: Installation,
    name: str,
    amounts: Iterable[tuple[dt.date, int | str]],
    *,
    kind: str = "CUSTOMER",
    **values: Any,
) -> list[Any]:
    """A party of that name, its relationship with our unit, and what was invoiced to it, or paid to it."""
    unit = values.pop("unit", xrm.unit)
    currency = values.pop("currency", "EUR")
    party: Id[Any] = values.pop("party", None) or new_id()
    edge = Relationship(
        id=new_id(),
        type=relationship_type_id(1, kind),
        source=unit,
        target=party,
        unit=unit,
        stage="INVOLVEMENT",  # type: ignore[arg-type]
        substage="TESTING",
    )
    fact = DealingKind.INVOICE if kind == "CUSTOMER" else DealingKind.PAYMENT
    dealings = [
        Dealing(
            party=party,
            relationship=edge.id,
            unit=unit,
            kind=DealingKind.CREDIT if Decimal(amount) < 0 else fact,
            amount=Money(Decimal(amount), currency),
            occurred_on=day,
            source="test",
            **values,
        )
        for day, amount in amounts
    ]
    return [Party(id=party, name=name), edge, *dealings]


async def portfolio(xrm: Installation, amounts: Iterable[int | str], day: dt.date, **values: Any) -> None:
    """Parties called a, b, c … with one amount each on that day."""
    made: list[Any] = []
    for number, amount in enumerate(amounts):
        made += dealt(xrm, chr(ord("a") + number), [(day, amount)], **values)
    await xrm.add(*made)


async def ask(xrm: Installation, name: str, *, role: str = "governance", **given: Any) -> Any:
    """The indicator of that name."""
    scope = {key: given.pop(key) for key in ("subject", "unit", "rows") if key in given}
    variables = {"from": given.pop("from_", None), "name": name, "scope": scope or None, **given}
    said = {
        key: value.isoformat() if isinstance(value, dt.date) else value
        for key, value in variables.items()
        if value is not None
    }
    return (await xrm.ask(INDICATOR, said, role=role))["indicator"]
