"""What the demo must be able to show, each as a client would ask it."""

from itertools import pairwise
from typing import Any

import pytest

from tests.acceptance.conftest import Client, Demo

SHELL = "21380068P1DRHMJ8KU70"


@pytest.fixture(scope="module")
def admin(demo: Demo) -> Client:
    """The administrator's client."""
    return demo.client("admin")


def _supplier(admin: Client, status: str = "ACTIVE") -> Any:
    found = admin.ask(
        """query ($status: String!) { relationships(
             where: {status: {eq: $status}, type: {code: {eq: "SUPPLIER"}}},
             orderBy: [{dealings: {aggregate: {where: {amountCurrency: {eq: "GBP"}}, sum: {amount: DESC}}}}],
             first: 1) { nodes { id version status stage substage validFrom
               target { id name dealings(first: 3, orderBy: [{occurredOn: DESC}]) {
                 totalCount nodes { kind occurredOn amount { amount currency } source sourceRow } } }
               history { stage mode trigger enteredAt } } } }""",
        {"status": status},
    )
    return found["relationships"]["nodes"][0]


def test_it_says_what_is_real_and_what_is_generated(demo: Demo) -> None:
    assert "Real:" in demo.said
    assert "28,145" in demo.said
    assert "Generated:" in demo.said


def test_a_supplier_comes_with_its_payments_and_stage_in_one_query(admin: Client) -> None:
    supplier = _supplier(admin)

    assert (supplier["stage"], supplier["substage"]) == ("INVOLVEMENT", "INTENSIFYING")
    assert supplier["target"]["dealings"]["totalCount"] > 3
    assert supplier["target"]["dealings"]["nodes"][0]["amount"]["currency"] == "GBP"
    assert [(entry["mode"], entry["trigger"]) for entry in supplier["history"]] == [("import", "R-A-07")]


def test_the_whole_ledger_is_in(admin: Client) -> None:
    counted = admin.ask(
        """{ dealingsAggregate(where: {source: {eq: "gla"}}, groupBy: [{field: KIND}], orderBy: [{keys: ASC}])
             { keys count sum { amount } } }"""
    )["dealingsAggregate"]

    assert [(group["keys"]["kind"], group["count"]) for group in counted] == [
        ("CREDIT", 1209),
        ("PAYMENT", 26936),
    ]
    repeated = admin.ask(
        '{ dealings(where: {source: {eq: "gla"}, possibleDuplicate: {eq: true}}) { totalCount } }'
    )
    assert repeated["dealings"]["totalCount"] == 680


def test_a_company_comes_with_its_parents_and_children_in_one_query(admin: Client) -> None:
    found = admin.ask(
        """query ($lei: String!) { parties(where: {identifiers: {some: {scheme: {eq: "LEI"}, value: {eq: $lei}}}}) {
             nodes { id name relationships(where: {type: {code: {eq: "CONTROLS"}}}, first: 100) {
               nodes { basis validFrom source { id } target { id } counterparty { name } } } } } }""",
        {"lei": SHELL},
    )["parties"]["nodes"]

    (company,) = found
    edges = company["relationships"]["nodes"]
    assert len(edges) > 5
    assert all(company["id"] in (edge["source"]["id"], edge["target"]["id"]) for edge in edges)
    assert {edge["basis"] for edge in edges} <= {"DIRECT", "ULTIMATE"}
    assert all(edge["counterparty"]["name"] != company["name"] for edge in edges)


def test_a_move_is_made_and_an_illegal_one_refused_with_the_reason(admin: Client) -> None:
    supplier = _supplier(admin, "PREFERRED")
    move = """mutation ($input: TransitionInput!) { transition(input: $input) {
                from to event at object { id ... on Relationship { status stage history { stage } } } } }"""

    made = admin.ask(
        move,
        {"input": {"objectId": supplier["id"], "event": "block", "reason": "Quality",
                   "expectedVersion": supplier["version"]}},
    )["transition"]  # fmt: skip
    refused = admin.answer(move, {"input": {"objectId": supplier["id"], "event": "prefer", "reason": "?"}})

    assert (made["from"], made["to"]) == ("PREFERRED", "BLOCKED")
    assert made["object"]["stage"] == "DETERIORATION"
    assert len(made["object"]["history"]) == 2
    error = refused["errors"][0]
    assert error["extensions"]["code"] == "ILLEGAL_TRANSITION"
    assert "BLOCKED" in error["message"]
    assert error["extensions"]["problems"]


