"""Which limit a customer had, as we knew it then."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.plugins.credit.receivables import customer
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

pytestmark = pytest.mark.plugins("credit")

SET = """mutation ($edge: ID!, $amount: Decimal!) { setCreditLimit(input: {
  relationshipId: $edge, limit: {amount: $amount, currency: "EUR"}, reason: "as agreed"}) {
  credit { recordedAt versions { totalCount } } } }"""


async def edge_of(xrm: Installation, party: Party) -> str:
    """The id of the customer's edge."""
    edges = "query ($id: ID!) { party(id: $id) { relationships { nodes { id } } } }"
    return str((await xrm.ask(edges, {"id": str(party.id)}))["party"]["relationships"]["nodes"][0]["id"])


async def limited(xrm: Installation, edge: str, *amounts: str) -> list[str]:
    """Set these limits one after the other; since when each is known."""
    found = []
    for amount in amounts:
        data = await xrm.ask(SET, {"edge": edge, "amount": amount}, role="credit")
        found.append(data["setCreditLimit"]["credit"]["recordedAt"])
    return found


async def test_a_limit_is_read_as_it_was_known(xrm: Installation) -> None:
    party = await customer(xrm)
    edge = await edge_of(xrm, party)
    moments = await limited(xrm, edge, "1000", "2000", "3000")
    asked = """query ($party: ID!, $edge: ID!, $unit: ID!, $k: DateTime) {
      party(id: $party, knownAt: $k) { credit(unit: $unit) { limit { amount } } }
      relationship(id: $edge, knownAt: $k) { credit { limit { amount } available { amount } } }
      relationships(knownAt: $k, where: {credit: {limit: {gt: "1500"}}}) { totalCount } }"""

    found = []
    for moment in (*moments, None):
        given = {"party": str(party.id), "edge": edge, "unit": str(xrm.unit), "k": moment}
        data = await xrm.ask(asked, given, role="credit")
        assert data["party"]["credit"]["limit"] == data["relationship"]["credit"]["limit"]
        assert data["relationship"]["credit"]["available"] == data["relationship"]["credit"]["limit"]
        found.append((data["party"]["credit"]["limit"]["amount"], data["relationships"]["totalCount"]))

    assert found == [("1000", 0), ("2000", 1), ("3000", 1), ("3000", 1)]


async def test_the_versions_of_a_limit_say_what_changed_and_hide_what_is_hidden(xrm: Installation) -> None:
    edge = await edge_of(xrm, await customer(xrm))
    await limited(xrm, edge, "1000", "2000")
    async with xrm.app.work(command="test.rate") as ctx:
        standing = await ctx.get(REGISTRY["credit.standing"].model, edge)
        standing.risk_class = "C"  # type: ignore[attr-defined]
    asked = """query ($edge: ID!) { relationship(id: $edge) { credit { versions { totalCount nodes {
      version changed object { limit { amount } riskClass } } } } } }"""

    whole = (await xrm.ask(asked, {"edge": edge}, role="credit"))["relationship"]["credit"]["versions"]
    masked = (await xrm.ask(asked, {"edge": edge}, role="sales"))["relationship"]["credit"]["versions"]

    assert [node["changed"] for node in whole["nodes"]] == [["riskClass"], ["limit"], []]
    assert [node["changed"] for node in masked["nodes"]] == [[], ["limit"], []]
    assert [node["object"]["riskClass"] for node in whole["nodes"]] == ["C", None, None]
    assert [node["object"]["riskClass"] for node in masked["nodes"]] == [None] * 3
    assert [node["object"]["limit"]["amount"] for node in whole["nodes"]] == ["2000", "2000", "1000"]


async def test_what_a_deleted_edge_takes_with_it_is_kept_too(xrm: Installation) -> None:
    edge = await edge_of(xrm, await customer(xrm))
    (moment,) = await limited(xrm, edge, "1000")

    async with xrm.app.work(command="test.delete") as ctx:
        await ctx.session.delete(await ctx.get(Relationship, edge))

    asked = "query ($id: ID!, $k: DateTime) { relationship(id: $id, knownAt: $k) { credit { limit { amount } } } }"
    data = await xrm.ask(asked, {"id": edge, "k": moment})
    assert data["relationship"]["credit"]["limit"] == {"amount": "1000"}
    assert await left(xrm, "credit_standing") == 0


async def left(xrm: Installation, table: str) -> Any:
    """How many rows a table has."""
    async with xrm.app.reading() as session:
        return await session.scalar(sa.text(f"SELECT count(*) FROM {table}"))
