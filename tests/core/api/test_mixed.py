"""Hand-written and derived fields in one question, and what commands answer: one shape, few statements."""

from typing import Any

import pytest

from tests.core.conftest import Filled
from xrm_core.identity.actor import Actor, Role


@pytest.fixture
def admin(scratch: Filled) -> Actor:
    """A real user who may do everything."""
    return Actor(1, scratch.rows["core.user"][0]["id"], "admin", (Role("admin"),), scratch.unit)


@pytest.fixture
def seller(scratch: Filled) -> Actor:
    """A user with a shipped role in our unit."""
    return Actor(1, scratch.rows["core.user"][1]["id"], "sales", (Role("sales", scratch.unit),), scratch.unit)


MIXED = """query ($size: Int! = 2) { sheet: probeSheet(first: $size, on: "2026-09-30") { __typename id
    lines { party { called: name name: id dealings(first: 1) { n: nodes { id } totalCount } } other { id } data
      amount { currency amount t: __typename } }
    parties { __typename id n: name } note { text } }
  t: __typename parties(first: 1) { nodes { name } totalCount } me { id mail: email homeUnit { name } }
  plugins { id status } tasks { totalCount } }"""


def test_both_kinds_of_fields_answer_one_question(scratch: Filled, admin: Actor) -> None:
    answer = scratch.same(admin, MIXED)

    data = answer["data"]
    assert list(data) == ["sheet", "t", "parties", "me", "plugins", "tasks"]
    assert (data["sheet"]["__typename"], data["sheet"]["id"], data["t"]) == (
        "ProbeSheet",
        "2026-09-30",
        "Query",
    )
    line, party = data["sheet"]["lines"][0], data["sheet"]["parties"][0]
    assert list(line["party"]) == ["called", "name", "dealings"]
    assert (line["party"]["called"], line["party"]["name"]) == (party["n"], party["id"])
    assert (line["other"], line["data"]) == (None, {})
    assert line["amount"] == {"currency": "EUR", "amount": "1", "t": "Money"}
    assert party["__typename"] == "Party"
    assert data["me"]["id"] == str(admin.user_id)
    assert data["me"]["homeUnit"]["name"] == "Our Company"
    assert {plugin["id"]: plugin["status"] for plugin in data["plugins"]}["probe"] == "ENABLED"


@pytest.mark.parametrize("size", [1, 9])
def test_a_mixed_question_takes_as_many_statements_whatever_its_size(
    scratch: Filled, admin: Actor, size: int
) -> None:
    for kind in scratch.installations:
        scratch.statements(kind)
        data = scratch.answer(kind, admin, MIXED, {"size": size})["data"]
        assert len(data["sheet"]["lines"]) == len(data["sheet"]["parties"]) == size
        # The derived part, the parties of the lines, the parties, and who asks.
        assert len(scratch.statements(kind)) == 4


def test_a_failure_is_told_at_its_place_and_leaves_the_rest(scratch: Filled, admin: Actor) -> None:
    text = "{ a: probeFailure parties(first: 1) { totalCount } sheet: probeSheet(first: 1) { id } }"

    answer = scratch.same(admin, text)

    assert answer["data"]["a"] is None
    assert answer["data"]["parties"]["totalCount"] > 0
    assert answer["data"]["sheet"] == {"id": "none"}
    (error,) = answer["errors"]
    assert error["path"] == ["a"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "test"}
    assert "hunter2" not in str(answer)


def test_a_failure_where_null_may_not_be_takes_the_whole_away(scratch: Filled, admin: Actor) -> None:
    answer = scratch.same(admin, "{ parties(first: 1) { totalCount } sheet: probeSheet(first: -1) { id } }")

    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["path"] == ["sheet"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("VALIDATION", "first")


RENAME = """mutation ($id: ID!, $name: String!) { done: renameProbeMachine(input: {id: $id, name: $name}) {
    name: id called: name __typename maker { m: name
    machines: probe { machines(first: 2) { nodes { id } totalCount } } }
    services(first: 1, orderBy: [{doneOn: DESC}]) { edges { node { cost { amount } } } } notes { text }
    secret price { amount currency } } }"""


def test_a_command_answers_with_the_object_as_it_is_now(scratch: Filled, admin: Actor) -> None:
    machine = scratch.rows["probe.machine"][0]

    data = scratch.same(admin, RENAME, {"id": str(machine["id"]), "name": "new name"})["data"]["done"]

    assert list(data) == ["name", "called", "__typename", "maker", "services", "notes", "secret", "price"]
    assert (data["name"], data["called"], data["__typename"]) == (
        str(machine["id"]),
        "new name",
        "ProbeMachine",
    )
    assert data["notes"] == [{"text": f"note on {machine['id']}"}]
    assert data["maker"]["machines"]["machines"]["totalCount"] >= 1


def test_what_a_command_hides_is_named(scratch: Filled, seller: Actor) -> None:
    ours = next(row for row in scratch.rows["probe.machine"] if row["unit_id"] == scratch.unit)

    answer = scratch.same(seller, RENAME, {"id": str(ours["id"]), "name": "sold"})

    assert answer["data"]["done"]["secret"] is None
    assert answer["extensions"]["hidden"] == ["done.secret", "done.price"]


@pytest.mark.parametrize(
    ("name", "code", "problem"),
    [("forbidden", "VALIDATION", "probe.forbidden_name"), ("broken", "INTERNAL", None)],
)
def test_a_refused_command_changes_nothing(
    scratch: Filled, admin: Actor, name: str, code: str, problem: str | None
) -> None:
    machine = str(scratch.rows["probe.machine"][1]["id"])
    text = "query ($id: ID!) { probeMachine(id: $id) { name version updatedAt } }"
    before = [scratch.answer(kind, admin, text, {"id": machine}) for kind in scratch.installations]

    answer = scratch.same(admin, RENAME, {"id": machine, "name": name})

    assert answer["data"] is None
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["done"], code)
    problems = [one["code"] for one in error["extensions"].get("problems", [])]
    assert problems == ([problem] if problem else [])
    assert "private" not in str(answer)
    assert [scratch.answer(kind, admin, text, {"id": machine}) for kind in scratch.installations] == before


