"""What subscribers hear of changes, and what they never hear."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.subscriptions.conftest import CHANGES, Server, other_unit, token_of
from xrm_core.api import execute
from xrm_core.api.subscriptions import hub, operation
from xrm_core.api.subscriptions.announcement import NO_ID
from xrm_core.data.load.rows import insert_rows
from xrm_core.declare.registry import REGISTRY
from xrm_core.events import feed
from xrm_core.graph.activity import Interaction, Task
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import RoleAssignment, User, UserSession
from xrm_core.ids import new_id
from xrm_core.plugins.testing import Installation

DELETE = "mutation ($id: ID!) { deleteParty(id: $id) }"
RENAME = 'mutation ($id: ID!) { updateParty(input: {id: $id, name: "Renamed"}) { id } }'


async def test_a_change_is_told_with_its_type_id_kind_and_version(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()

        party = await xrm.make(Party, name="Acme")
        made = await client.change()
        await xrm.ask(RENAME, {"id": str(party.id)})
        changed = await client.change()
        await xrm.ask(DELETE, {"id": str(party.id)})
        gone = await client.change()

    about = {"type": "Party", "id": str(party.id)}
    assert made == {**about, "kind": "created", "version": 1}
    assert changed == {**about, "kind": "changed", "version": 2}
    assert gone == {**about, "kind": "deleted", "version": 2}


async def test_a_change_made_through_one_server_is_told_by_the_other(
    xrm: Installation, server: Server, second: Server
) -> None:
    async with second.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])

        party = await xrm.make(Party, name="Acme")

        assert (await client.change())["id"] == str(party.id)


async def test_what_is_rolled_back_is_not_told(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()

        with pytest.raises(ZeroDivisionError):
            async with xrm.app.work(command="test") as ctx:
                ctx.add(Party(name="Never"))
                await ctx.session.flush()
                raise ZeroDivisionError

        await client.silent()


async def test_only_the_types_and_the_object_that_were_asked_for_are_told(
    xrm: Installation, server: Server
) -> None:
    mine, other = await xrm.make(Party, name="Mine"), await xrm.make(Party, name="Other")
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Interaction", "Party"], id=str(mine.id))

        await xrm.ask(RENAME, {"id": str(other.id)})
        await xrm.make(Task, subject="Call", unit=xrm.unit)
        await xrm.ask(RENAME, {"id": str(mine.id)})

        assert (await client.change())["id"] == str(mine.id)
        await client.silent()


async def test_rows_of_another_unit_are_never_told_not_even_their_end(
    xrm: Installation, server: Server
) -> None:
    far = await other_unit(xrm)
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Task"])

        hidden = await xrm.make(Task, subject="Secret", unit=far)
        async with xrm.app.work(command="test") as ctx:
            (await ctx.get(Task, hidden.id)).subject = "More secret"
        async with xrm.app.work(command="test") as ctx:
            await ctx.session.delete(await ctx.get(Task, hidden.id))
        seen = await xrm.make(Task, subject="Call", unit=xrm.unit)

        assert (await client.change())["id"] == str(seen.id)
        await client.silent()


async def test_the_end_of_a_row_of_our_unit_is_told_though_it_was_never_shown(
    xrm: Installation, server: Server
) -> None:
    task = await xrm.make(Task, subject="Call", unit=xrm.unit)
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Task"])

        async with xrm.app.work(command="test") as ctx:
            await ctx.session.delete(await ctx.get(Task, task.id))

        assert (await client.change())["kind"] == "deleted"


async def test_what_came_and_went_in_one_unit_of_work_is_not_told(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()

        async with xrm.app.work(command="test") as ctx:
            brief = Party(name="Brief")
            ctx.add(brief)
            await ctx.session.flush()
            await ctx.session.delete(brief)
        stays = await xrm.make(Party, name="Stays")

        assert (await client.change())["id"] == str(stays.id)


async def revoke(xrm: Installation, role: str) -> None:
    """The user of that role holds it no more."""
    async with xrm.app.work(command="test") as ctx:
        await ctx.session.execute(sa.delete(RoleAssignment).where(RoleAssignment.role == role))


async def test_a_role_that_is_taken_away_between_two_changes_ends_what_it_showed(
    xrm: Installation, server: Server
) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])
        await xrm.make(Party, name="Seen")
        assert (await client.change())["kind"] == "created"

        await revoke(xrm, "sales")
        await xrm.make(Party, name="Unseen")

        heard = await client.hear()
        assert heard["type"] == "error"
        assert heard["payload"][0]["extensions"]["code"] == "VALIDATION"


async def test_everything_becomes_nothing_when_no_role_is_left(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()
        await revoke(xrm, "sales")

        await xrm.make(Party, name="Unseen")

        await client.silent()


@pytest.mark.parametrize("how", ["session", "user", "expiry"])
async def test_whose_session_has_ended_is_told_so_at_the_next_change_and_nothing_else(
    xrm: Installation, server: Server, how: str
) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()
        async with xrm.app.work(command="test") as ctx:
            if how == "session":
                await ctx.session.execute(sa.delete(UserSession))
            elif how == "expiry":
                await ctx.session.execute(sa.update(UserSession).values(expires_at=ctx.now))
            else:
                await ctx.session.execute(sa.update(User).values(is_active=False))

        await xrm.make(Party, name="Unseen")

        heard = await client.hear()
        assert heard["type"] == "error"
        assert heard["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await client.closing())[0] == 4401


async def test_a_session_that_ends_is_noticed_though_nothing_happens(
    xrm: Installation, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xrm_core.api.subscriptions.hub.REVIEW_EVERY_S", 0.3)
    token = await token_of(xrm, "sales")
    async with server.client(token) as client:
        await client.follow()

        await xrm.app.sessions.close(token)

        assert (await client.closing())[0] == 4401


@pytest.mark.parametrize("types", [["Nothing"], ["AuditEvent"], ["Node"], ["RelationshipConnection"], [""]])
async def test_a_type_that_is_not_there_for_the_asker_is_refused(
    xrm: Installation, server: Server, types: list[str]
) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.subscribe(CHANGES, types=types)

        heard = await client.hear()

    assert heard["type"] == "error"
    assert heard["payload"][0]["extensions"] | {"requestId": ""} == {
        "code": "VALIDATION", "field": "types", "requestId": "", "problems": heard["payload"][0]["extensions"]["problems"],
    }  # fmt: skip


async def test_an_object_that_may_not_be_seen_cannot_be_followed(xrm: Installation, server: Server) -> None:
    hidden = await xrm.make(Task, subject="Secret", unit=await other_unit(xrm))
    async with server.client(await token_of(xrm, "sales")) as client:
        for identity, wanted in (("1", str(hidden.id)), ("2", str(new_id()))):
            await client.subscribe(CHANGES, identity, id=wanted)
            heard = await client.hear()
            assert heard["payload"][0]["extensions"]["code"] == "NOT_FOUND"
        await client.subscribe(CHANGES, "3", id="x")

        assert (await client.hear())["payload"][0]["extensions"]["code"] == "VALIDATION"


async def test_the_object_itself_can_be_read_with_its_change(xrm: Installation, server: Server) -> None:
    query = "subscription { changes { kind node { __typename id ... on Party { name } ... on Task { subject } } } }"
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.subscribe(query)
        await asyncio.sleep(0.5)

        party = await xrm.make(Party, name="Acme")

        node = (await client.change())["node"]
        assert node == {"__typename": "Party", "id": str(party.id), "name": "Acme"}


async def test_aliases_fragments_and_directives_are_obeyed(xrm: Installation, server: Server) -> None:
    query = (
        'subscription ($no: Boolean!) { what: changes(types: ["Party"]) { ...Said at @include(if: $no) } } '
        "fragment Said on Change { sort: kind __typename }"
    )
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.subscribe(query, no=False)
        await asyncio.sleep(0.5)

        await xrm.make(Party, name="Acme")

        heard = await client.hear()
        assert heard["payload"] == {"data": {"what": {"sort": "created", "__typename": "Change"}}}


async def test_a_bulk_load_is_told_as_one_call_to_read_again(xrm: Installation, server: Server) -> None:
    rows = [{"id": new_id(), "name": f"Party {number}", "kind": "ORGANISATION"} for number in range(500)]
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()

        async with xrm.app.work(command="test.load") as ctx:
            await insert_rows(ctx, Party, rows)

        assert await client.change() == {"type": "Party", "id": NO_ID, "kind": "resync", "version": None}
        await client.silent()


async def test_many_changes_in_one_unit_of_work_are_told_as_one(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow()

        await xrm.add(*(Party(name=f"Party {number}") for number in range(150)))

        assert (await client.change())["kind"] == "resync"
        await client.silent()


async def test_a_bulk_load_of_rows_that_one_may_not_see_is_not_told(
    xrm: Installation, server: Server
) -> None:
    far, party = await other_unit(xrm), await xrm.make(Party, name="Acme")
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Interaction"])
        for unit in (far, xrm.unit):
            values: dict[str, Any] = {"party_id": party.id, "unit_id": unit, "channel": "EMAIL"}
            more = {"direction": "INBOUND", "subject": "Hello", "occurred_at": party.created_at}
            async with xrm.app.work(command="test.load") as ctx:
                await insert_rows(ctx, Interaction, [{"id": new_id(), **values, **more}])
            if unit == far:
                await client.silent()

        assert (await client.change())["kind"] == "resync"


@pytest.mark.plugins("credit")
async def test_a_plugin_s_part_of_an_object_is_a_change_of_the_object(
    xrm: Installation, server: Server
) -> None:
    party = await xrm.make(Party, name="Acme")
    edge = await xrm.make(
        Relationship,
        type=relationship_type_id(1, "CUSTOMER"),
        source=xrm.unit,
        target=party.id,
        unit=xrm.unit,
    )
    far = await other_unit(xrm)
    async with server.client(await token_of(xrm, "credit")) as client:
        await client.follow(types=["Relationship"])

        model: Any = REGISTRY["credit.standing"].model
        await xrm.make(model, id=edge.id, unit=far)
        # The role reads the relationship, and no standing of another unit.
        await client.silent()
        async with xrm.app.work(command="test") as ctx:
            (await ctx.get(model, edge.id)).unit = xrm.unit

        about = {"type": "Relationship", "id": str(edge.id), "kind": "changed", "version": None}
        assert await client.change() == about


@pytest.mark.plugins("legal")
async def test_a_subscription_to_a_plugin_that_is_switched_off_ends(
    xrm: Installation, server: Server
) -> None:
    async with server.client(await token_of(xrm, "admin")) as client:
        await client.follow("1", types=["Contract"])
        await client.follow("2", types=["Party"])

        await xrm.app.disable_plugin("legal")

        heard = await client.hear()
        assert (heard["type"], heard["id"]) == ("error", "1")
        assert heard["payload"][0]["extensions"]["code"] == "PLUGIN_DISABLED"
        await xrm.make(Party, name="Acme")
        assert (await client.hear())["id"] == "2"


async def test_after_too_much_to_catch_up_everybody_is_told_to_read_again(
    xrm: Installation, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_CAUGHT_UP", -1)
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.subscribe(CHANGES)

        assert await client.change() == {"type": "Node", "id": NO_ID, "kind": "resync", "version": None}


async def test_whoever_asks_too_much_of_an_event_keeps_nobody_waiting(
    xrm: Installation, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    say, stopped = execute.answer_event, list[str]()

    async def slow(running: Any) -> bytes:
        if "slow" in running.prepared.text:
            try:
                await asyncio.sleep(20)
            except asyncio.CancelledError:
                stopped.append("stopped")
                raise
        return await say(running)

    monkeypatch.setattr(operation, "answer_event", slow)
    monkeypatch.setattr(operation, "SAY_WITHIN_S", 0.2)
    monkeypatch.setattr(hub, "MOST_SAYING_S", 0.1)
    monkeypatch.setattr(hub, "EACH_SAYING_S", 0.0)
    async with (
        server.client(await token_of(xrm, "sales")) as greedy,
        server.client(await token_of(xrm, "auditor")) as other,
    ):
        for number in range(5):
            text = f"subscription {{ changes {{ slow{number}: id }} }}"
            await greedy.subscribe(text, str(number))
        await other.follow()

        party = await xrm.make(Party, name="Acme")

        assert (await other.change(3))["id"] == str(party.id)
        heard = [await greedy.hear(3) for _ in range(5)]
    assert {one["payload"][0]["extensions"]["code"] for one in heard} == {"LIMIT_EXCEEDED"}
    assert stopped == ["stopped"]


async def test_many_changes_at_once_are_told_to_a_client_that_reads(
    xrm: Installation, server: Server
) -> None:
    server.app.settings.stream_buffer = 16
    async with server.client(await token_of(xrm, "sales")) as client:
        for number in range(5):
            await client.subscribe(CHANGES, str(number), types=["Party"])
        await asyncio.sleep(0.5)

        await xrm.add(*(Party(name=f"P{number}") for number in range(60)))

        heard = [await client.change() for _ in range(300)]
    assert len({one["id"] for one in heard}) == 60
