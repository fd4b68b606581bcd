"""Values of custom fields: checked all at once, normalised, audited by key, kept where no field is in use."""

from typing import Any

import sqlalchemy as sa

from tests.core.custom.asking import CHANGE, CREATE, SHOWN, VALUES, define, define_all, party, problems
from xrm_core.events.models import AuditEvent
from xrm_core.graph.activity import Interaction
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation

READ = "query($id: ID!) { party(id: $id) { version customFields } }"
SET = "mutation($i: SetCustomFieldsInput!) { setCustomFields(input: $i) { objectId object { ... on Party { customFields } } } }"


async def test_values_come_back_in_one_form(xrm: Installation) -> None:
    await define_all(xrm)

    made = await xrm.ask(CREATE, {"n": "A", "c": VALUES})

    assert made["createParty"]["customFields"] == SHOWN


async def test_what_has_no_value_is_not_shown(xrm: Installation) -> None:
    before = (await xrm.ask(CREATE, {"n": "A"}))["createParty"]
    await define_all(xrm)
    after = (await xrm.ask(CREATE, {"n": "B", "c": {"vip": False}}))["createParty"]

    read = await xrm.ask(READ, {"id": before["id"]})

    assert (before["customFields"], after["customFields"]) == ({}, {"vip": False})
    assert read["party"]["customFields"] == {}


async def test_every_wrong_key_and_value_is_told_at_once(xrm: Installation) -> None:
    await define_all(xrm)
    wrong = {
        "nope": 1, "REGION": "x", "region": 5, "staff": 2**31, "score": "1.1234567", "vip": "yes",
        "since": "2020-1-2", "seen": "2020-01-02T10:00:00", "tier": "BRONZE",
    }  # fmt: skip

    answer = await xrm.answer(CREATE, {"n": "A", "c": wrong})

    unknown = [("core.unknown_custom_field", f"customFields.{key}") for key in ("nope", "REGION")]
    unfit = [("core.does_not_fit", f"customFields.{key}") for key in list(wrong)[2:]]
    assert sorted(problems(answer)) == sorted([*unknown, *unfit])
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


WRONG: list[tuple[str, Any]] = [
    ("region", "a\x00b"), ("region", {"a": 1}), ("region", "x" * 1_001), ("staff", True), ("staff", 1.5), ("staff", "1"),
    ("staff", -(2**31) - 1), ("score", "1e3"), ("score", "1000000000000"), ("score", "NaN"), ("score", True),
    ("score", [1]), ("score", ""), ("vip", 1), ("since", "2020-02-30"), ("since", "20200102"), ("since", 20200102),
    ("since", "2020-01-02T00:00:00Z"), ("seen", "0001-01-01T00:00:00+14:00"), ("seen", "yesterday"), ("seen", 0),
    ("tier", "gold"), ("tier", 1), ("tier", ["GOLD"]),
]  # fmt: skip


async def test_a_value_of_another_kind_is_refused(xrm: Installation) -> None:
    await define_all(xrm)
    made = await xrm.make(Party, name="A")

    for key, value in WRONG:
        answer = await xrm.answer(CHANGE, {"id": str(made.id), "c": {key: value}})

        assert answer.get("data") is None, (key, value)
        assert answer["errors"][0].get("extensions", {}).get("code", "VALIDATION") == "VALIDATION", (
            key,
            value,
        )
    assert (await xrm.get(Party, made.id)).version == 1


DECIMALS: list[tuple[Any, str]] = [
    ("0012.500000", "12.5"), (12, "12"), (0.1, "0.1"), ("-0", "0"), ("-0.000001", "-0.000001"),
    ("999999999999.999999", "999999999999.999999"), ("-999999999999.999999", "-999999999999.999999"),
]  # fmt: skip


async def test_a_decimal_is_exact(xrm: Installation) -> None:
    await define(xrm, "score", kind="DECIMAL")

    for value, shown in DECIMALS:
        made = await xrm.ask(CREATE, {"n": "A", "c": {"score": value}})

        assert made["createParty"]["customFields"] == {"score": shown}


async def test_an_absent_key_stays_and_null_clears(xrm: Installation) -> None:
    await define_all(xrm)
    made = await party(xrm, "A", region="Nord", staff=1)

    changed = await xrm.ask(CHANGE, {"id": made, "c": {"staff": None, "vip": True}})
    same = await xrm.ask(CHANGE, {"id": made, "c": {"vip": True}})
    cleared = await xrm.ask(CHANGE, {"id": made, "c": None})

    assert changed["updateParty"] == {"version": 2, "customFields": {"region": "Nord", "vip": True}}
    assert same["updateParty"]["version"] == 2
    assert cleared["updateParty"] == {"version": 3, "customFields": {}}


async def test_an_update_that_does_not_name_them_leaves_them(xrm: Installation) -> None:
    await define_all(xrm)
    made = await party(xrm, "A", region="Nord")

    await xrm.ask('mutation($id: ID!) { updateParty(input: {id: $id, name: "B"}) { id } }', {"id": made})

    assert (await xrm.ask(READ, {"id": made}))["party"]["customFields"] == {"region": "Nord"}


