"""The demo's contracts: of made-up customers, in every state, with notices ahead."""

import datetime as dt

import pytest

from xrm_core.data.generate import generate
from xrm_core.data.load.books_load import load_books
from xrm_core.plugins.testing import Installation
from xrm_legal.documents import render_contract
from xrm_legal.models import Contract

pytestmark = pytest.mark.plugins("legal")
AS_OF = dt.date(2026, 9, 30)
STATES = "{ contractsAggregate(groupBy: [{field: STATE}]) { keys count } }"


async def test_the_demo_has_contracts_in_the_states_of_a_contract_s_life(xrm: Installation) -> None:
    outcome = await load_books(xrm.app, generate(7, 24, AS_OF), xrm.unit)

    groups = (await xrm.ask(STATES))["contractsAggregate"]
    counts = {group["keys"]["state"]: group["count"] for group in groups}
    assert outcome.plugins == {"legal": None}
    assert counts["ACTIVE"] == 8
    assert {"DRAFT", "PENDING_APPROVAL", "OUT_FOR_SIGNATURE", "SIGNED", "TERMINATED"} <= counts.keys()


async def test_loading_the_demo_again_changes_nothing(xrm: Installation) -> None:
    books = generate(7, 24, AS_OF)
    await load_books(xrm.app, books, xrm.unit)
    before = await xrm.ask(STATES)

    await load_books(xrm.app, books, xrm.unit)

    assert await xrm.ask(STATES) == before


async def test_customers_of_the_demo_have_notices_ahead_and_documents_can_be_made(xrm: Installation) -> None:
    await load_books(xrm.app, generate(7, 24, AS_OF), xrm.unit)
    asked = """{ parties(where: {legal: {nextNotice: {isNull: false}}}) { totalCount }
      contracts(where: {state: {eq: "ACTIVE"}}, first: 1) { nodes { id number } } }"""

    found = await xrm.ask(asked, role="legal")
    contract = await xrm.get(Contract, found["contracts"]["nodes"][0]["id"])
    document = await xrm.run(render_contract, contract, role="legal")

    assert found["parties"]["totalCount"] >= 8
    assert contract.number.startswith(f"HQ-{contract.dated_on.year}-")
    assert document.content_sha256 == contract.approved_sha256
