"""Control kept true: by every way in which an edge is written, on every day, for whoever asks."""

import asyncio
import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from tests.command_line import xrm_process
from tests.core.graph.conftest import Graph
from xrm_core.data.gleif import bundled_folder
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.data.load.rows import insert_rows
from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.commands import end_relationship
from xrm_core.graph.control.table import ControlClosure
from xrm_core.graph.control.upkeep import rebuild_everywhere
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import new_id
from xrm_core.plugins.testing import Installation

CONTROLS = """query ($id: ID!, $day: DateTime) { party(id: $id) { controls(asOf: $day) {
  basis party { name } path { length parties { name } relationships { id } } } } }"""


async def kept(xrm: Installation) -> set[tuple[Any, ...]]:
    """The rows of the table."""
    table: Any = ControlClosure.__table__
    async with xrm.app.reading() as session:
        return {tuple(row) for row in await session.execute(sa.select(table))}


async def rebuilt(xrm: Installation) -> tuple[int, int]:
    async with bookkeeping(xrm.app.database) as session:
        return await rebuild_everywhere(session)


async def test_a_group_of_holdings_controls_and_says_through_whose_hands(graph: Graph) -> None:
    await graph.connect("A 60 B, B 60 C, A 30 D, B 25 D")

    found = (await graph.ask(CONTROLS, {"id": "A"}))["party"]["controls"]

    assert [(one["party"]["name"], one["basis"], one["path"]["length"]) for one in found] == [
        ("B", "MAJORITY", 1), ("D", "MAJORITY", 1), ("C", "MAJORITY", 2),
    ]  # fmt: skip
    way = found[2]["path"]
    assert [party["name"] for party in way["parties"]] == ["A", "B", "C"]
    assert [edge["id"] for edge in way["relationships"]] == [
        str(graph.edges["A 60 B"]), str(graph.edges["B 60 C"]),
    ]  # fmt: skip


async def test_a_subsidiary_is_controlled_by_what_it_is_a_subsidiary_of(graph: Graph) -> None:
    await graph.connect("A < B, B < C")

    assert await graph.controlled("C") == {"B": "EXPLICIT", "A": "EXPLICIT"}
    assert await graph.controlled("A") == {}


@pytest.mark.parametrize("edges", ["A ? B", "A 40 B", "A 49 B, C 49 B", "A 100 A"])
async def test_what_is_not_enough_controls_nothing(graph: Graph, edges: str) -> None:
    await graph.connect(edges)

    assert await graph.controlled("A") == {}


async def test_a_person_can_be_at_the_top(graph: Graph) -> None:
    await graph.parties("P", kind="PERSON")
    await graph.connect("P 45 A, A 51 B")

    assert await graph.controlled("P") == {"A": "PRESUMED", "B": "MAJORITY"}


async def test_control_begins_and_ends_with_its_days_without_anybody_writing(graph: Graph) -> None:
    today = dt.datetime.now(dt.UTC).date()
    tomorrow, later = today + dt.timedelta(2), today + dt.timedelta(30)
    await graph.connect("A 60 B", valid_from=tomorrow)
    await graph.connect("B 60 C", valid_to=later)

    assert await graph.controlled("A") == {}
    assert await graph.controlled("B") == {"C": "MAJORITY"}
    assert await graph.controlled("A", tomorrow) == {"B": "MAJORITY", "C": "MAJORITY"}
    assert await graph.controlled("A", later) == {"B": "MAJORITY"}


async def test_an_edge_made_and_ended_by_command_is_followed(graph: Graph) -> None:
    await graph.connect("B 60 C")
    await graph.parties("A")
    made = await graph.xrm.ask(
        """mutation ($input: CreateRelationshipInput!) { createRelationship(input: $input) { id } }""",
        {"input": {"type": str(relationship_type_id(1, "OWNS")), "source": str(graph.ids["A"]),
                   "target": str(graph.ids["B"]), "share": "0.6", "validFrom": "2020-01-01"}},
    )  # fmt: skip

    before = await graph.controlled("A")
    edge = await graph.xrm.get(Relationship, made["createRelationship"]["id"])
    await graph.xrm.run(end_relationship, edge, on=dt.date(2021, 1, 1), reason="sold")

    assert before == {"B": "MAJORITY", "C": "MAJORITY"}
    assert await graph.controlled("A") == {}
    assert await graph.controlled("A", dt.date(2020, 6, 1)) == before
    assert await graph.controlled("B") == {"C": "MAJORITY"}


async def test_an_edge_changed_or_deleted_is_followed(graph: Graph) -> None:
    await graph.connect("A 60 B, B 60 C, X 45 B")
    async with graph.xrm.app.work(command="test") as ctx:
        edge = await ctx.get(Relationship, graph.edges["A 60 B"])
        edge.share = Decimal(0)
    changed = await graph.controlled("X")
    async with graph.xrm.app.work(command="test") as ctx:
        await ctx.session.delete(await ctx.get(Relationship, graph.edges["X 45 B"]))

    assert changed == {"B": "PRESUMED", "C": "MAJORITY"}
    assert await graph.controlled("X") == {}
    assert await rebuilt(graph.xrm) == (0, 0)


async def test_an_edge_given_another_target_leaves_nothing_behind(graph: Graph) -> None:
    await graph.connect("A 60 B")
    await graph.parties("C")
    async with graph.xrm.app.work(command="test") as ctx:
        edge = await ctx.get(Relationship, graph.edges["A 60 B"])
        edge.target = graph.ids["C"]

    assert await graph.controlled("A") == {"C": "MAJORITY"}


