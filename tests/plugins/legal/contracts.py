"""Contracts for tests, taken as far as a test needs them, by the people who may."""

import datetime as dt
from typing import Any

from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_legal.commands.deciding import approve_contract
from xrm_legal.commands.drafting import create_contract, submit_contract
from xrm_legal.commands.signing import add_signatory, send_contract, sign_contract
from xrm_legal.models import Contract, ContractClause, Signatory

TODAY = dt.datetime.now(dt.UTC).date()
VARIABLES: dict[str, Any] = {
    "field_of_work": "maintenance of pumps",
    "services": "maintenance, spare parts and training",
    "currency": "EUR",
    "payment_days": "45",
    "eom_method": "DAYS_THEN_EOM",
    "liability_cap": {"amount": "250000.00", "currency": "EUR"},
    "court_city": "Lyon",
}
TERMS: dict[str, Any] = {
    "amount": {"amount": "96000", "currency": "EUR"},
    "effective_on": TODAY,
    "term_months": 12,
    "renewal": "TACIT",
    "renewal_months": 12,
    "notice_months": 3,
}
_TEMPLATES = "query ($where: ContractTemplateWhere) { contractTemplates(where: $where) { nodes { id } } }"


async def template_id(xrm: Installation, key: str = "services_framework", language: str = "en") -> str:
    """The id of a shipped template."""
    where = {"key": {"eq": key}, "language": {"eq": language}, "isCurrent": {"eq": True}}
    found = await xrm.ask(_TEMPLATES, {"where": where}, role="legal")
    return str(found["contractTemplates"]["nodes"][0]["id"])


async def draft(
    xrm: Installation, *, language: str = "en", party: Party | None = None, **given: Any
) -> Contract:
    """A complete draft of a services framework agreement, drawn up by legal."""
    await xrm.user("legal")
    await xrm.user("admin")
    other = party or await xrm.make(Party, name="Pump Works Ltd", country="GB")
    values = {"variables": VARIABLES, **TERMS, **given}
    template = await template_id(xrm, language=language)
    made: Contract = await xrm.run(create_contract, role="legal", party=other.id, template=template, **values)
    return made


async def submitted(xrm: Installation, contract: Contract) -> Contract:
    """Reviewed, and submitted for approval by legal."""
    await xrm.run(submit_contract, contract, role="legal")
    made: Contract = await xrm.run(submit_contract, contract, role="legal")
    return made


async def approved(xrm: Installation, contract: Contract, **given: Any) -> Contract:
    """Submitted, and approved by an admin."""
    await submitted(xrm, contract)
    made: Contract = await xrm.run(approve_contract, contract, role="admin", **given)
    return made


async def sent(xrm: Installation, contract: Contract, **given: Any) -> list[Signatory]:
    """Approved and sent out to one signatory of each side."""
    await approved(xrm, contract, **given)
    names = [
        await xrm.run(
            add_signatory, contract, role="legal", side="US", name="Managing director", has_power=True
        ),
        await xrm.run(add_signatory, contract, role="legal", side="THEM", name="Their director"),
    ]
    await xrm.run(send_contract, contract, role="legal")
    return names


async def signed(xrm: Installation, contract: Contract, **given: Any) -> Contract:
    """Signed by everyone."""
    for signatory in await sent(xrm, contract, **given):
        await xrm.run(sign_contract, contract, role="legal", signatory=signatory.id)
    return await xrm.get(Contract, contract.id)


async def clause_of(xrm: Installation, contract: Contract, key: str) -> ContractClause:
    """The contract's clause with that key, as it is stored."""
    asked = """query ($id: ID!, $key: String) {
      contract(id: $id) { clauses(where: {key: {eq: $key}}) { nodes { id } } } }"""
    found = await xrm.ask(asked, {"id": str(contract.id), "key": key})
    return await xrm.get(ContractClause, found["contract"]["clauses"]["nodes"][0]["id"])


async def library_clause(xrm: Installation, key: str, language: str = "en") -> str:
    """The id of a shipped clause."""
    asked = "query ($where: ClauseWhere) { clauses(where: $where) { nodes { id } } }"
    where = {"key": {"eq": key}, "language": {"eq": language}, "isCurrent": {"eq": True}}
    found = await xrm.ask(asked, {"where": where})
    return str(found["clauses"]["nodes"][0]["id"])
