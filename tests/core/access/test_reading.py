"""What one may not see does not exist, and cannot be learnt another way."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.conftest import Filled
from tests.core.query.asking import HIDDEN, askers, policy
from tests.core.query.oracle import Oracle
from tests.core.query.rows import TODAY
from xrm_core.access.book import PolicyBook
from xrm_core.declare.reading import find_sources
from xrm_core.declare.registry import REGISTRY
from xrm_core.identity.actor import Actor, Role


@pytest.fixture
def narrow(obeying: Filled) -> Actor:
    """Somebody whom rules concern."""
    return askers(obeying)["narrow"][0]


@pytest.fixture
def ruled(obeying: Filled) -> Iterator[Any]:
    """Other policies for one test: `ruled(policies)` gives somebody they concern."""
    before = obeying.installations["sqlite"].app.snapshot.book

    def obey(
        *policies: Any, unit: Any = None, user: Any = None, home: Any = ..., language: str = "en"
    ) -> Actor:
        obeying.obey(PolicyBook(policies))
        home_unit = obeying.unit if home is ... else home
        return Actor(1, user, "somebody", (Role("some", unit),), home_unit, language)

    yield obey
    obeying.obey(before)


def refused(stand: Filled, actor: Actor, asked: str) -> str:
    """The field that is refused, the same on both databases."""
    answer = stand.same(actor, f"{{ {asked} }}")
    extensions = answer["errors"][0]["extensions"]
    assert extensions["code"] == "VALIDATION", answer
    return str(extensions["field"])


def hides(*fields: str) -> list[Any]:
    """Policies that give everything but these fields of machines."""
    return [
        policy("some", "core.party"),
        policy("some", "core.user"),
        policy("some", "core.relationship"),
        policy("some", "core.relationship_type"),
        policy("some", "probe.service"),
        policy("some", "probe.edge"),
        policy("some", "probe.machine", fields="-" + " ".join(fields)),
    ]


WAYS_TO_A_HIDDEN_FIELD = [
    'probeMachines(where: {<>: {isNull: true}}) { totalCount }',
    'probeMachines(where: {not: {or: [{<>: {isNull: true}}]}}) { totalCount }',
    'probeMachines(orderBy: [{<>: ASC}]) { nodes { id } }',
    'probeMachinesAggregate(groupBy: [{field: <F>}]) { keys }',
    'probeMachinesAggregate { countDistinct { <> } }',
    'probeServices(where: {machine: {<>: {isNull: false}}}) { totalCount }',
    'probeServices(orderBy: [{machine: {<>: DESC}}]) { nodes { id } }',
    'probeServicesAggregate(groupBy: [{machine: {field: <F>}}]) { keys }',
    'parties(where: {probe: {machines: {some: {<>: {isNull: true}}}}}) { totalCount }',
    'parties(where: {probe: {machines: {every: {partOf: {<>: {isNull: true}}}}}}) { totalCount }',
    'parties(where: {probe: {machines: {aggregate: {where: {<>: {isNull: true}}, count: {gt: 1}}}}}) { totalCount }',
    'parties(orderBy: [{probe: {machines: {aggregate: {where: {<>: {isNull: true}}, count: ASC}}}}]) { nodes { id } }',
    'parties { nodes { probe { machines(where: {<>: {isNull: true}}) { totalCount } } } }',
    'parties { nodes { probe { machinesAggregate(groupBy: [{field: <F>}]) { keys } } } }',
    'probeMachines { nodes { parts(orderBy: [{<>: ASC}]) { nodes { id } } } }',
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS_TO_A_HIDDEN_FIELD)
@pytest.mark.parametrize("name", ["secret", "price"])
def test_a_hidden_value_cannot_be_asked_about(obeying: Filled, ruled: Any, way: str, name: str) -> None:
    actor = ruled(*hides("secret", "price"))

    assert refused(obeying, actor, way.replace("<>", name).replace("<F>", name.upper())) == name


@pytest.mark.parametrize(
    "asked",
    [
        'probeMachines(where: {priceCurrency: {eq: "EUR"}}) { totalCount }',
        "probeMachines(orderBy: [{priceCurrency: ASC}]) { nodes { id } }",
        "probeMachinesAggregate(groupBy: [{field: PRICE_CURRENCY}]) { keys }",
        'probeMachinesAggregate(where: {priceCurrency: {eq: "EUR"}}) { sum { price } }',
        "probeMachinesAggregate { sum { price } }",
        "probeMachinesAggregate { share { price } }",
        'probeMachinesAggregate(having: {max: {price: {gt: "1"}}}) { count }',
        "probeMachinesAggregate(orderBy: [{min: {price: ASC}}]) { count }",
        'parties(where: {probe: {machines: {aggregate: {sum: {price: {gt: "1"}}}}}}) { totalCount }',
        "parties(orderBy: [{probe: {machines: {aggregate: {avg: {price: ASC}}}}}]) { nodes { id } }",
    ],
)
def test_a_hidden_amount_hides_its_currency_and_its_sums(obeying: Filled, ruled: Any, asked: str) -> None:
    assert refused(obeying, ruled(*hides("price")), asked).startswith("price")


@pytest.mark.parametrize(
    "asked",
    [
        "probeMachines(where: {spare: {name: {isNull: false}}}) { totalCount }",
        "probeMachines(where: {spareId: {isNull: true}}) { totalCount }",
        "probeMachines(orderBy: [{spare: {name: ASC}}]) { nodes { id } }",
        "probeMachinesAggregate(groupBy: [{field: SPARE}]) { keys }",
        "probeMachinesAggregate(groupBy: [{spare: {field: NAME}}]) { keys }",
        "probeServices(where: {machine: {spare: {id: {isNull: false}}}}) { totalCount }",
        "probeServices(orderBy: [{machine: {spare: {name: ASC}}}]) { nodes { id } }",
    ],
)
def test_a_hidden_link_cannot_be_asked_about(obeying: Filled, ruled: Any, asked: str) -> None:
    assert refused(obeying, ruled(*hides("spare")), asked).startswith("spare")


@pytest.mark.parametrize(
    "asked",
    [
        'relationships(where: {probe: {remark: {contains: "a"}}}) { totalCount }',
        "relationships(orderBy: [{probe: {remark: ASC}}]) { nodes { id } }",
        "parties(where: {relationships: {some: {probe: {remark: {isNull: true}}}}}) { totalCount }",
    ],
)
def test_a_hidden_value_of_a_plugins_part_cannot_be_asked_about(
    obeying: Filled, narrow: Actor, asked: str
) -> None:
    assert refused(obeying, narrow, asked) == "remark"


def test_a_hidden_value_answers_null_and_is_named(obeying: Filled, ruled: Any) -> None:
    actor = ruled(*hides("secret", "price", "spare"))
    text = """{ list: probeMachines(first: 3) { rows: nodes { s: secret price { amount } spare { id } name } }
        services: probeServices(first: 2) { nodes { machine { secret } } } }"""

    answer = obeying.same(actor, text)

    assert [row["s"] for row in answer["data"]["list"]["rows"]] == [None] * 3
    assert [row["price"] for row in answer["data"]["list"]["rows"]] == [None] * 3
    assert [row["spare"] for row in answer["data"]["list"]["rows"]] == [None] * 3
    assert answer["extensions"]["hidden"] == [
        "list.rows.s", "list.rows.price", "list.rows.spare", "services.nodes.machine.secret",
    ]  # fmt: skip


def test_nothing_is_named_hidden_where_nothing_is(obeying: Filled) -> None:
    whole = askers(obeying)["whole"][0]

    answer = obeying.same(whole, "{ probeMachines { nodes { secret price { amount } spare { id } } } }")

    assert "extensions" not in answer


def test_a_row_shows_the_fields_of_the_roles_that_give_it(obeying: Filled, ruled: Any) -> None:
    old = policy("some", "probe.machine", "{isOld: {eq: true}}")
    rest = policy("some", "probe.machine", fields="-secret")
    denied = policy("some", "probe.machine", "{weight: {gt: 0}}", effect="deny", fields="secret")
    actor = ruled(policy("some", "core.party"), old, rest, denied)
    rows = {str(row["id"]): row for row in obeying.rows["probe.machine"]}

    found = obeying.same(actor, "{ probeMachines(first: 500) { nodes { id secret } } }")["data"][
        "probeMachines"
    ]

    shown = {node["id"] for node in found["nodes"] if node["secret"] is not None}
    expected = {
        key
        for key, row in rows.items()
        if row["is_old"] and not (row["weight"] or 0) > 0 and row["secret"] is not None
    }
    assert shown == expected
    assert 0 < len(expected) < len(rows)


@pytest.fixture
def telling() -> Iterator[None]:
    """What the probe works out from a machine's days tells of its secret and of its price, too."""
    machines = REGISTRY["probe.machine"]
    spec = machines.computed["age_days"]
    before = spec.expression, spec.hideable, spec.tells_of
    spec.expression = lambda machine: sa.case((machine.price.is_not(None), sa.func.length(machine.secret)))
    find_sources(machines)
    yield
    spec.expression, spec.hideable, spec.tells_of = before


