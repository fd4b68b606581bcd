"""Definitions: who may make them, what is refused, what may change and when."""

from typing import Any

import pytest

from tests.core.custom.asking import CHANGE, DEFINE, UPDATE, define, define_all, names, party, problems
from xrm_core.custom import commands
from xrm_core.graph.party import Party
from xrm_core.ids import Id
from xrm_core.plugins.testing import Installation

RETIRE = "mutation($id: ID!) { retireCustomField(id: $id) { isRetired } }"
RESTORE = "mutation($id: ID!) { restoreCustomField(id: $id) { isRetired } }"
LIST = "{ customFields(orderBy: [{key: ASC}]) { nodes { resource key kind label labelFr isRequired isIndexed options } } }"


async def test_definitions_are_listed_for_everybody_with_a_role(xrm: Installation) -> None:
    await define(xrm, "region", kind="TEXT", labelEn="Region", labelFr="Région", required=True)

    for role in ("admin", "sales", "governance", "auditor"):
        nodes = (await xrm.ask(LIST, role=role))["customFields"]["nodes"]

        assert nodes == [
            {
                "resource": "core.party", "key": "region", "kind": "TEXT", "label": "Region", "labelFr": "Région",
                "isRequired": True, "isIndexed": False, "options": [],
            }
        ]  # fmt: skip


async def test_only_an_admin_defines(xrm: Installation) -> None:
    given = {"resource": "core.party", "key": "region", "kind": "TEXT"}

    answers = [
        await xrm.answer(DEFINE, {"i": given}, role=role) for role in ("sales", "auditor", "governance")
    ]

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["FORBIDDEN"] * 3


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"resource": "core.nothing"}, "resource"),
    ({"resource": "core.audit_event"}, "resource"),
    ({"resource": "core.custom_field"}, "resource"),
    ({"resource": "credit.standing"}, "resource"),
    ({"key": "Region"}, "key"),
    ({"key": "1a"}, "key"),
    ({"key": "a'b"}, "key"),
    ({"key": "a~t"}, "key"),
    ({"key": ""}, "key"),
    ({"key": "é"}, "key"),
    ({"key": "a\n"}, "key"),
    ({"key": "a" * 41}, "key"),
    ({"kind": "CHOICE"}, "options"),
    ({"kind": "CHOICE", "options": []}, "options"),
    ({"kind": "CHOICE", "options": [{"value": "a"}, {"value": "a"}]}, "options"),
    ({"kind": "CHOICE", "options": [{"value": " "}]}, "options"),
    ({"kind": "TEXT", "options": [{"value": "a"}]}, "options"),
    ({"labelEn": " "}, "labelEn"),
    ({"labelFr": "x" * 201}, "labelFr"),
]


async def test_a_definition_that_cannot_be_is_refused(xrm: Installation) -> None:
    for given, field in WRONG:
        answer = await xrm.answer(
            DEFINE, {"i": {"resource": "core.party", "key": "region", "kind": "TEXT"} | given}
        )

        assert [named for _, named in problems(answer)] == [field], given
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


async def test_all_that_is_wrong_is_told_at_once(xrm: Installation) -> None:
    answer = await xrm.answer(DEFINE, {"i": {"resource": "x", "key": "X", "kind": "CHOICE"}})

    assert [named for _, named in problems(answer)] == ["resource", "key", "options"]


async def test_a_key_is_taken_once_a_resource(xrm: Installation) -> None:
    first = await define(xrm, "region", kind="TEXT")
    await define(xrm, "region", resource="core.task", kind="INTEGER")

    again = await xrm.answer(DEFINE, {"i": {"resource": "Party", "key": "region", "kind": "DATE"}})
    await xrm.ask(RETIRE, {"id": first})
    retired = await xrm.answer(DEFINE, {"i": {"resource": "Party", "key": "region", "kind": "DATE"}})

    assert problems(again) == problems(retired) == [("core.custom_field_exists", "key")]
    assert "restored" in retired["errors"][0]["message"]


