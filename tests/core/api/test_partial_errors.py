"""What cannot be answered is null where it may be, with an error at its path; the rest of the answer stands."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.conftest import Filled
from tests.core.query.asking import askers
from xrm_core.declare.registry import REGISTRY
from xrm_core.identity.actor import Actor, Role
from xrm_core.plugins.testing import Installation


@pytest.fixture
def whole(obeying: Filled) -> Actor:
    """Somebody who sees everything."""
    return askers(obeying)["whole"][0]


@pytest.fixture
def narrow(obeying: Filled) -> Actor:
    """Somebody from whom fields are hidden."""
    return askers(obeying)["narrow"][0]


def asked(
    stand: Filled, actor: Actor, text: str, variables: dict[str, Any] | None = None
) -> tuple[Any, list[tuple[str, list[Any]]]]:
    """The data, and of each error the code and the path; the same from both databases."""
    told = []
    for _, answer in stand.answers(actor, text, variables):
        errors = [(error["extensions"]["code"], error.get("path")) for error in answer.get("errors", [])]
        told.append((answer["data"], errors))
    assert told[0] == told[1]
    return told[0]


def a_party(stand: Filled) -> dict[str, Any]:
    return next(row for row in stand.rows["core.party"] if row["tenant_id"] == 1)


@pytest.mark.parametrize("as_variable", [False, True])
def test_an_id_that_is_none_spoils_only_its_own_field(
    obeying: Filled, whole: Actor, as_variable: bool
) -> None:
    party = a_party(obeying)
    given, id_ = ('$id: ID! = "nonsense",', "$id") if as_variable else ("", '"nonsense"')
    text = f"""query ({given} $good: ID!) {{
        bad: party(id: {id_}) {{ name }} good: party(id: $good) {{ name }} }}"""

    data, errors = asked(obeying, whole, text, {"good": str(party["id"])})

    assert data == {"bad": None, "good": {"name": party["name"]}}
    assert errors == [("VALIDATION", ["bad"])]


def test_each_wrong_field_has_an_error_of_its_own(obeying: Filled, whole: Actor) -> None:
    text = """query ($a: ID!, $b: ID!) { a: party(id: $a) { name } b: party(id: $b) { name } me { id }
        c: task(id: "") { id } }"""

    data, errors = asked(obeying, whole, text, {"a": "x", "b": "y"})

    assert (data["a"], data["b"], data["c"]) == (None, None, None)
    assert data["me"]["id"] == str(whole.user_id)
    assert sorted(errors) == [("VALIDATION", ["a"]), ("VALIDATION", ["b"]), ("VALIDATION", ["c"])]


def test_a_wrong_list_takes_the_object_around_it_and_nothing_else(obeying: Filled, whole: Actor) -> None:
    party = a_party(obeying)
    text = """query ($id: ID!, $after: String) {
        one: party(id: $id) { name dealings(first: 1, after: $after) { nodes { id } } }
        other: party(id: $id) { name dealings { totalCount } } }"""

    data, errors = asked(obeying, whole, text, {"id": str(party["id"]), "after": "no cursor"})

    assert data["one"] is None
    assert data["other"]["name"] == party["name"]
    assert errors == [("VALIDATION", ["one", "dealings"])]


def test_nothing_is_left_where_a_field_of_query_may_not_be_null(obeying: Filled, whole: Actor) -> None:
    text = """query ($after: String) { parties(after: $after) { nodes { id } } tasks { totalCount } }"""

    data, errors = asked(obeying, whole, text, {"after": "no cursor"})

    assert data is None
    assert errors == [("VALIDATION", ["parties"])]


def test_a_wrong_question_below_a_link_makes_the_link_null_in_each_place(
    obeying: Filled, whole: Actor
) -> None:
    text = """query ($after: String) { probeMachines(first: 50, orderBy: [{id: ASC}]) {
        nodes { id keeper { id } spare { id dealings(after: $after) { nodes { id } } } } } }"""

    data, errors = asked(obeying, whole, text, {"after": "no cursor"})

    nodes = data["probeMachines"]["nodes"]
    assert {node["spare"] is None for node in nodes} == {True}
    assert any(node["keeper"] for node in nodes)
    spares = {str(row["id"]): row["spare_id"] for row in obeying.rows["probe.machine"]}
    places = [position for position, node in enumerate(nodes) if spares[node["id"]] is not None]
    assert places
    paths = [["probeMachines", "nodes", place, "spare", "dealings"] for place in places]
    assert errors == [("VALIDATION", path) for path in paths]


def test_what_may_not_be_asked_about_spoils_only_its_own_field(obeying: Filled, narrow: Actor) -> None:
    seen, _ = asked(obeying, narrow, "{ probeMachines(first: 1) { nodes { id } } }")
    machine = seen["probeMachines"]["nodes"][0]
    text = """query ($id: ID!) { probeMachine(id: $id) { name services(orderBy: [{machine: {secret: ASC}}]) {
        totalCount } } tasks(first: 1) { totalCount } }"""

    data, errors = asked(obeying, narrow, text, {"id": machine["id"]})

    assert data["probeMachine"] is None
    assert data["tasks"]["totalCount"] >= 0
    assert errors == [("VALIDATION", ["probeMachine", "services"])]


def test_amounts_of_several_currencies_spoil_only_the_party_they_are_of(
    obeying: Filled, whole: Actor
) -> None:
    by_party: dict[Any, set[str]] = {}
    for row in obeying.rows["core.dealing"]:
        if row["tenant_id"] == 1:
            by_party.setdefault(row["party_id"], set()).add(row["amount_currency"])
    mixed = next(party for party, currencies in by_party.items() if len(currencies) > 1)
    plain = next(party for party, currencies in by_party.items() if len(currencies) == 1)
    text = """query ($mixed: ID!, $plain: ID!) {
        mixed: party(id: $mixed) { dealingsAggregate { sum { amount } } }
        plain: party(id: $plain) { dealingsAggregate { sum { amount } } } }"""

    data, errors = asked(obeying, whole, text, {"mixed": str(mixed), "plain": str(plain)})

    assert data["mixed"] is None
    assert data["plain"]["dealingsAggregate"][0]["sum"]["amount"] is not None
    assert errors == [("VALIDATION", ["mixed", "dealingsAggregate"])]


@pytest.fixture
def admin(scratch: Filled) -> Actor:
    """A real user who may do everything."""
    return Actor(1, scratch.rows["core.user"][0]["id"], "admin", (Role("admin"),), scratch.unit)


def set_machine(stand: Filled, **values: Any) -> str:
    """Change the machine that is first in the order of ids, everywhere; its id."""
    table = REGISTRY["probe.machine"].table
    machine = min(row["id"] for row in stand.rows["probe.machine"] if row["tenant_id"] == 1)

    async def write(installation: Installation) -> None:
        async with installation.app.database.engine.begin() as connection:
            await connection.execute(sa.update(table).where(table.c.id == machine).values(**values))

    for installation in stand.installations.values():
        stand.runner.run(write(installation))
    return str(machine)


MACHINES = "{ probeMachines(first: 50, orderBy: [{id: ASC}]) { nodes { id name %s } } }"


def test_a_batch_that_fails_leaves_null_in_each_place_and_tells_nothing_internal(
    scratch: Filled, admin: Actor
) -> None:
    set_machine(scratch, name="Broken", name_key="broken")

    for _, answer in scratch.answers(admin, MACHINES % "fragile tag"):
        nodes = answer["data"]["probeMachines"]["nodes"]
        assert {node["fragile"] for node in nodes} == {None}
        errors = answer["errors"]
        paths = [["probeMachines", "nodes", place, "fragile"] for place in range(len(nodes))]
        assert [error["path"] for error in errors] == paths
        assert {error["extensions"]["code"] for error in errors} == {"INTERNAL"}
        assert "secret" not in str(answer)


def test_a_batch_that_works_has_no_errors(scratch: Filled, admin: Actor) -> None:
    set_machine(scratch, name="Whole", name_key="whole")

    data, errors = asked(scratch, admin, MACHINES % "fragile")

    assert {node["fragile"] for node in data["probeMachines"]["nodes"]} == {"whole"}
    assert errors == []


def test_a_value_missing_where_it_may_not_be_takes_what_is_around_it(scratch: Filled, admin: Actor) -> None:
    text = "query ($id: ID!) { probeMachine(id: $id) { weighed } t: __typename }"
    expected: list[tuple[int | None, Any]] = [
        (7, ({"probeMachine": {"weighed": 7}, "t": "Query"}, [])),
        (None, ({"probeMachine": None, "t": "Query"}, [("INTERNAL", ["probeMachine", "weighed"])])),
        (0, ({"probeMachine": None, "t": "Query"}, [("VALIDATION", ["probeMachine", "weighed"])])),
    ]

    for weight, answer in expected:
        machine = set_machine(scratch, weight=weight)
        assert asked(scratch, admin, text, {"id": machine}) == answer
