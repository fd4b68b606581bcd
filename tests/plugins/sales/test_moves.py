"""An opportunity moves through the pipeline: skipping, back with a reason, lost with one, and what follows."""

from decimal import Decimal

import pytest

from tests.plugins.sales.customers import customer, offer, opportunity, soon, today
from xrm_core.plugins.testing import Installation
from xrm_sales.commands import create_opportunity, move_opportunity, update_opportunity
from xrm_sales.models import Opportunity

pytestmark = pytest.mark.plugins("sales")
CHANGES = """query($id: ID!) { opportunity(id: $id) {
    stage history { state }
    stageChanges(orderBy: [{ createdAt: ASC }]) { nodes {
        source stage direction passed probability forecastCategory amount { amount } } } } }"""


async def test_an_opportunity_begins_in_the_first_stage_with_its_defaults(xrm: Installation) -> None:
    edge = await customer(xrm)

    made = await xrm.run(create_opportunity, role="sales", **offer(xrm, edge))

    stored = await xrm.get(Opportunity, made.id)
    assert (stored.stage, stored.probability, stored.forecast_category) == (
        "QUALIFICATION",
        Decimal("0.1"),
        "PIPELINE",
    )
    assert (stored.relationship, stored.unit, stored.created_on) == (edge.id, xrm.unit, today(xrm))


async def test_a_move_forward_may_skip_stages_and_counts_them_as_passed(xrm: Installation) -> None:
    edge = await customer(xrm)
    made = await xrm.run(create_opportunity, role="sales", **offer(xrm, edge))

    await xrm.run(move_opportunity, made, role="sales", stage="PROPOSAL")

    answer = (await xrm.ask(CHANGES, {"id": str(made.id)}, role="sales"))["opportunity"]
    assert [step["state"] for step in answer["history"]] == ["QUALIFICATION", "PROPOSAL"]
    assert answer["stageChanges"]["nodes"][1] == {
        "source": "QUALIFICATION",
        "stage": "PROPOSAL",
        "direction": "FORWARD",
        "passed": ["NEEDS", "SOLUTION"],
        "probability": "0.6",
        "forecastCategory": "BEST_CASE",
        "amount": {"amount": "1000"},
    }


async def test_a_move_backward_needs_a_reason(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="PROPOSAL")

    codes = await xrm.refused(move_opportunity, deal, role="sales", stage="NEEDS")

    assert codes == ["sales.reason_required"]
    assert (await xrm.get(Opportunity, deal.id)).stage == "PROPOSAL"


async def test_a_move_backward_with_a_reason_is_kept_with_it(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="PROPOSAL")

    await xrm.run(move_opportunity, deal, role="sales", stage="NEEDS", reason="Budget revu")

    answer = await xrm.ask(
        "query($id: ID!) { opportunity(id: $id) { stage probability history { state reason } } }",
        {"id": str(deal.id)},
        role="sales",
    )
    assert answer["opportunity"] == {
        "stage": "NEEDS",
        "probability": "0.2",
        "history": [{"state": "NEEDS", "reason": "Budget revu"}],
    }


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, ["sales.loss_reason_required"]),
        ({"loss_reason": "BAD_MOOD"}, ["sales.unknown_loss_reason"]),
    ],
)
async def test_a_loss_needs_a_known_reason(
    xrm: Installation, given: dict[str, str], codes: list[str]
) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge)

    assert await xrm.refused(move_opportunity, deal, role="sales", stage="LOST", **given) == codes


async def test_a_lost_case_is_closed_and_counts_nowhere(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="NEGOTIATION")

    await xrm.run(
        move_opportunity,
        deal,
        role="sales",
        stage="LOST",
        loss_reason="PRICE",
        competitor="Concurrent",
        reason="Trop cher",
    )

    lost = await xrm.get(Opportunity, deal.id)
    assert (lost.loss_reason, lost.competitor, lost.closed_on) == ("PRICE", "Concurrent", today(xrm))
    assert (lost.probability, lost.forecast_category, lost.next_step) == (Decimal(0), "OMITTED", None)


async def test_a_reopened_case_is_open_again_and_has_no_loss_reason(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="LOST", loss_reason="PRICE", closed_on=today(xrm))

    await xrm.run(move_opportunity, deal, role="sales", stage="NEEDS", reason="Nouveau budget")

    again = await xrm.get(Opportunity, deal.id)
    assert (again.stage, again.closed_on, again.loss_reason) == ("NEEDS", None, None)


async def test_a_lost_case_cannot_be_won_without_being_reopened(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="LOST", loss_reason="PRICE", closed_on=today(xrm))

    codes = await xrm.refused(move_opportunity, deal, role="sales", stage="WON", reason="Erreur")

    assert codes == ["sales.no_such_move"]


