"""Moves of relationships through the API, on both databases (rules.md §A2, §A7)."""

import asyncio

import pytest

from tests.workflows.installation import CREATE, MOVE, moved, refusal, relationship, seen
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation

PLAN = {"cause": "late deliveries", "action": ["weekly call"], "targetDate": "2027-03-31"}


async def test_a_customer_begins_as_a_suspect_with_a_lawful_basis(xrm: Installation) -> None:
    edge = await relationship(xrm)

    found = await seen(xrm, edge)

    assert (found["stage"], found["substage"], found["episode"]) == ("CONTACT", "PERCEPTUAL", 1)
    assert found["lawfulBasis"] == "LEGITIMATE_INTEREST"
    assert [(step["trigger"], step["mode"], step["leftAt"]) for step in found["history"]] == [
        ("T1", "auto", None)
    ]
    assert found["history"][0]["ruleVersion"] == "workflows.customer@1"


@pytest.mark.parametrize(
    ("kind", "status", "rule"), [("SUPPLIER", "IDENTIFIED", "S1"), ("PARTNER", "PROSPECT", "P1")]
)
async def test_others_begin_with_a_status_that_gives_the_stage(
    xrm: Installation, kind: str, status: str, rule: str
) -> None:
    edge = await relationship(xrm, kind)

    found = await seen(xrm, edge)

    assert (found["status"], found["stage"], found["substage"]) == (status, "CONTACT", "PERCEPTUAL")
    assert [(step["trigger"], step["status"]) for step in found["history"]] == [(rule, status)]


async def test_of_two_moves_at_once_one_finds_the_object_moved(xrm: Installation) -> None:
    edge = await relationship(xrm)
    values = {"objectId": str(edge.id), "event": "reply", "reason": "Called back"}

    answers = await asyncio.gather(*(xrm.answer(MOVE, {"input": values}) for _ in range(3)))

    refused = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
    assert refused == ["ILLEGAL_TRANSITION"] * 2
    assert len((await seen(xrm, edge))["history"]) == 2


async def test_a_reply_moves_a_customer_and_is_kept(xrm: Installation) -> None:
    user = await xrm.user("sales")
    edge = await relationship(xrm)

    result = await moved(xrm, edge, "reply", role="sales", reason="Called back", data={"comment": "Friendly"})

    assert (result["from"], result["to"], result["event"]) == (
        "CONTACT/PERCEPTUAL",
        "CONTACT/INTERACTIONAL",
        "reply",
    )
    assert result["object"]["__typename"] == "Relationship"
    assert result["object"]["substage"] == "INTERACTIONAL"
    first, second = (await seen(xrm, edge))["history"]
    assert first["leftAt"] == second["enteredAt"] == result["at"]
    assert second["actor"] == {"id": str(user)}
    assert (second["reason"], second["comment"], second["trigger"]) == ("Called back", "Friendly", "T1b")


async def test_a_customer_relationship_lives_from_contact_to_repair(xrm: Installation) -> None:
    owner = await xrm.user("sales")
    edge = await relationship(xrm, stage="INVOLVEMENT", substage="TESTING", episode=1)

    await moved(xrm, edge, "intensify", reason="Second order came")
    await moved(xrm, edge, "voice", reason="Complained in writing")
    result = await moved(xrm, edge, "open_repair_plan", data={"owner": str(owner), **PLAN})

    assert (result["from"], result["to"]) == ("DETERIORATION/VOICED", "REPAIR/INTERNAL")
    step = (await seen(xrm, edge))["history"][-1]
    assert (step["trigger"], step["stage"], step["substage"]) == ("T5", "REPAIR", "INTERNAL")
    assert step["evidence"] == {
        "owner": str(owner), "cause": "late deliveries", "action": ["weekly call"], "target_date": "2027-03-31",
    }  # fmt: skip


async def test_a_repair_plan_without_its_fields_names_them_all_at_once(xrm: Installation) -> None:
    edge = await relationship(xrm, stage="DETERIORATION", substage="VOICED", episode=1)

    extensions = await refusal(xrm, edge, "open_repair_plan", data={"comment": "No plan yet"})

    assert extensions["code"] == "VALIDATION"
    fields = {problem["field"] for problem in extensions["problems"]}
    assert fields == {"data.owner", "data.cause", "data.action", "data.targetDate"}
    assert {problem["code"] for problem in extensions["problems"]} == {"workflows.field_missing"}


