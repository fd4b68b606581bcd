"""Objects of plugins live like relationships do, without their authors writing more than the process."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from tests.workflows.fleet import plugin as door
from tests.workflows.fleet.models import Vehicle
from tests.workflows.installation import moved, refusal, relationship, seen
from xrm_core.graph.party import Identifier, Party
from xrm_core.plugins.testing import Installation
from xrm_workflows.checking import process_problems
from xrm_workflows.history import interval_problems, verify_chain
from xrm_workflows.models import StateInterval
from xrm_workflows.records import chain, interval_of

LIFE = """
    query ($id: ID!) {
        vehicle(id: $id) {
            plate state lentTo { id }
            history { state enteredAt leftAt trigger mode reason }
            availableTransitions { event label target allowed refusals { code } form }
        }
    }
"""
MOVE = """
    mutation ($input: TransitionInput!) {
        transition(input: $input) {
            from to object { ... on Vehicle { plate now: state availableTransitions { ev: event } } }
        }
    }
"""
TOMORROW = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)


async def car(fleet: Installation, plate: str = "AB-123-CD", **values: Any) -> Vehicle:
    """A car that is free and insured."""
    return await fleet.make(Vehicle, plate=plate, **{"insured_until": TOMORROW, **values})


async def life(fleet: Installation, vehicle: Any, role: str = "sales") -> Any:
    """The car as somebody sees it."""
    return (await fleet.ask(LIFE, {"id": str(vehicle)}, role=role))["vehicle"]


async def shift(fleet: Installation, vehicle: Vehicle, event: str, role: str = "sales", **given: Any) -> Any:
    """The whole answer to a transition."""
    values = {"objectId": str(vehicle.id), "event": event, **given}
    return await fleet.answer(MOVE, {"input": values}, role=role)


async def test_what_is_created_begins_in_the_first_state_with_a_history(fleet: Installation) -> None:
    made = await fleet.ask(
        "mutation ($input: CreateVehicleInput!) { createVehicle(input: $input) { id state } }",
        {"input": {"plate": "AB-123-CD", "insuredUntil": str(TOMORROW)}},
        role="sales",
    )

    found = await life(fleet, made["createVehicle"]["id"])

    assert made["createVehicle"]["state"] == "free"
    assert [(step["state"], step["trigger"], step["leftAt"]) for step in found["history"]] == [
        ("free", "created", None)
    ]


async def test_moves_are_shown_with_the_mutation_that_makes_them(fleet: Installation) -> None:
    vehicle = await car(fleet)

    moves = {one["event"]: one for one in (await life(fleet, vehicle.id))["availableTransitions"]}

    assert moves["lend"]["allowed"] is True
    assert moves["lend"]["form"]["mutation"] == "lendVehicle"
    assert [one["code"] for one in moves["sell"]["refusals"]] == ["core.forbidden"]
    assert moves["sell"]["form"]["reason"]["required"] is True


async def test_a_move_that_a_command_makes_obeys_the_command(fleet: Installation) -> None:
    vehicle, partner = await car(fleet), await fleet.make(Party, name="A partner")
    yesterday = {"party": str(partner.id), "until": "2020-01-01"}

    refused = await shift(fleet, vehicle, "lend", data=yesterday)
    incomplete = await shift(fleet, vehicle, "lend")
    lent = await shift(fleet, vehicle, "lend", data={"party": str(partner.id), "until": str(TOMORROW)})

    assert [one["code"] for one in refused["errors"][0]["extensions"]["problems"]] == ["fleet.until_past"]
    assert {one["field"] for one in incomplete["errors"][0]["extensions"]["problems"]} == {"party", "until"}
    assert lent["data"]["transition"] == {
        "from": "free", "to": "lent",
        "object": {"plate": "AB-123-CD", "now": "lent", "availableTransitions": [{"ev": "return"}]},
    }  # fmt: skip
    assert (await life(fleet, vehicle.id))["lentTo"] == {"id": str(partner.id)}


async def test_a_guard_refuses_a_car_without_insurance(fleet: Installation) -> None:
    vehicle, partner = (
        await car(fleet, insured_until=dt.date(2020, 1, 1)),
        await fleet.make(Party, name="A partner"),
    )

    refused = await shift(fleet, vehicle, "lend", data={"party": str(partner.id), "until": str(TOMORROW)})

    extensions = refused["errors"][0]["extensions"]
    assert extensions["code"] == "ILLEGAL_TRANSITION"
    assert [one["code"] for one in extensions["problems"]] == ["fleet.not_insured"]
    assert (await life(fleet, vehicle.id))["lentTo"] is None


async def test_the_permission_of_a_move_is_asked_of_the_object_itself(fleet: Installation) -> None:
    plain, special = await car(fleet, state="lent"), await car(fleet, "X", state="lent")

    allowed = await shift(fleet, plain, "return")
    denied = await shift(fleet, special, "return")

    assert allowed["data"]["transition"]["to"] == "free"
    assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    (shown,) = (await life(fleet, special.id))["availableTransitions"]
    assert [one["code"] for one in shown["refusals"]] == ["core.forbidden"]


async def test_the_history_of_a_car_is_contiguous_and_chained(fleet: Installation) -> None:
    vehicle, partner = await car(fleet), await fleet.make(Party, name="A partner")
    await shift(fleet, vehicle, "lend", data={"party": str(partner.id), "until": str(TOMORROW)})
    await shift(fleet, vehicle, "return")
    await shift(fleet, vehicle, "sell", role="admin", reason="Too old")

    query = (
        sa.select(StateInterval)
        .where(StateInterval.object_id == vehicle.id)
        .order_by(StateInterval.entered_at)
    )
    async with fleet.app.reading() as session:
        kept = list((await session.scalars(query)).all())

    assert [row.state for row in kept] == ["free", "lent", "free", "sold"]
    assert kept[-1].reason == "Too old"
    assert interval_problems([interval_of(row) for row in kept]) == []
    assert verify_chain(chain(kept)) == []
    kept[2].evidence = {"forged": True}
    assert [problem.data["row"] for problem in verify_chain(chain(kept))] == [2]


async def test_lists_are_filtered_by_history(fleet: Installation) -> None:
    vehicle, partner = await car(fleet), await fleet.make(Party, name="A partner")
    await car(fleet, "EF-456-GH")
    await shift(fleet, vehicle, "lend", data={"party": str(partner.id), "until": str(TOMORROW)})
    await shift(fleet, vehicle, "return")

    data = await fleet.ask(
        '{ vehicles(where: {history: {some: {state: {eq: "lent"}}}}) { nodes { plate } } }'
    )

    assert data["vehicles"]["nodes"] == [{"plate": "AB-123-CD"}]


async def test_history_is_hidden_with_its_object(fleet: Installation) -> None:
    vehicle = await car(fleet)

    assert await life(fleet, vehicle.id, role="credit") is None


async def test_a_plugin_may_object_to_any_move(fleet: Installation) -> None:
    edge = await relationship(fleet)
    door.OBJECTIONS["reply"] = "Not while its car is out."

    extensions = await refusal(fleet, edge, "reply", reason="Called back")
    (reply, *_) = (await seen(fleet, edge))["availableTransitions"]

    assert [one["code"] for one in extensions["problems"]] == ["fleet.objected"]
    assert [one["message"] for one in reply["refusals"]] == ["Not while its car is out."]


async def test_a_plugin_that_fails_when_asked_means_no(fleet: Installation) -> None:
    edge = await relationship(fleet)
    door.OBJECTIONS["reply"] = "broken"

    extensions = await refusal(fleet, edge, "reply", reason="Called back")

    assert extensions["code"] == "ILLEGAL_TRANSITION"
    assert [one["code"] for one in extensions["problems"]] == ["workflows.objections_failed"]


async def test_a_first_order_is_confirmed_unless_a_hold_stands_against_it(fleet: Installation) -> None:
    edge = await relationship(fleet)
    await fleet.make(Identifier, party=edge.target, scheme="SIREN", value="552100554", is_checked=True)
    door.HOLDS[edge.id] = "HARD"

    held = await refusal(fleet, edge, "confirm_order", reason="Order 4711")
    door.HOLDS[edge.id] = "SOFT"
    result = await moved(fleet, edge, "confirm_order", reason="Order 4711")

    assert [one["code"] for one in held["problems"]] == ["workflows.on_hold"]
    assert result["to"] == "INVOLVEMENT/TESTING"


async def test_a_disabled_plugin_moves_nothing(fleet: Installation) -> None:
    vehicle = await car(fleet)
    await fleet.app.disable_plugin("fleet")

    answer = await fleet.answer(
        'mutation ($id: ID!) { transition(input: {objectId: $id, event: "sell", reason: "x"}) { to } }',
        {"id": str(vehicle.id)},
    )

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_the_machines_of_plugins_are_listed_while_they_are_enabled(fleet: Installation) -> None:
    question = "{ workflows { id title } }"

    enabled = await fleet.ask(question, actor=fleet.actor("sales", language="fr"))
    await fleet.app.disable_plugin("fleet")
    disabled = await fleet.ask(question)

    assert {"id": "fleet.vehicle", "title": "Véhicule"} in enabled["workflows"]
    assert "fleet.vehicle" not in {one["id"] for one in disabled["workflows"]}


async def test_a_sound_process_passes_the_conformance_check(fleet: Installation) -> None:
    assert process_problems("fleet", "tests.workflows.fleet") == []
    assert process_problems("workflows", "xrm_workflows") == []


async def test_a_lifecycle_without_a_process_is_told(fleet: Installation) -> None:
    assert process_problems("fleet", "tests.workflows") == ["fleet.vehicle has no state machine."]
