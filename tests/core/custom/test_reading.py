"""Custom fields in questions: filters, orders, groups, numbers, through links and lists, keys in variables."""

from typing import Any

import pytest

from tests.core.custom.asking import define, define_all, names, party
from xrm_core.graph.activity import Task
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id
from xrm_core.plugins.testing import Installation


async def people(xrm: Installation) -> dict[str, str]:
    """Three parties with values, one without; their ids by name."""
    await define_all(xrm)
    return {
        "a": await party(
            xrm, "a", region="Élan", staff=5, score="12.5", vip=True, since="2020-03-01", tier="GOLD"
        ),
        "b": await party(
            xrm, "b", region="elan", staff=-1, score="-0.25", vip=False, since="2012-12-31", tier="SILVER"
        ),
        "c": await party(
            xrm, "c", region="Zoë", staff=70, score="1000", since="2020-01-31", seen="2026-11-24T10:00:00Z"
        ),
        "d": await party(xrm, "d"),
    }


FILTERS = {
    'key: "region", eq: "elan"': "b",
    'key: "region", ne: "elan"': "acd",
    'key: "region", contains: "LÂ"': "ab",
    'key: "region", startsWith: "É"': "ab",
    'key: "region", endsWith: "oe"': "c",
    'key: "region", in: ["Élan", "Zoë", "zoe"]': "ac",
    'key: "region", notIn: ["Élan"]': "bcd",
    'key: "region", gt: "ELAN"': "c",
    'key: "region", gte: "ELAN", lt: "f"': "ab",
    'key: "region", isNull: true': "d",
    'key: "region", eq: null': "d",
    'key: "region"': "abcd",
    'key: "staff", gt: -1, lte: 70': "ac",
    'key: "staff", in: [5, 70]': "ac",
    'key: "score", gte: "-0.25", lt: 12.5': "b",
    'key: "score", eq: "12.500"': "a",
    'key: "vip", eq: true': "a",
    'key: "vip", ne: true': "bcd",
    'key: "since", gt: "2012-12-31"': "ac",
    'key: "since", in: ["2020-01-31"]': "c",
    'key: "seen", lte: "2026-11-24T11:00:00+01:00"': "c",
    'key: "tier", in: ["GOLD", "BRONZE"]': "a",
    'key: "tier", ne: null': "ab",
}


async def test_every_operator_of_every_kind(xrm: Installation) -> None:
    await people(xrm)

    for condition, found in FILTERS.items():
        assert await names(xrm, f"where: {{customFields: [{{{condition}}}]}}") == list(found), condition


WRONG = [
    'key: "vip", gt: true', 'key: "vip", in: [true]', 'key: "staff", contains: "5"', 'key: "staff", eq: "5"',
    'key: "staff", eq: 5.5', 'key: "score", eq: "1.1234567"', 'key: "score", eq: {a: 1}', 'key: "tier", lt: "GOLD"',
    'key: "since", eq: "tomorrow"', 'key: "since", startsWith: "2020"', 'key: "region", eq: 5', 'key: "region", in: [["a"]]',
    'key: "seen", gt: "2020-01-01"', 'key: "nope", eq: 1', 'key: "region~t", eq: "Élan"', 'key: "Region", isNull: true',
    'key: "", isNull: true',
]  # fmt: skip


async def test_a_question_that_a_field_cannot_answer_is_refused_by_name(xrm: Installation) -> None:
    await people(xrm)

    for condition in WRONG:
        answer = await xrm.answer(
            f"{{ parties(where: {{customFields: [{{{condition}}}]}}) {{ totalCount }} }}"
        )

        said = answer["errors"][0]
        assert said["extensions"]["code"] == "VALIDATION", (condition, said)
        key = condition.split('"')[1]
        assert key in said["message"] or said["extensions"].get("field") == f"customFields.{key}", (
            condition,
            said,
        )


INJECTIONS = [
    "region'",
    "region') --",
    'a"b',
    "region~t' OR 1=1 --",
    "customFields.region",
    "$.region",
    "region\x01",
    "é",
    "*",
]


