"""A change of definitions is heard by every process, and no statement is run for other fields than it was written for."""

from collections.abc import AsyncIterator

import pytest

from tests.core.custom.asking import CHANGE, UPDATE, define, names, party, problems
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import Policy
from xrm_core.api.subscriptions.audience import Audience
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings

RETIRE = "mutation($id: ID!) { retireCustomField(id: $id) { id } }"
READ = '{ parties(where: {name: {eq: "A"}}) { nodes { customFields } } }'


@pytest.fixture
async def other(xrm_settings: Settings, xrm: Installation) -> AsyncIterator[Installation]:
    """Another process on the same database."""
    opened = await Installation.open(xrm_settings)
    yield opened
    await opened.close()


async def test_another_process_knows_a_new_field_at_once(xrm: Installation, other: Installation) -> None:
    before = await other.answer(
        '{ parties(where: {customFields: [{key: "region", eq: "Nord"}]}) { totalCount } }'
    )

    await define(xrm, "region", kind="TEXT")
    await party(other, "A", region="Nord")

    assert problems(before) == [("core.wrong_custom_field", "customFields.region")]
    assert await names(other, 'where: {customFields: [{key: "region", eq: "Nord"}]}') == ["A"]
    assert (await other.ask(READ))["parties"]["nodes"] == [{"customFields": {"region": "Nord"}}]


async def test_another_process_no_longer_shows_a_retired_field(
    xrm: Installation, other: Installation
) -> None:
    field = await define(xrm, "region", kind="TEXT")
    await define(xrm, "staff", kind="INTEGER")
    await party(xrm, "A", region="Nord", staff=1)
    before = await other.ask(READ)

    await xrm.ask(RETIRE, {"id": field})
    after = await other.ask(READ)
    refused = await other.answer('{ parties(orderBy: [{customField: "region"}]) { totalCount } }')

    assert before["parties"]["nodes"] == [{"customFields": {"region": "Nord", "staff": 1}}]
    assert after["parties"]["nodes"] == [{"customFields": {"staff": 1}}]
    assert problems(refused) == [("core.wrong_custom_field", "customFields.region")]


async def test_a_kept_plan_is_never_run_with_an_old_kind(xrm: Installation, other: Installation) -> None:
    field = await define(xrm, "code", kind="TEXT")
    made = await party(xrm, "A", code="12")
    await party(xrm, "B")
    order = 'orderBy: [{customField: "code"}]'
    where = 'where: {customFields: [{key: "code", gt: 2}]}'
    await names(other, order)
    await names(xrm, order)

    await xrm.ask(CHANGE, {"id": made, "c": {"code": None}})
    await xrm.ask(UPDATE, {"i": {"id": field, "kind": "INTEGER"}})
    for name, code in (("C", 9), ("D", 100)):
        await party(xrm, name, code=code)

    for process in (other, xrm):
        assert await names(process, where) == ["C", "D"]
        assert await names(process, order) == ["C", "D", *sorted(["A", "B"])]


async def test_what_is_looked_at_now_and_then_is_heard_of(xrm: Installation, other: Installation) -> None:
    known = other.app.custom_fields.of(1)
    await other.app.follow()
    same = other.app.custom_fields.of(1)

    await define(xrm, "region", kind="TEXT")
    await other.app.follow()

    assert same is known
    assert other.app.custom_fields.of(1).find("core.party", "region") is not None


async def test_a_mutation_reads_back_by_the_new_definitions(xrm: Installation, other: Installation) -> None:
    made = await party(other, "A")
    await define(xrm, "region", kind="TEXT")

    changed = await other.ask(CHANGE, {"id": made, "c": {"region": "Nord"}})

    assert changed["updateParty"]["customFields"] == {"region": "Nord"}


async def test_questions_without_custom_fields_do_not_wait_for_anything(
    xrm: Installation, other: Installation
) -> None:
    text = "{ parties { nodes { name } } }"
    await other.ask(text)
    await define(xrm, "region", kind="TEXT")
    known = other.app.custom_fields.of(1)

    await other.ask(text)

    assert other.app.custom_fields.of(1) is known


async def test_pages_go_on_where_other_fields_were_defined_meanwhile(xrm: Installation) -> None:
    await define(xrm, "staff", kind="INTEGER")
    for number in range(4):
        await party(xrm, f"p{number}", staff=number)
    text = 'query($after: String) { parties(orderBy: [{customField: "staff"}], first: 2, after: $after) { nodes { name } pageInfo { endCursor } } }'
    first = (await xrm.ask(text))["parties"]

    await define(xrm, "region", kind="TEXT")
    second = (await xrm.ask(text, {"after": first["pageInfo"]["endCursor"]}))["parties"]

    assert [node["name"] for node in first["nodes"] + second["nodes"]] == ["p0", "p1", "p2", "p3"]


async def test_rules_hold_in_search_and_for_what_is_told_by_the_newest_definitions(
    xrm: Installation, other: Installation
) -> None:
    await define(xrm, "region", kind="TEXT")
    seen, unseen = await party(xrm, "Alder", region="Nord"), await party(xrm, "Alder", region="Sud")
    book = PolicyBook(
        [
            Policy(
                "some",
                "all",
                "core.party",
                "read",
                "allow",
                '{customFields: [{key: "region", eq: "Nord"}]}',
                "*",
            )
        ]
    )
    other.app.snapshot.book = book

    for name in ("first", "second"):
        audience = Audience(other.app, other.actor("some"))
        told = [await audience.sees(["core.party"], one) for one in (seen, unseen)]
        hits = await other.ask('{ search(text: "Alder") { id } }', role="some")

        assert told == [True, False]
        assert [hit["id"] for hit in hits["search"]] == [seen]
        await define(xrm, name, kind="TEXT")


async def test_a_cursor_of_another_kind_is_refused(xrm: Installation) -> None:
    field = await define(xrm, "code", kind="TEXT")
    made = await party(xrm, "A", code="12")
    text = (
        'query($after: String) { parties(orderBy: [{customField: "code"}], first: 1, after: $after) '
        "{ pageInfo { endCursor } } }"
    )
    page = await xrm.ask(text)
    await xrm.ask(CHANGE, {"id": made, "c": {"code": None}})
    await xrm.ask(UPDATE, {"i": {"id": field, "kind": "INTEGER"}})

    answer = await xrm.answer(text, {"after": page["parties"]["pageInfo"]["endCursor"]})

    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


async def test_several_parts_of_a_mutation_hear_of_the_change_together(
    xrm: Installation, other: Installation
) -> None:
    one, two = await party(other, "A"), await party(other, "B")
    await define(xrm, "region", kind="TEXT")
    text = """mutation($a: ID!, $b: ID!) {
        a: updateParty(input: {id: $a, customFields: {region: "Nord"}}) { customFields }
        b: updateParty(input: {id: $b, customFields: {region: "Sud"}}) { customFields } }"""

    answer = await other.ask(text, {"a": one, "b": two})

    assert answer == {"a": {"customFields": {"region": "Nord"}}, "b": {"customFields": {"region": "Sud"}}}
