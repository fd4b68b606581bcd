"""Short ways to write customers, invoices and payments through the API, and to dun."""

from datetime import date
from typing import Any

from xrm_core.graph.bootstrap import ensure_unit, relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.actor import Actor
from xrm_core.plugins.testing import Installation

CREATE = """mutation ($input: CreateInvoiceInput!) { createInvoice(input: $input) {
  id residual { amount currency } relationship { id } } }"""
PAY = "mutation ($input: RecordPaymentInput!) { recordPayment(input: $input) { id unapplied { amount } } }"
ALLOCATE = """mutation ($input: AllocateInput!) { allocate(input: $input) {
  amount { amount } invoice { residual { amount } } payment { unapplied { amount } } } }"""
DUN = """mutation ($asOf: Date, $dryRun: Boolean, $unitId: ID) {
  dunningRun(asOf: $asOf, dryRun: $dryRun, unitId: $unitId) {
    id asOf dryRun letters { id title sha256 pages kind url party { name } }
    lines { invoiceId party { name } level daysPastDue residual { amount currency } interest { amount }
      indemnity { amount } skipped reasons { code message } flags } } }"""


async def customer(
    xrm: Installation, name: str = "Atelier Exemple SARL", *, unit: Any = None, edge: Any = None, **party: Any
) -> Party:
    """A French organisation that is a customer of our unit (or of another)."""
    made = await xrm.make(Party, **{"name": name, "country": "FR", "language": "fr", **party})
    whose = unit or xrm.unit
    await xrm.make(
        Relationship,
        type=relationship_type_id(1, "CUSTOMER"),
        source=whose,
        target=made.id,
        unit=whose,
        **(edge or {}),
    )
    return made


async def another_unit(xrm: Installation) -> Any:
    """The id of a second unit of ours."""
    async with xrm.app.work(command="test.unit") as ctx:
        return await ensure_unit(ctx, code="SOUTH", name="Our Company South", country="FR")


async def invoice(
    xrm: Installation, party: Party, amount: str, due_on: str, *, number: str = "F1", **given: Any
) -> str:
    """The id of an invoice written by the credit department."""
    values = {
        "partyId": str(party.id),
        "number": number,
        "amount": {"amount": amount, "currency": given.pop("currency", "EUR")},
        "issuedOn": given.pop("issuedOn", due_on),
        "dueOn": due_on,
        **given,
    }
    data = await xrm.ask(CREATE, {"input": values}, role="credit")
    return str(data["createInvoice"]["id"])


async def payment(xrm: Installation, party: Party, amount: str, on: str, *, currency: str = "EUR") -> str:
    """The id of a payment recorded by the credit department."""
    values = {
        "partyId": str(party.id),
        "amount": {"amount": amount, "currency": currency},
        "receivedOn": on,
    }
    data = await xrm.ask(PAY, {"input": values}, role="credit")
    return str(data["recordPayment"]["id"])


async def paid(xrm: Installation, party: Party, invoice_id: str, amount: str, on: str) -> None:
    """The customer has paid that part of the invoice on that day."""
    made = await payment(xrm, party, amount, on)
    given = {"id": made, "invoiceId": invoice_id, "allocatedOn": on}
    await xrm.ask(ALLOCATE, {"input": given}, role="credit")


async def dun(
    xrm: Installation,
    as_of: str,
    *,
    dry: bool = False,
    actor: Actor | None = None,
    unit: Any = None,
    role: str = "credit",
) -> Any:
    """What a dunning run answers."""
    variables = {"asOf": as_of, "dryRun": dry, "unitId": str(unit) if unit else None}
    data = await xrm.ask(DUN, variables, role=role, actor=actor)
    return data["dunningRun"]


def codes(answer: Any) -> list[str]:
    """The problems' codes of an answer with errors."""
    assert answer.get("errors"), answer
    return [problem["code"] for error in answer["errors"] for problem in error["extensions"]["problems"]]


def freeze(monkeypatch: Any, day: str) -> None:
    """It is that day for everybody: what is refused as future must not depend on when a test is run."""
    monkeypatch.setattr(Actor, "today", lambda self, now=None: date.fromisoformat(day))
