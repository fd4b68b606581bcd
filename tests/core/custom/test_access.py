"""Masks on custom fields: what somebody may not see is not read, asked about, grouped by or written, and is named."""

from typing import Any

from tests.core.custom.asking import CREATE, SHOWN, VALUES, define, define_all, party, problems
from xrm_core.access.book import PolicyBook
from xrm_core.access.check import policy_problems
from xrm_core.access.policies import Policy
from xrm_core.plugins.testing import Installation

READ = '{ parties(where: {name: {eq: "A"}}) { nodes { customFields } } }'
SCHEMA = (
    '{ __type(name: "Party") { fields { name } } where: __type(name: "PartyWhere") { inputFields { name } } }'
)


def policies(*fields: tuple[str, str, str]) -> list[Policy]:
    """What the role `some` may do with parties: effect, rule and fields of each policy."""
    given = [Policy("some", "all", "core.party", "*", effect, rule, names) for effect, rule, names in fields]
    return [*given, Policy("admin", "all", "*", "*", "allow", "{}", "*")]


def obey(xrm: Installation, *fields: tuple[str, str, str]) -> None:
    xrm.app.snapshot.book = PolicyBook(policies(*fields))


async def test_a_hidden_key_is_not_shown_and_is_named(xrm: Installation) -> None:
    await define_all(xrm)
    await party(xrm, "A", **VALUES)
    ways: list[list[tuple[str, str, str]]] = [
        [("allow", "{}", "-custom_fields.score")],
        [("allow", "{}", "*"), ("deny", "{}", "custom_fields.score")],
    ]

    for way in ways:
        obey(xrm, *way)
        answer = await xrm.answer(READ, role="some")

        assert answer["data"]["parties"]["nodes"] == [
            {"customFields": {key: value for key, value in SHOWN.items() if key != "score"}}
        ]
        assert answer["extensions"]["hidden"] == ["parties.nodes.customFields.score"]


async def test_only_the_keys_that_are_given_are_shown(xrm: Installation) -> None:
    await define_all(xrm)
    await party(xrm, "A", **VALUES)
    obey(xrm, ("allow", "{}", "name custom_fields.region custom_fields.vip"))

    answer = await xrm.answer(READ, role="some")

    assert answer["data"]["parties"]["nodes"] == [{"customFields": {"region": "Élan", "vip": True}}]
    assert len(answer["extensions"]["hidden"]) == 5


async def test_a_key_that_ends_like_a_currency_is_masked_by_its_own_name(xrm: Installation) -> None:
    for key in ("pay", "pay_currency"):
        await define(xrm, key, kind="TEXT")
    await party(xrm, "A", pay="1", pay_currency="EUR")
    obey(xrm, ("allow", "{}", "*"), ("deny", "{}", "custom_fields.pay_currency"))

    answer = await xrm.answer(READ, role="some")

    assert answer["data"]["parties"]["nodes"] == [{"customFields": {"pay": "1"}}]


async def test_all_of_it_can_be_hidden(xrm: Installation) -> None:
    await define_all(xrm)
    await party(xrm, "A", **VALUES)
    ways: list[list[tuple[str, str, str]]] = [
        [("allow", "{}", "-custom_fields")],
        [("allow", "{}", "name country")],
        [("allow", "{}", "*"), ("deny", "{}", "custom_fields")],
    ]

    for way in ways:
        obey(xrm, *way)
        answer = await xrm.answer(READ, role="some")

        assert answer["data"]["parties"]["nodes"] == [{"customFields": {}}]
        assert answer["extensions"]["hidden"] == ["parties.nodes.customFields"]


async def test_a_mask_may_hold_for_some_rows_only(xrm: Installation) -> None:
    await define_all(xrm)
    for name, country in (("A", "FR"), ("B", "DE")):
        text = "mutation($n: String!, $l: String, $c: JSON) { createParty(input: {name: $n, country: $l, customFields: $c}) { id } }"
        await xrm.ask(text, {"n": name, "l": country, "c": {"region": name, "staff": 1}})
    obey(xrm, ("allow", "{}", "*"), ("deny", '{country: {eq: "DE"}}', "custom_fields.region"))

    answer = await xrm.answer(
        '{ parties(where: {name: {in: ["A", "B"]}}) { nodes { name customFields } } }', role="some"
    )

    shown = {node["name"]: node["customFields"] for node in answer["data"]["parties"]["nodes"]}
    assert shown == {"A": {"region": "A", "staff": 1}, "B": {"staff": 1}}
    assert answer["extensions"]["hidden"] == ["parties.nodes.customFields.region"]


