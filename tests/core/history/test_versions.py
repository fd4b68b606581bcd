"""The versions of an object, newest first, and what each changed."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.core.history.edges import at, change, delete, edge, party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

PAGE = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  relationship(id: $id) { versions(first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    edges { cursor node { version } } } } }"""


async def aged(xrm: Installation, versions: int) -> Relationship:
    """An edge of which so many versions are known."""
    made = await edge(xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=Decimal(0))
    for number in range(1, versions):
        await change(xrm, made, at(number), share=Decimal(number) / 100)
    return made


async def test_versions_say_since_when_until_when_and_what_changed(xrm: Installation) -> None:
    made = await edge(xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=Decimal("0.1"))
    await change(xrm, made, at(1), share=Decimal("0.2"), valid_to=dt.date(2027, 1, 1))
    await change(xrm, made, at(2), valid_to=None)

    data = await xrm.ask(
        """query ($id: ID!) { relationship(id: $id) { versions { nodes { __typename
          version recordedAt knownTo changed object { __typename id share validTo
            source { name relationships { totalCount } } counterparty { name } type { code } } } } } }""",
        {"id": str(made.id)},
    )

    nodes = data["relationship"]["versions"]["nodes"]
    assert [node["changed"] for node in nodes] == [["validTo"], ["share", "validTo"], []]
    assert [node["version"] for node in nodes] == [3, 2, 1]
    assert [node["knownTo"] for node in nodes] == [None, nodes[0]["recordedAt"], nodes[1]["recordedAt"]]
    assert [node["object"]["validTo"] for node in nodes] == [None, "2027-01-01", None]
    assert nodes[1]["object"] == {
        "__typename": "Relationship",
        "id": str(made.id),
        "share": "0.2",
        "validTo": "2027-01-01",
        "source": {"name": "A", "relationships": {"totalCount": 1}},
        "counterparty": {"name": "B"},
        "type": {"code": "OWNS"},
    }


async def test_versions_are_turned_over_forward_and_backward(xrm: Installation) -> None:
    made = await aged(xrm, 5)

    async def page(**given: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await xrm.ask(PAGE, {"id": str(made.id), **given}))["relationship"][
            "versions"
        ]
        return found

    def numbers(found: dict[str, Any]) -> list[int]:
        return [one["node"]["version"] for one in found["edges"]]

    first = await page(first=2)
    second = await page(first=2, after=first["pageInfo"]["endCursor"])
    third = await page(first=2, after=second["pageInfo"]["endCursor"])
    back = await page(last=2, before=third["pageInfo"]["startCursor"])

    assert [numbers(one) for one in (first, second, third, back)] == [[5, 4], [3, 2], [1], [3, 2]]
    assert [one["pageInfo"]["hasNextPage"] for one in (first, second, third)] == [True, True, False]
    assert first["totalCount"] == 5


async def test_a_deleted_edge_shows_its_versions_to_whoever_asks_about_its_time(xrm: Installation) -> None:
    made = await aged(xrm, 2)
    await delete(xrm, made, at(5))

    data = await xrm.ask(
        """query ($id: ID!, $k: DateTime) { relationship(id: $id, knownAt: $k) {
          versions { nodes { version knownTo } } } }""",
        {"id": str(made.id), "k": at(0).isoformat()},
    )

    nodes = data["relationship"]["versions"]["nodes"]
    assert [node["version"] for node in nodes] == [2, 1]
    assert nodes[0]["knownTo"] is not None


async def test_versions_stand_in_lists_at_any_depth(xrm: Installation) -> None:
    made = await aged(xrm, 3)
    inner = "id share"
    for _ in range(3):
        inner = f"source {{ relationships {{ nodes {{ {inner} versions {{ nodes {{ version }} }} }} }} }}"

    data = await xrm.ask(f"{{ relationships {{ nodes {{ {inner} versions {{ totalCount }} }} }} }}")

    (found,) = data["relationships"]["nodes"]
    assert found["versions"] == {"totalCount": 3}
    for _ in range(3):
        (found,) = found["source"]["relationships"]["nodes"]
        assert [node["version"] for node in found["versions"]["nodes"]] == [3, 2, 1]
    assert found["id"] == str(made.id)
