"""Audit entries tell of other objects: they say no more of them than their reader may see today."""

from typing import Any

from tests.core.custom.asking import CHANGE, define, party
from tests.core.query.asking import policy
from xrm_core.access.book import PolicyBook
from xrm_core.events.models import AuditEvent
from xrm_core.plugins.testing import Installation

EVENTS = "{ auditEvents(first: 500) { totalCount nodes { objectType objectId changes } } }"


async def told(xrm: Installation, *policies: Any) -> list[dict[str, Any]]:
    """The audit entries that somebody with these policies reads."""
    xrm.app.snapshot.book = PolicyBook([policy("some", "core.audit_event"), *policies])
    found: dict[str, Any] = (await xrm.ask(EVENTS, role="some"))["auditEvents"]
    assert found["totalCount"] == len(found["nodes"])
    return list(found["nodes"])


async def test_an_entry_is_shown_to_whoever_may_see_its_object(xrm: Installation) -> None:
    shown, hidden = await party(xrm, "Shown"), await party(xrm, "Hidden")
    rule = policy("some", "core.party", '{name: {eq: "Shown"}}')

    by_rule = {one["objectId"] for one in await told(xrm, rule)}
    by_kind = {one["objectId"] for one in await told(xrm, policy("some", "core.party"))}

    assert shown in by_rule and hidden not in by_rule
    assert {shown, hidden} <= by_kind
    assert await told(xrm, policy("some", "core.task")) == []


async def test_of_what_is_gone_only_those_hear_who_see_all_of_its_kind(xrm: Installation) -> None:
    gone = await party(xrm, "Gone")
    await xrm.ask("mutation($id: ID!) { deleteParty(id: $id) }", {"id": gone})

    by_rule = await told(xrm, policy("some", "core.party", '{name: {ne: "Other"}}'))
    by_kind = await told(xrm, policy("some", "core.party"))

    assert gone not in [one["objectId"] for one in by_rule]
    assert [one["objectId"] for one in by_kind].count(gone) == 2


async def test_a_hidden_field_is_not_among_the_changes(xrm: Installation) -> None:
    for key in ("region", "score"):
        await define(xrm, key, kind="TEXT")
    object_id = await party(xrm, "A", region="north", score="secret 1")
    await xrm.ask(CHANGE, {"id": object_id, "c": {"region": "south", "score": "secret 2"}})

    found = await told(xrm, policy("some", "core.party", fields="-custom_fields.score"))

    fields = [value["field"] for one in found for change in one["changes"] for value in change["values"]]
    assert fields.count("custom_fields.region") == 2 and "name" in fields
    assert "secret" not in str(found) and "score" not in str(found)


async def test_what_else_a_command_changed_is_shown_to_those_who_see_it(xrm: Installation) -> None:
    object_id = await party(xrm, "A")
    changes = [
        {"type": "core.party", "id": object_id, "kind": "changed", "values": []},
        {"type": "core.task", "id": object_id, "kind": "created", "values": []},
        {"type": "gone.plugin", "id": object_id, "kind": "created", "values": []},
    ]
    entry: dict[str, Any] = {
        "command": "test",
        "object_type": "core.party",
        "object_id": object_id,
        "changes": changes,
    }
    await xrm.add(AuditEvent(**entry), AuditEvent(**entry | {"object_type": "gone.plugin"}))
    rule = policy("some", "core.party", '{name: {eq: "A"}}')

    def kinds(found: list[dict[str, Any]]) -> list[list[str]]:
        return [[change["type"] for change in one["changes"]] for one in found]

    by_rule = kinds(await told(xrm, rule))
    with_tasks = kinds(await told(xrm, rule, policy("some", "core.task")))
    everything = kinds(await told(xrm, policy("some", "*")))

    assert by_rule and all(one == ["core.party"] for one in by_rule)
    assert ["core.party", "core.task"] in with_tasks and "gone.plugin" not in str(with_tasks)
    assert everything.count(["core.party", "core.task", "gone.plugin"]) == 2
