"""Export mode: pages of thousands, written while they are read, the same answer as ever."""

import asyncio
from typing import Any

import orjson
import pytest

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import Answer
from xrm_core.api.exporting import Export, export
from xrm_core.db.engine import Database
from xrm_core.graph.activity import Interaction, Task
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation


async def exported(
    xrm: Installation, document: str, variables: Any = None, *, role: str = "admin"
) -> tuple[Any, bool]:
    """The answer in export mode, and whether it was written row by row."""
    context = ApiContext(xrm.app, xrm.actor(role), "test")
    found = await export(context, document, variables or {}, None)
    if isinstance(found, Answer):
        return orjson.loads(found.body), False
    try:
        return orjson.loads(b"".join([chunk async for chunk in found.chunks()])), True
    finally:
        await found.close()


async def fill(xrm: Installation, parties: int = 620) -> list[Party]:
    """Parties, each twentieth with a task and an interaction."""
    made = [
        Party(name=f"Firm {number:05d}", country="FR" if number % 3 else None) for number in range(parties)
    ]
    await xrm.add(*made)
    await xrm.add(*(Task(subject="Call", party=party.id, unit=xrm.unit) for party in made[::20]))
    return made


FIELDS = """id name country createdAt __typename identifiers { value }
    tasks(first: 2) { totalCount nodes { subject } edges { cursor } pageInfo { hasNextPage endCursor } }
    tasksAggregate(groupBy: [{field: STATUS}]) { keys count share { count } }"""
CONNECTION = f"""{{ totalCount nodes {{ {FIELDS} }} more: nodes {{ name }} edges {{ cursor node {{ name }} }}
    pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} __typename }}"""