async def test_no_key_gets_into_sql_that_is_not_defined(xrm: Installation) -> None:
    await people(xrm)
    asked = (
        "query($k: String!) { parties(where: {customFields: [{key: $k, isNull: true}]}) { totalCount } }",
        "query($k: String) { parties(orderBy: [{customField: $k}]) { totalCount } }",
        "query($k: String) { partiesAggregate(groupBy: [{customField: $k}]) { count } }",
        "query($k: String!) { partiesAggregate { max { customField(key: $k) } } }",
        "query($k: String!) { partiesAggregate(having: {max: {customFields: [{key: $k, isNull: true}]}}) { count } }",
    )

    for key in INJECTIONS:
        for document in asked:
            answer = await xrm.answer(document, {"k": key})

            assert answer["errors"][0]["extensions"]["code"] == "VALIDATION", (key, document, answer)


async def test_they_combine_with_other_conditions(xrm: Installation) -> None:
    await people(xrm)
    region = '{customFields: [{key: "region", startsWith: "e"}]}'

    assert await names(xrm, f'where: {{and: [{region}, {{name: {{eq: "b"}}}}]}}') == ["b"]
    assert await names(xrm, f"where: {{not: {region}}}") == ["c", "d"]
    assert await names(xrm, f'where: {{or: [{region}, {{name: {{eq: "d"}}}}]}}') == ["a", "b", "d"]
    both = 'where: {customFields: [{key: "region", startsWith: "e"}, {key: "staff", gt: 0}]}'
    assert await names(xrm, both) == ["a"]


ORDERS = {
    '{customField: "region"}, {name: DESC}': "bacd",
    '{customField: "region", direction: DESC}, {name: ASC}': "cabd",
    '{customField: "staff", nulls: FIRST}': "dbac",
    '{customField: "staff", direction: DESC, nulls: FIRST}': "dcab",
    '{customField: "score", direction: DESC}': "cabd",
    '{customField: "since"}': "bcad",
    '{customField: "vip"}, {name: ASC}': "bacd",
    '{customField: "tier", direction: DESC}, {name: DESC}': "badc",
}


async def test_orders_and_pages_both_ways(xrm: Installation) -> None:
    await people(xrm)
    text = (
        'query($at: String) {{ parties(where: {{name: {{ne: "Our Company"}}}}, orderBy: [{order}], {page}) '
        "{{ nodes {{ name }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
    )

    for order, expected in ORDERS.items():
        assert await names(xrm, f"orderBy: [{order}]") == list(expected), order
        walked, cursor = [], None
        for _ in expected:
            page = (await xrm.ask(text.format(order=order, page="first: 1, after: $at"), {"at": cursor}))[
                "parties"
            ]
            walked += [node["name"] for node in page["nodes"]]
            cursor = page["pageInfo"]["endCursor"]
        back: list[str] = []
        for _ in expected[:-1]:
            page = (await xrm.ask(text.format(order=order, page="last: 1, before: $at"), {"at": cursor}))[
                "parties"
            ]
            back = [node["name"] for node in page["nodes"]] + back
            cursor = page["pageInfo"]["startCursor"]
        assert (walked, back) == (list(expected), list(expected[:-1])), order


async def test_a_direction_goes_with_a_custom_field(xrm: Installation) -> None:
    await people(xrm)

    for order in (
        "{direction: DESC}",
        '{customField: "staff", name: ASC}',
        "{nulls: FIRST}",
        "{customField: null}",
    ):
        answer = await xrm.answer(f"{{ parties(orderBy: [{order}]) {{ totalCount }} }}")

        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION", order


async def test_an_interaction_s_own_direction_is_still_an_order(xrm: Installation) -> None:
    await define(xrm, "grade", resource="core.interaction", kind="INTEGER")

    answer = await xrm.ask(
        '{ interactions(orderBy: [{direction: DESC}, {customField: "grade", direction: DESC}]) { totalCount } }'
    )

    assert answer["interactions"]["totalCount"] == 0


async def test_groups_and_their_numbers(xrm: Installation) -> None:
    await people(xrm)

    by_year = await xrm.ask(
        """{ partiesAggregate(groupBy: [{customField: "since", by: YEAR}], where: {name: {ne: "Our Company"}},
             having: {sum: {customFields: [{key: "score", gt: "-1"}]}}, orderBy: [{sum: {customField: "score", direction: DESC}}]) {
          keys count countDistinct { customField(key: "region") }
          sum { customField(key: "score") staff: customField(key: "staff") } avg { customField(key: "score") }
          min { customField(key: "since") staff: customField(key: "staff") } max { customField(key: "score") }
          share { customField(key: "staff") } } }"""
    )

    assert by_year["partiesAggregate"] == [
        {
            "keys": {"customFields.since": "2020"}, "count": 2, "countDistinct": {"customField": 2},
            "sum": {"customField": "1012.5", "staff": "75"}, "avg": {"customField": "506.25"},
            "min": {"customField": "2020-01-31", "staff": 5}, "max": {"customField": "1000"}, "share": {"customField": "1.013514"},
        },
        {
            "keys": {"customFields.since": "2012"}, "count": 1, "countDistinct": {"customField": 1},
            "sum": {"customField": "-0.25", "staff": "-1"}, "avg": {"customField": "-0.25"},
            "min": {"customField": "2012-12-31", "staff": -1}, "max": {"customField": "-0.25"}, "share": {"customField": "-0.013514"},
        },
    ]  # fmt: skip


