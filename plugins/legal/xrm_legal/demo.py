"""Contracts for made-up customers: every state of a contract's life, and notices ahead."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context, Id, Money
from xrm_core.graph.party import Party
from xrm_legal import repository
from xrm_legal.commands.drafting import CreateContract, draw_up
from xrm_legal.models import ClauseDerogation, Contract, ContractTemplate, Obligation, Signatory
from xrm_legal.rules import Duration, Renewal, Unit, add
from xrm_legal.sheet import text_sha256

# The state of each contract, how many months ago it took effect, and its notice in months.
_LIVES = (
    ("ACTIVE", 10, 1), ("ACTIVE", 4, 3), ("DRAFT", -1, 2), ("ACTIVE", 7, 3), ("IN_REVIEW", -1, 2),
    ("ACTIVE", 2, 6), ("PENDING_APPROVAL", -1, 3), ("OUT_FOR_SIGNATURE", -1, 2), ("SIGNED", -1, 3),
    ("SUSPENDED", 8, 2), ("EXPIRED", 20, 2), ("TERMINATED", 14, 3),
)  # fmt: skip
_MOST = 36
_SIGNED = ("SIGNED", "ACTIVE", "SUSPENDED", "EXPIRED", "TERMINATED")
_OUT = (*_SIGNED, "OUT_FOR_SIGNATURE")
_VARIABLES: dict[str, dict[str, Any]] = {
    "services_framework": {
        "field_of_work": "maintenance et conseil",
        "services": "maintenance des installations, conseil et formation des équipes",
        "payment_days": "45",
        "eom_method": "DAYS_THEN_EOM",
    },
    "supply_agreement": {
        "delivery_site": "entrepôt principal du Cocontractant",
        "goods": "pièces et consommables selon le catalogue en vigueur",
        "yearly_volume": "12000",
        "incoterm": "DAP",
        "payment_days": "30",
        "eom_method": "NONE",
    },
}


@dataclass(frozen=True, slots=True)
class _Case:
    """One contract to be made."""

    state: str
    party: Id[Party]
    relationship: Any
    template: ContractTemplate
    effective_on: dt.date
    notice_months: int
    amount: Decimal


async def write_contracts(ctx: Context, books: Any, customers: Mapping[str, Any]) -> None:
    """A contract for each of the first customers, in the states of a contract's life by turns."""
    templates = [one for one in await repository.current_templates(ctx) if one.key in _VARIABLES]
    french = [one for one in templates if one.language == "fr"]
    for position, number in enumerate(sorted(customers)[:_MOST]):
        state, months_ago, notice_months = _LIVES[position % len(_LIVES)]
        party, relationship = customers[number]
        effective_on = add(books.as_of.replace(day=1), Duration(-months_ago, Unit.MONTH))
        case = _Case(
            state,
            party,
            relationship,
            french[position % len(french)],
            effective_on,
            notice_months,
            Decimal(12_000 + 7_500 * (position % 9)),
        )
        await _write(ctx, case, books.as_of)


async def _write(ctx: Context, case: _Case, as_of: dt.date) -> None:
    drawn_on = min(as_of, case.effective_on) - dt.timedelta(days=40)
    contract = await draw_up(ctx, _given(case), on=drawn_on, state=case.state, **_past(case, as_of))
    if case.state in _OUT:
        contract.approved_sha256 = contract.content_sha256
        contract.signature_level = "AES"
        ctx.add(*_signatories(contract))
    if case.state in ("ACTIVE", "SUSPENDED"):
        ctx.add(_obligation(contract, as_of))
    if case.state == "PENDING_APPROVAL":
        await _deviate(ctx, contract, as_of)


def _given(case: _Case) -> CreateContract:
    renews = case.state != "EXPIRED"
    return CreateContract(
        party=case.party,
        template=case.template.id,
        relationship=case.relationship,
        amount=Money(case.amount, "EUR"),
        effective_on=case.effective_on,
        term_months=12,
        renewal=Renewal.TACIT if renews else Renewal.NONE,
        renewal_months=12 if renews else None,
        notice_months=case.notice_months,
        variables={
            **_VARIABLES[case.template.key],
            "currency": "EUR",
            "is_price_revised": True,
            "revision_cap": "0.025",
            "liability_cap": {"amount": str(case.amount * 2), "currency": "EUR"},
            "court_city": "Paris",
        },
    )


def _past(case: _Case, as_of: dt.date) -> dict[str, Any]:
    past: dict[str, Any] = {}
    if case.state in _SIGNED:
        past["signed_on"] = min(as_of, case.effective_on) - dt.timedelta(days=12)
    if case.state == "TERMINATED":
        past |= {"terminated_on": as_of - dt.timedelta(days=30), "termination_kind": "MUTUAL"}
    return past


def _signatories(contract: Contract) -> list[Signatory]:
    signed: dict[str, Any] = {}
    if contract.state in _SIGNED and contract.signed_on is not None:
        signed = {
            "signed_on": contract.signed_on,
            "signed_at": dt.datetime.combine(contract.signed_on, dt.time(9), dt.UTC),
            "signature_level": "AES",
            "signed_sha256": contract.content_sha256,
        }
    # Offices, not people: nobody here exists.
    return [
        Signatory(
            contract=contract.id,
            unit=contract.unit,
            side=side,
            name="Représentant légal",
            role="Direction générale",
            has_power=side == "US",
            **signed,
        )
        for side in ("US", "THEM")
    ]


def _obligation(contract: Contract, as_of: dt.date) -> Obligation:
    return Obligation(
        contract=contract.id,
        party=contract.party,
        unit=contract.unit,
        side="THEM",
        text="Remettre le rapport d’activité du trimestre.",
        due_on=add(as_of, Duration(1, Unit.MONTH)),
    )


async def _deviate(ctx: Context, contract: Contract, as_of: dt.date) -> None:
    """One payment clause departs from our standard, and the request for its derogation waits."""
    clauses = (await repository.sheet(ctx, contract)).clauses
    clause = next(one for one in clauses if one.key == "payment_terms")
    clause.text += "\n\nUn escompte de 1 % est accordé pour tout paiement reçu sous dix jours."
    clause.position, clause.is_deviation = "DEROGATORY", True
    contract.content_sha256 = (await repository.sheet(ctx, contract)).seal()[0]
    ctx.add(
        ClauseDerogation(
            contract=contract.id,
            contract_clause=clause.id,
            unit=contract.unit,
            clause_key=clause.key,
            text_sha256=text_sha256(clause.text),
            justification="Le Cocontractant règle comptant ses autres fournisseurs.",
            requested_on=as_of,
            expires_on=add(as_of, Duration(12, Unit.MONTH)),
        )
    )
