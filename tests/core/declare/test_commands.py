"""A command does all of it or nothing, and says which field is wrong."""

import secrets
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.errors import Conflict, Invalid
from xrm_core.events.models import AuditEvent, OutboxRow
from xrm_core.graph.party import Party, PartyKind, Unit
from xrm_core.identity.models import User
from xrm_core.ids import new_id
from xrm_core.plugins.testing import Installation

CREATE_PARTY = "mutation ($i: CreatePartyInput!) { createParty(input: $i) { id } }"
UPDATE_PARTY = "mutation ($i: UpdatePartyInput!) { updateParty(input: $i) { name kind version } }"
DELETE_PARTY = "mutation ($id: ID!) { deleteParty(id: $id) }"
CREATE_TASK = "mutation ($i: CreateTaskInput!) { createTask(input: $i) { id } }"
UPDATE_TASK = "mutation ($i: UpdateTaskInput!) { updateTask(input: $i) { id } }"
LOG = "mutation ($i: LogInteractionInput!) { logInteraction(input: $i) { id } }"
RELATE = "mutation ($i: CreateRelationshipInput!) { createRelationship(input: $i) { id } }"


async def counts(xrm: Installation) -> tuple[int, ...]:
    """How many parties, audit entries and events there are."""
    async with xrm.app.reading() as session:
        found = [
            await session.scalar(sa.select(sa.func.count()).select_from(model))
            for model in (Party, AuditEvent, OutboxRow)
        ]
    return tuple(count or 0 for count in found)


async def refusal(
    xrm: Installation, document: str, role: str = "admin", **given: Any
) -> tuple[str, list[str]]:
    """The code and the fields of the one error."""
    answer = await xrm.answer(document, {"i": given}, role=role)
    [error] = answer["errors"]
    problems = error["extensions"].get("problems", [])
    return error["extensions"]["code"], [problem["field"] for problem in problems]


async def test_a_command_that_fails_half_way_leaves_nothing(xrm: Installation) -> None:
    before = await counts(xrm)

    with pytest.raises(ZeroDivisionError):
        async with xrm.app.work(xrm.actor("admin")) as ctx:
            ctx.add(Party(name="Half", kind=PartyKind.ORGANISATION))
            ctx.emit("core.test.happened")
            await ctx.session.flush()
            raise ZeroDivisionError

    assert await counts(xrm) == before


async def test_a_change_is_one_audit_entry_with_old_and_new_values_and_its_events(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Old", kind=PartyKind.ORGANISATION)
    parties, audits, events = await counts(xrm)

    await xrm.ask(UPDATE_PARTY, {"i": {"id": str(party.id), "name": "New"}})

    async with xrm.app.reading() as session:
        audit = (await session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()))).first()
    assert await counts(xrm) == (parties, audits + 1, events + 1)
    assert audit is not None and audit.command == "core.party.update"
    assert audit.changes[0]["values"] == [{"field": "name", "from": "Old", "to": "New"}]


async def test_what_is_deleted_stands_in_the_audit_with_the_values_it_had(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Gone", kind=PartyKind.ORGANISATION)

    await xrm.ask(DELETE_PARTY, {"id": str(party.id)})

    async with xrm.app.reading() as session:
        audit = (await session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()))).first()
    assert audit is not None
    assert {"field": "name", "from": "Gone", "to": None} in audit.changes[0]["values"]


async def test_what_others_refer_to_is_not_deleted_and_the_next_command_still_works(
    xrm: Installation,
) -> None:
    party = await xrm.make(Party, name="Kept", kind=PartyKind.ORGANISATION)
    await xrm.ask(LOG, {"i": {"partyId": str(party.id), "channel": "EMAIL", "subject": "Hello"}})

    answer = await xrm.answer(DELETE_PARTY, {"id": str(party.id)})

    assert answer["errors"][0]["extensions"]["code"] == "CONFLICT"
    assert await xrm.ask(CREATE_PARTY, {"i": {"name": "Next", "kind": "ORGANISATION"}})