def test_commands_run_one_after_the_other(scratch: Filled, admin: Actor) -> None:
    machine = str(scratch.rows["probe.machine"][2]["id"])
    step = 'renameProbeMachine(input: {id: "%s", name: "%s"}) { name }'
    text = "mutation { " + " ".join(f"m{number}: {step % (machine, number)}" for number in range(3)) + " }"

    data = scratch.same(admin, text)["data"]

    assert list(data.items()) == [("m0", {"name": "0"}), ("m1", {"name": "1"}), ("m2", {"name": "2"})]


def test_what_was_done_before_a_failure_stays_done(scratch: Filled, admin: Actor) -> None:
    machine = str(scratch.rows["probe.machine"][3]["id"])
    step = 'renameProbeMachine(input: {id: "%s", name: "%s"}) { name }'
    text = f"mutation {{ a: {step % (machine, 'kept')} b: {step % (machine, 'forbidden')} }}"

    answer = scratch.same(admin, text)

    assert (answer["data"], answer["errors"][0]["path"]) == (None, ["b"])
    after = scratch.same(admin, "query ($id: ID!) { probeMachine(id: $id) { name } }", {"id": machine})
    assert after["data"]["probeMachine"] == {"name": "kept"}


def test_a_plain_answer_holds_objects_by_their_ids(scratch: Filled, admin: Actor) -> None:
    ids = [str(row["id"]) for row in scratch.rows["core.party"] if row["tenant_id"] == 1][:4]
    text = """mutation ($ids: [ID!]!) { countProbeSheet(input: {parties: $ids}) {
        lines { party { id } other { i: id } amount { amount } data } parties { id } note { weight text } } }"""

    for kind in scratch.installations:
        scratch.statements(kind)
        sheet = scratch.answer(kind, admin, text, {"ids": ids})["data"]["countProbeSheet"]
        assert [line["party"]["id"] for line in sheet["lines"]] == ids
        assert [line["other"]["i"] for line in sheet["lines"]] == ids
        assert sheet["lines"][0]["data"] == {"n": "2.5"}
        assert [party["id"] for party in sheet["parties"]] == ids
        assert sheet["note"] == {"weight": "2", "text": "said"}
        assert len(scratch.statements(kind)) == 3


def test_a_list_leaves_out_what_the_asker_may_not_see(scratch: Filled, admin: Actor) -> None:
    text = "mutation { listUnseen { parties { id } } }"

    parties = scratch.same(admin, text)["data"]["listUnseen"]["parties"]

    ours = {str(row["id"]) for row in scratch.rows["core.party"] if row["tenant_id"] == 1}
    assert {party["id"] for party in parties} == ours
    assert len(ours) < len(scratch.rows["core.party"])


def test_every_object_an_input_names_must_be_there(scratch: Filled, admin: Actor) -> None:
    party = str(scratch.rows["core.party"][1]["id"])
    elsewhere = next(str(row["id"]) for row in scratch.rows["core.party"] if row["tenant_id"] == 2)
    text = "mutation ($ids: [ID!]!) { countProbeSheet(input: {parties: $ids}) { id } }"

    answer = scratch.same(admin, text, {"ids": [party, elsewhere]})

    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("VALIDATION", "parties.1")


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"id": "00000000-0000-0000-0000-000000000000", "name": "x"}, "NOT_FOUND"),
        ({"id": "nothing", "name": "x"}, "VALIDATION"),
        ({"id": "nothing", "name": 5}, "VALIDATION"),
    ],
)
def test_a_command_on_nothing_is_refused(scratch: Filled, admin: Actor, variables: Any, code: str) -> None:
    assert scratch.same(admin, RENAME, variables)["errors"][0]["extensions"]["code"] == code


def test_a_command_somebody_may_not_do_is_forbidden_or_not_there(scratch: Filled, seller: Actor) -> None:
    theirs = next(row for row in scratch.rows["probe.machine"] if row["unit_id"] not in (scratch.unit, None))

    answer = scratch.same(seller, RENAME, {"id": str(theirs["id"]), "name": "x"})

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