async def test_the_owner_of_a_plan_must_be_a_user(xrm: Installation) -> None:
    edge = await relationship(xrm, stage="DETERIORATION", substage="VOICED", episode=1)

    nobody = await refusal(xrm, edge, "open_repair_plan", data={"owner": "Anna", **PLAN})
    stranger = await refusal(xrm, edge, "open_repair_plan", data={"owner": str(edge.id), **PLAN})

    for extensions in (nobody, stranger):
        assert [(one["code"], one["field"]) for one in extensions["problems"]] == [
            ("core.not_found", "data.owner")
        ]


async def test_an_illegal_move_is_refused_with_what_is_possible(xrm: Installation) -> None:
    edge = await relationship(xrm)

    extensions = await refusal(xrm, edge, "commit", reason="Skipping ahead")

    assert extensions["code"] == "ILLEGAL_TRANSITION"
    (problem,) = extensions["problems"]
    assert problem["code"] == "workflows.illegal_transition"
    assert "reply" in problem["data"]["possible"]
    assert len((await seen(xrm, edge))["history"]) == 1


async def test_a_guard_whose_input_nobody_supplies_refuses_and_names_it(xrm: Installation) -> None:
    edge = await relationship(xrm)

    extensions = await refusal(xrm, edge, "confirm_order", reason="Ordered by phone")

    assert extensions["code"] == "ILLEGAL_TRANSITION"
    codes = {problem["code"]: problem["data"] for problem in extensions["problems"]}
    assert codes["workflows.missing_input"] == {"inputs": ["credit.hold"]}
    assert codes["workflows.kyc_incomplete"] == {"missing": ["checked identifier"]}


async def test_a_reason_is_needed_for_what_a_rule_would_do(xrm: Installation) -> None:
    edge = await relationship(xrm)

    extensions = await refusal(xrm, edge, "reply")

    assert extensions["code"] == "VALIDATION"
    assert [problem["code"] for problem in extensions["problems"]] == ["workflows.reason_missing"]


async def test_a_stale_version_is_a_conflict(xrm: Installation) -> None:
    edge = await relationship(xrm)
    await moved(xrm, edge, "reply", reason="Called back", expectedVersion=edge.version)

    extensions = await refusal(xrm, edge, "disqualify", reason="NO_NEED", expectedVersion=edge.version)

    assert (extensions["code"], extensions["field"]) == ("CONFLICT", "expectedVersion")


async def test_a_relationship_of_another_unit_does_not_exist(xrm: Installation) -> None:
    edge = await relationship(xrm)
    stranger = xrm.actor("sales", unit=(await xrm.make(Party, name="Another unit of ours")).id)

    answer = await xrm.answer(
        'mutation ($id: ID!) { transition(input: {objectId: $id, event: "reply", reason: "x"}) { to } }',
        {"id": str(edge.id)},
        actor=stranger,
    )

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert len((await seen(xrm, edge))["history"]) == 1


async def test_who_only_reads_may_not_move(xrm: Installation) -> None:
    edge = await relationship(xrm)

    for role in ("governance", "auditor"):
        extensions = await refusal(xrm, edge, "reply", role=role, reason="x")
        assert extensions["code"] == "FORBIDDEN"
        found = await seen(xrm, edge, role=role)
        assert len(found["history"]) == 1
        (reply, *_) = found["availableTransitions"]
        assert [one["code"] for one in reply["refusals"]] == ["core.forbidden"]


async def test_a_supplier_s_stage_follows_from_its_status(xrm: Installation) -> None:
    edge = await relationship(xrm, "SUPPLIER")
    before = await seen(xrm, edge)

    refused = await refusal(xrm, edge, "invite")
    await xrm.ask(
        'mutation ($party: ID!) { createContactPoint(input: {party: $party, channel: "EMAIL", '
        'value: "sales@supplier.example"}) { id } }',
        {"party": str(edge.target)},
    )
    result = await moved(xrm, edge, "invite")

    assert (before["status"], before["stage"], before["substage"]) == ("IDENTIFIED", "CONTACT", "PERCEPTUAL")
    assert [problem["code"] for problem in refused["problems"]] == ["workflows.contact_point_missing"]
    assert (result["from"], result["to"]) == ("IDENTIFIED", "INVITED")
    assert result["object"]["status"] == "INVITED"