@pytest.mark.usefixtures("telling")
@pytest.mark.parametrize("hidden", ["secret", "price"])
def test_what_is_worked_out_from_a_hidden_field_is_hidden_with_it(
    obeying: Filled, ruled: Any, hidden: str
) -> None:
    actor = ruled(*hides(hidden))

    answer = obeying.same(actor, "{ probeMachines(first: 500) { nodes { ageDays } } }")

    assert {node["ageDays"] for node in answer["data"]["probeMachines"]["nodes"]} == {None}
    assert answer["extensions"]["hidden"] == ["probeMachines.nodes.ageDays"]
    for way in WAYS_TO_A_HIDDEN_FIELD:
        assert refused(obeying, actor, way.replace("<>", "ageDays").replace("<F>", "AGE_DAYS")) == "ageDays"
    assert "errors" not in obeying.same(ruled(*hides("spare")), "{ probeMachines { nodes { ageDays } } }")


def test_a_list_does_not_tell_what_a_hidden_link_leads_to(
    obeying: Filled, ruled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(REGISTRY["probe.machine"].links["maker"], "hideable", True)
    text = """{ parties(first: 500) { nodes { probe { machines { totalCount } machinesAggregate { count } } } }
        some: parties(where: {probe: {machines: {some: {}}}}) { totalCount }
        many: parties(where: {probe: {machines: {aggregate: {count: {gt: 0}}}}}) { totalCount } }"""
    ordered = (
        "{ parties(first: 9, orderBy: [{probe: {machines: {aggregate: {count: DESC}}}}]) { nodes { id } } }"
    )
    by_id = "{ parties(first: 9, orderBy: [{id: DESC}]) { nodes { id } } }"

    hidden = obeying.same(ruled(*hides("maker")), text)["data"]
    assert obeying.same(ruled(*hides("maker")), ordered) == obeying.same(ruled(*hides("maker")), by_id)
    shown = obeying.same(ruled(*hides("secret")), text)["data"]

    assert str(hidden).count("'totalCount': 0") == len(hidden["parties"]["nodes"]) + 2
    assert str(hidden).count("[{'count': 0}]") == len(hidden["parties"]["nodes"])
    assert shown["some"] == shown["many"] and shown["some"]["totalCount"] > 0


def test_what_hangs_on_a_row_is_of_the_units_of_that_row(obeying: Filled, ruled: Any) -> None:
    other = next(unit for unit in obeying.rows["core.unit"] if unit["code"] == "OTHER")["party_id"]
    ruled(
        policy("some", "core.party"),
        policy("some", "probe.machine", unit="own"),
        policy("some", "probe.service", unit="own"),
        policy("else", "probe.machine", unit="own"),
    )
    roles = (Role("some", obeying.unit), Role("else", other))
    actor = Actor(1, None, "somebody", roles, obeying.unit)
    units = {str(row["id"]): row["unit_id"] for row in obeying.rows["probe.machine"]}

    text = "{ probeMachines(first: 500) { nodes { id } } probeServices(first: 500) { nodes { machine { id } } } }"
    data = obeying.same(actor, text)["data"]

    assert {units[node["id"]] for node in data["probeMachines"]["nodes"]} == {obeying.unit, other}
    assert {units[node["machine"]["id"]] for node in data["probeServices"]["nodes"]} == {obeying.unit}


def test_a_part_is_of_the_units_of_what_it_is_a_part_of(obeying: Filled, ruled: Any) -> None:
    other = next(unit for unit in obeying.rows["core.unit"] if unit["code"] == "OTHER")["party_id"]
    ruled(
        policy("some", "core.party"),
        policy("some", "core.relationship_type"),
        policy("some", "core.relationship", unit="own"),
        policy("some", "probe.edge", unit="own"),
        policy("else", "core.relationship", unit="own"),
    )
    actor = Actor(1, None, "somebody", (Role("some", obeying.unit), Role("else", other)), obeying.unit)
    shown = "nodes { unit { id } probe { grade } }"
    graded = "{probe: {grade: {isNull: false}}}"
    text = f"""{{ all: relationships(first: 500) {{ {shown} }}
        graded: relationships(first: 500, where: {graded}) {{ {shown} }}
        rest: relationships(first: 500, where: {{not: {graded}}}) {{ {shown} }}
        least: relationships(first: 5, orderBy: [{{probe: {{grade: ASC}}}}]) {{ {shown} }} }}"""

    data = obeying.same(actor, text)["data"]

    def units(name: str, *, grades: bool) -> set[str]:
        nodes = data[name]["nodes"]
        return {node["unit"]["id"] for node in nodes if (node["probe"]["grade"] is not None) == grades}

    ours, theirs = str(obeying.unit), str(other)
    assert units("all", grades=True) == units("graded", grades=True) == units("least", grades=True) == {ours}
    assert units("all", grades=False) == units("rest", grades=False) == {ours, theirs}
    assert units("graded", grades=False) == set()


def test_rows_are_counted_summed_and_grouped_as_they_are_listed(obeying: Filled, narrow: Actor) -> None:
    text = """{ parties(first: 500) { totalCount nodes { id } } partiesAggregate { count }
        dealings(first: 500) { totalCount nodes { id } } dealingsAggregate { count }
        relationships(first: 500) { totalCount nodes { id } } relationshipsAggregate { count }
        tasks(first: 500) { totalCount nodes { id } } tasksAggregate { count } }"""

    data = obeying.same(narrow, text)["data"]

    resources = {"parties": "party", "dealings": "dealing", "relationships": "relationship", "tasks": "task"}
    for many, one in resources.items():
        assert data[many]["totalCount"] == len(data[many]["nodes"]) == data[f"{many}Aggregate"][0]["count"]
        assert 0 < data[many]["totalCount"] < len(obeying.rows[f"core.{one}"])


ONE_BY_ID = ["party", "relationship", "dealing", "interaction", "task", "probeMachine", "probeService"]


def test_what_one_may_not_see_is_not_there_by_its_id(obeying: Filled, narrow: Actor) -> None:
    oracle = Oracle(obeying.rows, narrow, obeying.installations["sqlite"].app.snapshot.book, today=TODAY)
    for info in (info for info in REGISTRY if info.one in ONE_BY_ID):
        rows = obeying.rows[info.name]
        unseen = [row for row in rows if row["tenant_id"] == 1 and not oracle.sees(info, row)][:5]
        elsewhere = [row for row in rows if row["tenant_id"] == 2][:2]
        assert unseen
        for row in [*unseen, *elsewhere]:
            one = f"{info.one}(id: $id) {{ id }}"
            text = f"query ($id: ID!) {{ one: {one} node(id: $id) {{ id }} nodes(ids: [$id]) {{ id }} }}"
            found = obeying.same(narrow, text, {"id": str(row["id"])})
            assert found == {"data": {"one": None, "node": None, "nodes": [None]}}


def test_a_link_to_what_one_may_not_see_is_empty_and_matches_nothing(obeying: Filled, ruled: Any) -> None:
    hidden = obeying.rows["core.user"][1]["id"]
    everything = [
        policy("some", name)
        for name in ("core.party", "core.relationship", "core.relationship_type", "core.task")
    ]
    actor = ruled(*everything, policy("some", "core.user", f'{{id: {{ne: "{hidden}"}}}}'))
    tasks = [row for row in obeying.rows["core.task"] if row["tenant_id"] == 1]
    held = [row for row in tasks if row["assignee_id"] == hidden]
    free = [row for row in tasks if row["assignee_id"] is None]
    assert held
    text = """query ($id: ID!, $ids: [ID!]) { all: tasks(first: 500) { nodes { id assignee { id } } }
        by: tasks(where: {assigneeId: {eq: $id}}) { totalCount }
        among: tasks(where: {assigneeId: {in: $ids}}) { totalCount }
        none: tasks(where: {assigneeId: {isNull: true}}) { totalCount }
        through: tasks(where: {assignee: {id: {eq: $id}}}) { totalCount }
        groups: tasksAggregate(groupBy: [{field: ASSIGNEE}]) { keys count }
        named: tasksAggregate(groupBy: [{assignee: {field: EMAIL}}]) { keys count }
        distinct: tasksAggregate { count } }"""

    data = obeying.same(actor, text, {"id": str(hidden), "ids": [str(hidden)]})["data"]

    shown = {node["id"]: node["assignee"] for node in data["all"]["nodes"]}
    assert all(shown[str(row["id"])] is None for row in held)
    assert data["by"]["totalCount"] == data["among"]["totalCount"] == data["through"]["totalCount"] == 0
    assert data["none"]["totalCount"] == len(held) + len(free)
    assert str(hidden) not in str(data["groups"])
    groups = {group["keys"]["assignee"]: group["count"] for group in data["groups"]}
    assert groups[None] == len(held) + len(free)
    assert "user1@" not in str(data["named"])


def test_an_edge_is_hidden_with_either_of_its_ends(obeying: Filled, ruled: Any) -> None:
    edge = next(row for row in obeying.rows["core.relationship"] if row["source_id"] != row["target_id"])
    rest = [policy("some", name) for name in ("core.relationship", "core.relationship_type", "core.dealing")]
    text = """query ($from: ID!, $edge: ID!, $asOf: DateTime) {
        party(id: $from) { relationships(first: 500, asOf: $asOf) {
            nodes { id source { id } target { id } counterparty { id } } } }
        relationship(id: $edge) { id } }"""
    for hidden, seen in (("source_id", "target_id"), ("target_id", "source_id")):
        actor = ruled(policy("some", "core.party", f'{{id: {{ne: "{edge[hidden]}"}}}}'), *rest)

        data = obeying.same(actor, text, {"from": str(edge[seen]), "edge": str(edge["id"])})["data"]

        assert data["relationship"] is None
        assert str(edge["id"]) not in str(data["party"])
        for node in data["party"]["relationships"]["nodes"]:
            assert (
                node["source"] is not None and node["target"] is not None and node["counterparty"] is not None
            )


def test_rules_look_at_today_whatever_day_is_asked_about(obeying: Filled, ruled: Any) -> None:
    user = obeying.rows["core.user"][0]["id"]
    rule = "{relationships: {some: {ownerId: {eq: $user}}}}"
    actor = ruled(policy("some", "core.party", rule), user=user)
    text = "query ($at: DateTime) { parties(asOf: $at, first: 500) { nodes { id } } }"

    now = obeying.same(actor, text)

    for moment in ("1950-06-01T12:00:00Z", "2012-02-29T12:00:00Z", "2300-01-01T00:00:00Z"):
        assert obeying.same(actor, text, {"at": moment}) == now
    assert 0 < len(now["data"]["parties"]["nodes"]) < 40


def test_a_share_is_a_part_of_what_may_be_seen(obeying: Filled, ruled: Any) -> None:
    parties = [row for row in obeying.rows["core.party"] if row["tenant_id"] == 1]
    dealings = [row for row in obeying.rows["core.dealing"] if row["tenant_id"] == 1]
    shown = max(parties, key=lambda party: sum(row["party_id"] == party["id"] for row in dealings))
    actor = ruled(
        policy("some", "core.party", f'{{id: {{eq: "{shown["id"]}"}}}}'), policy("some", "core.dealing")
    )

    data = obeying.same(actor, "{ parties { nodes { dealingsAggregate { count share { count } } } } }")[
        "data"
    ]

    count = sum(row["party_id"] == shown["id"] for row in dealings)
    assert data["parties"]["nodes"] == [{"dealingsAggregate": [{"count": count, "share": {"count": "1"}}]}]


def test_a_part_of_a_hidden_relationship_is_hidden(obeying: Filled, ruled: Any) -> None:
    actor = ruled(
        policy("some", "core.party"), policy("some", "core.relationship_type"),
        policy("some", "core.relationship", unit="own"), policy("some", "probe.edge"), unit=obeying.unit,
    )  # fmt: skip
    other = next(unit for unit in obeying.rows["core.unit"] if unit["code"] == "OTHER")["party_id"]
    text = "query ($unit: ID) { parties(first: 500) { nodes { probe(unit: $unit) { grade } } } }"

    ours = obeying.same(actor, text, {"unit": str(obeying.unit)})["data"]["parties"]["nodes"]
    theirs = obeying.same(actor, text, {"unit": str(other)})["data"]["parties"]["nodes"]

    assert any(party["probe"]["grade"] for party in ours)
    assert not any(party["probe"]["grade"] for party in theirs)


def test_nobody_sees_what_no_policy_gives(obeying: Filled, ruled: Any) -> None:
    actor = ruled(policy("other", "core.party"))

    data = obeying.same(actor, "{ parties { totalCount nodes { id } } partiesAggregate { count } }")["data"]

    assert data == {"parties": {"totalCount": 0, "nodes": []}, "partiesAggregate": [{"count": 0}]}


def test_a_denial_wins_over_whatever_gives(obeying: Filled, ruled: Any) -> None:
    gives = [policy("some", "core.party"), policy("some", "core.party", '{country: {eq: "FR"}}')]
    denies = policy("some", "*", effect="deny", fields="-")

    assert obeying.same(ruled(*gives), "{ parties { totalCount } }")["data"]["parties"]["totalCount"] > 0
    assert (
        obeying.same(ruled(*gives, denies), "{ parties { totalCount } }")["data"]["parties"]["totalCount"]
        == 0
    )


@pytest.mark.parametrize(
    "rule", ["{ownerId: {eq: $user}}", "{unitId: {eq: $unit}}", "{unitId: {in: [$unit]}}"]
)
def test_a_rule_about_the_asker_gives_nothing_to_nobody_in_particular(
    obeying: Filled, ruled: Any, rule: str
) -> None:
    actor = ruled(
        policy("some", "core.party"), policy("some", "core.relationship_type"), policy("some", "core.user"),
        policy("some", "core.relationship", rule), home=None,
    )  # fmt: skip

    assert obeying.same(actor, "{ relationships { totalCount } }")["data"]["relationships"]["totalCount"] == 0


def test_the_same_question_is_answered_to_each_for_himself(obeying: Filled) -> None:
    whole, narrow = askers(obeying)["whole"][0], askers(obeying)["narrow"][0]
    elsewhere = Actor(2, None, "elsewhere", (Role("whole"),))
    text = "{ parties(first: 500) { nodes { id } } tasks { totalCount } }"

    answers = [obeying.same(actor, text) for actor in (whole, narrow, elsewhere)]

    assert [obeying.same(actor, text) for actor in (whole, narrow, elsewhere)] == answers
    ids = [{node["id"] for node in answer["data"]["parties"]["nodes"]} for answer in answers]
    assert ids[1] < ids[0]
    assert ids[2] and not ids[2] & ids[0]


def test_every_hidden_field_of_these_tests_may_be_hidden() -> None:
    for resource, name in HIDDEN:
        info: Any = REGISTRY[resource]
        assert {**info.fields, **info.links}[name].hideable
