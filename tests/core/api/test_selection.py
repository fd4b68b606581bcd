"""The answer has the shape of the question: aliases, fragments, directives, type names, merged fields, roots."""

from typing import Any

import orjson
import pytest

from tests.core.conftest import Filled
from tests.core.query.asking import askers
from xrm_core.identity.actor import Actor


@pytest.fixture
def whole(obeying: Filled) -> Actor:
    """Somebody who sees everything."""
    return askers(obeying)["whole"][0]


def keys(value: Any) -> Any:
    """The keys of an answer in their order, lists by their first item."""
    if isinstance(value, dict):
        return [(name, keys(item)) for name, item in value.items()]
    return keys(value[0]) if isinstance(value, list) and value else None


def test_the_answer_keeps_the_order_of_the_question(obeying: Filled, whole: Actor) -> None:
    text = """{ z: tasks(first: 1) { totalCount b: nodes { subject id a: priority } } __typename
        a: parties(first: 1) { nodes { name dealings(first: 1) { nodes { amount { currency amount } } } id } } }"""

    for kind in obeying.installations:
        answer = orjson.loads(obeying.body(kind, whole, text))["data"]
        assert keys(answer) == [
            ("z", [("totalCount", None), ("b", [("subject", None), ("id", None), ("a", None)])]),
            ("__typename", None),
            ("a", [("nodes", keys(answer["a"]["nodes"]))]),
        ]
        assert [name for name, _ in keys(answer["a"]["nodes"])] == ["name", "dealings", "id"]


TYPENAMES = """{ q: __typename
  parties(first: 1) { t: __typename nodes { __typename kind: __typename } edges { __typename node { __typename } }
    pageInfo { __typename } }
  dealings(first: 1) { nodes { amount { __typename money: __typename } party { __typename } } }
  dealingsAggregate(where: {amountCurrency: {eq: "EUR"}}) { __typename sum { __typename amount } avg { n: __typename }
    min { __typename } max { __typename } countDistinct { __typename } share { __typename count } }
  relationships(first: 1) { nodes { __typename type { __typename } counterparty { __typename } probe { __typename } } }
  probeMachines(first: 1) { nodes { notes { __typename t: __typename } } }
  one: parties(first: 1) { nodes { gauge { __typename } probe { t: __typename } } } }"""


def test_type_names_are_answered_everywhere(obeying: Filled, whole: Actor) -> None:
    data = obeying.same(whole, TYPENAMES)["data"]

    assert data["q"] == "Query"
    parties = data["parties"]
    assert (parties["t"], parties["pageInfo"]["__typename"]) == ("PartyConnection", "PageInfo")
    assert parties["nodes"] == [{"__typename": "Party", "kind": "Party"}]
    assert parties["edges"] == [{"__typename": "PartyEdge", "node": {"__typename": "Party"}}]
    assert data["dealings"]["nodes"][0]["amount"] == {"__typename": "Money", "money": "Money"}
    group = data["dealingsAggregate"][0]
    assert group["__typename"] == "DealingAggregate"
    blocks = {name: next(iter(block.values())) for name, block in group.items() if name != "__typename"}
    assert blocks == {
        "sum": "DealingNumbers", "avg": "DealingNumbers", "min": "DealingNumbers", "max": "DealingNumbers",
        "countDistinct": "DealingDistinct", "share": "DealingShare",
    }  # fmt: skip
    edge = data["relationships"]["nodes"][0]
    assert [edge["type"]["__typename"], edge["probe"]["__typename"]] == [
        "RelationshipType",
        "RelationshipProbe",
    ]
    assert data["probeMachines"]["nodes"][0]["notes"] == [{"__typename": "ProbeNote", "t": "ProbeNote"}]
    assert data["one"]["nodes"][0] == {"gauge": {"__typename": "PartyGauge"}, "probe": {"t": "PartyProbe"}}


def test_fragments_are_spread_once_and_merged(obeying: Filled, whole: Actor) -> None:
    plain = """{ parties(first: 3) { nodes {
        id name relationships(first: 2) { nodes { id isStrategic } totalCount } } } }"""
    spread = """query { ...Roots ...Roots }
        fragment Roots on Query { parties(first: 3) { ...Page } parties(first: 3) { nodes { ...Edges } } }
        fragment Page on PartyConnection { nodes { ...Named ... on Node { id } ... { name } } }
        fragment Named on Party { id name relationships(first: 2) { nodes { id } } }
        fragment Edges on Party { relationships(first: 2) {
            ... on RelationshipConnection { nodes { isStrategic } totalCount } } }"""

    assert obeying.same(whole, spread) == obeying.same(whole, plain)