async def test_what_is_required_is_asked_of_whoever_creates(xrm: Installation) -> None:
    old = await party(xrm, "Old")
    await define(xrm, "region", kind="TEXT", required=True)
    await define(xrm, "staff", kind="INTEGER", required=True)

    nothing = await xrm.answer('mutation { createParty(input: {name: "A"}) { id } }')
    null = await xrm.answer(CREATE, {"n": "A", "c": {"region": None, "staff": "many"}})
    made = await party(xrm, "A", region="Nord", staff=1)
    cleared = await xrm.answer(CHANGE, {"id": made, "c": {"region": None}})
    half = await xrm.ask(CHANGE, {"id": old, "c": {"staff": 3}})

    assert problems(nothing) == [
        ("core.required", "customFields.region"),
        ("core.required", "customFields.staff"),
    ]
    assert sorted(problems(null)) == [
        ("core.does_not_fit", "customFields.staff"),
        ("core.required", "customFields.region"),
    ]
    assert problems(cleared) == [("core.required", "customFields.region")]
    assert half["updateParty"]["customFields"] == {"staff": 3}


async def test_each_key_is_audited_by_itself(xrm: Installation) -> None:
    await define_all(xrm)
    made = await party(xrm, "A", region="Nord", score="1")
    await xrm.ask(CHANGE, {"id": made, "c": {"region": "Sud", "staff": 2}})

    async with xrm.app.reading() as session:
        query = sa.select(AuditEvent.changes).where(AuditEvent.command == "core.party.update")
        changes = (await session.scalars(query)).one()

    assert changes[0]["values"] == [
        {"field": "custom_fields.region", "from": "Nord", "to": "Sud"},
        {"field": "custom_fields.staff", "from": None, "to": 2},
    ]


async def test_a_retired_field_is_not_written_and_its_values_stay(xrm: Installation) -> None:
    ids = await define_all(xrm)
    made = await party(xrm, "A", region="Nord", staff=1)
    await xrm.ask("mutation($id: ID!) { retireCustomField(id: $id) { isRetired } }", {"id": ids["region"]})

    hidden = await xrm.ask(CHANGE, {"id": made, "c": {"staff": 2}})
    refused = await xrm.answer(CHANGE, {"id": made, "c": {"region": "Sud"}})
    await xrm.ask(CHANGE, {"id": made, "c": None})
    await xrm.ask("mutation($id: ID!) { restoreCustomField(id: $id) { isRetired } }", {"id": ids["region"]})

    assert hidden["updateParty"]["customFields"] == {"staff": 2}
    assert problems(refused) == [("core.unknown_custom_field", "customFields.region")]
    assert (await xrm.ask(READ, {"id": made}))["party"]["customFields"] == {"region": "Nord"}


async def test_any_object_can_be_given_values(xrm: Installation) -> None:
    await define(xrm, "grade", resource="Interaction", kind="INTEGER")
    made = await xrm.make(Party, name="A")
    talk = await xrm.make(
        Interaction, party=made.id, channel="PHONE", direction="OUT", subject="x", unit=xrm.unit
    )

    await xrm.ask(
        SET, {"i": {"type": "core.interaction", "objectId": str(talk.id), "customFields": {"grade": 4}}}
    )
    stale = {
        "type": "Interaction",
        "objectId": str(talk.id),
        "customFields": {"grade": 5},
        "expectedVersion": 1,
    }
    refused = await xrm.answer(SET, {"i": stale})
    found = await xrm.ask(
        '{ interactions(where: {customFields: [{key: "grade", eq: 4}]}) { nodes { customFields } } }'
    )

    assert refused["errors"][0]["extensions"]["code"] == "CONFLICT"
    assert found["interactions"]["nodes"] == [{"customFields": {"grade": 4}}]


async def test_giving_values_takes_the_right_to_update(xrm: Installation) -> None:
    await define(xrm, "grade", resource="Party", kind="INTEGER")
    made = await xrm.make(Party, name="A")
    given = {"type": "Party", "objectId": str(made.id), "customFields": {"grade": 4}}

    reader = await xrm.answer(SET, {"i": given}, role="governance")
    nowhere = await xrm.answer(SET, {"i": given | {"type": "AuditEvent"}})
    unknown = await xrm.answer(SET, {"i": given | {"objectId": str(xrm.unit)[:-4] + "ffff"}})
    allowed = await xrm.ask(SET, {"i": given}, role="sales")

    codes = [answer["errors"][0]["extensions"]["code"] for answer in (reader, nowhere, unknown)]
    assert codes == ["FORBIDDEN", "VALIDATION", "NOT_FOUND"]
    assert allowed["setCustomFields"]["object"] == {"customFields": {"grade": 4}}


async def test_a_command_of_its_own_takes_them_too(xrm: Installation) -> None:
    await define(xrm, "mood", resource="core.interaction", kind="TEXT", required=True)
    made = await xrm.make(Party, name="A")
    log = "mutation($i: LogInteractionInput!) { logInteraction(input: $i) { customFields } }"
    given = {"partyId": str(made.id), "channel": "PHONE", "subject": "x"}

    without = await xrm.answer(log, {"i": given})
    logged = await xrm.ask(log, {"i": given | {"customFields": {"mood": "gai"}}})

    assert problems(without) == [("core.required", "customFields.mood")]
    assert logged["logInteraction"]["customFields"] == {"mood": "gai"}
