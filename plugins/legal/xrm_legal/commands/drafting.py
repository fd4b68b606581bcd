"""Drawing contracts up: from a template, clause by clause, until somebody is asked to approve."""

import datetime as dt
from typing import Any

from pydantic import Field

from xrm_core.declare import Context, Id, Input, command
from xrm_core.errors import Refusal
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_legal import repository
from xrm_legal.commands.terms import Terms, apply_terms, negative_amount, settle
from xrm_legal.errors import ClauseNotUsed, ClausesMissing, OwnUnit, UnitMissing, WrongLanguage, WrongState
from xrm_legal.models import BINDING, Clause, Contract, ContractClause, ContractTemplate
from xrm_legal.rules import change_refusals
from xrm_legal.rules.declarations import GIVEN_NAMES
from xrm_legal.writing import names_in

NUMBERS = "legal.contract"


class CreateContract(Terms):
    """With whom, from which template, on which terms."""

    party: Id[Party]
    template: Id[ContractTemplate]
    relationship: Id[Relationship] | None = None
    title: str | None = Field(
        default=None, min_length=1, max_length=300, description="The template's, if not said."
    )


@command("legal.contract.create")
async def create_contract(ctx: Context, given: CreateContract) -> Contract:
    """Draw a contract up from a template; it has its number from now on, without gaps per unit and year."""
    contract = await draw_up(ctx, given, on=ctx.today)
    ctx.emit("legal.contract.drawn_up", contract=contract.id, party=contract.party, number=contract.number)
    return contract


async def draw_up(ctx: Context, given: CreateContract, *, on: dt.date, **more: Any) -> Contract:
    """The contract drawn up on that day; `more` are columns of one that is further on than a draft."""
    if ctx.unit is None:
        raise UnitMissing
    if ctx.unit == given.party:
        raise OwnUnit
    template = await ctx.get(ContractTemplate, given.template, field="template")
    contract = Contract(
        number=await _next_number(ctx, on.year),
        title=given.title or template.title,
        type=template.contract_type,
        language=template.language,
        party=given.party,
        relationship=await _relationship(ctx, given),
        unit=ctx.unit,
        template=template.id,
        parties=await _parties(ctx, ctx.unit, given.party),
        dated_on=on,
        **more,
    )
    ctx.refuse(negative_amount(given.amount))
    apply_terms(contract, given)
    ctx.add(contract, *await _standard_clauses(ctx, contract, template))
    await repository.ensure_party_row(ctx, given.party)
    await settle(ctx, contract, on=on)
    return contract


class UpdateContract(Terms):
    """What is to be changed; what is not given stays."""

    title: str | None = Field(default=None, min_length=1, max_length=300)


@command("legal.contract.update", on=Contract)
async def update_contract(ctx: Context, contract: Contract, given: UpdateContract) -> Contract:
    """Change title, terms or variables; approvals of the text before are void (rules.md C5)."""
    ctx.refuse(change_refusals(contract.state) + negative_amount(given.amount))
    if given.title is not None:
        contract.title = given.title
    apply_terms(contract, given)
    await settle(ctx, contract)
    return contract


class AddClause(Input):
    """Which clause of the library, where, and in which words if not in ours."""

    clause: Id[Clause]
    rank: int | None = Field(
        default=None, ge=1, le=500, description="Its place, from 1; the last if not said."
    )
    text: str | None = Field(
        default=None,
        min_length=1,
        max_length=100_000,
        description="Another wording: a deviation from our standard.",
    )