async def by_pages(xrm: Installation, field: str, order: str, size: int = 300) -> list[Any]:
    """All of them as any client gets them."""
    found: list[Any] = []
    after: str | None = None
    while True:
        text = f"""query ($after: String) {{ {field}(first: {size}, after: $after, orderBy: {order}) {{
            nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        page = (await xrm.ask(text, {"after": after}))[field]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


async def test_an_export_has_the_rows_of_all_pages_and_everything_else_of_one(xrm: Installation) -> None:
    await fill(xrm)
    await xrm.user("admin")
    order = "[{name: DESC}]"

    answer, is_streamed = await exported(
        xrm, f"{{ parties(first: 5000, orderBy: {order}) {CONNECTION} me {{ name }} __typename }}"
    )

    page = answer["data"]["parties"]
    expected = await by_pages(xrm, "parties", order)
    assert is_streamed and "errors" not in answer
    assert list(answer["data"]) == ["parties", "me", "__typename"]
    assert list(page) == ["totalCount", "nodes", "more", "edges", "pageInfo", "__typename"]
    assert page["nodes"] == expected
    assert page["totalCount"] == len(expected) == len(page["edges"])
    assert page["more"] == [{"name": row["name"]} for row in expected]
    assert [edge["node"] for edge in page["edges"]] == page["more"]
    assert page["pageInfo"] == {
        "startCursor": page["edges"][0]["cursor"], "endCursor": page["edges"][-1]["cursor"],
        "hasNextPage": False, "hasPreviousPage": False,
    }  # fmt: skip


async def test_exports_are_turned_over_by_cursors_forward_and_backward(xrm: Installation) -> None:
    await fill(xrm)
    text = """query ($after: String, $before: String, $first: Int, $last: Int) {
        parties(first: $first, after: $after, last: $last, before: $before, orderBy: [{name: ASC}]) {
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage } } }"""

    first, _ = await exported(xrm, text, {"first": 501})
    edges = first["data"]["parties"]["edges"]
    rest, _ = await exported(xrm, text, {"first": 600, "after": edges[-1]["cursor"]})
    back, _ = await exported(xrm, text, {"last": 600, "before": edges[-1]["cursor"]})

    assert len(edges) == 501 and first["data"]["parties"]["pageInfo"]["hasNextPage"]
    names = [edge["node"]["name"] for edge in edges + rest["data"]["parties"]["edges"]]
    assert names == sorted(names) and len(set(names)) == 621
    assert [edge["node"]["name"] for edge in back["data"]["parties"]["edges"]] == names[:500]


async def test_values_that_python_computes_are_filled_in_for_each_row(xrm: Installation) -> None:
    made = await fill(xrm, 510)
    await xrm.add(*(Interaction(party=party.id, unit=xrm.unit, channel="PHONE", direction="IN", subject="Hi") for party in made))  # fmt: skip
    text = "{ parties(first: 600, orderBy: [{name: ASC}]) { edges { cursor node { name interactions { edges { cursor } } } } } }"

    answer, is_streamed = await exported(xrm, text)

    asked = await xrm.ask(text.replace("600", "500"))
    assert is_streamed
    assert answer["data"]["parties"]["edges"][:500] == asked["parties"]["edges"]


async def test_small_pages_are_answered_as_ever(xrm: Installation) -> None:
    text = "{ parties(first: 500) { nodes { name } } }"

    answer, is_streamed = await exported(xrm, text)

    assert not is_streamed and answer["data"] == await xrm.ask(text)


async def test_an_empty_export_is_an_empty_list(xrm: Installation) -> None:
    answer, is_streamed = await exported(
        xrm, "{ a: tasks(first: 5000) { nodes { id } b: edges { cursor } } }"
    )

    assert is_streamed and answer["data"] == {"a": {"nodes": [], "b": []}}


async def test_a_nested_list_may_be_as_long(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Long")
    await xrm.add(*(Task(subject=f"{number}", party=party.id, unit=xrm.unit) for number in range(600)))
    text = f'{{ party(id: "{party.id}") {{ tasks(first: 5000) {{ nodes {{ id }} }} }} }}'

    answer, _ = await exported(xrm, text)

    assert len(answer["data"]["party"]["tasks"]["nodes"]) == 600


@pytest.mark.parametrize(
    ("role", "text", "code"),
    [
        ("admin", "{ parties(first: 5001) { totalCount } }", "LIMIT_EXCEEDED"),
        ("admin", "{ parties(first: 501, last: 501) { totalCount } }", "VALIDATION"),
        ("admin", '{ parties(first: 501, after: "x") { nodes { id } } }', "VALIDATION"),
        ("admin", "mutation { logout }", "VALIDATION"),
        ("admin", "{ parties(first: 501) { nothing } }", "VALIDATION"),
        ("sales", "{ parties(first: 501) { totalCount } }", "FORBIDDEN"),
        ("sales", "{ parties(first: 1) { totalCount } }", "FORBIDDEN"),
        ("auditor", "{ parties(first: 501) { totalCount } }", None),
    ],
)
async def test_what_may_not_be_exported_is_refused_before_anything_is_sent(
    xrm: Installation, role: str, text: str, code: str | None
) -> None:
    answer, _ = await exported(xrm, text, role=role)

    assert [error["extensions"]["code"] for error in answer.get("errors", [])] == ([code] if code else [])


async def test_without_the_header_nobody_gets_more_than_others(xrm: Installation) -> None:
    answer = await xrm.answer("{ parties(first: 501) { totalCount } }")

    assert answer["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "at most 500" in answer["errors"][0]["message"]


async def test_an_export_shows_what_the_asker_may_see(xrm: Installation) -> None:
    await fill(xrm)
    text = "{ parties(first: 5000) { totalCount nodes { name tasks { nodes { subject } } } } }"

    answer, _ = await exported(xrm, text, role="auditor")

    asked = await xrm.ask("{ parties { totalCount } }", role="auditor")
    assert answer["data"]["parties"]["totalCount"] == asked["parties"]["totalCount"]
    assert len(answer["data"]["parties"]["nodes"]) == asked["parties"]["totalCount"]


async def test_all_of_an_export_is_of_one_moment(xrm: Installation) -> None:
    await fill(xrm, 700)
    context = ApiContext(xrm.app, xrm.actor(), "test")
    found = await export(
        context, "{ parties(first: 5000) { totalCount nodes { id } again: nodes { id } } }", {}, None
    )
    assert isinstance(found, Export)

    await xrm.make(Party, name="Later")
    try:
        answer = orjson.loads(b"".join([chunk async for chunk in found.chunks()]))
    finally:
        await found.close()

    page = answer["data"]["parties"]
    assert len(page["nodes"]) == len(page["again"]) == page["totalCount"] == 701


async def test_only_so_many_exports_run_at_once_and_each_gives_its_place_back(xrm: Installation) -> None:
    await fill(xrm, 510)
    small = xrm.app.settings.model_copy(update={"max_exports": 1, "pool_wait_s": 0.2})
    xrm.app.database.exports = Database(small).exports
    text = "{ parties(first: 600) { nodes { id } } }"
    running = await export(ApiContext(xrm.app, xrm.actor(), "test"), text, {}, None)
    assert isinstance(running, Export)

    refused, _ = await exported(xrm, text)
    await running.close()
    answered, _ = await exported(xrm, text)
    wrong, _ = await exported(xrm, '{ parties(first: 600, after: "x") { nodes { id } } }')
    again, _ = await exported(xrm, text)

    assert refused["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert wrong["errors"] and len(answered["data"]["parties"]["nodes"]) == 511 == len(
        again["data"]["parties"]["nodes"]
    )


async def test_an_export_given_up_half_way_leaves_nothing_behind(xrm: Installation) -> None:
    await fill(xrm, 700)
    text = "{ parties(first: 5000) { nodes { id name } } }"
    for _ in range(xrm.app.settings.max_exports + 2):
        found = await export(ApiContext(xrm.app, xrm.actor(), "test"), text, {}, None)
        assert isinstance(found, Export)
        chunks = found.chunks()
        await anext(chunks)
        await chunks.aclose()
        await found.close()

    answer, _ = await asyncio.wait_for(exported(xrm, text), timeout=20)

    assert len(answer["data"]["parties"]["nodes"]) == 701
