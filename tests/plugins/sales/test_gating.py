"""Which offers a relationship's stage allows, asked through the API and obeyed by createOpportunity (rules.md A6)."""

from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.plugins.sales.customers import customer, offer, soon
from xrm_core.graph.activity import Dealing, DealingKind
from xrm_core.graph.relationship import Relationship
from xrm_core.money import Money
from xrm_core.plugins import hookimpl
from xrm_core.plugins.testing import Installation
from xrm_sales.commands import create_opportunity
from xrm_sales.models import Opportunity

pytestmark = pytest.mark.plugins("sales")
ACTIONS = """query($id: ID!) { allowedActions(relationshipId: $id) {
    action allowed condition refusals { code field message data } warnings { code field } } }"""
HEALTHY: dict[str, Any] = {"substage": "COMMITMENT", "health": 80}
# What cross-selling asks of plugins that are not enabled, beside holds.
ELSEWHERE = ("open_sev1", "disputed_share", "is_wear_out_cap_reached", "has_marketing_permission")


async def actions(xrm: Installation, edge: Relationship, role: str = "sales") -> dict[str, Any]:
    """Every action by name."""
    answer = await xrm.ask(ACTIONS, {"id": str(edge.id)}, role=role)
    return {one["action"]: one for one in answer["allowedActions"]}


def codes(refusals: Sequence[Any]) -> list[str]:
    """The codes of problems."""
    return [one["code"] for one in refusals]


async def test_contact_refuses_cross_selling_with_every_rule_that_fails(xrm: Installation) -> None:
    edge = await customer(xrm, "CONTACT", "INTERACTIONAL")

    refused = await xrm.refused(create_opportunity, role="sales", **offer(xrm, edge, kind="CROSS_SELL"))

    assert refused == ["sales.action_not_allowed", "sales.stage_refuses_action"]
    assert (await xrm.ask("{ opportunities { totalCount } }"))["opportunities"]["totalCount"] == 0


async def test_intensifying_with_unknown_health_fails_and_names_health(xrm: Installation) -> None:
    edge = await customer(xrm, "INVOLVEMENT", "INTENSIFYING")

    answer = (await actions(xrm, edge))["cross_sell"]

    assert not answer["allowed"]
    assert [(one["code"], one["field"]) for one in answer["refusals"]] == [
        ("sales.gating_input_missing", "health")
    ]


async def test_testing_with_poor_health_fails_on_both(xrm: Installation) -> None:
    edge = await customer(xrm, "INVOLVEMENT", "TESTING", health=40)

    refused = await xrm.refused(create_opportunity, role="sales", **offer(xrm, edge, kind="CROSS_SELL"))

    assert refused == ["sales.action_not_allowed", "sales.gating_substage", "sales.gating_health"]


async def test_a_healthy_close_customer_may_be_cross_sold_to(xrm: Installation) -> None:
    edge = await customer(xrm, **HEALTHY)

    made = await xrm.run(create_opportunity, role="sales", **offer(xrm, edge, kind="CROSS_SELL"))

    assert (await xrm.get(Opportunity, made.id)).kind == "CROSS_SELL"


async def test_conditions_of_plugins_that_are_off_are_skipped_with_a_warning(xrm: Installation) -> None:
    edge = await customer(xrm, **HEALTHY)

    answer = (await actions(xrm, edge))["cross_sell"]

    assert answer["allowed"] and answer["condition"] == "health:60"
    assert {(one["code"], one["field"]) for one in answer["warnings"]} == {
        ("sales.gating_input_disabled", name) for name in ("hold", *ELSEWHERE)
    }


def keep_holds(xrm: Installation, monkeypatch: pytest.MonkeyPatch, holds: Any) -> None:
    """As if credit were enabled and reported these holds, and supplied what else it knows."""
    module = SimpleNamespace(holds=hookimpl(lambda ctx, relationship_ids: holds(relationship_ids)))
    xrm.app.host.hooks()
    xrm.app.host._managers[xrm.app.host.enabled].register(module, name="holds-of-the-test")
    monkeypatch.setattr("xrm_sales.gates._disabled", lambda ctx: dict.fromkeys(ELSEWHERE, "absent"))