@command("legal.contract.add_clause", on=Contract)
async def add_clause(ctx: Context, contract: Contract, given: AddClause) -> Contract:
    """Put a clause in, or another wording in the place of the clause with the same key (rules.md R-C-11)."""
    ctx.refuse(change_refusals(contract.state))
    clause = await ctx.get(Clause, given.clause, field="clause")
    if clause.language != contract.language:
        raise WrongLanguage(clause.language, contract.language)
    clauses = list((await repository.sheet(ctx, contract)).clauses)
    used = next((one for one in clauses if one.key == clause.key), None)
    wording = await _wording(ctx, clause, given.text)
    if contract.amends is not None:
        change = {
            "kind": "clause",
            "key": clause.key,
            "old": used.text if used else "",
            "new": wording["text"],
        }
        contract.changes = [*contract.changes, change]
    if used is None:
        used = _copy(contract, clause, len(clauses) + 1)
        ctx.add(used)
        clauses.append(used)
    for name, value in wording.items():
        setattr(used, name, value)
    if given.rank is not None:
        clauses.remove(used)
        clauses.insert(given.rank - 1, used)
    _rank(clauses)
    await _drop_values(ctx, contract)
    await settle(ctx, contract)
    return contract


class RemoveClause(Input):
    """Which clause, by its key."""

    key: str


@command("legal.contract.remove_clause", on=Contract)
async def remove_clause(ctx: Context, contract: Contract, given: RemoveClause) -> Contract:
    """Take a clause out; a mandatory one is missed when the contract is submitted."""
    ctx.refuse(change_refusals(contract.state))
    clauses = list((await repository.sheet(ctx, contract)).clauses)
    gone = next((one for one in clauses if one.key == given.key), None)
    if gone is None:
        raise ClauseNotUsed(given.key)
    if contract.amends is not None:
        change = {"kind": "clause", "key": gone.key, "old": gone.text, "new": ""}
        contract.changes = [*contract.changes, change]
    await ctx.session.delete(gone)
    _rank([one for one in clauses if one is not gone])
    await _drop_values(ctx, contract)
    await settle(ctx, contract)
    return contract


@command("legal.contract.submit", on=Contract, move="submit")
async def submit_contract(ctx: Context, contract: Contract) -> Contract:
    """Hand the contract on: a draft to review, a reviewed one to approval."""
    if contract.state == "IN_REVIEW":
        contract.requested_by = ctx.actor.user_id
        contract.content_sha256 = (await repository.sheet(ctx, contract)).seal()[0]
    return contract


class AmendContract(Terms):
    """What the amendment changes."""

    title: str | None = Field(default=None, min_length=1, max_length=300)


@command("legal.contract.amend", on=Contract)
async def amend_contract(ctx: Context, contract: Contract, given: AmendContract) -> Contract:
    """Draw up an amendment: the contract as it shall read, with what changes; it replaces it once in force (C9)."""
    if contract.state not in BINDING:
        raise WrongState("An amendment", contract.state)
    before = await repository.sheet(ctx, contract)
    position = await repository.amendments(ctx, contract) + 1
    child = Contract(
        number=f"{contract.number}-A{position}",
        title=given.title or f"{contract.title} – {_AMENDMENT[contract.language]} {position}",
        parties=await _parties(ctx, contract.unit, contract.party),
        amends=contract.id,
        dated_on=ctx.today,
        variables=dict(contract.variables),
        **{name: getattr(contract, name) for name in _INHERITED},
    )
    ctx.refuse(negative_amount(given.amount))
    apply_terms(child, given)
    child.changes = _changes(contract, child)
    ctx.add(child, *(_inherited(child, one) for one in before.clauses))
    await settle(ctx, child)
    ctx.emit("legal.contract.amended", contract=contract.id, amendment=child.id)
    return child


_AMENDMENT = {"fr": "avenant n°", "en": "amendment no."}
_TERMS = (
    "amount", "effective_on", "ends_on", "term_months", "renewal", "renewal_months", "notice_months",
    "notice_from", "notice_basis",
)  # fmt: skip
_INHERITED = (*_TERMS, "type", "language", "party", "relationship", "unit", "template")
_COPIED = (
    "clause",
    "clause_version",
    "rank",
    "key",
    "title",
    "position",
    "is_deviation",
    "text",
    "variables",
)