async def test_a_value_that_is_taken_names_its_field_and_not_who_has_it(xrm: Installation) -> None:
    await xrm.add(User(email="taken@xrm.example", name="First"))

    with pytest.raises(Invalid) as refused:
        await xrm.add(User(email="TAKEN@xrm.example", name="Second"))

    assert refused.value.field == "email"
    assert "taken" not in refused.value.message and "First" not in refused.value.message


async def test_what_a_change_leaves_out_stays_and_null_empties_only_what_may_be_empty(
    xrm: Installation,
) -> None:
    party = await xrm.make(Party, name="Stays", kind=PartyKind.PERSON)

    changed = await xrm.ask(UPDATE_PARTY, {"i": {"id": str(party.id)}})
    emptied = await refusal(xrm, UPDATE_PARTY, id=str(party.id), name=None, kind=None)

    assert changed["updateParty"] == {"name": "Stays", "kind": "PERSON", "version": 1}
    assert emptied == ("VALIDATION", ["kind", "name"])


@pytest.mark.parametrize("field", ["version", "isStub", "tenantId", "nameKey", "id", "nonsense"])
async def test_what_is_not_the_callers_to_set_is_no_field_of_the_input(xrm: Installation, field: str) -> None:
    code, _ = await refusal(xrm, CREATE_PARTY, name="x", kind="ORGANISATION", **{field: "1"})

    assert code == "VALIDATION"


async def test_a_link_to_what_is_not_there_names_every_such_field(xrm: Installation) -> None:
    given = {"partyId": str(new_id()), "relationshipId": str(new_id()), "channel": "EMAIL", "subject": "x"}

    assert await refusal(xrm, LOG, **given) == ("VALIDATION", ["partyId", "relationshipId"])


async def test_a_text_too_long_for_its_index_is_refused_on_both_databases(xrm: Installation) -> None:
    given = {"name": secrets.token_hex(5_000), "kind": "ORGANISATION"}

    assert await refusal(xrm, CREATE_PARTY, **given) == ("VALIDATION", ["name"])


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
async def test_text_that_no_database_keeps_is_refused(xrm: Installation, text: str) -> None:
    code, _ = await refusal(xrm, CREATE_PARTY, name=text, kind="ORGANISATION")

    assert code == "VALIDATION"


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("999999999999.9999999", "EUR"),
        ("1000000000000", "EUR"),
        ("-1e400", "EUR"),
        ("NaN", "EUR"),
        ("1", "eur"),
        ("1", "ZZZ"),
        ("1", ""),
    ],
)
async def test_money_that_cannot_be_is_refused(xrm: Installation, amount: str, currency: str) -> None:
    cost = {"amount": amount, "currency": currency}

    code, _ = await refusal(xrm, LOG, partyId=str(xrm.unit), channel="EMAIL", subject="x", cost=cost)

    assert code == "VALIDATION"


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "2026-01-01T00:00:00", "tomorrow"]
)
async def test_a_moment_outside_the_calendar_is_refused(xrm: Installation, moment: str) -> None:
    code, _ = await refusal(xrm, CREATE_TASK, subject="x", dueAt=moment)

    assert code == "VALIDATION"


async def test_every_wrong_value_of_a_relationship_is_told_at_once(xrm: Installation) -> None:
    types = await xrm.ask("{ relationshipTypes(first: 50) { nodes { id code } } }")
    owns = next(one["id"] for one in types["relationshipTypes"]["nodes"] if one["code"] == "OWNS")
    ends = {"type": owns, "source": str(xrm.unit), "target": str(xrm.unit)}

    told = await refusal(xrm, RELATE, **ends, share="1.5", validFrom="2026-01-02", validTo="2026-01-01")

    assert told == ("VALIDATION", ["share", "validTo"])


async def other_unit(xrm: Installation) -> Any:
    """A unit beside ours."""
    party = await xrm.make(Party, name="Other unit", kind=PartyKind.ORGANISATION)
    await xrm.add(Unit(party=party.id, code="OTHER", parent=None))
    return party.id


