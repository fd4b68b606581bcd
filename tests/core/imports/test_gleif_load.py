"""GLEIF's answers in the graph: companies by their LEI, and who controls whom."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.stored import contents, rows, value
from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.gleif import bundled_folder, read_graph
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.graph.party import Identifier, Party
from xrm_core.plugins.testing import Installation

CONTROLLED = """query ($lei: String!) { parties(where: {identifiers: {some: {value: {eq: $lei}}}}) { nodes {
  name relationships(first: 200) { nodes { type { code } basis source { name } target { name } } } } } }"""


async def test_every_entity_is_a_party_and_every_pair_an_edge(xrm: Installation) -> None:
    outcome = await load_gleif(xrm.app, bundled_folder())

    settings = xrm.app.settings
    assert (outcome.new_parties, outcome.new_stubs, outcome.new_edges) == (94, 30, 75)
    stubs = "SELECT is_stub, count(*) FROM core_party WHERE source = 'gleif' GROUP BY is_stub"
    assert {bool(is_stub): count for is_stub, count in rows(settings, stubs)} == {False: 94, True: 30}
    leis = "SELECT count(*) FROM core_identifier WHERE scheme = 'LEI' AND is_checked"
    assert value(settings, leis) == 124
    edges = "SELECT basis, unit_id, stage, count(*) FROM core_relationship GROUP BY basis, unit_id, stage"
    found = {basis: (unit, stage, count) for basis, unit, stage, count in rows(settings, edges)}
    graph = read_graph(bundled_folder())
    for basis in ("DIRECT", "ULTIMATE"):
        assert found[basis] == (None, None, sum(edge.basis == basis for edge in graph.edges))


async def test_a_stub_is_named_by_its_lei_and_an_entity_has_its_addresses(xrm: Installation) -> None:
    await load_gleif(xrm.app, bundled_folder())

    graph = read_graph(bundled_folder())
    stubs = rows(xrm.app.settings, "SELECT name FROM core_party WHERE is_stub ORDER BY name")
    assert [name for (name,) in stubs] == list(graph.stubs)
    places = rows(xrm.app.settings, "SELECT kind, count(*) FROM core_address GROUP BY kind ORDER BY kind")
    assert places == [("HEADQUARTERS", 94), ("LEGAL", 94)]


async def test_an_edge_holds_in_the_period_of_its_relationship(xrm: Installation) -> None:
    await load_gleif(xrm.app, bundled_folder())

    query = (
        "SELECT p.value, c.value, r.valid_from, r.valid_to FROM core_relationship r "
        "JOIN core_identifier p ON p.party_id = r.source_id AND p.scheme = 'LEI' "
        "JOIN core_identifier c ON c.party_id = r.target_id AND c.scheme = 'LEI'"
    )
    stored = {
        (parent, child): (str(first), str(last))
        for parent, child, first, last in rows(xrm.app.settings, query)
    }
    graph = read_graph(bundled_folder())
    assert stored == {(e.parent, e.child): (str(e.valid_from), str(e.valid_to)) for e in graph.edges}


async def test_a_party_is_read_with_its_parents_and_children_in_one_question(xrm: Installation) -> None:
    await load_gleif(xrm.app, bundled_folder())
    graph = read_graph(bundled_folder())
    parent = next(edge.parent for edge in graph.edges if edge.basis == "DIRECT")

    answer = await xrm.ask(CONTROLLED, {"lei": parent})

    (party,) = answer["parties"]["nodes"]
    edges = party["relationships"]["nodes"]
    assert len(edges) == sum(parent in (edge.parent, edge.child) for edge in graph.edges)
    assert {edge["type"]["code"] for edge in edges} == {"CONTROLS"}


async def test_a_party_that_has_the_lei_already_is_used_as_it_is(xrm: Installation) -> None:
    entity = read_graph(bundled_folder()).entities[0]
    known = await xrm.make(Party, name="As we call it")
    await xrm.make(Identifier, party=known.id, scheme="LEI", value=entity.lei, is_checked=True)

    outcome = await load_gleif(xrm.app, bundled_folder())

    assert outcome.new_parties == 93
    assert (await xrm.get(Party, known.id)).name == "As we call it"
    leis = f"SELECT count(*) FROM core_identifier WHERE value = '{entity.lei}'"
    assert value(xrm.app.settings, leis) == 1


async def test_a_second_import_changes_nothing(xrm: Installation) -> None:
    await load_gleif(xrm.app, bundled_folder())
    before = contents(xrm.app.settings)

    outcome = await load_gleif(xrm.app, bundled_folder())

    assert (outcome.new_parties, outcome.new_edges, outcome.changed) == (0, 0, 0)
    assert contents(xrm.app.settings) == before


async def test_a_stub_gets_its_record_when_it_comes(xrm: Installation, tmp_path: Path) -> None:
    shutil.copytree(bundled_folder() / "relationships", tmp_path / "answers")
    first = await load_gleif(xrm.app, tmp_path / "answers")

    second = await load_gleif(xrm.app, bundled_folder())

    assert first.entities == 0 and first.new_stubs > 30
    assert second.filled == first.new_stubs - 30
    assert value(xrm.app.settings, "SELECT count(*) FROM core_party WHERE is_stub") == 30


async def test_an_edge_follows_newer_answers(xrm: Installation, tmp_path: Path) -> None:
    await load_gleif(xrm.app, bundled_folder())
    shutil.copytree(bundled_folder(), tmp_path / "answers")
    edge = next(edge for edge in read_graph(bundled_folder()).edges if edge.valid_to is None)
    for path in (tmp_path / "answers").rglob("*.json"):
        _end(path, edge.parent, edge.child)

    outcome = await load_gleif(xrm.app, tmp_path / "answers")

    assert (outcome.changed, outcome.new_edges) == (1, 0)
    ended = rows(xrm.app.settings, "SELECT valid_to FROM core_relationship WHERE valid_to IS NOT NULL")
    assert "2025-01-01" in {str(day) for (day,) in ended}


async def test_answers_that_are_not_gleif_s_stop_before_anything_is_written(
    xrm: Installation, tmp_path: Path
) -> None:
    (tmp_path / "answer.json").write_text('{"data": {"type": "lei-records", "id": "X", "attributes": {}}}')

    with pytest.raises(BrokenFile):
        await load_gleif(xrm.app, tmp_path)

    assert value(xrm.app.settings, "SELECT count(*) FROM core_party WHERE source = 'gleif'") == 0


def _end(path: Path, parent: str, child: str) -> None:
    answer: dict[str, Any] = json.loads(path.read_text("utf-8"))
    data = answer.get("data")
    for record in data if isinstance(data, list) else [data]:
        relationship = (record or {}).get("attributes", {}).get("relationship", {})
        if relationship and (relationship["endNode"]["id"], relationship["startNode"]["id"]) == (
            parent,
            child,
        ):
            for period in relationship["periods"]:
                if period["type"] == "RELATIONSHIP_PERIOD":
                    period["endDate"] = "2025-01-01T00:00:00Z"
    path.write_text(json.dumps(answer), "utf-8")