def test_any_object_is_found_by_its_id_with_fragments_for_its_type(obeying: Filled, whole: Actor) -> None:
    text = """query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ...Both
        ... on Party { name dealings(first: 1) { edges { cursor node { id } } } }
        ... on ProbeMachine { name notes { text } tag services(first: 1) { edges { cursor } } }
        ... on ProbeService { tag cost { amount } }
        ... on Task { name: subject } } }
        fragment Both on Node { again: id }"""
    machine = next(
        row for row in obeying.rows["probe.machine"]
        if any(service["machine_id"] == row["id"] for service in obeying.rows["probe.service"])
    )  # fmt: skip
    service, task = obeying.rows["probe.service"][0], obeying.rows["core.task"][0]
    party = obeying.rows["core.party"][1]
    ids = [str(row["id"]) for row in (task, machine, party, service, machine)]

    for kind in obeying.installations:
        found = obeying.answer(kind, whole, text, {"ids": [*ids, "00000000-0000-0000-0000-000000000000"]})[
            "data"
        ]["nodes"]

        assert [node["id"] if node else None for node in found] == [*ids, None]
        assert [node["__typename"] for node in found[:5]] == [
            "Task", "ProbeMachine", "Party", "ProbeService", "ProbeMachine",
        ]  # fmt: skip
        assert found[0] == {"id": ids[0], "__typename": "Task", "again": ids[0], "name": task["subject"]}
        assert found[1]["notes"] == [{"text": f"note on {ids[1]}"}]
        assert (found[1]["tag"], found[3]["tag"]) == (f"service {ids[1]}", f"service {ids[3]}")
        rest = "query ($c: String) { probeServices(after: $c, first: 1) { nodes { id } } }"
        cursor = found[1]["services"]["edges"][0]["cursor"]
        assert "errors" not in obeying.answer(kind, whole, rest, {"c": cursor})


def test_a_node_of_a_named_type_is_that_or_nothing(obeying: Filled, whole: Actor) -> None:
    party = str(obeying.rows["core.party"][1]["id"])
    text = "query ($id: ID!, $type: String) { node(id: $id, type: $type) { id } }"

    assert obeying.same(whole, text, {"id": party, "type": "Party"})["data"] == {"node": {"id": party}}
    assert obeying.same(whole, text, {"id": party, "type": None})["data"] == {"node": {"id": party}}
    assert obeying.same(whole, text, {"id": party, "type": "Task"})["data"] == {"node": None}
    wrong = obeying.same(whole, text, {"id": party, "type": "Nothing"})
    assert wrong["errors"][0]["extensions"]["code"] == "VALIDATION"


def test_more_nodes_than_a_page_are_too_many(obeying: Filled, whole: Actor) -> None:
    ids = [str(obeying.rows["core.party"][1]["id"])] * 501
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    assert len(obeying.same(whole, text, {"ids": ids[:500]})["data"]["nodes"]) == 500
    assert obeying.same(whole, text, {"ids": ids})["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"yes": True, "no": False}, {"b"}),
        ({"yes": False, "no": True}, {"a", "c"}),
        ({"yes": False, "no": False}, {"a", "b"}),
        ({"yes": True, "no": True}, {"c"}),
    ],
)
def test_what_is_skipped_is_not_there(
    obeying: Filled, whole: Actor, variables: Any, expected: set[str]
) -> None:
    text = """query ($yes: Boolean!, $no: Boolean!) { parties(first: 1) { nodes {
        a: id @skip(if: $yes) b: name @include(if: true) @skip(if: $no) ... @include(if: $no) { c: kind }
        d: id @skip(if: true) }
        pageInfo @include(if: $no) { hasNextPage } } }"""

    page = obeying.same(whole, text, variables)["data"]["parties"]

    assert set(page["nodes"][0]) == expected
    assert ("pageInfo" in page) == variables["no"]


def test_everything_may_be_skipped(obeying: Filled, whole: Actor) -> None:
    text = """query ($no: Boolean = false) { parties(first: 2) { nodes { id @include(if: $no) } }
        tasks @include(if: $no) { totalCount } dealings(first: 1) { totalCount @skip(if: true) } }"""

    assert obeying.same(whole, text)["data"] == {"parties": {"nodes": [{}, {}]}, "dealings": {}}
    assert obeying.same(whole, "{ parties @skip(if: true) { totalCount } }") == {"data": {}}


