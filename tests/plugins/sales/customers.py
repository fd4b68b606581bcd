"""Customers and opportunities that tests of sales stand on."""

import datetime as dt
from decimal import Decimal
from typing import Any

from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id
from xrm_core.money import Money
from xrm_core.plugins.testing import Installation
from xrm_sales.models import Opportunity
from xrm_sales.rules import rank_between


def today(xrm: Installation) -> dt.date:
    """The business date."""
    return xrm.actor().today()


def soon(xrm: Installation, days: int = 10) -> dt.date:
    """A day ahead."""
    return today(xrm) + dt.timedelta(days)


async def customer(
    xrm: Installation,
    stage: str | None = "INTIMACY",
    substage: str = "COMMITMENT",
    *,
    kind: str = "CUSTOMER",
    unit: Id[Any] | None = None,
    **values: Any,
) -> Relationship:
    """A relationship of that kind from our unit, or another, to a party of its own."""
    party = values.pop("target", None) or (await xrm.make(Party, name="Modèle SARL")).id
    staged = {"stage": stage, "substage": substage} if stage else {}
    return await xrm.make(
        Relationship,
        type=relationship_type_id(1, kind),
        source=unit or xrm.unit,
        target=party,
        unit=unit or xrm.unit,
        **staged,
        **values,
    )


async def opportunity(
    xrm: Installation, edge: Relationship, amount: int | str = 1000, **values: Any
) -> Opportunity:
    """An opportunity on the relationship, open in its first stage unless said otherwise."""
    given: dict[str, Any] = {
        "title": "Lot 1",
        "party": edge.target,
        "relationship": edge.id,
        "unit": edge.unit,
        "amount": Money(Decimal(amount), values.pop("currency", "EUR")),
        "close_on": soon(xrm, 30),
        "probability": Decimal("0.10"),
        "forecast_category": "PIPELINE",
        "next_step": "Appeler",
        "next_step_on": soon(xrm),
        "board_rank": rank_between(None, None),
        "created_on": today(xrm),
        **values,
    }
    return await xrm.make(Opportunity, **given)


def offer(xrm: Installation, edge: Relationship, **values: Any) -> dict[str, Any]:
    """What createOpportunity is given for an offer to the relationship's party."""
    return {
        "title": "Contrat cadre",
        "party": str(edge.target),
        "amount": {"amount": "1000", "currency": "EUR"},
        "close_on": soon(xrm, 30),
        "next_step": "Envoyer l'offre",
        "next_step_on": soon(xrm),
        **values,
    }