def test_the_next_notice_is_hidden_from_sales_and_named(demo: Demo, admin: Client) -> None:
    with_notice = """{ parties(where: {legal: {contracts: {some: {noticeOn: {isNull: false}}}}}, first: 1) {
                       nodes { id legal { nextNotice contracts { totalCount } } } } }"""
    party = admin.ask(with_notice)["parties"]["nodes"][0]
    question = "query ($id: ID!) { party(id: $id) { name legal { nextNotice } } }"

    for_sales = demo.client("sales").answer(question, {"id": party["id"]})

    assert party["legal"]["nextNotice"] is not None
    assert for_sales["data"]["party"]["legal"] == {"nextNotice": None}
    assert for_sales["extensions"]["hidden"] == ["party.legal.nextNotice"]


def test_a_disabled_plugin_leaves_the_schema_without_restart_and_comes_back_with_its_data(
    demo: Demo, admin: Client
) -> None:
    question = "{ contracts { totalCount } }"
    before = admin.ask(question)

    demo.command("plugin", "disable", "legal")
    try:
        _until(lambda: "errors" in admin.answer(question))
        without = admin.answer(question)
    finally:
        demo.command("plugin", "enable", "legal")
    _until(lambda: "errors" not in admin.answer(question))

    assert without["errors"][0]["extensions"]["code"] == "VALIDATION"
    assert before["contracts"]["totalCount"] > 0
    assert admin.ask(question) == before


def _until(holds: Any) -> None:
    import time

    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("the server did not follow")


def test_everything_a_company_controls_comes_with_the_path_to_each_in_one_query(demo: Demo) -> None:
    question = """{ parties(where: {name: {startsWith: "SHELL PLC"}}) { nodes { id name
        controls { party { id name } basis path { length parties { id } relationships {
          basis type { code } source { id } target { id } } } } } } }"""

    for user in ("admin", "sales"):
        (shell,) = demo.client(user).ask(question)["parties"]["nodes"]

        assert len(shell["controls"]) == 21
        assert {one["basis"] for one in shell["controls"]} == {"EXPLICIT"}
        for one in shell["controls"]:
            parties = [party["id"] for party in one["path"]["parties"]]
            assert (parties[0], parties[-1]) == (shell["id"], one["party"]["id"])
            hops = [(edge["source"]["id"], edge["target"]["id"]) for edge in one["path"]["relationships"]]
            assert hops == list(pairwise(parties))
            assert one["path"]["length"] == len(hops)


def test_what_a_company_controls_is_a_graph_to_draw(admin: Client) -> None:
    (shell,) = admin.ask('{ parties(where: {name: {startsWith: "SHELL PLC"}}) { nodes { id } } }')["parties"][
        "nodes"
    ]
    drawn = admin.ask(
        """query ($id: ID!) { ownershipClosure(partyId: $id) { truncated parties { id name }
             relationships { source { id } target { id } } }
             neighbourhood(partyId: $id, depth: 2, types: ["CONTROLS"]) { parties { id } } }""",
        {"id": shell["id"]},
    )

    ids = {party["id"] for party in drawn["ownershipClosure"]["parties"]}
    assert len(ids) == 22 and drawn["ownershipClosure"]["truncated"] is False
    assert drawn["ownershipClosure"]["parties"][0]["id"] == shell["id"]
    for edge in drawn["ownershipClosure"]["relationships"]:
        assert {edge["source"]["id"], edge["target"]["id"]} <= ids
    assert ids <= {party["id"] for party in drawn["neighbourhood"]["parties"]}