async def test_a_supplier_leaves_its_watch_for_the_status_it_had(xrm: Installation) -> None:
    edge = await relationship(
        xrm, "SUPPLIER", stage="INTIMACY", substage="COMMITMENT", status="PREFERRED", episode=1
    )

    await moved(xrm, edge, "block", reason="Fraud suspected")
    await moved(xrm, edge, "unblock", reason="Cleared")
    (recover,) = [one for one in (await seen(xrm, edge))["availableTransitions"] if one["event"] == "recover"]

    # Its history here began with the block, so the past tells of no working status.
    assert recover["target"] == "APPROVED"
    assert [one["code"] for one in recover["refusals"]] == ["workflows.missing_input"]


async def test_a_managed_relationship_runs_from_one_of_our_units(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Somebody else")
    customer = str(relationship_type_id(1, "CUSTOMER"))

    backwards = await xrm.answer(
        CREATE, {"input": {"type": customer, "source": str(party.id), "target": str(xrm.unit)}}
    )
    made = await xrm.ask(
        CREATE, {"input": {"type": customer, "source": str(xrm.unit), "target": str(party.id)}}, role="sales"
    )

    extensions = backwards["errors"][0]["extensions"]
    assert (extensions["code"], extensions["field"]) == ("VALIDATION", "source")
    assert made["createRelationship"]["stage"] == "CONTACT"


async def test_a_structural_relationship_has_no_stage(xrm: Installation) -> None:
    parent, child = await xrm.make(Party, name="Parent"), await xrm.make(Party, name="Child")
    owns = str(relationship_type_id(1, "OWNS"))

    made = await xrm.ask(CREATE, {"input": {"type": owns, "source": str(parent.id), "target": str(child.id)}})

    assert made["createRelationship"]["stage"] is None
    found = await xrm.ask(
        "query ($id: ID!) { relationship(id: $id) { history { id } availableTransitions { event } } }",
        {"id": made["createRelationship"]["id"]},
    )
    assert found["relationship"] == {"history": [], "availableTransitions": []}


async def test_a_relationship_without_lawful_basis_is_not_begun(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Somebody")
    values = {
        "type": str(relationship_type_id(1, "CUSTOMER")), "source": str(xrm.unit), "target": str(party.id),
        "lawfulBasis": " ",
    }  # fmt: skip

    answer = await xrm.answer(CREATE, {"input": values})

    extensions = answer["errors"][0]["extensions"]
    assert extensions["code"] == "ILLEGAL_TRANSITION"
    assert [problem["code"] for problem in extensions["problems"]] == ["workflows.lawful_basis_missing"]


async def test_what_has_no_state_machine_cannot_be_moved(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Somebody")

    answer = await xrm.answer(
        "mutation ($input: TransitionInput!) { transition(input: $input) { to } }",
        {"input": {"objectId": str(party.id), "type": "Party", "event": "reply"}},
    )

    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"
    assert answer["errors"][0]["extensions"]["field"] == "type"


async def test_the_form_of_a_move_speaks_the_asker_s_language(xrm: Installation) -> None:
    edge = await relationship(xrm, stage="DETERIORATION", substage="VOICED", episode=1)

    found = await seen(xrm, edge, actor=xrm.actor("admin", language="fr"))

    (plan,) = [one for one in found["availableTransitions"] if one["event"] == "open_repair_plan"]
    assert plan["label"] == "Ouvrir un plan de réparation"
    assert plan["allowed"] is True
    assert {"name": "owner", "type": "user", "label": "Responsable du plan"}.items() <= plan["form"][
        "fields"
    ][0].items()


async def test_every_machine_is_described_to_whoever_has_a_role(xrm: Installation) -> None:
    data = await xrm.ask(
        "{ workflows { id title resource version states transitions mermaid } }", role="sales"
    )

    by_id = {one["id"]: one for one in data["workflows"]}
    assert {"workflows.customer", "workflows.supplier", "workflows.partner"} <= set(by_id)
    assert by_id["workflows.customer"]["mermaid"].startswith("stateDiagram-v2")
    assert len(by_id["workflows.customer"]["states"]) == 12