async def test_an_open_case_needs_a_next_step_ahead(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, next_step=None, next_step_on=None)

    codes = await xrm.refused(move_opportunity, deal, role="sales", stage="NEEDS")

    assert codes == ["sales.next_step_required", "sales.next_step_undated"]


async def test_every_wrong_value_of_a_new_opportunity_is_told_at_once(xrm: Installation) -> None:
    edge = await customer(xrm)
    wrong = offer(
        xrm,
        edge,
        amount={"amount": "0", "currency": "EUR"},
        close_on=soon(xrm, -1),
        next_step=" ",
        next_step_on=soon(xrm, -1),
    )

    codes = await xrm.refused(create_opportunity, role="sales", **wrong)

    assert codes == [
        "sales.amount_not_positive",
        "sales.close_date_past",
        "sales.next_step_required",
        "sales.next_step_past",
    ]


async def test_an_unknown_stage_is_refused_by_name(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge)

    assert await xrm.refused(move_opportunity, deal, role="sales", stage="DREAMS") == ["sales.unknown_stage"]


async def test_the_general_transition_makes_the_same_move_with_the_same_effects(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="NEGOTIATION")
    moving = """mutation($input: TransitionInput!) { transition(input: $input) { from to
        object { ... on Opportunity { closedOn lossReason forecastCategory competitor } } } }"""
    given = {"objectId": str(deal.id), "event": "lose", "reason": "PRICE", "data": {"competitor": "Autre"}}

    answer = await xrm.ask(moving, {"input": given}, role="sales")

    assert answer["transition"] == {
        "from": "NEGOTIATION",
        "to": "LOST",
        "object": {
            "closedOn": today(xrm).isoformat(),
            "lossReason": "PRICE",
            "forecastCategory": "OMITTED",
            "competitor": "Autre",
        },
    }


async def test_available_transitions_name_every_way_out_of_a_stage(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="PROPOSAL")

    answer = await xrm.ask(
        "query($id: ID!) { opportunity(id: $id) { availableTransitions { event target allowed } } }",
        {"id": str(deal.id)},
        role="sales",
    )

    assert {(one["event"], one["target"]) for one in answer["opportunity"]["availableTransitions"]} == {
        ("to_qualification", "QUALIFICATION"),
        ("to_needs", "NEEDS"),
        ("to_solution", "SOLUTION"),
        ("to_negotiation", "NEGOTIATION"),
        ("win", "WON"),
        ("lose", "LOST"),
    }
    assert all(one["allowed"] for one in answer["opportunity"]["availableTransitions"])


async def test_a_stale_version_changes_nothing(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge)
    moving = (
        """mutation($input: MoveOpportunityInput!) { moveOpportunity(input: $input) { stage version } }"""
    )
    given = {"id": str(deal.id), "stage": "NEEDS", "expectedVersion": deal.version}
    await xrm.ask(moving, {"input": given}, role="sales")

    answer = await xrm.answer(moving, {"input": {**given, "stage": "SOLUTION"}}, role="sales")

    assert answer["errors"][0]["extensions"]["code"] == "CONFLICT"
    assert (await xrm.get(Opportunity, deal.id)).stage == "NEEDS"


async def test_category_and_probability_may_be_set_by_hand_until_the_next_stage(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="SOLUTION")

    await xrm.run(
        update_opportunity, deal, role="sales", forecast_category="COMMIT", probability=Decimal("0.55")
    )
    by_hand = await xrm.get(Opportunity, deal.id)
    await xrm.run(move_opportunity, deal, role="sales", stage="PROPOSAL")
    moved = await xrm.get(Opportunity, deal.id)

    assert (by_hand.forecast_category, by_hand.probability) == ("COMMIT", Decimal("0.55"))
    assert (moved.forecast_category, moved.probability) == ("BEST_CASE", Decimal("0.6"))


async def test_an_open_case_cannot_count_as_closed_nor_be_more_likely_than_certain(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge)

    codes = await xrm.refused(
        update_opportunity, deal, role="sales", forecast_category="CLOSED", probability=Decimal("1.2")
    )

    assert codes == ["sales.probability_out_of_range", "sales.category_of_open"]


async def test_what_a_closed_case_was_worth_stays(xrm: Installation) -> None:
    edge = await customer(xrm)
    deal = await opportunity(xrm, edge, stage="WON", closed_on=today(xrm))

    codes = await xrm.refused(
        update_opportunity, deal, role="sales", amount={"amount": "9", "currency": "EUR"}
    )

    assert codes == ["sales.opportunity_closed"]
