"""What a unit sells is that unit's: lists, counts, sums and commands of others know nothing of it."""

from typing import Any

import pytest

from tests.plugins.sales.customers import customer, offer, opportunity
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import Policy
from xrm_core.graph.party import Party
from xrm_core.identity.actor import Actor
from xrm_core.ids import Id
from xrm_core.plugins.testing import Installation
from xrm_sales.commands import create_opportunity, move_opportunity

pytestmark = pytest.mark.plugins("sales")
ALL = """{ opportunities { totalCount nodes { id } }
    opportunitiesAggregate { count sum { amount } } }"""


async def elsewhere(xrm: Installation) -> Id[Any]:
    """Another unit of ours."""
    return (await xrm.make(Party, name="Agence de Lyon")).id


async def test_another_unit_sees_nothing_counts_nothing_and_sums_nothing(xrm: Installation) -> None:
    await opportunity(xrm, await customer(xrm))
    stranger = xrm.actor("sales", unit=await elsewhere(xrm))

    answer = await xrm.ask(ALL, actor=stranger)

    assert answer["opportunities"] == {"totalCount": 0, "nodes": []}
    assert answer["opportunitiesAggregate"] == [{"count": 0, "sum": {"amount": None}}]


async def test_the_unit_itself_sees_them(xrm: Installation) -> None:
    deal = await opportunity(xrm, await customer(xrm), 1_500)

    answer = await xrm.ask(ALL, role="sales")

    assert answer["opportunities"] == {"totalCount": 1, "nodes": [{"id": str(deal.id)}]}
    assert answer["opportunitiesAggregate"] == [{"count": 1, "sum": {"amount": "1500"}}]


async def test_a_party_keeps_to_itself_what_another_unit_sells_it(xrm: Installation) -> None:
    edge = await customer(xrm, unit=await elsewhere(xrm))
    await opportunity(xrm, edge)
    asked = """query($id: ID!) { party(id: $id) { sales {
        openPipeline { amount } nextStep allowedActions { action } opportunities { totalCount } } } }"""

    answer = await xrm.ask(asked, {"id": str(edge.target)}, role="sales")

    assert answer["party"]["sales"] == {
        "openPipeline": None,
        "nextStep": None,
        "allowedActions": None,
        "opportunities": {"totalCount": 0},
    }


async def test_nothing_is_worked_out_for_whoever_may_not_read_how_a_customer_stands(
    xrm: Installation,
) -> None:
    edge = await customer(xrm)
    await opportunity(xrm, edge)
    core = ("core.party", "core.relationship", "core.relationship_type", "sales.opportunity", "core.dealing")
    given = [Policy("some", "all", name, "read", "allow", "{}", "*") for name in core]
    asked = """query($id: ID!, $edge: ID!) { party(id: $id) { sales { nextStep allowedActions { action } } }
        relationship(id: $edge) { sales { nextStep allowedActions { action } } } }"""
    variables = {"id": str(edge.target), "edge": str(edge.id)}
    nothing = {"sales": {"nextStep": None, "allowedActions": None}}

    xrm.app.snapshot.book = PolicyBook(given)
    hidden = await xrm.ask(asked, variables, role="some")
    xrm.app.snapshot.book = PolicyBook(
        [*given, Policy("some", "own", "sales.standing", "read", "allow", "{}", "*")]
    )
    shown = await xrm.ask(asked, variables, role="some")

    assert hidden == {"party": nothing, "relationship": nothing}
    assert shown["party"] == shown["relationship"] and shown["party"]["sales"]["allowedActions"]


async def test_nobody_moves_the_cards_of_another_unit(xrm: Installation) -> None:
    deal = await opportunity(xrm, await customer(xrm, unit=await elsewhere(xrm)))

    assert await xrm.refused(move_opportunity, deal, role="sales", stage="NEEDS") == ["core.not_found"]


@pytest.mark.parametrize("role", ["credit", "governance", "legal", "auditor"])
async def test_others_of_the_unit_read_but_do_not_sell(xrm: Installation, role: str) -> None:
    edge = await customer(xrm)
    await opportunity(xrm, edge)

    seen = await xrm.ask("{ opportunities { totalCount } }", role=role)
    refused = await xrm.refused(create_opportunity, role=role, **offer(xrm, edge))

    assert seen["opportunities"]["totalCount"] == 1
    assert refused == ["core.forbidden"]


async def test_who_has_no_role_may_not_ask_for_a_forecast(xrm: Installation) -> None:
    answer = await xrm.answer(
        '{ forecast(period: "2026") { population } }', actor=Actor(1, None, "nobody", ())
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