def test_variables_stand_anywhere_in_arguments(obeying: Filled, whole: Actor) -> None:
    literal = """{ dealings(where: {or: [{kind: {in: [PAYMENT, CREDIT]}}, {party: {name: {startsWith: "e"}}}],
        amount: {gte: "1", lt: "100000"}}, orderBy: [{occurredOn: DESC}, {party: {name: ASC}}], first: 7) {
        nodes { id } } }"""
    variable = """query ($kinds: [DealingKind!]!, $start: String!, $from: Decimal = "1", $to: Decimal,
        $down: Direction!,
        $size: Int = 7, $terms: [DealingWhere!]) {
        dealings(where: {or: $terms, amount: {gte: $from, lt: $to}},
            orderBy: [{occurredOn: $down}, {party: {name: ASC}}], first: $size) { nodes { id } }
        again: dealings(where: {or: [{kind: {in: $kinds}}, {party: {name: {startsWith: $start}}}],
            amount: {gte: $from, lt: $to}},
            orderBy: [{occurredOn: $down}, {party: {name: ASC}}], first: $size) { nodes { id } } }"""
    variables = {
        "kinds": ["PAYMENT", "CREDIT"], "start": "E", "to": "100000", "down": "DESC",
        "terms": [{"kind": {"in": ["PAYMENT", "CREDIT"]}}, {"party": {"name": {"startsWith": "E"}}}],
    }  # fmt: skip

    plain = obeying.same(whole, literal)["data"]["dealings"]

    assert len(plain["nodes"]) == 7
    assert obeying.same(whole, variable, variables)["data"] == {"dealings": plain, "again": plain}


def test_one_operation_of_several_is_run_by_its_name(obeying: Filled, whole: Actor) -> None:
    text = "query A { tasks { totalCount } } query B { parties(first: 1) { nodes { id } } }"

    assert set(obeying.same(whole, text, name="A")["data"]) == {"tasks"}
    assert set(obeying.same(whole, text, name="B")["data"]) == {"parties"}
    for name in (None, "", "C"):
        answer = obeying.same(whole, text, name=name)
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"
        assert "data" not in answer


def test_several_operations_may_ask_about_the_schema(obeying: Filled, whole: Actor) -> None:
    text = """query A { __typename } query B { __type(name: "Party") { name } }
        query C { __schema { queryType { name } } }"""

    assert obeying.same(whole, text, name="A") == {"data": {"__typename": "Query"}}
    assert obeying.same(whole, text, name="B") == {"data": {"__type": {"name": "Party"}}}
    assert obeying.same(whole, text, name="C")["data"]["__schema"]["queryType"] == {"name": "Query"}


def test_the_same_key_may_not_mean_two_things(obeying: Filled, whole: Actor) -> None:
    for text in (
        "{ parties { nodes { a: id a: name } } }",
        '{ parties(first: 1) { totalCount } parties(first: 2) { totalCount } }',
        "{ parties { nodes { d: dealings(where: {id: {in: []}}) { totalCount } d: dealings { totalCount } } } }",
    ):  # fmt: skip
        assert obeying.same(whole, text)["errors"][0]["extensions"]["code"] == "VALIDATION"


def test_a_wide_object_is_whole(obeying: Filled, whole: Actor) -> None:
    many = " ".join(f"a{number}: name b{number}: isStub c{number}: createdAt" for number in range(60))
    edges = many.replace("isStub", "id").replace("name", "id")
    nested = f"relationships(first: 1) {{ nodes {{ {edges} }} }}"
    text = f"{{ parties(first: 2) {{ nodes {{ {many} {nested} }} }} }}"

    nodes = obeying.same(whole, text)["data"]["parties"]["nodes"]

    assert len(nodes[0]) == 181
    assert nodes[0]["a0"] == nodes[0]["a59"]
    assert isinstance(nodes[0]["b7"], bool)


@pytest.mark.parametrize("length", [60, 63, 64, 200])
def test_a_key_may_be_long(obeying: Filled, whole: Actor, length: int) -> None:
    key, other = "k" * length, "k" * (length - 1) + "x"
    text = f"{{ parties(first: 1) {{ nodes {{ {key}: name {other}: id }} }} }}"

    node = obeying.same(whole, text)["data"]["parties"]["nodes"][0]

    assert list(node) == [key, other]
    assert node[key] != node[other]


@pytest.mark.parametrize(
    "key", ["select", "value", "null", "_", "__x", "t1", "rn", "c0", "json", "o", "v", "the", "__checks"]
)
def test_a_key_may_be_any_name(obeying: Filled, whole: Actor, key: str) -> None:
    page = f"{key}: nodes {{ {key}: name a: id }} e: edges {{ cursor {key}: node {{ id }} }}"
    text = f"{{ {key}: parties(first: 1) {{ {page} }} }}"

    for kind in obeying.installations:
        data = obeying.answer(kind, whole, text)["data"]
        assert data[key][key][0][key] is not None
        assert data[key]["e"][0][key]["id"] == data[key][key][0]["a"]


def test_json_and_booleans_come_out_as_they_are(obeying: Filled, whole: Actor) -> None:
    text = "{ probeMachines(first: 500) { nodes { id settings isOld weight } } }"
    rows = {str(row["id"]): row for row in obeying.rows["probe.machine"]}

    for node in obeying.same(whole, text)["data"]["probeMachines"]["nodes"]:
        row = rows[node["id"]]
        assert node["settings"] == row["settings"]
        assert node["isOld"] is row["is_old"]
        assert node["weight"] == row["weight"]
