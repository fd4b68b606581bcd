"""Walks over random graphs, under policies, against plain walks over the edges that the asker can list."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import Filled
from tests.core.query.asking import MODERATE, askers
from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.graph.control.rules import Holding, control
from xrm_core.graph.control.upkeep import rebuild_everywhere
from xrm_core.ids import new_id

Edge = tuple[str, str, str, str]

AROUND = """query ($id: ID!, $depth: Int!, $limit: Int, $types: [String!], $day: DateTime) {
  neighbourhood(partyId: $id, depth: $depth, limit: $limit, types: $types, asOf: $day) {
    truncated parties { id name } relationships { id } } }"""
PATHS = """query ($from: ID!, $to: ID!, $most: Int!, $types: [String!], $day: DateTime) {
  paths(fromId: $from, toId: $to, maxDepth: $most, types: $types, asOf: $day) {
    length parties { id } relationships { id } }
  distance(fromId: $from, toId: $to, maxDepth: $most, types: $types, asOf: $day) }"""
EDGES = """query ($day: DateTime) { relationships(first: 500, asOf: $day) {
  nodes { id type { code } source { id } target { id } } pageInfo { hasNextPage } } }"""


def edges(filled: Filled, actor: Any, day: str | None) -> Iterator[Edge]:
    """Every edge the asker can list."""
    page = filled.same(actor, EDGES, {"day": day})["data"]["relationships"]
    assert not page["pageInfo"]["hasNextPage"]
    for edge in page["nodes"]:
        yield edge["id"], edge["type"]["code"], edge["source"]["id"], edge["target"]["id"]


class Plain:
    """The graph as somebody sees it, walked without any thrift."""

    def __init__(self, several: list[Edge], types: list[str] | None) -> None:
        self.at: dict[str, set[tuple[str, str]]] = {}
        for edge, code, one, two in several:
            if types is None or code in types:
                self.at.setdefault(one, set()).add((two, edge))
                self.at.setdefault(two, set()).add((one, edge))

    def distances(self, start: str, depth: int) -> dict[str, int]:
        found = {start: 0}
        for hop in range(1, depth + 1):
            level = [party for party, distance in found.items() if distance == hop - 1]
            for party in level:
                for other, _ in self.at.get(party, ()):
                    found.setdefault(other, hop)
        return found

    def paths(self, parties: tuple[str, ...], goal: str, most: int) -> Iterator[tuple[str, ...]]:
        if parties[-1] == goal:
            yield parties
            return
        if most:
            for other in {other for other, _ in self.at.get(parties[-1], ())} - set(parties):
                yield from self.paths((*parties, other), goal, most - 1)


@pytest.fixture(scope="module")
def listed(obeying: Filled) -> dict[tuple[str, str | None], list[Edge]]:
    return {}


CODES = ("CUSTOMER", "SUPPLIER", "OWNS", "CONTROLS", "REFERS", "EMPLOYS")
DAYS = st.sampled_from([None, "2020-06-01T12:00:00Z", "2031-01-01T12:00:00Z"])
TYPES = st.one_of(st.none(), st.lists(st.sampled_from(CODES), max_size=3, unique=True))


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_walks_find_what_plain_walks_find(
    obeying: Filled, listed: dict[tuple[str, str | None], list[Edge]], who: str
) -> None:
    actor, _ = askers(obeying)[who]
    everybody = [str(row["id"]) for row in obeying.rows["core.party"]]
    there = {row["code"] for row in obeying.rows["core.relationship_type"]}
    seen = {
        row["id"]
        for row in obeying.same(actor, "{ parties(first: 500) { nodes { id } } }")["data"]["parties"]["nodes"]
    }

    def graph(day: str | None, types: list[str] | None) -> Plain:
        if (who, day) not in listed:
            listed[(who, day)] = list(edges(obeying, actor, day))
        return Plain(listed[(who, day)], types)

    @MODERATE
    @given(
        st.sampled_from(everybody), st.sampled_from(everybody), st.integers(1, 4), TYPES, DAYS,
        st.sampled_from([3, 10, 500]),
    )  # fmt: skip
    def check(one: str, two: str, depth: int, types: list[str] | None, day: str | None, limit: int) -> None:
        types = None if types is None else [code for code in types if code in there]
        given_ = {"types": types, "day": day}
        around = obeying.same(actor, AROUND, {"id": one, "depth": depth, "limit": limit, **given_})
        between = obeying.same(actor, PATHS, {"from": one, "to": two, "most": depth, **given_})
        if one not in seen:
            assert around["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        else:
            same_parties(around["data"]["neighbourhood"], graph(day, types), one, depth, limit)
        if not {one, two} <= seen:
            assert between["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        else:
            same_paths(between["data"], graph(day, types), one, two, depth)

    check()


def same_parties(found: Any, plain: Plain, start: str, depth: int, limit: int) -> None:
    distances = plain.distances(start, depth)
    ids = [party["id"] for party in found["parties"]]
    assert len(ids) == len(set(ids)) == min(limit, len(distances))
    assert found["truncated"] == (len(distances) > limit)
    assert [distances[party] for party in ids] == sorted(distances.values())[:limit]
    reached = {edge for party, hop in distances.items() if hop < depth for _, edge in plain.at.get(party, ())}
    shown = {edge["id"] for edge in found["relationships"]}
    assert shown <= reached
    if not found["truncated"]:
        assert shown == reached


def same_paths(found: Any, plain: Plain, one: str, two: str, most: int) -> None:
    ways = sorted(plain.paths((one,), two, most), key=lambda way: (len(way), way))
    told = [tuple(party["id"] for party in path["parties"]) for path in found["paths"]]
    assert told == ways[:20]
    assert found["distance"] == (len(ways[0]) - 1 if ways else None)
    for path, way in zip(found["paths"], told, strict=True):
        for edge, here, there in zip(path["relationships"], way, way[1:], strict=False):
            assert (there, edge["id"]) in plain.at[here]


def test_a_hidden_party_and_one_that_never_was_are_refused_alike(obeying: Filled) -> None:
    actor, _ = askers(obeying)["narrow"]
    nodes = obeying.same(actor, "{ parties(first: 500) { nodes { id } } }")["data"]["parties"]["nodes"]
    seen = {row["id"] for row in nodes}
    hidden = next(str(row["id"]) for row in obeying.rows["core.party"] if str(row["id"]) not in seen)

    def refused(party: str) -> Any:
        answer = obeying.same(actor, AROUND, {"id": party, "depth": 1, "day": None})
        return orjson.dumps(answer).replace(party.encode(), b"it")

    assert refused(hidden) == refused(str(new_id()))


HOLDINGS = """query ($day: DateTime) { relationships(first: 500, asOf: $day,
  where: {type: {code: {in: ["OWNS", "CONTROLS", "SUBSIDIARY_OF"]}}}) {
    nodes { share type { code } source { id } target { id } } pageInfo { hasNextPage } } }"""
CONTROLS = """query ($day: DateTime) { parties(first: 500) { nodes { id
  controls(asOf: $day) { basis party { id } path { parties { id } relationships { id } } } } } }"""


def holdings(nodes: list[Any]) -> Iterator[Holding]:
    for edge in nodes:
        one, two, code = edge["source"]["id"], edge["target"]["id"], edge["type"]["code"]
        if code == "SUBSIDIARY_OF":
            one, two = two, one
        votes = Decimal(edge["share"] or 0) if code == "OWNS" else Decimal(0)
        yield Holding(one, two, votes, code != "OWNS")


async def rebuilt(installation: Any) -> None:
    async with bookkeeping(installation.app.database) as session:
        await rebuild_everywhere(session)


@pytest.mark.parametrize("day", [None, "2020-06-01T12:00:00Z", "2031-01-01T12:00:00Z"])
@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_what_is_told_of_control_follows_from_what_the_asker_may_read(
    obeying: Filled, who: str, day: str | None
) -> None:
    for installation in obeying.installations.values():
        obeying.runner.run(rebuilt(installation))
    actor, _ = askers(obeying)[who]
    page = obeying.same(actor, HOLDINGS, {"day": day})["data"]["relationships"]
    expected = {pair: basis.value for pair, basis in control(list(holdings(page["nodes"]))).items()}

    told = obeying.same(actor, CONTROLS, {"day": day})["data"]["parties"]["nodes"]

    assert not page["pageInfo"]["hasNextPage"]
    found = {(party["id"], one["party"]["id"]): one["basis"] for party in told for one in party["controls"]}
    assert found == expected
    assert len(expected) > 3 or who == "narrow"
    for party in told:
        controlled = {one["party"]["id"] for one in party["controls"]}
        for one in party["controls"]:
            way = [step["id"] for step in one["path"]["parties"]]
            assert (way[0], way[-1]) == (party["id"], one["party"]["id"])
            assert set(way[1:]) <= controlled
            assert len(one["path"]["relationships"]) == len(way) - 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_number_of_statements_does_not_grow_with_what_is_found(obeying: Filled, kind: str) -> None:
    actor, _ = askers(obeying)["whole"]
    question = """query ($id: ID!, $limit: Int) { neighbourhood(partyId: $id, depth: 2, limit: $limit) {
      parties { name relationships(first: 3) { nodes { counterparty { name } } } controls { party { name } } }
      relationships { type { code } } } }"""
    hub = str(max(obeying.rows["core.party"], key=lambda row: edges_of(obeying, row["id"]))["id"])

    counts = []
    for limit in (2, 500):
        obeying.statements(kind)
        answer = obeying.answer(kind, actor, question, {"id": hub, "limit": limit})
        assert len(answer["data"]["neighbourhood"]["parties"]) > 1
        counts.append(len(obeying.statements(kind)))
    assert counts[0] <= counts[1] <= 8


def edges_of(obeying: Filled, party: Any) -> int:
    return sum(party in (row["source_id"], row["target_id"]) for row in obeying.rows["core.relationship"])