async def test_there_is_a_most_that_a_resource_takes(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MOST_FIELDS", 2)
    first = await define(xrm, "a", kind="TEXT")
    await define(xrm, "b", kind="TEXT")

    refused = await xrm.answer(DEFINE, {"i": {"resource": "Party", "key": "c", "kind": "TEXT"}})
    await xrm.ask(RETIRE, {"id": first})
    await define(xrm, "c", kind="TEXT")
    back = await xrm.answer(RESTORE, {"id": first})

    assert (
        refused["errors"][0]["extensions"]["code"]
        == back["errors"][0]["extensions"]["code"]
        == "LIMIT_EXCEEDED"
    )
    assert "at most 2" in refused["errors"][0]["message"]


async def test_the_kind_changes_only_while_there_are_no_values(xrm: Installation) -> None:
    field = await define(xrm, "code", kind="TEXT", indexed=True)
    made = await party(xrm, "A", code="12")

    refused = await xrm.answer(UPDATE, {"i": {"id": field, "kind": "INTEGER"}})
    await xrm.ask(CHANGE, {"id": made, "c": {"code": None}})
    changed = await xrm.ask(UPDATE, {"i": {"id": field, "kind": "INTEGER"}})
    await xrm.ask(CHANGE, {"id": made, "c": {"code": 12}})

    assert problems(refused) == [("core.invalid", "kind")]
    assert changed["updateCustomField"]["kind"] == "INTEGER"
    assert await names(xrm, 'where: {customFields: [{key: "code", lt: 100}]}') == ["A"]


async def test_a_choice_keeps_the_options_in_use(xrm: Installation) -> None:
    ids = await define_all(xrm)
    await party(xrm, "A", tier="GOLD")

    refused = await xrm.answer(UPDATE, {"i": {"id": ids["tier"], "options": [{"value": "SILVER"}]}})
    changed = await xrm.ask(
        UPDATE, {"i": {"id": ids["tier"], "options": [{"value": "GOLD", "labelFr": "Or"}, {"value": "TIN"}]}}
    )
    await party(xrm, "B", tier="TIN")

    assert problems(refused) == [("core.invalid", "options")]
    assert changed["updateCustomField"]["options"][0] == {"value": "GOLD", "labelEn": "Or", "labelFr": "Or"}


async def test_what_is_not_given_stays(xrm: Installation) -> None:
    ids = await define_all(xrm)

    changed = await xrm.ask(UPDATE, {"i": {"id": ids["tier"], "labelEn": "Tier"}})

    options = changed["updateCustomField"]["options"]
    assert changed["updateCustomField"]["labelEn"] == "Tier"
    assert [option["value"] for option in options] == ["GOLD", "SILVER"]


async def test_texts_too_long_for_an_index_are_not_indexed(xrm: Installation) -> None:
    field = await define(xrm, "memo", kind="TEXT")
    made = await party(xrm, "A", memo="é" * 501)

    refused = await xrm.answer(UPDATE, {"i": {"id": field, "indexed": True}})
    await xrm.ask(CHANGE, {"id": made, "c": {"memo": "é" * 500}})
    allowed = await xrm.ask(UPDATE, {"i": {"id": field, "indexed": True}})
    longer = await xrm.answer(CHANGE, {"id": made, "c": {"memo": "é" * 501}})

    assert problems(refused) == [("core.invalid", "indexed")]
    assert allowed["updateCustomField"]["isIndexed"] is True
    assert problems(longer) == [("core.does_not_fit", "customFields.memo")]


async def test_retiring_and_restoring_twice_is_a_conflict(xrm: Installation) -> None:
    field = await define(xrm, "region", kind="TEXT")

    early = await xrm.answer(RESTORE, {"id": field})
    await xrm.ask(RETIRE, {"id": field})
    twice = await xrm.answer(RETIRE, {"id": field})

    assert [answer["errors"][0]["extensions"]["code"] for answer in (early, twice)] == ["CONFLICT"] * 2


async def test_tenants_do_not_share_definitions(xrm: Installation) -> None:
    from xrm_core.custom.kinds import CustomFieldKind
    from xrm_core.custom.models import CustomField

    await define(xrm, "region", kind="TEXT", indexed=True)
    async with xrm.app.work(command="test.make") as ctx:
        other = CustomField(
            resource="core.party",
            key="region",
            kind=CustomFieldKind.INTEGER,
            label_en="x",
            label_fr="x",
            is_indexed=True,
        )
        ctx.add(other)
        other.tenant_id = 2
        elsewhere = Party(name="Elsewhere")
        ctx.add(elsewhere)
        elsewhere.tenant_id, elsewhere.custom_fields = 2, {"region~i": 7}
    await party(xrm, "A", region="Nord")

    assert await names(xrm, 'where: {customFields: [{key: "region", eq: "Nord"}]}') == ["A"]
    assert (await xrm.ask("{ customFields { totalCount } }"))["customFields"]["totalCount"] == 1
    assert xrm.app.custom_fields.of(2).find("core.party", "region") is not None
    assert isinstance(elsewhere.id, Id)