async def test_rows_written_in_bulk_are_followed(graph: Graph) -> None:
    await graph.parties("ABC")
    rows = [
        {"id": new_id(), "type_id": relationship_type_id(1, "OWNS"), "source_id": graph.ids[one],
         "target_id": graph.ids[two], "share": "0.6", "recorded_at": dt.datetime.now(dt.UTC)}
        for one, two in ("AB", "BC")
    ]  # fmt: skip
    async with graph.xrm.app.work(command="test") as ctx:
        await insert_rows(ctx, Relationship, rows)

    assert await graph.controlled("A") == {"B": "MAJORITY", "C": "MAJORITY"}


async def test_a_refused_command_leaves_control_as_it_was(graph: Graph) -> None:
    await graph.connect("A 60 B")
    before = await kept(graph.xrm)

    with pytest.raises(RuntimeError):
        async with graph.xrm.app.work(command="test") as ctx:
            await ctx.session.delete(await ctx.get(Relationship, graph.edges["A 60 B"]))
            await ctx.session.flush()
            raise RuntimeError

    assert await kept(graph.xrm) == before


async def test_rebuilding_changes_nothing(graph: Graph) -> None:
    await graph.connect("A 60 B, B 60 C, A 30 D, B 25 D, D > E, F < E, E 60 D")
    await graph.connect("X 45 A", valid_from=dt.date(2024, 1, 1), valid_to=dt.date(2025, 1, 1))
    await load_gleif(graph.xrm.app, bundled_folder())
    before = await kept(graph.xrm)

    assert await rebuilt(graph.xrm) == (0, 0)
    assert len(before) > 75
    assert await kept(graph.xrm) == before


async def test_rebuilding_mends_what_was_written_past_the_product(graph: Graph) -> None:
    await graph.connect("A 60 B, B 60 C")
    before = await kept(graph.xrm)
    async with graph.xrm.app.database.engine.begin() as connection:
        await connection.execute(sa.text("DELETE FROM core_control_closure WHERE basis = 'MAJORITY'"))

    assert await rebuilt(graph.xrm) == (0, 3)
    assert await kept(graph.xrm) == before


async def test_commands_at_once_in_one_group_leave_the_whole_truth(graph: Graph) -> None:
    names = "ABCDEFGH"
    await graph.parties(names)
    for _ in range(3):
        links = [f"{one} 60 {two}" for one, two in pairwise(names)]
        made = [graph.edge(link) for link in links]
        await asyncio.gather(*(graph.xrm.add(edge) for edge in made))
        assert set(await graph.controlled("A")) == set(names[1:])
        assert await rebuilt(graph.xrm) == (0, 0)
        edges = [await graph.xrm.get(Relationship, edge.id) for edge in made]

        async def end(edge: Relationship) -> None:
            async with graph.xrm.app.work(command="test") as ctx:
                await ctx.session.delete(await ctx.get(Relationship, edge.id))

        await asyncio.gather(*(end(edge) for edge in edges[::2]))
        assert await graph.controlled("A") == {}
        assert await rebuilt(graph.xrm) == (0, 0)
        await asyncio.gather(*(end(edge) for edge in edges[1::2]))


async def test_everything_a_party_controls_as_a_graph(graph: Graph) -> None:
    await graph.connect("A 60 B, B 60 C, A 10 X, Z 60 A")

    data = await graph.ask(
        """query ($id: ID!) { ownershipClosure(partyId: $id) { truncated parties { name }
             relationships { source { name } target { name } } } }""",
        {"id": "A"},
    )

    assert data["ownershipClosure"] == {
        "truncated": False,
        "parties": [{"name": "A"}, {"name": "B"}, {"name": "C"}],
        "relationships": [
            {"source": {"name": "A"}, "target": {"name": "B"}},
            {"source": {"name": "B"}, "target": {"name": "C"}},
        ],
    }


async def test_the_graph_of_what_is_controlled_has_the_holdings_that_decide_it_together(graph: Graph) -> None:
    # The example of rules.md R-B-32.
    await graph.connect("A 60 B, B 60 C, A 30 D, B 25 D, X 45 D")

    data = await graph.ask(
        """query ($id: ID!) { ownershipClosure(partyId: $id) { parties { name }
             relationships { source { name } target { name } share } } }""",
        {"id": "A"},
    )

    closure = data["ownershipClosure"]
    assert [party["name"] for party in closure["parties"]] == ["A", "B", "D", "C"]
    assert {(edge["source"]["name"], edge["target"]["name"]) for edge in closure["relationships"]} == {
        ("A", "B"), ("A", "D"), ("B", "D"), ("B", "C"),
    }  # fmt: skip


async def test_who_may_not_read_an_edge_learns_nothing_of_what_it_decides(graph: Graph) -> None:
    unit = (await graph.xrm.make(Party, name="Other")).id
    await graph.connect("A 30 B, B 60 C")
    await graph.connect("A 25 B", unit=unit)
    await graph.connect("X 45 Y")
    await graph.connect("Z 50 Y", unit=unit)

    assert await graph.controlled("A") == {"B": "MAJORITY", "C": "MAJORITY"}
    assert await graph.controlled("A", role="sales") == {}
    assert await graph.controlled("B", role="sales") == {"C": "MAJORITY"}
    # As if the hidden holding did not exist: its absence would tell of it.
    assert await graph.controlled("X") == {}
    assert await graph.controlled("X", role="sales") == {"Y": "PRESUMED"}


async def test_a_command_line_rebuilds(graph: Graph) -> None:
    await graph.connect("A 60 B")
    settings = graph.xrm.app.settings
    where = {"XRM_DATA_DIR": str(settings.data_dir), "XRM_DATABASE_URL": settings.database_url}

    answered = await asyncio.to_thread(
        xrm_process, "graph", "rebuild", folder=settings.data_dir, environment=where
    )

    assert answered.stdout.strip() == "Who controls whom: 0 rows taken out, 0 put in.", answered.stderr
