"""Past versions show what the reader may see today; nothing hidden is learnt from what was known once."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.core.history.edges import at, change, delete, edge, party
from tests.core.query.asking import policy
from xrm_core.access.book import PolicyBook
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.actor import Actor, Role
from xrm_core.identity.models import User
from xrm_core.plugins.testing import Installation

BEFORE = at(0.5).isoformat()
SMALL = '{share: {lte: "0.5"}}'


def ruled(xrm: Installation, edges: str = "{}", *more: Any, unit: str = "all") -> Actor:
    """Somebody who sees every party, and of relationships those of a rule."""
    policies = [
        policy("some", "core.party"),
        policy("some", "core.relationship", edges, unit=unit),
        policy("some", "core.relationship_type"),
        *more,
    ]
    xrm.app.snapshot.book = PolicyBook(policies)
    return Actor(1, None, "somebody", (Role("some", xrm.unit),), xrm.unit)


async def made(xrm: Installation, *shares: str, **values: Any) -> Relationship:
    """An edge whose share was these one after the other, from the first day on, a day each."""
    first, *later = shares
    found = await edge(
        xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=Decimal(first), **values
    )
    for day, share in enumerate(later, 1):
        await change(xrm, found, at(day), share=Decimal(share))
    return found


async def known(xrm: Installation, actor: Actor, edge_id: Any) -> dict[str, Any]:
    """All one can ask of what was known of the edge on the first day."""
    data: dict[str, Any] = await xrm.ask(
        """query ($id: ID!, $k: DateTime) {
          one: relationship(id: $id, knownAt: $k) { share }
          many: relationships(knownAt: $k) { totalCount nodes { share } }
          probed: relationships(knownAt: $k, where: {share: {gt: "0"}}, orderBy: [{share: DESC}]) { nodes { share } }
          grouped: relationshipsAggregate(knownAt: $k) { count sum { share } }
          some: parties(knownAt: $k, where: {relationships: {some: {share: {gt: "0"}}}}) { totalCount }
          most: parties(knownAt: $k, where: {relationships: {aggregate: {count: {gt: 0}}}}) { totalCount }
          none: parties(knownAt: $k, where: {name: {eq: "A"}, relationships: {none: {share: {gt: "0"}}}}) {
            totalCount }
          nested: parties(knownAt: $k, where: {name: {eq: "A"}}) { nodes {
            relationships { totalCount nodes { share } } relationshipsAggregate { sum { share } } } } }""",
        {"id": str(edge_id), "k": BEFORE},
        actor=actor,
    )
    (nested,) = data["nested"]["nodes"]
    assert data["many"]["nodes"] == data["probed"]["nodes"] == nested["relationships"]["nodes"]
    assert data["grouped"][0]["sum"] == nested["relationshipsAggregate"][0]["sum"]
    seen = data["many"]["totalCount"]
    assert (data["grouped"][0]["count"], nested["relationships"]["totalCount"]) == (seen, seen)
    assert (data["some"]["totalCount"], data["most"]["totalCount"]) == (2 * seen, 2 * seen)
    assert data["none"]["totalCount"] == 1 - seen
    return data


@pytest.mark.parametrize(
    ("shares", "seen"), [(("0.1", "0.2"), "0.1"), (("0.1", "0.9"), None), (("0.9", "0.1"), "0.9")]
)
async def test_a_past_version_is_shown_to_whoever_may_see_the_object_today(
    xrm: Installation, shares: Sequence[str], seen: str | None
) -> None:
    found = await made(xrm, *shares)

    data = await known(xrm, ruled(xrm, SMALL), found.id)

    assert data["one"] == (seen and {"share": seen})
    assert data["many"]["nodes"] == ([{"share": seen}] if seen else [])


@pytest.mark.parametrize(
    ("shares", "seen"), [(("0.1", "0.2"), "0.1"), (("0.1", "0.9"), None), (("0.9", "0.1"), "0.9")]
)
async def test_of_what_is_gone_the_last_version_decides(
    xrm: Installation, shares: Sequence[str], seen: str | None
) -> None:
    found = await made(xrm, *shares)
    await delete(xrm, found, at(9))

    data = await known(xrm, ruled(xrm, SMALL), found.id)

    assert data["one"] == (seen and {"share": seen})


async def test_an_edge_of_another_unit_was_never_known_to_us(xrm: Installation) -> None:
    found = await made(xrm, "0.1", "0.2", unit=(await party(xrm, "Other unit")).id)

    data = await known(xrm, ruled(xrm, unit="own"), found.id)

    assert data["one"] is None


async def test_an_edge_to_a_hidden_party_was_never_there(xrm: Installation) -> None:
    found = await made(xrm, "0.1", "0.2")
    hides_b = policy("some", "core.party", '{name: {eq: "B"}}', effect="deny")
    actor = ruled(xrm, "{}", hides_b)

    data = await xrm.ask(
        "query ($id: ID!, $k: DateTime) { relationship(id: $id, knownAt: $k) { share } }",
        {"id": str(found.id), "k": BEFORE},
        actor=actor,
    )

    assert data["relationship"] is None


async def test_an_owner_one_may_not_see_is_not_known_to_have_changed(xrm: Installation) -> None:
    names = ("ada", "bob", "eve")
    ada, bob, eve = [
        await xrm.make(User, email=f"{name}@xrm.example", name=name, home_unit=xrm.unit) for name in names
    ]
    found = await made(xrm, "0.1", owner=ada.id)
    for day, owner in enumerate((bob.id, eve.id, None), 1):
        await change(xrm, found, at(day), owner=owner)
    asked = """query ($id: ID!, $k: DateTime, $owner: ID) {
        relationship(id: $id) { versions { nodes { changed object { owner { name } } } } }
        relationships(knownAt: $k, where: {ownerId: {eq: $owner}}) { totalCount } }"""

    def given(owner: User, day: float) -> dict[str, Any]:
        return {"id": str(found.id), "k": at(day).isoformat(), "owner": str(owner.id)}

    sees_ada = ruled(xrm, "{}", policy("some", "core.user", '{name: {eq: "ada"}}'))
    first = await xrm.ask(asked, given(ada, 0.5), actor=sees_ada)
    second = await xrm.ask(asked, given(bob, 1.5), actor=sees_ada)

    nodes = first["relationship"]["versions"]["nodes"]
    assert [node["changed"] for node in nodes] == [[], [], ["owner"], []]
    assert [node["object"]["owner"] for node in nodes] == [None, None, None, {"name": "ada"}]
    assert (first["relationships"]["totalCount"], second["relationships"]["totalCount"]) == (1, 0)


async def test_who_sees_nothing_sees_nothing_of_the_past(xrm: Installation) -> None:
    found = await made(xrm, "0.1", "0.2")
    xrm.app.snapshot.book = PolicyBook([policy("some", "core.party")])
    actor = Actor(1, None, "somebody", (Role("some", None),), xrm.unit)

    data = await known(xrm, actor, found.id)

    assert data["one"] is None
