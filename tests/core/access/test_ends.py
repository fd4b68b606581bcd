"""The edges of one party, of which somebody sees those whose kind and whose other end they may see."""

from datetime import date, timedelta
from typing import Any

from tests.core.query.asking import policy
from xrm_core.access.book import PolicyBook
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party, PartyKind
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.actor import Actor, Role
from xrm_core.plugins.testing import Installation

EDGES = """query ($first: Int, $last: Int, $after: String, $order: [RelationshipOrder!]) {
  parties(where: {name: {eq: "Hub"}}) { nodes {
    relationships(first: $first, last: $last, after: $after, orderBy: $order) {
      totalCount nodes { validFrom type { code } counterparty { name } }
      pageInfo { hasNextPage hasPreviousPage endCursor } } } } }"""
FIRST_DAY = date(2020, 1, 1)


async def hub(xrm: Installation) -> None:
    """A party with 24 edges, an older one each, to organisations and persons in turn, of three kinds in turn."""
    middle = Party(name="Hub", kind=PartyKind.ORGANISATION)
    kinds = (PartyKind.ORGANISATION, PartyKind.PERSON)
    others = [Party(name=f"Party {number:02}", kind=kinds[number % 2]) for number in range(24)]
    await xrm.add(middle, *others)
    codes = ("REFERS", "CUSTOMER", "OWNS")
    await xrm.add(
        *[
            Relationship(
                type=relationship_type_id(1, codes[number % 3]),
                source=other.id if number % 4 else middle.id,
                target=middle.id if number % 4 else other.id,
                valid_from=FIRST_DAY - timedelta(days=number),
            )
            for number, other in enumerate(others)
        ]
    )


def somebody(xrm: Installation) -> Actor:
    """Sees organisations, and edges of every kind but OWNS."""
    xrm.app.snapshot.book = PolicyBook(
        [
            policy("some", "core.party", "{kind: {eq: ORGANISATION}}"),
            policy("some", "core.relationship"),
            policy("some", "core.relationship_type", '{code: {ne: "OWNS"}}'),
        ]
    )
    return Actor(1, None, "somebody", (Role("some", xrm.unit),), xrm.unit)


async def edges(xrm: Installation, actor: Actor, **arguments: Any) -> Any:
    """The hub's list of edges."""
    data = await xrm.ask(EDGES, arguments, actor=actor)
    return data["parties"]["nodes"][0]["relationships"]


async def test_a_page_is_full_of_edges_that_one_sees_in_the_order_asked_for(xrm: Installation) -> None:
    await hub(xrm)
    actor = somebody(xrm)
    newest = [f"Party {number:02}" for number in range(24) if number % 2 == 0 and number % 3 != 2]

    whole = await edges(xrm, actor, order=[{"validFrom": "DESC"}])
    page = await edges(xrm, actor, first=3, order=[{"validFrom": "DESC"}])
    after = page["pageInfo"]["endCursor"]
    further = await edges(xrm, actor, first=3, after=after, order=[{"validFrom": "DESC"}])
    oldest = await edges(xrm, actor, last=2, order=[{"validFrom": "DESC"}])

    def names(found: Any) -> list[str]:
        return [node["counterparty"]["name"] for node in found["nodes"]]

    assert names(whole) == newest
    assert whole["totalCount"] == page["totalCount"] == len(newest) == 8
    assert (names(page), names(further), names(oldest)) == (newest[:3], newest[3:6], newest[-2:])
    assert page["pageInfo"]["hasNextPage"] and further["pageInfo"]["hasNextPage"]
    assert {node["type"]["code"] for node in whole["nodes"]} == {"REFERS", "CUSTOMER"}


async def test_orders_by_what_is_at_the_other_end_hold_too(xrm: Installation) -> None:
    await hub(xrm)
    actor = somebody(xrm)

    found = await edges(xrm, actor, first=4, order=[{"target": {"name": "DESC"}}, {"validFrom": "ASC"}])

    targets = [node["counterparty"]["name"] for node in found["nodes"]]
    # The hub is the target of the edges that come from others; of those that start at it, the other is.
    assert targets == ["Party 16", "Party 12", "Party 04", "Party 00"]