async def test_texts_group_by_what_is_written_and_sort_by_what_is_read(xrm: Installation) -> None:
    await people(xrm)

    groups = (
        await xrm.ask(
            '{ partiesAggregate(groupBy: [{customField: "region"}, {customField: "vip"}]) { keys } }'
        )
    )["partiesAggregate"]

    keys = [(item["keys"]["customFields.region"], item["keys"]["customFields.vip"]) for item in groups]
    assert keys == [("elan", False), ("Élan", True), ("Zoë", None), (None, None)]


async def test_huge_decimals_add_up_exactly(xrm: Installation) -> None:
    await define(xrm, "score", kind="DECIMAL")
    for _ in range(12):
        await party(xrm, "big", score="999999999999.999999")

    found = await xrm.ask(
        '{ partiesAggregate { sum { customField(key: "score") } avg { customField(key: "score") } } }'
    )

    assert found["partiesAggregate"] == [
        {"sum": {"customField": "11999999999999.999988"}, "avg": {"customField": "999999999999.999999"}}
    ]


@pytest.mark.parametrize("of", ["region", "vip", "tier", "nope"])
async def test_only_numbers_and_dates_have_a_least(xrm: Installation, of: str) -> None:
    await people(xrm)

    for function in ("sum", "avg", "min"):
        answer = await xrm.answer(f'{{ partiesAggregate {{ {function} {{ customField(key: "{of}") }} }} }}')

        assert answer["errors"][0]["extensions"]["field"] == f"customFields.{of}"


async def test_through_links_and_lists_at_any_depth(xrm: Installation) -> None:
    ids = await people(xrm)
    await define(xrm, "effort", resource="core.task", kind="INTEGER")
    for name, effort in (("a", 3), ("a", 4), ("c", 5), ("d", None)):
        task = Task(subject=f"{name}{effort}", party=Id(ids[name]), unit=xrm.unit)
        task.custom_fields = {"effort~i": effort} if effort else None
        await xrm.add(task)

    tasks = await xrm.ask(
        """{ a: tasks(where: {party: {customFields: [{key: "region", contains: "elan"}]}}) { nodes { subject } }
             b: tasks(orderBy: [{party: {customField: "score", direction: DESC, nulls: FIRST}}, {customField: "effort"}]) {
               nodes { subject customFields party { customFields } } }
             c: tasksAggregate(groupBy: [{party: {customField: "tier"}}]) { keys sum { customField(key: "effort") } }
             d: parties(where: {tasks: {some: {customFields: [{key: "effort", gt: 3}]}}}) { nodes { name } }
             e: parties(where: {tasks: {aggregate: {sum: {customFields: [{key: "effort", gte: 5}]}}}}) { nodes { name } }
             f: parties(orderBy: [{tasks: {aggregate: {sum: {customField: "effort", direction: DESC}}}}], first: 2) {
               nodes { name tasks(orderBy: [{customField: "effort", direction: DESC}], first: 1) { nodes { subject } }
                       tasksAggregate { max { customField(key: "effort") } } } } }"""
    )

    subjects = {key: [node.get("subject") or node["name"] for node in tasks[key]["nodes"]] for key in "abdef"}
    assert subjects == {
        "a": ["a3", "a4"], "b": ["dNone", "c5", "a3", "a4"], "d": ["a", "c"], "e": ["a", "c"], "f": ["a", "c"],
    }  # fmt: skip
    assert tasks["b"]["nodes"][0]["customFields"] == tasks["b"]["nodes"][0]["party"]["customFields"] == {}
    assert tasks["b"]["nodes"][1]["party"]["customFields"]["region"] == "Zoë"
    assert {item["keys"]["party.customFields.tier"]: item["sum"]["customField"] for item in tasks["c"]} == {
        "GOLD": "7", None: "5",
    }  # fmt: skip
    assert tasks["f"]["nodes"][0]["tasks"]["nodes"] == [{"subject": "a4"}]
    assert tasks["f"]["nodes"][0]["tasksAggregate"] == [{"max": {"customField": 4}}]


