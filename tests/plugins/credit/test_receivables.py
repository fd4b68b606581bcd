"""Invoices, payments and allocations, and what they make of a customer's credit."""

from decimal import Decimal
from typing import Any

import pytest

from tests.plugins.credit.receivables import (
    ALLOCATE,
    CREATE,
    PAY,
    codes,
    customer,
    freeze,
    invoice,
    paid,
    payment,
)
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation
from xrm_credit.models import Invoice
from xrm_credit.queries import oldest_overdue_days

pytestmark = pytest.mark.plugins("credit")

STANDING = """query ($id: ID!) { party(id: $id) { credit { limit { amount currency } exposure { amount currency }
  available { amount } hold riskClass oldestOverdueDays } } }"""
LIMIT = """mutation ($input: SetCreditLimitInput!) { setCreditLimit(input: $input) {
  credit { limit { amount } available { amount } } } }"""


async def edge_of(xrm: Installation, party: Any) -> str:
    """The id of the customer's relationship."""
    data = await xrm.ask(
        "query ($id: ID!) { party(id: $id) { relationships { nodes { id } } } }", {"id": str(party.id)}
    )
    return str(data["party"]["relationships"]["nodes"][0]["id"])


async def standing(xrm: Installation, party: Any, role: str = "credit") -> Any:
    """What our unit thinks of the customer."""
    data = await xrm.ask(STANDING, {"id": str(party.id)}, role=role)
    return data["party"]["credit"]


async def test_an_allocation_lowers_the_residual_and_the_unapplied_money(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "1000.00", "2026-05-31")
    money = await payment(xrm, acme, "600.00", "2026-06-10")

    data = await xrm.ask(ALLOCATE, {"input": {"id": money, "invoiceId": bill}}, role="credit")

    assert data["allocate"] == {
        "amount": {"amount": "600"},
        "invoice": {"residual": {"amount": "400"}},
        "payment": {"unapplied": {"amount": "0"}},
    }


async def test_more_than_is_open_or_of_another_customer_is_not_allocated(xrm: Installation) -> None:
    acme, other = await customer(xrm), await customer(xrm, "Autre Exemple SAS")
    bill = await invoice(xrm, acme, "100.00", "2026-05-31")
    money = await payment(xrm, other, "50.00", "2026-06-10")
    asked = {"id": money, "invoiceId": bill, "amount": {"amount": "120", "currency": "EUR"}}

    answer = await xrm.answer(ALLOCATE, {"input": {**asked, "allocatedOn": "2026-06-09"}}, role="credit")

    assert codes(answer) == [
        "credit.other_customer",
        "credit.above_unapplied",
        "credit.above_residual",
        "credit.allocated_before_received",
    ]
    data = await xrm.ask("{ allocations { totalCount } invoices { nodes { residual { amount } } } }")
    assert data == {
        "allocations": {"totalCount": 0},
        "invoices": {"nodes": [{"residual": {"amount": "100"}}]},
    }


async def test_an_invoice_that_contradicts_itself_is_told_every_reason(xrm: Installation) -> None:
    acme = await customer(xrm)
    given = {
        "partyId": str(acme.id),
        "number": "F1",
        "amount": {"amount": "100.001", "currency": "EUR"},
        "netAmount": {"amount": "120", "currency": "EUR"},
        "issuedOn": "2026-06-01",
        "dueOn": "2026-05-01",
        "regime": "MARTIAN",
    }

    answer = await xrm.answer(CREATE, {"input": given}, role="credit")

    assert codes(answer) == [
        "credit.amount_too_fine",
        "credit.net_above_amount",
        "credit.due_before_issued",
        "credit.unknown_regime",
    ]


async def test_only_a_customer_of_the_unit_is_invoiced(xrm: Installation) -> None:
    stranger = await xrm.make(Party, name="Passante SARL")
    given = {
        "partyId": str(stranger.id),
        "amount": {"amount": "1", "currency": "EUR"},
        "receivedOn": "2026-06-01",
    }

    answer = await xrm.answer(PAY, {"input": given}, role="credit")

    assert codes(answer) == ["credit.not_a_customer"]


