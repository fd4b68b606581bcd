"""Who was related on that day, as we knew it then."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tests.core.history.edges import at, change, delete, edge, party
from xrm_core.plugins.testing import Installation

ONE = "query ($id: ID!, $k: DateTime) { relationship(id: $id, knownAt: $k) { share } }"


async def shares(xrm: Installation, edge_id: Any, *moments: dt.datetime | None) -> list[Any]:
    """The share of an edge as it was known at these moments."""
    found = []
    for moment in moments:
        given = {"id": str(edge_id), "k": moment.isoformat() if moment else None}
        one = (await xrm.ask(ONE, given))["relationship"]
        found.append(one and one["share"])
    return found


async def test_an_edge_is_read_as_it_was_known(xrm: Installation) -> None:
    made = await edge(xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=Decimal("0.1"))
    await change(xrm, made, at(1), share=Decimal("0.2"))
    await change(xrm, made, at(2), share=None)

    known = await shares(xrm, made.id, at(-1), at(0), at(0.5), at(1), at(1.9), at(2), None)

    assert known == [None, "0.1", "0.1", "0.2", "0.2", None, None]


async def test_a_version_is_known_from_its_moment_on_and_no_longer_at_the_next(xrm: Installation) -> None:
    instant = dt.timedelta(microseconds=1)
    made = await edge(xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=Decimal("0.1"))
    await change(xrm, made, at(1), share=Decimal("0.2"))

    known = await shares(xrm, made.id, at(0) - instant, at(0), at(1) - instant, at(1))

    assert known == [None, "0.1", "0.1", "0.2"]


async def test_what_will_be_known_is_what_is_known_now(xrm: Installation) -> None:
    made = await edge(xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=Decimal("0.1"))

    assert await shares(xrm, made.id, dt.datetime(2090, 1, 1, tzinfo=dt.UTC), None) == ["0.1", "0.1"]


@pytest.mark.parametrize(
    ("as_of", "known_at", "names"),
    [
        (None, None, []),
        (at(-100), None, ["B"]),
        (None, at(1), ["B"]),
        (at(-100), at(1), ["B"]),
        (at(-10), None, []),
        (at(-10), at(1), ["B"]),
        (at(-100), at(-1), []),
    ],
)
async def test_who_was_related_then_as_we_knew_it_then(
    xrm: Installation, as_of: dt.datetime | None, known_at: dt.datetime | None, names: list[str]
) -> None:
    first = await party(xrm, "A")
    made = await edge(xrm, first, await party(xrm, "B"), at(0), valid_from=dt.date(2020, 1, 1))
    # On the second day we learn that it had ended a month before.
    await change(xrm, made, at(2), valid_to=dt.date(2026, 2, 1))
    given = {
        "id": str(first.id),
        "asOf": as_of and as_of.isoformat(),
        "knownAt": known_at and known_at.isoformat(),
    }

    data = await xrm.ask(
        """query ($id: ID!, $asOf: DateTime, $knownAt: DateTime) {
          here: party(id: $id) { relationships(asOf: $asOf, knownAt: $knownAt) {
            totalCount nodes { counterparty { name } } }
            relationshipsAggregate(asOf: $asOf, knownAt: $knownAt) { count } }
          around: party(id: $id, asOf: $asOf, knownAt: $knownAt) { relationships { nodes { counterparty { name } } } }
          filtered: parties(asOf: $asOf, knownAt: $knownAt, where: {name: {eq: "A"}, relationships: {some: {}}}) {
            totalCount }
          roots: relationships(asOf: $asOf, knownAt: $knownAt, where: {sourceId: {eq: $id}}) {
            nodes { counterparty { name } } edges { cursor } }
          counted: relationshipsAggregate(asOf: $asOf, knownAt: $knownAt) { count } }""",
        given,
    )

    nodes = [{"counterparty": {"name": name}} for name in names]
    assert data["here"]["relationships"] == {"totalCount": len(names), "nodes": nodes}
    assert data["around"]["relationships"]["nodes"] == data["roots"]["nodes"] == nodes
    assert data["here"]["relationshipsAggregate"] == data["counted"] == [{"count": len(names)}]
    assert (data["filtered"]["totalCount"], len(data["roots"]["edges"])) == (len(names), len(names))


async def test_a_deleted_edge_is_still_known_to_have_been(xrm: Installation) -> None:
    first = await party(xrm, "A")
    made = await edge(xrm, first, await party(xrm, "B"), at(0), share=Decimal("0.1"))
    await delete(xrm, made, at(1))

    assert await shares(xrm, made.id, at(0.5), at(1), None) == ["0.1", None, None]


async def test_an_edge_made_again_under_its_id_goes_on(xrm: Installation) -> None:
    first, second = await party(xrm, "A"), await party(xrm, "B")
    made = await edge(xrm, first, second, at(0), share=Decimal("0.1"))
    await delete(xrm, made, at(1))
    again = await edge(xrm, first, second, at(2), id=made.id, share=Decimal("0.3"))
    await change(xrm, again, at(3), share=Decimal("0.4"))

    known = await shares(xrm, made.id, at(0), at(1), at(1.5), at(2), at(3))

    assert known == ["0.1", None, None, "0.3", "0.4"]


async def test_pages_orders_and_totals_are_of_what_was_known(xrm: Installation) -> None:
    hub = await party(xrm, "Hub")
    made = [await edge(xrm, hub, await party(xrm, f"P{n}"), at(0), share=Decimal(n) / 10) for n in range(5)]
    for number, each in enumerate(made):
        await change(xrm, each, at(1), share=Decimal(9 - number) / 10)
    page = """query ($k: DateTime, $after: String) { relationships(knownAt: $k, first: 2, after: $after,
        orderBy: [{share: ASC}]) { totalCount nodes { share } pageInfo { hasNextPage endCursor } } }"""

    pages, after = [], None
    for _ in range(3):
        found = (await xrm.ask(page, {"k": at(0.5).isoformat(), "after": after}))["relationships"]
        pages.append([node["share"] for node in found["nodes"]])
        after = found["pageInfo"]["endCursor"]

    assert pages == [["0", "0.1"], ["0.2", "0.3"], ["0.4"]]
    assert (found["totalCount"], found["pageInfo"]["hasNextPage"]) == (5, False)


async def test_what_hangs_on_what_was_not_known_then_leads_nowhere(xrm: Installation) -> None:
    first = await party(xrm, "A")
    made = await edge(xrm, first, await party(xrm, "B"), at(1), share=Decimal("0.1"))
    await xrm.ask(
        """mutation ($party: ID!, $edge: ID!) {
          createTask(input: {subject: "call", party: $party, relationship: $edge}) { id } }""",
        {"party": str(first.id), "edge": str(made.id)},
    )

    data = await xrm.ask(
        """query ($id: ID!, $k: DateTime) { party(id: $id, knownAt: $k) { tasks { nodes {
          subject relationship { share } } } } }""",
        {"id": str(first.id), "k": at(0).isoformat()},
    )

    assert data["party"]["tasks"]["nodes"] == [{"subject": "call", "relationship": None}]