VARIABLES: list[tuple[str, str, list[Any], list[str]]] = [
    ("PartyWhere", "where: $v", [{"customFields": [{"key": "staff", "gt": 4}]}, {"customFields": [{"key": "score", "gt": "4"}]},
                                 {"customFields": [{"key": "region", "gt": "f"}]}, {"customFields": [{"key": "staff", "gt": 5}]}],
     ["ac", "ac", "c", "c"]),
    ("[CustomFieldCondition!]", "where: {customFields: $v}", [[{"key": "vip", "eq": True}], [{"key": "tier", "eq": "SILVER"}]],
     ["a", "b"]),
    ("String!", "where: {customFields: [{key: $v, isNull: true}]}", ["tier", "vip", "region"], ["cd", "cd", "d"]),
    ("[PartyOrder!]", "orderBy: $v", [[{"customField": "staff"}], [{"customField": "since"}], [{"customField": "staff", "direction": "DESC"}]],
     ["bacd", "bcad", "cabd"]),
    ("String", "orderBy: [{customField: $v}, {name: ASC}]", ["staff", "region", "score"], ["bacd", "abcd", "bacd"]),
    ("JSON", 'where: {customFields: [{key: "staff", eq: $v}]}', [5, -1, None, 70], ["a", "b", "d", "c"]),
    ("[JSON!]", 'where: {customFields: [{key: "staff", in: $v}]}', [[5, -1], [], [70]], ["ab", "", "c"]),
]  # fmt: skip


async def test_what_a_variable_names_is_what_is_asked(xrm: Installation) -> None:
    await people(xrm)

    for type_, arguments, values, expected in VARIABLES:
        found = ["".join(await names(xrm, arguments, v=(type_, value))) for value in (*values, *values)]
        assert found == expected * 2, arguments


async def test_values_in_variables_share_one_plan(xrm: Installation) -> None:
    await people(xrm)
    where = 'where: {customFields: [{key: "staff", eq: $v}]}'
    await names(xrm, where, v=("JSON", 1))
    before = len(xrm.app.snapshot.plans._items)

    for number in range(2, 7):
        await names(xrm, where, v=("JSON", number))

    assert len(xrm.app.snapshot.plans._items) == before


async def test_a_json_value_with_a_variable_inside_is_no_accident(xrm: Installation) -> None:
    await people(xrm)

    answer = await xrm.answer(
        'query($v: JSON) { parties(where: {customFields: [{key: "region", eq: {a: $v}}]}) { totalCount } }',
        {"v": 1},
    )

    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


async def test_many_fields_are_one_object(xrm: Installation) -> None:
    keys = [f"f{number:02}" for number in range(60)]
    for key in keys:
        await define(xrm, key, kind="INTEGER")
    await party(xrm, "A", **{key: position for position, key in enumerate(keys)})
    await party(xrm, "B", f59=1)

    nodes = (await xrm.ask('{ parties(where: {name: {in: ["A", "B"]}}) { nodes { customFields } } }'))[
        "parties"
    ]["nodes"]

    assert nodes == [
        {"customFields": {key: position for position, key in enumerate(keys)}},
        {"customFields": {"f59": 1}},
    ]


async def test_they_are_read_however_deep_they_stand(xrm: Installation) -> None:
    await people(xrm)
    other = await party(xrm, "e", region="Ouest")
    kind = relationship_type_id(1, "OWNS")
    await xrm.make(Relationship, type=kind, source=xrm.unit, target=Id(other))
    inner = "customFields"
    for _ in range(3):
        order = 'orderBy: [{counterparty: {customField: "region"}}]'.replace("counterparty", "target")
        where = '{target: {customFields: [{key: "region", ne: "x"}]}}'
        inner = f"customFields relationships(where: {where}, {order}) {{ nodes {{ customFields counterparty {{ {inner} }} }} }}"

    node = (await xrm.ask(f'{{ parties(where: {{name: {{eq: "e"}}}}) {{ nodes {{ {inner} }} }} }}'))[
        "parties"
    ]["nodes"][0]

    for expected in ({"region": "Ouest"}, {}, {"region": "Ouest"}):
        assert node["customFields"] == expected
        (node,) = [one["counterparty"] for one in node["relationships"]["nodes"]]
    assert node == {"customFields": {}}
