"""What guards are told about relationships, on both databases."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.workflows.installation import moved, relationship, seen
from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.party import ContactPoint, Identifier
from xrm_core.graph.relationship import Relationship
from xrm_core.money import Money
from xrm_core.plugins.testing import Installation
from xrm_workflows import inputs
from xrm_workflows.guards import GuardInput
from xrm_workflows.processes.facts import PartyIdentity

A_YEAR = 365


async def told(
    xrm: Installation, asked: GuardInput, edges: Sequence[Relationship], role: str = "sales"
) -> Any:
    """What the input answers, to somebody with the role."""
    async with xrm.app.reading() as session:
        answer = asked(xrm.app.context(xrm.actor(role), session), edges)
        return await answer if hasattr(answer, "__await__") else answer


async def deal(
    xrm: Installation, edge: Relationship, days_ago: int, kind: DealingKind = DealingKind.ORDER
) -> None:
    """A dealing of that many days ago."""
    day = xrm.actor().today() - dt.timedelta(days=days_ago)
    await xrm.make(
        Dealing, party=edge.target, relationship=edge.id, unit=edge.unit, kind=kind,
        amount=Money(Decimal(100), "EUR"), occurred_on=day, source="test", source_row=f"{edge.id}{days_ago}{kind}",
    )  # fmt: skip


async def test_orders_are_counted_ever_and_in_the_last_year(xrm: Installation) -> None:
    busy, idle = await relationship(xrm), await relationship(xrm)
    for days_ago in (0, A_YEAR - 1, A_YEAR):
        await deal(xrm, busy, days_ago)
    await deal(xrm, busy, 3, DealingKind.PAYMENT)

    assert await told(xrm, inputs.orders, [busy, idle]) == [3, 0]
    assert await told(xrm, inputs.orders_in_year, [idle, busy]) == [0, 2]


async def test_orders_that_one_may_not_see_do_not_count(xrm: Installation) -> None:
    edge = await relationship(xrm)
    await deal(xrm, edge, 1)

    assert await told(xrm, inputs.orders, [edge], role="nobody") == [0]


async def test_a_party_is_known_by_name_country_and_checked_identifiers(xrm: Installation) -> None:
    edge, other = await relationship(xrm), await relationship(xrm)
    await xrm.make(Identifier, party=edge.target, scheme="SIREN", value="552100554", is_checked=True)
    await xrm.make(Identifier, party=edge.target, scheme="INTERNAL", value="4711")

    known, unchecked = await told(xrm, inputs.identity, [edge, other])

    assert known == PartyIdentity("A customer of ours", "FR", True, 1)
    assert unchecked.checked_identifiers == 0


async def test_contact_points_are_counted(xrm: Installation) -> None:
    edge, other = await relationship(xrm), await relationship(xrm)
    await xrm.make(ContactPoint, party=edge.target, channel="PHONE", value="+33 1 23 45 67 89")

    assert await told(xrm, inputs.contact_points, [edge, other]) == [1, 0]


async def test_what_stands_on_the_edge_is_read_from_it(xrm: Installation) -> None:
    day = dt.date(2026, 1, 31)
    edge = await relationship(xrm, level=4, valid_from=day, deterioration_index=Decimal("47.75"))

    asked = (
        inputs.level,
        inputs.valid_from,
        inputs.valid_to,
        inputs.deterioration_index,
        inputs.lawful_basis,
    )
    found = [await told(xrm, each, [edge]) for each in asked]

    assert found == [[4], [day], [None], [Decimal("47.75")], ["LEGITIMATE_INTEREST"]]


async def test_without_a_plugin_that_keeps_holds_a_hold_is_not_known(xrm: Installation) -> None:
    edge = await relationship(xrm)

    assert await told(xrm, inputs.hold, [edge]) == [None]


async def test_a_customer_just_closed_is_cooling_off(xrm: Installation) -> None:
    edge = await relationship(xrm)
    await moved(xrm, edge, "disqualify", reason="NO_NEED")

    moves = {one["event"]: one for one in (await seen(xrm, edge))["availableTransitions"]}

    assert await told(xrm, inputs.closed_on, [edge]) == [xrm.actor().today()]
    cooling = {one["code"]: one["data"] for one in moves["win_back"]["refusals"]}
    assert cooling["workflows.cooling_off"] == {"days": 0}
    assert [one["data"] for one in moves["come_back"]["refusals"]] == [{"inputs": ["core.party.is_barred"]}]