ASKED = {
    "where": 'parties(where: {customFields: [{key: "score", isNull: true}]}) { totalCount }',
    "empty where": 'parties(where: {customFields: [{key: "score"}]}) { totalCount }',
    "not": 'parties(where: {not: {customFields: [{key: "score", gt: 1}]}}) { totalCount }',
    "orderBy": 'parties(orderBy: [{customField: "score"}]) { totalCount }',
    "groupBy": 'partiesAggregate(groupBy: [{customField: "score"}]) { count }',
    "sum": 'partiesAggregate { sum { customField(key: "score") } }',
    "countDistinct": 'partiesAggregate { countDistinct { customField(key: "score") } }',
    "share": 'partiesAggregate { share { customField(key: "score") } }',
    "having": 'partiesAggregate(having: {sum: {customFields: [{key: "score", gt: 1}]}}) { count }',
    "order of groups": 'partiesAggregate(orderBy: [{sum: {customField: "score"}}]) { count }',
    "a link": 'tasks(where: {party: {customFields: [{key: "score", gt: 1}]}}) { totalCount }',
    "an order by a link": 'tasks(orderBy: [{party: {customField: "score"}}]) { totalCount }',
    "groups by a link": 'tasksAggregate(groupBy: [{party: {customField: "score"}}]) { count }',
}  # fmt: skip


async def test_a_hidden_key_cannot_be_asked_about_in_any_way(xrm: Installation) -> None:
    await define_all(xrm)
    await party(xrm, "A", **VALUES)
    xrm.app.snapshot.book = PolicyBook(
        [
            *policies(("allow", "{}", "*"), ("deny", '{country: {eq: "DE"}}', "custom_fields.score")),
            Policy("some", "all", "core.task", "*", "allow", "{}", "*"),
        ]
    )

    for way, asked in ASKED.items():
        answer = await xrm.answer(f"{{ {asked} }}", role="some")
        told = await xrm.answer(f"{{ {asked.replace('score', 'staff')} }}", role="some")

        assert problems(answer) == [("core.invalid", "customFields.score")], way
        assert "errors" not in told, way


async def test_what_one_may_not_read_one_may_not_write(xrm: Installation) -> None:
    await define_all(xrm)
    obey(xrm, ("allow", "{}", "-custom_fields.score"))

    refused = await xrm.answer(CREATE, {"n": "A", "c": {"score": "1", "staff": "x"}}, role="some")
    made = await xrm.ask(CREATE, {"n": "A", "c": {"staff": 1}}, role="some")

    assert sorted(problems(refused)) == [
        ("core.does_not_fit", "customFields.staff"), ("core.hidden_custom_field", "customFields.score"),
    ]  # fmt: skip
    assert made["createParty"]["customFields"] == {"staff": 1}


async def test_introspection_has_no_trace_where_all_of_it_is_hidden(xrm: Installation) -> None:
    async def seen(fields: str) -> tuple[bool, bool]:
        obey(xrm, ("allow", "{}", fields))
        xrm.app.snapshot.introspections._items.clear()
        answer: Any = await xrm.ask(SCHEMA, role="some")
        return (
            "customFields" in [field["name"] for field in answer["__type"]["fields"]],
            "customFields" in [field["name"] for field in answer["where"]["inputFields"]],
        )

    assert await seen("-custom_fields") == (False, False)
    assert await seen("name") == (False, False)
    assert await seen("-custom_fields.score") == (True, True)
    assert await seen("custom_fields.score") == (True, True)


async def test_a_rule_of_access_may_ask_about_custom_fields_retired_ones_too(xrm: Installation) -> None:
    ids = await define_all(xrm)
    for name, region in (("A", "Nord"), ("B", "Sud")):
        await party(xrm, name, region=region)
    obey(xrm, ("allow", '{customFields: [{key: "region", eq: "Nord"}]}', "*"))
    text = "{ parties { nodes { name } } }"

    before = await xrm.ask(text, role="some")
    await xrm.ask("mutation($id: ID!) { retireCustomField(id: $id) { id } }", {"id": ids["region"]})
    after = await xrm.ask(text, role="some")

    assert before["parties"]["nodes"] == after["parties"]["nodes"] == [{"name": "A"}]


async def test_a_rule_about_a_field_that_never_was_lets_nobody_in(xrm: Installation) -> None:
    await party(xrm, "A")
    obey(xrm, ("allow", '{customFields: [{key: "nope", eq: "Nord"}]}', "*"))

    answer = await xrm.answer("{ parties { nodes { name } } }", role="some")

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


def test_masks_are_checked_before_a_plugin_is_enabled() -> None:
    def said(object_: str, fields: str) -> list[str]:
        given = Policy("some", "all", object_, "read", "deny", "{}", fields)
        return [problem.code for problem in policy_problems("core", [given], frozenset())]

    assert said("core.party", "custom_fields custom_fields.region") == []
    assert said("core.party", "custom_fields.Region") == ["core.unknown_policy_field"]
    assert said("core.party", "name.region") == ["core.unknown_policy_field"]
    assert said("core.audit_event", "custom_fields") == ["core.unknown_policy_field"]
