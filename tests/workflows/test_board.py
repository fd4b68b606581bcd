"""A board asks once: moves of many objects cost a constant number of statements."""

import pytest

from tests.statements import counted
from tests.workflows.installation import relationship
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

BOARD = """
    query ($first: Int!) {
        relationships(first: $first, where: {unitId: {isNull: false}}) {
            nodes { id history { trigger } availableTransitions { event allowed refusals { code } } }
        }
    }
"""
STATES = [
    ("CONTACT", "PERCEPTUAL"),
    ("INVOLVEMENT", "INTENSIFYING"),
    ("DETERIORATION", "SILENT"),
    ("REPAIR", "JOINT"),
]


async def fill(xrm: Installation, count: int) -> None:
    """That many customers of ours, in four states."""
    edges = []
    for number in range(count):
        party = Party(name=f"Customer {number}", country="FR")
        stage, substage = STATES[number % len(STATES)]
        given = {
            "type": relationship_type_id(1, "CUSTOMER"),
            "source": xrm.unit,
            "target": party.id,
            "unit": xrm.unit,
        }
        edges += [party, Relationship(**given, stage=stage, substage=substage, episode=1)]  # type: ignore[arg-type]
    await xrm.add(*edges)


@pytest.mark.parametrize("role", ["admin", "sales"])
async def test_two_hundred_cards_ask_as_often_as_eight(xrm: Installation, role: str) -> None:
    await fill(xrm, 8)
    await xrm.ask(BOARD, {"first": 200}, role=role)
    with counted(xrm) as few:
        small = await xrm.ask(BOARD, {"first": 200}, role=role)
    await fill(xrm, 192)

    with counted(xrm) as many:
        board = await xrm.ask(BOARD, {"first": 200}, role=role)

    assert len(small["relationships"]["nodes"]) == 8
    assert len(board["relationships"]["nodes"]) == 200
    assert len(many) == len(few)
    assert len(many) < 15
    assert all(card["availableTransitions"] for card in board["relationships"]["nodes"])


async def test_a_board_of_all_kinds_asks_each_input_once_a_kind(xrm: Installation) -> None:
    for kind in ("CUSTOMER", "SUPPLIER", "PARTNER"):
        await relationship(xrm, kind)
        await relationship(xrm, kind)

    with counted(xrm) as statements:
        board = await xrm.ask(BOARD, {"first": 50})

    assert len(board["relationships"]["nodes"]) == 6
    identities = [one for one in statements if "is_checked" in one]
    # Customers ask who the party is before an order, suppliers before registration; partners do not.
    assert len(identities) == 2
