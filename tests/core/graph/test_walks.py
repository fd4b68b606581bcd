"""Neighbourhoods, paths and distances: what they find, where they stop, and what they never tell."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest

from tests.core.graph.conftest import Graph
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import new_id

AROUND = """query ($id: ID!, $depth: Int! = 1, $types: [String!], $day: DateTime, $limit: Int = 500) {
  neighbourhood(partyId: $id, depth: $depth, types: $types, asOf: $day, limit: $limit) {
    truncated parties { name } relationships { id } } }"""
PATHS = """query ($from: ID!, $to: ID!, $most: Int! = 4, $types: [String!]) {
  paths(fromId: $from, toId: $to, maxDepth: $most, types: $types) {
    length parties { name } relationships { source { name } target { name } } }
  distance(fromId: $from, toId: $to, maxDepth: $most, types: $types) }"""


def names(parties: list[dict[str, Any]]) -> str:
    return "".join(party["name"] for party in parties)


async def around(graph: Graph, **variables: Any) -> Any:
    role = variables.pop("role", "admin")
    return (await graph.ask(AROUND, variables, role=role))["neighbourhood"]


async def routes(graph: Graph, one: str, two: str, role: str = "admin", **variables: Any) -> list[str]:
    data = await graph.ask(PATHS, {"from": one, "to": two, **variables}, role=role)
    found = [names(path["parties"]) for path in data["paths"]]
    assert [path["length"] for path in data["paths"]] == [len(way) - 1 for way in found]
    assert data["distance"] == (len(found[0]) - 1 if found else None)
    for path, way in zip(data["paths"], found, strict=True):
        ends = [{edge["source"]["name"], edge["target"]["name"]} for edge in path["relationships"]]
        assert ends == [set(pair) for pair in pairwise(way)]
    return found


async def test_a_neighbourhood_is_what_is_within_so_many_hops_nearest_first_then_by_name(
    graph: Graph,
) -> None:
    await graph.connect("C - A, A - B, B - D, D - E, X - Y")

    assert names((await around(graph, id="A"))["parties"]) == "ABC"
    found = await around(graph, id="A", depth=2)
    assert (names(found["parties"]), found["truncated"]) == ("ABCD", False)
    assert names((await around(graph, id="A", depth=6))["parties"]) == "ABCDE"


async def test_its_relationships_are_those_within_so_many_hops(graph: Graph) -> None:
    await graph.connect("A - B, A - C, B - C")

    one, two = await around(graph, id="A"), await around(graph, id="A", depth=2)

    assert {edge["id"] for edge in one["relationships"]} == {
        str(graph.edges["A - B"]), str(graph.edges["A - C"]),
    }  # fmt: skip
    assert len(two["relationships"]) == 3


async def test_several_edges_between_two_and_one_to_itself_are_each_there_once(graph: Graph) -> None:
    await graph.connect("A - B, B - A, A 60 B, A 5 A")

    found = await around(graph, id="A", depth=3)

    assert names(found["parties"]) == "AB"
    assert len(found["relationships"]) == len({edge["id"] for edge in found["relationships"]}) == 4


async def test_only_the_types_that_are_named_are_followed(graph: Graph) -> None:
    await graph.connect("A - B, A > C, C - D")

    assert names((await around(graph, id="A", depth=3, types=["CONTROLS"]))["parties"]) == "AC"
    assert names((await around(graph, id="A", depth=3, types=["CONTROLS", "REFERS"]))["parties"]) == "ABCD"
    assert names((await around(graph, id="A", depth=3, types=[]))["parties"]) == "A"
    assert await routes(graph, "A", "D", types=["CONTROLS"]) == []


async def test_an_edge_is_followed_only_on_its_days(graph: Graph) -> None:
    await graph.connect("A - B", valid_to=dt.date(2020, 1, 1))

    assert names((await around(graph, id="A"))["parties"]) == "A"
    assert names((await around(graph, id="A", day="2019-06-01T00:00:00Z"))["parties"]) == "AB"


async def test_a_limit_cuts_and_says_so(graph: Graph) -> None:
    await graph.connect("A - B, A - C, A - D")

    whole, cut = await around(graph, id="A", limit=4), await around(graph, id="A", limit=3)

    assert (len(whole["parties"]), whole["truncated"]) == (4, False)
    assert (len(cut["parties"]), len(cut["relationships"]), cut["truncated"]) == (3, 2, True)
    assert cut == await around(graph, id="A", limit=3)


async def test_paths_are_all_ways_the_shortest_first_and_no_party_twice(graph: Graph) -> None:
    await graph.connect("A - B, B - D, A - C, C - D, B - C, D - A")

    assert await routes(graph, "A", "D") == ["AD", "ABD", "ACD", "ABCD", "ACBD"]
    assert await routes(graph, "A", "D", most=2) == ["AD", "ABD", "ACD"]


async def test_a_path_runs_along_edges_whichever_way_they_point(graph: Graph) -> None:
    await graph.connect("B - A, B - C, D - C, D - E, F - E, F - G")

    assert await routes(graph, "A", "E") == ["ABCDE"]
    assert await routes(graph, "A", "F") == []
    assert await routes(graph, "A", "G", most=6) == ["ABCDEFG"]


async def test_a_party_is_no_way_from_itself(graph: Graph) -> None:
    await graph.connect("A - B, A - A")

    assert await routes(graph, "A", "A") == ["A"]


async def test_more_than_twenty_ways_are_not_told(graph: Graph) -> None:
    middle = "BCDEFGHIJKLMNOPQRSTUVWXY"
    await graph.connect(", ".join(f"A - {name}, {name} - Z" for name in middle))

    found = await routes(graph, "A", "Z")

    assert len(found) == len(set(found)) == 20
    assert found == await routes(graph, "A", "Z")


@pytest.mark.parametrize("one, two", ["AZ", "ZA"])
async def test_a_party_with_thousands_of_edges_is_no_obstacle(graph: Graph, one: str, two: str) -> None:
    await graph.connect("A - B, B - C, C - Z")
    crowd = [Party(name="#") for _ in range(1_200)]
    await graph.xrm.add(*crowd)
    kind = relationship_type_id(1, "REFERS")
    await graph.xrm.add(
        *(Relationship(type=kind, source=graph.ids["A"], target=other.id) for other in crowd),
        *(Relationship(type=kind, source=graph.ids["Z"], target=other.id) for other in crowd[:600]),
    )

    found = await routes(graph, one, two)
    near = await around(graph, id="A", depth=3, limit=100)

    assert found[0] == f"{one}#{two}"
    assert (len(near["parties"]), near["truncated"]) == (100, True)


async def hidden(graph: Graph) -> Any:
    """A unit whose edges sales may not read."""
    return (await graph.xrm.make(Party, name="Other unit")).id


async def test_a_hop_one_may_not_read_is_not_there(graph: Graph) -> None:
    unit = await hidden(graph)
    await graph.connect("A - B, B - C, C - D")
    await graph.connect("A - D, A - E", unit=unit)

    assert await routes(graph, "A", "D", role="sales") == ["ABCD"]
    assert await routes(graph, "A", "D") == ["AD", "ABCD"]
    assert await routes(graph, "A", "E", role="sales") == []
    assert names((await around(graph, id="A", depth=6, role="sales"))["parties"]) == "ABCD"


async def test_what_one_may_not_read_is_not_counted_against_the_limit(graph: Graph) -> None:
    unit = await hidden(graph)
    await graph.connect("A - B")
    await graph.connect("A - C, A - D, A - E", unit=unit)

    found = await around(graph, id="A", limit=2, role="sales")

    assert (names(found["parties"]), found["truncated"]) == ("AB", False)
    assert (await around(graph, id="A", limit=2))["truncated"] is True


QUESTIONS = {
    "neighbourhood": "{ neighbourhood(partyId: \"%s\"%s) { truncated } }",
    "paths": "{ paths(fromId: \"%s\", toId: \"%s\"%s) { length } }",
    "distance": "{ distance(fromId: \"%s\", toId: \"%s\"%s) }",
    "ownershipClosure": "{ ownershipClosure(partyId: \"%s\"%s) { truncated } }",
}  # fmt: skip


async def refused(graph: Graph, question: str, **who: Any) -> tuple[str, str | None]:
    answer = await graph.xrm.answer(question, **who)
    assert not any((answer["data"] or {}).values())
    extensions = answer["errors"][0]["extensions"]
    return extensions["code"], extensions.get("field")


async def test_a_party_that_is_not_there_is_not_found(graph: Graph) -> None:
    await graph.parties("A")
    there, nowhere = str(graph.ids["A"]), str(new_id())

    for name in ("neighbourhood", "ownershipClosure"):
        assert await refused(graph, QUESTIONS[name] % (nowhere, "")) == ("NOT_FOUND", "partyId")
    for name in ("paths", "distance"):
        assert await refused(graph, QUESTIONS[name] % (nowhere, there, "")) == ("NOT_FOUND", "fromId")
        assert await refused(graph, QUESTIONS[name] % (there, nowhere, "")) == ("NOT_FOUND", "toId")
        assert await refused(graph, QUESTIONS[name] % (nowhere, nowhere, "")) == ("NOT_FOUND", "fromId")


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (", depth: 0", ("VALIDATION", "depth")),
        (", depth: 7", ("LIMIT_EXCEEDED", "depth")),
        (", limit: 0", ("VALIDATION", "limit")),
        (", limit: 2001", ("LIMIT_EXCEEDED", "limit")),
        (', types: ["NOTHING"]', ("VALIDATION", "types")),
        (', asOf: "9999-12-31T23:59:59Z"', ("VALIDATION", "asOf")),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_argument_s_name(
    graph: Graph, arguments: str, expected: tuple[str, str]
) -> None:
    await graph.parties("A")

    assert await refused(graph, QUESTIONS["neighbourhood"] % (graph.ids["A"], arguments)) == expected


async def test_what_hangs_on_many_parties_counts_for_each_of_them(graph: Graph) -> None:
    await graph.parties("A")
    lists = "parties { relationships(first: 500) { nodes { counterparty { name } } } }"
    question = '{ neighbourhood(partyId: "%s", limit: %d) { %s } }'

    assert await refused(graph, question % (graph.ids["A"], 2_000, lists)) == ("LIMIT_EXCEEDED", None)
    assert await graph.xrm.ask(question % (graph.ids["A"], 100, lists))


async def test_an_id_that_is_none_is_refused(graph: Graph) -> None:
    assert await refused(graph, QUESTIONS["neighbourhood"] % ("nobody", "")) == ("VALIDATION", "partyId")


async def test_nobody_who_is_not_signed_in_walks(graph: Graph) -> None:
    from xrm_core.api.context import ApiContext
    from xrm_core.api.execute import run

    body = await run(ApiContext(graph.xrm.app, None, "test"), QUESTIONS["paths"] % ("x", "y", ""), {}, None)

    assert b"UNAUTHENTICATED" in body


async def test_everything_can_be_selected_of_what_is_found(graph: Graph) -> None:
    await graph.connect("A - B, B > C")

    data = await graph.ask(
        """query ($id: ID!) {
             here: neighbourhood(partyId: $id, depth: 2) {
               __typename more: truncated
               parties { ...Named identifiers { value } relationships(first: 1) { totalCount nodes { id } }
                         controls { party { name controls { basis } } } }
               also: parties { id } relationships { type { code } counterparty { name } } }
             there: neighbourhood(partyId: $id) { parties { name } }
             parties(where: {name: {eq: "B"}}) { nodes { controls { path { __typename parties { ...Named } } } } } }
           fragment Named on Party { __typename name }""",
        {"id": "A"},
    )

    assert [party["name"] for party in data["here"]["parties"]] == ["A", "B", "C"]
    assert data["here"]["parties"][1]["relationships"]["totalCount"] == 2
    assert data["here"]["parties"][1]["controls"] == [{"party": {"name": "C", "controls": []}}]
    assert [edge["type"]["code"] for edge in data["here"]["relationships"]] == ["REFERS", "CONTROLS"]
    assert [party["name"] for party in data["there"]["parties"]] == ["A", "B"]
    (b,) = data["parties"]["nodes"]
    assert [party["name"] for party in b["controls"][0]["path"]["parties"]] == ["B", "C"]
    assert data["here"]["__typename"] == "Subgraph"
    assert b["controls"][0]["path"]["__typename"] == "Path"


async def test_refusals_leave_the_connections_as_they_were(graph: Graph) -> None:
    await graph.connect("A - B")

    for _ in range(2 * graph.xrm.app.settings.pool_size):
        assert (await refused(graph, QUESTIONS["neighbourhood"] % (new_id(), "")))[0] == "NOT_FOUND"
        assert (await refused(graph, QUESTIONS["neighbourhood"] % (graph.ids["A"], ", depth: 9")))[0]

    assert names((await around(graph, id="A"))["parties"]) == "AB"


async def test_a_walk_is_about_what_was_known_then(graph: Graph) -> None:
    await graph.connect("A 60 B, B 60 C")
    before = dt.datetime.now(dt.UTC).isoformat()
    async with graph.xrm.app.work(command="test") as ctx:
        await ctx.session.delete(await ctx.get(Relationship, graph.edges["A 60 B"]))
    question = """query ($id: ID!, $other: ID!, $known: DateTime) {
      neighbourhood(partyId: $id, depth: 2, knownAt: $known) { parties { name } }
      distance(fromId: $id, toId: $other, knownAt: $known)
      ownershipClosure(partyId: $id, knownAt: $known) { parties { name } relationships { id share } }
      party(id: $id) { controls(knownAt: $known) { party { name } path { relationships { id } } } } }"""

    now = await graph.ask(question, {"id": "A", "other": "C", "known": None})
    then = await graph.ask(question, {"id": "A", "other": "C", "known": before})

    assert (names(now["neighbourhood"]["parties"]), now["distance"]) == ("A", None)
    assert (names(now["ownershipClosure"]["parties"]), now["party"]["controls"]) == ("A", [])
    assert (names(then["neighbourhood"]["parties"]), then["distance"]) == ("ABC", 2)
    assert names(then["ownershipClosure"]["parties"]) == "ABC"
    assert len(then["ownershipClosure"]["relationships"]) == 2
    assert names([one["party"] for one in then["party"]["controls"]]) == "BC"
    assert len(then["party"]["controls"][1]["path"]["relationships"]) == 2
