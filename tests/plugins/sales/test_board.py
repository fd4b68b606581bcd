"""The board: cards keep the order they were given, a move writes one row, lanes do not mix."""

from random import Random
from typing import Any

import pytest

from tests.plugins.sales.customers import customer, opportunity
from xrm_core.ids import Id
from xrm_core.plugins.testing import Installation
from xrm_sales.commands import move_opportunity
from xrm_sales.models import Opportunity
from xrm_sales.rules import rebalanced

pytestmark = pytest.mark.plugins("sales")
LANE = """query($stage: String!) { opportunities(
    where: { stage: { eq: $stage } }, orderBy: [{ boardRank: ASC }, { id: ASC }]) { nodes { id } } }"""


async def cards(xrm: Installation, count: int, stage: str = "NEEDS") -> list[Opportunity]:
    """That many cards in a lane, in order."""
    edge = await customer(xrm)
    ranks = rebalanced(count)
    return [await opportunity(xrm, edge, stage=stage, board_rank=rank) for rank in ranks]


async def lane(xrm: Installation, stage: str = "NEEDS") -> list[str]:
    """The ids of a lane's cards from first to last."""
    return [node["id"] for node in (await xrm.ask(LANE, {"stage": stage}))["opportunities"]["nodes"]]


async def test_a_card_stands_where_it_was_put_after_many_moves(xrm: Installation) -> None:
    deals = await cards(xrm, 5)
    expected: list[Id[Any]] = [deal.id for deal in deals]
    by_id = {deal.id: deal for deal in deals}
    chance = Random(11)

    for _ in range(60):
        moved = expected.pop(chance.randrange(5))
        place = chance.randrange(5)
        neighbour: dict[str, Any] = {"after": expected[place - 1]} if place else {"before": expected[0]}
        await xrm.run(move_opportunity, by_id[moved], **neighbour)
        expected.insert(place, moved)

    assert await lane(xrm) == [str(one) for one in expected]


async def test_a_move_to_another_lane_and_place_is_one_transaction(xrm: Installation) -> None:
    first, second = await cards(xrm, 2, "SOLUTION")
    (card,) = await cards(xrm, 1, "NEEDS")

    await xrm.run(move_opportunity, card, stage="SOLUTION", after=first.id, before=second.id)

    assert await lane(xrm, "SOLUTION") == [str(one.id) for one in (first, card, second)]
    assert await lane(xrm, "NEEDS") == []


async def test_a_card_that_changes_lane_without_neighbours_goes_to_its_end(xrm: Installation) -> None:
    first, second = await cards(xrm, 2, "SOLUTION")
    (card,) = await cards(xrm, 1, "NEEDS")

    await xrm.run(move_opportunity, card, stage="SOLUTION")

    assert await lane(xrm, "SOLUTION") == [str(one.id) for one in (first, second, card)]


async def test_a_neighbour_of_another_lane_is_refused_and_nothing_moves(xrm: Installation) -> None:
    (stranger,) = await cards(xrm, 1, "PROPOSAL")
    (card,) = await cards(xrm, 1, "NEEDS")

    codes = await xrm.refused(move_opportunity, card, stage="SOLUTION", after=stranger.id)

    assert codes == ["sales.neighbour_elsewhere"]
    assert (await xrm.get(Opportunity, card.id)).stage == "NEEDS"


async def test_moving_a_card_leaves_its_neighbours_untouched(xrm: Installation) -> None:
    first, second, third = await cards(xrm, 3)

    await xrm.run(move_opportunity, third, before=first.id)

    assert [(await xrm.get(Opportunity, one.id)).version for one in (first, second)] == [1, 1]


async def test_equal_ranks_are_told_apart_before_a_card_goes_between_them(xrm: Installation) -> None:
    edge = await customer(xrm)
    first, second = sorted(
        [await opportunity(xrm, edge, stage="NEEDS", board_rank="i") for _ in range(2)],
        key=lambda one: one.id,
    )
    card = await opportunity(xrm, edge, stage="NEEDS", board_rank="z")

    await xrm.run(move_opportunity, card, after=first.id)

    assert await lane(xrm) == [str(one.id) for one in (first, card, second)]
    assert (await xrm.get(Opportunity, second.id)).version == 1