async def _next_number(ctx: Context, year: int) -> str:
    assert ctx.unit is not None
    code = await repository.unit_code(ctx, ctx.unit)
    return f"{code}-{year}-{await ctx.number(NUMBERS, unit=ctx.unit, year=year):05d}"


async def _parties(ctx: Context, unit: Id[Party] | None, party: Id[Party]) -> dict[str, Any]:
    us = await repository.as_party(ctx, unit) if unit is not None else {}
    return {"us": us, "them": await repository.as_party(ctx, party)}


async def _relationship(ctx: Context, given: CreateContract) -> Id[Relationship] | None:
    if given.relationship is None:
        return None
    edge = await ctx.get(Relationship, given.relationship, field="relationship")
    if given.party not in (edge.source, edge.target):
        message = "The relationship is not with this party."
        ctx.refuse([Refusal("legal.other_relationship", message, "relationship")])
    return edge.id


async def _standard_clauses(
    ctx: Context, contract: Contract, template: ContractTemplate
) -> list[ContractClause]:
    found = await repository.current_clauses(ctx, template.language, template.clause_keys)
    missing = [key for key in template.clause_keys if key not in found]
    if missing:
        raise ClausesMissing(missing)
    return [_copy(contract, found[key], rank) for rank, key in enumerate(template.clause_keys, 1)]


def _copy(contract: Contract, clause: Clause, rank: int) -> ContractClause:
    return ContractClause(
        contract=contract.id,
        unit=contract.unit,
        clause=clause.id,
        clause_version=clause.version_no,
        rank=rank,
        key=clause.key,
        title=clause.title,
        position=clause.position,
        is_deviation=clause.position != "STANDARD",
        text=clause.text,
        variables=list(clause.variables),
    )


def _inherited(child: Contract, clause: ContractClause) -> ContractClause:
    same = {name: getattr(clause, name) for name in _COPIED}
    return ContractClause(contract=child.id, unit=child.unit, **same)


async def _wording(ctx: Context, clause: Clause, text: str | None) -> dict[str, Any]:
    """The columns that the clause, or another wording of it, gives. Raises: Refused for undeclared names."""
    wording = {
        "clause": clause.id,
        "clause_version": clause.version_no,
        "title": clause.title,
        "position": clause.position,
        "is_deviation": clause.position != "STANDARD",
        "text": clause.text,
        "variables": list(clause.variables),
    }
    if text is None or text.strip() == clause.text.strip():
        return wording
    used = await names_in(text) - GIVEN_NAMES
    declared = {row["name"] for row in clause.variables}
    ctx.refuse(
        [
            Refusal("legal.variable_undeclared", f"The text uses {name}, which is not declared.", name)
            for name in sorted(used - declared)
        ]
    )
    kept = [row for row in clause.variables if row["name"] in used]
    return {**wording, "position": "DEROGATORY", "is_deviation": True, "text": text, "variables": kept}


async def _drop_values(ctx: Context, contract: Contract) -> None:
    """Values of variables that went with a wording go with it."""
    declared = {variable.name for variable in (await repository.sheet(ctx, contract)).declared}
    kept = {name: value for name, value in contract.variables.items() if name in declared}
    if kept != contract.variables:
        contract.variables = kept


def _rank(clauses: list[ContractClause]) -> None:
    for rank, clause in enumerate(clauses, 1):
        if clause.rank != rank:
            clause.rank = rank


def _changes(before: Contract, after: Contract) -> list[dict[str, Any]]:
    changed: list[dict[str, Any]] = []
    for name in _TERMS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            changed.append({"kind": "term", "key": name, "old": _said(old), "new": _said(new)})
    for name in sorted({*before.variables, *after.variables}):
        old, new = before.variables.get(name), after.variables.get(name)
        if old != new:
            changed.append({"kind": "variable", "key": name, "old": _said(old), "new": _said(new)})
    return changed


def _said(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "currency"):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return str(value)