async def test_two_invoices_of_a_unit_never_share_a_number(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "100.00", "2026-05-31")
    again = {
        "partyId": str(acme.id),
        "number": "F1",
        "amount": {"amount": "5", "currency": "EUR"},
        "issuedOn": "2026-06-01",
        "dueOn": "2026-06-01",
    }

    answer = await xrm.answer(CREATE, {"input": again}, role="credit")

    assert answer["errors"][0]["extensions"]["code"] == "CONFLICT"


async def test_residuals_filter_sort_and_add_up(xrm: Installation) -> None:
    acme = await customer(xrm)
    for number, amount in (("F1", "300"), ("F2", "100"), ("F3", "200")):
        bill = await invoice(xrm, acme, amount, "2026-08-31", number=number)
        if number == "F2":
            await paid(xrm, acme, bill, "100", "2026-09-01")

    data = await xrm.ask(
        """{ invoices(where: {residual: {gt: "0"}}, orderBy: [{residual: DESC}]) { nodes { number daysOverdue } }
             invoicesAggregate(where: {daysOverdue: {gt: 0}}) { count sum { residual } } }""",
        role="credit",
    )

    assert data == {
        "invoices": {"nodes": [{"number": "F1", "daysOverdue": 30}, {"number": "F3", "daysOverdue": 30}]},
        "invoicesAggregate": [{"count": 2, "sum": {"residual": "500"}}],
    }


async def test_exposure_is_what_is_open_less_what_is_not_allocated(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "1000", "2026-09-10")
    await invoice(xrm, acme, "500", "2026-10-31", number="F2")
    await paid(xrm, acme, bill, "400", "2026-09-20")
    await payment(xrm, acme, "250", "2026-09-25")
    limit = {"relationshipId": await edge_of(xrm, acme), "limit": {"amount": "2000", "currency": "EUR"}}

    data = await xrm.ask(LIMIT, {"input": {**limit, "reason": "Bilan 2025"}}, role="credit")

    assert data["setCreditLimit"]["credit"] == {"limit": {"amount": "2000"}, "available": {"amount": "1150"}}
    assert await standing(xrm, acme) == {
        "limit": {"amount": "2000", "currency": "EUR"},
        "exposure": {"amount": "850", "currency": "EUR"},
        "available": {"amount": "1150"},
        "hold": "NONE",
        "riskClass": None,
        "oldestOverdueDays": 20,
    }


async def test_an_expired_limit_gives_no_credit(xrm: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "500", "2026-10-31")
    limit = {"relationshipId": await edge_of(xrm, acme), "limit": {"amount": "2000", "currency": "EUR"}}
    given = {**limit, "validTo": "2026-10-15", "reason": "Campagne d'automne"}
    await xrm.ask(LIMIT, {"input": given}, role="credit")

    freeze(monkeypatch, "2026-10-16")

    assert (await standing(xrm, acme))["available"] == {"amount": "-500"}


async def test_an_exposure_in_two_currencies_is_not_made_up(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "500", "2026-10-31")
    await invoice(xrm, acme, "700", "2026-10-31", number="F2", currency="USD")

    assert (await standing(xrm, acme))["exposure"] is None


async def test_a_customer_without_credit_has_no_standing(xrm: Installation) -> None:
    acme = await customer(xrm)

    found = await standing(xrm, acme)

    assert set(found.values()) == {None}


async def test_relationships_filter_sort_by_what_credit_computes(xrm: Installation) -> None:
    small, large = await customer(xrm, "Petite SARL"), await customer(xrm, "Grande SA")
    await invoice(xrm, small, "10", "2026-10-31", number="F1")
    await invoice(xrm, large, "90", "2026-10-31", number="F2")

    data = await xrm.ask(
        """{ relationships(where: {credit: {exposure: {gt: "5"}, exposureCurrency: {eq: "EUR"}}},
               orderBy: [{credit: {exposure: DESC}}])
             { nodes { target { name } credit { exposure { amount } } } } }""",
        role="credit",
    )

    assert [node["target"]["name"] for node in data["relationships"]["nodes"]] == ["Grande SA", "Petite SARL"]


