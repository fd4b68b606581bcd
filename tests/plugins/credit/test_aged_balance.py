"""What customers owe, by how late it is (rules.md B3)."""

from typing import Any

import pytest

from tests.plugins.credit.receivables import another_unit, customer, invoice, paid, payment
from xrm_core.plugins.testing import Installation

pytestmark = pytest.mark.plugins("credit")

AGED = """query ($asOf: Date, $by: AgedBalanceBy, $basis: AgingBasis) {
  agedBalance(asOf: $asOf, by: $by, basis: $basis) {
  party { name } unit { name } currency buckets { bucket amount count } balance overdue disputed unapplied total } }"""
AS_OF = "2026-06-30"
# Amount, due on: the worked example of rules.md B3.
EXAMPLE = (
    ("1000", "2026-06-30"),
    ("2000", "2026-06-29"),
    ("3000", "2026-05-31"),
    ("4000", "2026-05-30"),
    ("5000", "2026-04-01"),
    ("6000", "2026-03-31"),
)


async def aged(xrm: Installation, role: str = "credit", **variables: Any) -> list[Any]:
    """The aged balance as the role sees it."""
    data = await xrm.ask(AGED, {"asOf": AS_OF, **variables}, role=role)
    entries: list[Any] = data["agedBalance"]
    return entries


def shown(entry: Any) -> dict[str, str]:
    """The buckets in which something is open."""
    return {bucket["bucket"]: bucket["amount"] for bucket in entry["buckets"] if bucket["count"]}


async def written(xrm: Installation, name: str = "Atelier Exemple SARL", prefix: str = "F") -> Any:
    """A customer that owes what the example says."""
    acme = await customer(xrm, name)
    for place, (amount, due_on) in enumerate(EXAMPLE):
        await invoice(xrm, acme, amount, due_on, number=f"{prefix}{place}", issuedOn="2026-03-01")
    return acme


async def test_the_worked_example_ages_as_the_rules_say(xrm: Installation) -> None:
    acme = await written(xrm)
    await payment(xrm, acme, "500", "2026-06-15")

    (entry,) = await aged(xrm)

    assert shown(entry) == {
        "NOT_DUE": "1000",
        "1-30": "5000",
        "31-60": "4000",
        "61-90": "5000",
        "91-180": "6000",
    }
    assert (entry["balance"], entry["overdue"], entry["unapplied"], entry["total"]) == (
        "21000",
        "20000",
        "-500",
        "20500",
    )


async def test_the_balance_of_a_past_day_counts_what_was_known_that_day(xrm: Installation) -> None:
    acme = await customer(xrm)
    bill = await invoice(xrm, acme, "1000", "2026-05-31", issuedOn="2026-05-01")
    await invoice(xrm, acme, "70", "2026-08-31", number="F2", issuedOn="2026-07-15")
    await paid(xrm, acme, bill, "1000", "2026-07-10")

    (before,) = await aged(xrm, asOf="2026-06-30")
    (after,) = await aged(xrm, asOf="2026-07-20")

    assert (shown(before), before["unapplied"]) == ({"1-30": "1000"}, "0")
    assert shown(after) == {"NOT_DUE": "70"}


async def test_currencies_are_kept_apart(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "10", "2026-06-01")
    await invoice(xrm, acme, "20", "2026-06-01", number="F2", currency="USD")

    entries = await aged(xrm)

    assert [(entry["currency"], entry["balance"]) for entry in entries] == [("EUR", "10"), ("USD", "20")]


async def test_it_is_split_by_customer_and_adds_up(xrm: Installation) -> None:
    await written(xrm, "Alpha SARL", "A")
    await written(xrm, "Bêta SA", "B")

    entries = await aged(xrm, by="CUSTOMER")

    assert sorted(entry["party"]["name"] for entry in entries) == ["Alpha SARL", "Bêta SA"]
    assert [entry["balance"] for entry in entries] == ["21000", "21000"]
    assert [entry["unit"] for entry in entries] == [None, None]


async def test_it_can_age_from_the_invoice_date(xrm: Installation) -> None:
    await written(xrm)

    (entry,) = await aged(xrm, basis="INVOICE_DATE")

    assert shown(entry) == {"91-180": "21000"}


async def test_another_units_credit_department_sees_none_of_it(xrm: Installation) -> None:
    await written(xrm)
    south = await another_unit(xrm)

    data = await xrm.ask(AGED, {"asOf": AS_OF}, actor=xrm.actor("credit", unit=south))

    assert data["agedBalance"] == []


async def test_sales_may_not_ask_for_it(xrm: Installation) -> None:
    answer = await xrm.answer(AGED, {"asOf": AS_OF}, role="sales")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
