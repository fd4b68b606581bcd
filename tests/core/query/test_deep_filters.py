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


def test_it_holds_for_what_is_there(obeying: Filled) -> None:
    whole = askers(obeying)["whole"][0]
    text = "query ($w: PartyWhere) { parties(where: $w) { totalCount } }"

    found = [
        obeying.same(whole, text, {"w": tree})["data"]["parties"]["totalCount"]
        for tree in (through(LEVELS[0]), through(LEVELS[0][:2]), {"not": through(LEVELS[0])}, {})
    ]

    assert 0 < found[0] <= found[1] and found[0] + found[2] == found[3]
