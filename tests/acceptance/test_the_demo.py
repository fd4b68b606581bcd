"""What the demo must be able to show, each as a client would ask it."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.acceptance.conftest import Client, Demo
from xrm_core.money import round_half_up

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


SUPPLIERS = """
query ($in2011: DealingWhere, $in2012: DealingWhere, $payments: DealingWhere) {
  parties(
    first: 500
    where: {
      relationships: {some: {type: {code: {eq: "SUPPLIER"}}}}
      and: [
        {dealings: {aggregate: {where: $in2012, sum: {amount: {gt: "100000"}}}}}
        {dealings: {aggregate: {where: $in2011, sum: {amount: {lt: "50000"}}}}}
        {dealings: {aggregate: {where: $payments, max: {occurredOn: {lt: "2013-01-25"}}}}}
      ]
    }
    orderBy: [{dealings: {aggregate: {where: $in2012, sum: {amount: DESC}}}}]
  ) {
    totalCount
    nodes {
      name
      dealings(first: 3, orderBy: [{occurredOn: DESC}]) { nodes { occurredOn kind amount { amount currency } } }
      dealingsAggregate(where: $in2012) { sum { amount } share { amount } }
    }
  }
}
"""


def _payments(year: int | None = None) -> dict[str, Any]:
    days = {} if year is None else {"occurredOn": {"gte": f"{year}-01-01", "lte": f"{year}-12-31"}}
    return {"kind": {"eq": "PAYMENT"}, "amountCurrency": {"eq": "GBP"}, **days}


def test_suppliers_that_grew_and_were_not_paid_lately_come_with_their_share_in_one_query(
    demo: Demo, admin: Client
) -> None:
    parties = admin.ask(
        SUPPLIERS, {"in2011": _payments(2011), "in2012": _payments(2012), "payments": _payments()}
    )["parties"]

    found = [
        (one["name"], one["dealingsAggregate"][0]["sum"]["amount"], one["dealingsAggregate"][0]["share"]["amount"],
         [deal["occurredOn"] for deal in one["dealings"]["nodes"]])
        for one in parties["nodes"]
    ]  # fmt: skip
    assert found == _by_hand(demo)
    # Most of them were paid nothing at all in 2011, which is less than 50,000.
    assert parties["totalCount"] == len(found) > 10


def _by_hand(demo: Demo) -> list[tuple[str, str, str, list[str]]]:
    """The same, asked of the database in its own words: name, sum of 2012, share of all of 2012, last three days."""
    with closing(sqlite3.connect(f"file:{demo.data_dir / 'xrm.db'}?mode=ro", uri=True)) as database:
        paid = "d.tenant_id = 1 AND d.kind = 'PAYMENT' AND d.amount_currency = 'GBP'"
        (whole,) = database.execute(
            f"SELECT sum(amount) FROM core_dealing d WHERE {paid} AND d.occurred_on LIKE '2012-%'"
        ).fetchone()
        rows = database.execute(
            f"""SELECT p.id, p.name, sum(d.amount) FILTER (WHERE d.occurred_on LIKE '2012-%') AS in_2012
                FROM core_party p JOIN core_dealing d ON d.party_id = p.id AND {paid}
                WHERE p.id IN (SELECT r.target_id FROM core_relationship r JOIN core_relationship_type t
                               ON t.id = r.type_id AND t.code = 'SUPPLIER')
                GROUP BY p.id, p.name
                HAVING in_2012 > 100000000000 AND max(d.occurred_on) < '2013-01-25'
                   AND coalesce(sum(d.amount) FILTER (WHERE d.occurred_on LIKE '2011-%'), 0) < 50000000000
                ORDER BY in_2012 DESC, p.id DESC"""
        ).fetchall()
        days = "SELECT occurred_on FROM core_dealing WHERE party_id = ? ORDER BY occurred_on DESC LIMIT 3"
        return [
            (name, _plain(Decimal(sum_).scaleb(-6)), _plain(round_half_up(Decimal(sum_) / whole, 6)),
             [day for (day,) in database.execute(days, [id_])])
            for id_, name, sum_ in rows
        ]  # fmt: skip


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


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