async def test_a_credit_hold_refuses_cross_selling(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = await customer(xrm, **HEALTHY)
    keep_holds(xrm, monkeypatch, lambda ids: dict.fromkeys(ids, "SOFT"))

    answer = (await actions(xrm, edge))["cross_sell"]

    assert codes(answer["refusals"]) == ["sales.gating_no_hold"]


async def test_no_hold_lets_it_pass_and_one_elsewhere_warns(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = await customer(xrm, **HEALTHY)
    elsewhere = await customer(xrm, "REPAIR", "INTERNAL", kind="SUPPLIER", target=edge.target)
    keep_holds(xrm, monkeypatch, lambda ids: {elsewhere.id: "HARD"})

    answer = (await actions(xrm, edge))["cross_sell"]

    assert answer["allowed"]
    assert {"sales.hold_elsewhere", "sales.repair_plan_elsewhere"} <= set(codes(answer["warnings"]))


async def test_lawyers_on_another_relationship_refuse(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = await customer(xrm, **HEALTHY)
    elsewhere = await customer(xrm, kind="SUPPLIER", target=edge.target)
    keep_holds(xrm, monkeypatch, lambda ids: {elsewhere.id: "LEGAL"})

    answer = (await actions(xrm, edge))["cross_sell"]

    assert codes(answer["refusals"]) == ["sales.gating_no_legal_elsewhere"]


async def test_holds_that_cannot_be_read_count_as_holds(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(ids: Any) -> Any:
        raise RuntimeError("out of order")

    edge = await customer(xrm, **HEALTHY)
    keep_holds(xrm, monkeypatch, broken)

    answer = (await actions(xrm, edge))["cross_sell"]

    assert [(one["code"], one["field"]) for one in answer["refusals"]] == [
        ("sales.gating_input_missing", "hold")
    ]


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        ("OUTBOUND", ["sales.action_not_allowed", "sales.gating_on_request"]),
        ("REQUESTED", None),
        ("INBOUND", None),
    ],
)
async def test_in_deterioration_one_offers_only_what_was_asked_for(
    xrm: Installation, origin: str, refused: list[str] | None
) -> None:
    edge = await customer(xrm, "DETERIORATION", "VOICED")
    given = offer(xrm, edge, origin=origin)

    if refused:
        assert await xrm.refused(create_opportunity, role="sales", **given) == refused
    else:
        assert (await xrm.run(create_opportunity, role="sales", **given)).origin == origin


async def test_up_selling_waits_for_a_delivery_that_did_not_come_back(xrm: Installation) -> None:
    edge = await customer(xrm, "INVOLVEMENT", "INTENSIFYING")
    unknown = (await actions(xrm, edge))["up_sell"]
    await deal(xrm, edge, DealingKind.DELIVERY, -20)
    delivered = (await actions(xrm, edge))["up_sell"]
    await deal(xrm, edge, DealingKind.RETURN, -5)
    returned = (await actions(xrm, edge))["up_sell"]

    assert codes(unknown["refusals"]) == ["sales.gating_input_missing"]
    assert delivered["allowed"]
    assert codes(returned["refusals"]) == ["sales.gating_last_delivery_ok"]


async def deal(xrm: Installation, edge: Relationship, kind: DealingKind, days: int) -> None:
    """A dealing of that kind, so many days from today."""
    await xrm.make(
        Dealing,
        party=edge.target,
        relationship=edge.id,
        unit=edge.unit,
        kind=kind,
        amount=Money(Decimal(10), "EUR"),
        occurred_on=soon(xrm, days),
        source="test",
    )


async def test_one_sells_on_customer_relationships_only(xrm: Installation) -> None:
    edge = await customer(xrm, kind="SUPPLIER")

    answers = await actions(xrm, edge)

    assert not any(one["allowed"] for one in answers.values())
    assert all(codes(one["refusals"])[0] == "sales.not_a_customer" for one in answers.values())


async def test_a_party_without_customer_relationship_gets_no_opportunity(xrm: Installation) -> None:
    edge = await customer(xrm, kind="SUPPLIER")

    refused = await xrm.refused(create_opportunity, role="sales", **offer(xrm, edge))

    assert refused == ["sales.no_customer_relationship"]


async def test_a_relationship_of_another_party_is_not_taken(xrm: Installation) -> None:
    edge, other = await customer(xrm), await customer(xrm)

    refused = await xrm.refused(
        create_opportunity, role="sales", **offer(xrm, edge, relationship=str(other.id))
    )

    assert refused == ["sales.no_customer_relationship"]


async def test_the_owner_may_propose_a_renewal_in_repair_and_nobody_else(xrm: Installation) -> None:
    seller = await xrm.user("sales")
    edge = await customer(xrm, "REPAIR", "JOINT", owner=seller)

    by_owner = (await actions(xrm, edge, "sales"))["renewal_proposal"]
    by_another = (await actions(xrm, edge, "credit"))["renewal_proposal"]

    assert by_owner["allowed"]
    assert codes(by_another["refusals"]) == ["sales.gating_handled_by_owner"]


async def test_a_party_shows_what_our_unit_may_do_with_it_and_what_is_open(xrm: Installation) -> None:
    edge = await customer(xrm, **HEALTHY)
    await xrm.run(create_opportunity, role="sales", **offer(xrm, edge, kind="CROSS_SELL"))
    await deal(xrm, edge, DealingKind.ORDER, -3)
    asked = """query($id: ID!) { party(id: $id) { sales { openPipeline { amount currency } wonTotal { amount }
        lastOrderAt nextStep nextStepOn allowedActions { action allowed } opportunities { totalCount } } } }"""

    sales = (await xrm.ask(asked, {"id": str(edge.target)}, role="sales"))["party"]["sales"]

    assert sales["openPipeline"] == {"amount": "1000", "currency": "EUR"}
    assert (sales["wonTotal"], sales["lastOrderAt"]) == (None, soon(xrm, -3).isoformat())
    assert (sales["nextStep"], sales["nextStepOn"]) == ("Envoyer l'offre", soon(xrm).isoformat())
    assert {"action": "cross_sell", "allowed": True} in sales["allowedActions"]
    assert sales["opportunities"]["totalCount"] == 1


async def test_a_relationship_one_may_not_see_does_not_exist(xrm: Installation) -> None:
    elsewhere = (await customer(xrm)).target
    edge = await customer(xrm, unit=elsewhere)

    answer = await xrm.answer(ACTIONS, {"id": str(edge.id)}, role="sales")

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_an_id_that_is_none_is_refused_by_name(xrm: Installation) -> None:
    answer = await xrm.answer(ACTIONS, {"id": "nonsense"}, role="sales")

    error = answer["errors"][0]["extensions"]
    assert (error["code"], error["field"]) == ("VALIDATION", "relationshipId")
