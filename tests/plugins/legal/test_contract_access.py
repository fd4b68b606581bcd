"""Who sees what of contracts by the shipped policies: what is hidden answers null and cannot be learnt otherwise."""

import datetime as dt

import pytest

from tests.plugins.legal.contracts import clause_of, draft, signed
from tests.plugins.legal.test_contract_life import deviating
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_legal.commands.deciding import request_derogation
from xrm_legal.documents import render_contract
from xrm_legal.models import Contract, Deadline

pytestmark = pytest.mark.plugins("legal")

NOTICE = "query ($id: ID!) { party(id: $id) { name legal { nextNotice contracts { totalCount } } } }"


async def in_force(xrm: Installation) -> Party:
    """A party with a signed contract."""
    party = await xrm.make(Party, name="Pump Works Ltd")
    await signed(xrm, await draft(xrm, party=party))
    return party


async def test_the_next_notice_is_hidden_from_sales_and_named_as_hidden(xrm: Installation) -> None:
    party = await in_force(xrm)

    legal = await xrm.answer(NOTICE, {"id": str(party.id)}, role="legal")
    sales = await xrm.answer(NOTICE, {"id": str(party.id)}, role="sales")

    assert dt.date.fromisoformat(legal["data"]["party"]["legal"]["nextNotice"]) > dt.date.today()
    assert "extensions" not in legal
    assert sales["data"]["party"]["legal"] == {"nextNotice": None, "contracts": {"totalCount": 1}}
    assert sales["extensions"]["hidden"] == ["party.legal.nextNotice"]


ROUNDABOUT = (
    "{ parties(where: {legal: {nextNotice: {isNull: false}}}) { totalCount } }",
    "{ parties(orderBy: [{legal: {nextNotice: ASC}}]) { nodes { id } } }",
    "{ contracts(where: {noticeOn: {isNull: false}}) { totalCount } }",
    "{ contracts(where: {noticeMonths: {eq: 3}}) { totalCount } }",
    '{ contracts(where: {clauses: {some: {text: {contains: "discount"}}}}) { totalCount } }',
    "{ contractsAggregate { max { noticeOn } } }",
)


async def test_sales_cannot_learn_it_another_way(xrm: Installation) -> None:
    await in_force(xrm)

    for asked in ROUNDABOUT:
        answer = await xrm.answer(asked, role="sales")

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["VALIDATION"], asked


async def test_sales_sees_neither_deadlines_nor_derogations_nor_the_document(xrm: Installation) -> None:
    contract = await deviating(xrm)
    clause = await clause_of(xrm, contract, "payment_terms")
    await xrm.run(request_derogation, clause, role="legal", justification="They pay at once.")
    await xrm.run(render_contract, contract, role="legal")

    asked = """{ contracts { nodes { number deadlines { totalCount } derogations { totalCount } } }
      deadlines { totalCount } clauseDerogations { totalCount } documents { totalCount } }"""
    found = await xrm.ask(asked, role="sales")

    nothing = {"totalCount": 0}
    assert found["contracts"]["nodes"] == [
        {"number": contract.number, "deadlines": nothing, "derogations": nothing}
    ]
    assert [found[name] for name in ("deadlines", "clauseDerogations", "documents")] == [nothing] * 3


async def test_sales_sees_which_clauses_a_contract_has_but_not_their_words(xrm: Installation) -> None:
    await draft(xrm)

    asked = """{ contracts(where: {clauses: {some: {key: {eq: "liability"}}}}) {
      nodes { clauses(first: 1) { nodes { key title text } } variables } } }"""
    answer = await xrm.answer(asked, role="sales")

    (found,) = answer["data"]["contracts"]["nodes"]
    assert found["clauses"]["nodes"] == [{"key": "purpose", "title": "Purpose", "text": None}]
    assert found["variables"] is None
    assert set(answer["extensions"]["hidden"]) == {
        "contracts.nodes.clauses.nodes.text",
        "contracts.nodes.variables",
    }


async def test_sales_may_do_nothing_with_a_contract(xrm: Installation) -> None:
    contract = await draft(xrm)

    for mutation in ("submitContract", "renderContract", "sendContract"):
        asked = f"mutation ($id: ID!) {{ {mutation}(id: $id) {{ id }} }}"
        answer = await xrm.answer(asked, {"id": str(contract.id)}, role="sales")

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], mutation


async def test_a_contract_of_another_unit_does_not_exist(xrm: Installation) -> None:
    contract = await draft(xrm)
    other = await xrm.make(Party, name="Another unit of ours")
    asked = """query ($id: ID!) { contract(id: $id) { id } deadlines { totalCount } contractClauses { totalCount }
      signatories { totalCount } }"""

    for role in ("legal", "sales", "credit", "governance"):
        found = await xrm.ask(asked, {"id": str(contract.id)}, actor=xrm.actor(role, unit=other.id))

        counts = [found[name]["totalCount"] for name in ("deadlines", "contractClauses", "signatories")]
        assert (found["contract"], counts) == (None, [0, 0, 0]), role


async def test_who_oversees_contracts_reads_them_whole(xrm: Installation) -> None:
    party = await in_force(xrm)
    asked = """query ($id: ID!) { party(id: $id) { legal { nextNotice contracts { nodes {
      clauses(first: 1) { nodes { text } } } } } } }"""

    for role in ("credit", "governance", "auditor"):
        legal = (await xrm.ask(asked, {"id": str(party.id)}, role=role))["party"]["legal"]

        assert legal["nextNotice"], role
        assert "the following services" in legal["contracts"]["nodes"][0]["clauses"]["nodes"][0]["text"]


async def test_the_next_notice_is_right_where_no_row_was_ever_written(xrm: Installation) -> None:
    party, idle = await xrm.make(Party, name="Loom Ltd"), await xrm.make(Party, name="Idle Ltd")
    template = (await xrm.ask("{ contractTemplates { nodes { id } } }"))["contractTemplates"]["nodes"][0][
        "id"
    ]
    today = dt.datetime.now(dt.UTC).date()
    for state, days in (("ACTIVE", 90), ("ACTIVE", 40), ("DRAFT", 10), ("ACTIVE", -5)):
        contract = await xrm.make(
            Contract, number=f"N{days}", title="T", type="SUPPLY", language="en", party=party.id,
            template=template, unit=xrm.unit, dated_on=today, state=state,
        )  # fmt: skip
        falls_on = today + dt.timedelta(days=days)
        await xrm.make(Deadline, contract=contract.id, unit=xrm.unit, kind="NOTICE", falls_on=falls_on)

    busy = await xrm.ask(NOTICE, {"id": str(party.id)}, role="legal")
    none = await xrm.ask(NOTICE, {"id": str(idle.id)}, role="legal")

    assert busy["party"]["legal"]["nextNotice"] == (today + dt.timedelta(days=40)).isoformat()
    assert none["party"]["legal"]["nextNotice"] is None