async def test_a_command_acts_only_in_a_unit_where_its_role_is_held(xrm: Installation) -> None:
    other = await other_unit(xrm)
    before = await counts(xrm)
    given = {"partyId": str(xrm.unit), "channel": "EMAIL", "subject": "x"}

    assert await refusal(xrm, LOG, "sales", **given, unitId=str(other)) == ("FORBIDDEN", ["unitId"])
    assert await refusal(xrm, LOG, "sales", **given, unitId=str(new_id())) == ("VALIDATION", ["unitId"])
    assert await counts(xrm) == before


async def test_what_is_moved_into_a_unit_where_the_role_is_not_held_stays_where_it_was(
    xrm: Installation,
) -> None:
    other = await other_unit(xrm)
    made = await xrm.ask(CREATE_TASK, {"i": {"subject": "Ours"}}, role="sales")
    task = made["createTask"]["id"]

    code, _ = await refusal(xrm, UPDATE_TASK, "sales", id=task, unit=str(other))

    assert code == "FORBIDDEN"
    kept = await xrm.ask("query ($id: ID!) { task(id: $id) { unit { id } } }", {"id": task})
    assert kept["task"]["unit"]["id"] == str(xrm.unit)


async def test_what_is_made_for_another_unit_is_refused_and_not_stored(xrm: Installation) -> None:
    other = await other_unit(xrm)

    code, _ = await refusal(xrm, CREATE_TASK, "sales", subject="Theirs", unit=str(other))

    assert code == "FORBIDDEN"
    assert (await xrm.ask("{ tasks { totalCount } }"))["tasks"]["totalCount"] == 0


async def test_what_one_may_not_see_one_cannot_change_either_and_reads_that_it_is_not_there(
    xrm: Installation,
) -> None:
    other = await other_unit(xrm)
    made = await xrm.ask(CREATE_TASK, {"i": {"subject": "Theirs", "unit": str(other)}})

    code, fields = await refusal(xrm, UPDATE_TASK, "sales", id=made["createTask"]["id"], subject="Mine")

    assert (code, fields) == ("NOT_FOUND", ["id"])


async def test_who_may_read_and_not_change_is_forbidden(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Read only", kind=PartyKind.ORGANISATION)

    assert (await refusal(xrm, UPDATE_PARTY, "auditor", id=str(party.id), name="x"))[0] == "FORBIDDEN"
    assert (await xrm.get(Party, party.id)).name == "Read only"


async def test_a_stale_version_is_a_conflict(xrm: Installation) -> None:
    party = await xrm.make(Party, name="One", kind=PartyKind.ORGANISATION)

    stale = await refusal(xrm, UPDATE_PARTY, id=str(party.id), name="Two", expectedVersion=7)

    assert stale == ("CONFLICT", ["expectedVersion"])


async def test_a_lock_shows_the_object_as_it_is_now(xrm: Installation) -> None:
    party = await xrm.make(Party, name="One", kind=PartyKind.ORGANISATION)
    async with AsyncSession(xrm.app.database.engine) as session:
        ctx = xrm.app.context(xrm.actor("admin"), session)
        seen = await ctx.get(Party, party.id)
        await session.rollback()
        await xrm.ask(UPDATE_PARTY, {"i": {"id": str(party.id), "name": "Two"}})

        locked = await ctx.find(Party, party.id, lock=True)

        assert locked is seen and seen.name == "Two"


async def test_a_conflict_is_not_told_as_a_mistake_of_ours(xrm: Installation) -> None:
    party = await xrm.make(Party, name="One", kind=PartyKind.ORGANISATION)

    with pytest.raises(Conflict):
        async with xrm.app.work(xrm.actor("admin")) as ctx:
            mine = await ctx.get(Party, party.id)
            await ctx.session.execute(
                sa.update(Party).where(Party.id == party.id).values(version=Party.version + 1)
                .execution_options(synchronize_session=False)
            )  # fmt: skip
            mine.name = "Two"