async def test_sales_sees_the_standing_but_not_the_risk_class(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "500", "2026-10-31")

    answer = await xrm.answer(STANDING, {"id": str(acme.id)}, role="sales")

    assert answer["data"]["party"]["credit"]["exposure"] == {"amount": "500", "currency": "EUR"}
    assert answer["extensions"]["hidden"] == ["party.credit.riskClass"]


async def test_sales_never_sets_a_limit(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "500", "2026-10-31")
    limit = {"relationshipId": await edge_of(xrm, acme), "limit": {"amount": "9", "currency": "EUR"}}

    answer = await xrm.answer(LIMIT, {"input": {**limit, "reason": "Bon client"}}, role="sales")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_invoices_and_payments_are_dealings_too(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "500", "2026-10-31", issuedOn="2026-09-01")
    await payment(xrm, acme, "100", "2026-09-25")

    data = await xrm.ask(
        "query ($id: ID!) { party(id: $id) { dealings(orderBy: [{occurredOn: ASC}]) "
        "{ nodes { kind amount { amount } occurredOn source sourceRow } } } }",
        {"id": str(acme.id)},
    )

    facts = [
        (node["kind"], node["amount"]["amount"], node["occurredOn"])
        for node in data["party"]["dealings"]["nodes"]
    ]
    assert facts == [("INVOICE", "500", "2026-09-01"), ("PAYMENT", "100", "2026-09-25")]
    assert data["party"]["dealings"]["nodes"][0]["sourceRow"] == bill


async def test_rebuilding_changes_nothing_that_commands_wrote(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "500", "2026-08-31")
    await paid(xrm, acme, bill, "120", "2026-09-01")
    await payment(xrm, acme, "70", "2026-09-02")

    data = await xrm.ask("mutation { rebuildReceivables { invoices payments } }", role="credit")

    assert data["rebuildReceivables"] == {"invoices": 0, "payments": 0}


async def test_rebuilding_mends_a_residual_that_drifted(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "500", "2026-08-31")
    await paid(xrm, acme, bill, "120", "2026-09-01")
    async with xrm.app.work(command="test.drift") as ctx:
        found = await ctx.get(Invoice, bill)
        found.residual = found.amount

    data = await xrm.ask("mutation { rebuildReceivables { invoices payments } }", role="credit")

    assert data["rebuildReceivables"] == {"invoices": 1, "payments": 0}
    assert (await xrm.get(Invoice, bill)).residual.amount == Decimal(380)


async def test_a_hold_is_told_to_those_who_ask_for_it(xrm: Installation) -> None:
    acme, free = await customer(xrm), await customer(xrm, "Libre SARL")
    edge, other = await edge_of(xrm, acme), await edge_of(xrm, free)
    hold = {"relationshipId": edge, "hold": "HARD", "reason": "Chèque impayé"}
    await xrm.ask(
        "mutation ($input: SetCreditHoldInput!) { setCreditHold(input: $input) { credit { hold holdReason } } }",
        {"input": hold},
        role="credit",
    )

    async with xrm.app.work(xrm.actor("sales")) as ctx:
        answers = [await answer for answer in ctx.hooks.holds(ctx=ctx, relationship_ids=[edge, other])]

    assert [{str(key): hold for key, hold in answer.items()} for answer in answers] == [{edge: "HARD"}]


async def test_guards_are_told_how_long_the_oldest_invoice_is_overdue(xrm: Installation) -> None:
    acme, prompt = await customer(xrm), await customer(xrm, "Ponctuelle SARL")
    await invoice(xrm, acme, "500", "2026-08-31", number="F1")
    await invoice(xrm, acme, "500", "2026-09-20", number="F2")
    await invoice(xrm, prompt, "500", "2026-10-31", number="F3")
    ids = [await edge_of(xrm, acme), await edge_of(xrm, prompt)]

    async with xrm.app.work(xrm.actor("sales")) as ctx:
        edges = [await ctx.get(Relationship, edge) for edge in ids]
        days = await oldest_overdue_days(ctx, edges)

    assert days == [30, 0]
