"""Filters through many links: what a person may think of is answered by both databases, under rules too."""

from typing import Any

import pytest

from tests.core.conftest import Filled
from tests.core.query.asking import askers

LEVELS = (
    ("dealings", "party", "tasks", "party", "interactions", "party"),
    ("relationships", "target", "relationships", "source", "relationships", "target"),
    ("relationships", "source", "tasks", "party", "relationships", "target", "dealings", "party"),
)
LISTS = ("dealings", "tasks", "interactions", "relationships")


def through(steps: tuple[str, ...]) -> dict[str, Any]:
    """A filter that goes these ways and ends at a name."""
    tree: dict[str, Any] = {"name": {"gt": ""}}
    for step in reversed(steps):
        tree = {step: {"some": tree}} if step in LISTS else {step: tree}
    return tree


@pytest.mark.parametrize("who", ["whole", "narrow"])
@pytest.mark.parametrize("steps", LEVELS)
@pytest.mark.parametrize(
    "text",
    [
        "query ($w: PartyWhere) { parties(where: $w) { totalCount nodes { id } } }",
        """query ($w: PartyWhere) { parties(first: 3, where: $w, orderBy: [{name: ASC}]) { edges { node { id
            relationships(first: 2) { nodes { type { code } target { name } } } tasks(first: 2) { nodes { subject } } } }
            pageInfo { hasNextPage } } }""",
    ],
)
def test_a_filter_through_six_links_is_answered(
    obeying: Filled, who: str, steps: tuple[str, ...], text: str
) -> None:
    answer = obeying.same(askers(obeying)[who][0], text, {"w": through(steps)})

    assert "errors" not in answer, answer["errors"]


def test_a_hidden_link_is_asked_about_as_it_was_known(obeying: Filled) -> None:
    text = """query ($k: DateTime, $w: DealingWhere) { parties(knownAt: $k) { nodes {
        dealings(where: $w, first: 2) { edges { node { id } } pageInfo { hasNextPage } } } } }"""
    edges = [str(row["id"]) for row in obeying.rows["core.relationship"]]
    given = {"k": "2026-11-24T10:00:00.123457+00:00", "w": {"relationshipId": {"isNull": False, "in": edges}}}

    for who in ("whole", "narrow"):
        answer = obeying.same(askers(obeying)[who][0], text, given)

        assert "errors" not in answer, answer["errors"]
        assert any(node["dealings"]["edges"] for node in answer["data"]["parties"]["nodes"])


def test_it_holds_for_what_is_there(obeying: Filled) -> None:
    whole = askers(obeying)["whole"][0]
    text = "query ($w: PartyWhere) { parties(where: $w) { totalCount } }"

    found = [
        obeying.same(whole, text, {"w": tree})["data"]["parties"]["totalCount"]
        for tree in (through(LEVELS[0]), through(LEVELS[0][:2]), {"not": through(LEVELS[0])}, {})
    ]

    assert 0 < found[0] <= found[1] and found[0] + found[2] == found[3]
