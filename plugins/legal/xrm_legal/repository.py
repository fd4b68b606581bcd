"""What legal reads and writes in sets; every select carries what the actor may read, unless it says why not."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from xrm_core.declare import Context, Id
from xrm_core.declare.resource import utc_now
from xrm_core.documents.models import Document
from xrm_core.graph.party import Address, Identifier, Party, Unit
from xrm_legal.models import (
    BINDING,
    Clause,
    ClauseDerogation,
    Contract,
    ContractApproval,
    ContractClause,
    ContractTemplate,
    Deadline,
    Signatory,
)
from xrm_legal.party import PartyLegal
from xrm_legal.rules.facts import ContractFacts
from xrm_legal.sheet import ContractSheet
from xrm_legal.workflows import FACTS
from xrm_workflows import guard_input

# Where a letter to a company goes, best first.
_ADDRESSES = ("LEGAL", "HEADQUARTERS", "POSTAL")


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that hang on several contracts, by contract id."""

    by_contract: dict[Any, list[Any]]

    def of(self, contract: Contract) -> tuple[Any, ...]:
        return tuple(self.by_contract.get(contract.id, ()))


@guard_input(FACTS)
async def contract_facts(ctx: Context, contracts: Sequence[Contract]) -> list[ContractFacts]:
    """What the guards of contracts read, for the whole batch."""
    return [sheet.facts(ctx.today) for sheet in await sheets(ctx, contracts)]


async def sheets(ctx: Context, contracts: Sequence[Contract]) -> list[ContractSheet]:
    """Each contract with all that its content, its steps and its document need."""
    ids = [contract.id for contract in contracts]
    clauses = await _hanging(ctx, ContractClause, ids, ContractClause.rank)
    derogations = await _hanging(ctx, ClauseDerogation, ids, ClauseDerogation.requested_on)
    signatories = await _hanging(ctx, Signatory, ids)
    approvals = await _hanging(ctx, ContractApproval, ids, ContractApproval.decided_at)
    templates = await _templates(ctx, {contract.template for contract in contracts})
    mandatory = await _mandatory(ctx)
    successors = await _successors(ctx, ids)
    return [
        ContractSheet(
            contract=contract,
            template=templates[contract.template],
            clauses=clauses.of(contract),
            derogations=derogations.of(contract),
            signatories=signatories.of(contract),
            approvals=approvals.of(contract),
            mandatory=frozenset(
                key
                for key, types in mandatory.get(contract.language, [])
                if not types or contract.type in types
            ),
            successors=successors.get(contract.id, 0),
        )
        for contract in contracts
    ]


async def _hanging(ctx: Context, model: Any, ids: Sequence[Any], *order: Any) -> _Rows:
    query = sa.select(model).where(model.contract.in_(list(ids)), ctx.may(model)).order_by(*order, model.id)
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in (await ctx.session.scalars(query)).all():
        found[row.contract].append(row)
    return _Rows(found)


async def _templates(ctx: Context, ids: Iterable[Any]) -> dict[Any, ContractTemplate]:
    query = sa.select(ContractTemplate).where(ContractTemplate.id.in_(list(ids)), ctx.may(ContractTemplate))
    return {row.id: row for row in (await ctx.session.scalars(query)).all()}


async def _mandatory(ctx: Context) -> dict[str, list[tuple[str, list[Any]]]]:
    query = sa.select(Clause.language, Clause.key, Clause.applicable_types).where(
        Clause.is_mandatory, Clause.is_current, ctx.may(Clause)
    )
    found: dict[str, list[tuple[str, list[Any]]]] = defaultdict(list)
    for language, key, types in await ctx.session.execute(query):
        found[language].append((key, types))
    return found


async def _successors(ctx: Context, ids: Sequence[Any]) -> dict[Any, int]:
    query = (
        sa.select(Contract.amends, sa.func.count())
        .where(Contract.amends.in_(list(ids)), Contract.state.in_(BINDING), ctx.may(Contract))
        .group_by(Contract.amends)
    )
    return {master: count for master, count in await ctx.session.execute(query)}


async def sheet(ctx: Context, contract: Contract) -> ContractSheet:
    """One contract with all that belongs to it."""
    return (await sheets(ctx, [contract]))[0]


async def unit_code(ctx: Context, unit: Id[Party]) -> str:
    """The unit's short name, for numbers. Whoever may make a contract may number it, so nothing else is asked."""
    query = sa.select(Unit.code).where(Unit.tenant_id == ctx.tenant_id, Unit.party == unit)
    return (await ctx.session.scalar(query)) or "XRM"


async def amendments(ctx: Context, contract: Contract) -> int:
    """How many amendments were drawn up, seen or not: their numbers have no gaps. The contract is locked."""
    query = sa.select(sa.func.count()).where(
        Contract.tenant_id == ctx.tenant_id, Contract.amends == contract.id
    )
    return int((await ctx.session.scalar(query)) or 0)


async def as_party(ctx: Context, party_id: Id[Party]) -> dict[str, Any]:
    """A party as a contract calls it: name, country, address, registration numbers."""
    party = await ctx.get(Party, party_id, field="party")
    numbers = sa.select(Identifier.scheme, Identifier.value).where(
        Identifier.party == party_id, ctx.may(Identifier)
    )
    places = sa.select(Address).where(Address.party == party_id, ctx.may(Address)).order_by(Address.id)
    addresses = {place.kind: place for place in (await ctx.session.scalars(places)).all()}
    chosen = next((addresses[kind] for kind in _ADDRESSES if kind in addresses), None)
    rows = (await ctx.session.execute(numbers.order_by(Identifier.scheme, Identifier.value))).all()
    return {
        "name": party.name,
        "country": party.country,
        "address": _lines(chosen),
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in rows],
    }


def _lines(place: Address | None) -> str:
    if place is None:
        return ""
    town = " ".join(part for part in (place.postal_code, place.city) if part)
    return ", ".join(part for part in (*place.lines.splitlines(), town, place.country) if part)


async def current_clauses(ctx: Context, language: str, keys: Sequence[str]) -> dict[str, Clause]:
    """Our standard text of each clause, in its current version; keys the library lacks are left out."""
    query = sa.select(Clause).where(
        Clause.language == language,
        Clause.key.in_(list(keys)),
        Clause.position == "STANDARD",
        Clause.is_current,
        ctx.may(Clause),
    )
    return {row.key: row for row in (await ctx.session.scalars(query)).all()}


async def latest(ctx: Context, model: Any, **same: Any) -> Any:
    """The last version of a clause or template, locked, so that two next versions cannot have one number.

    Whether the actor may read it does not matter: version numbers have no gaps.
    """
    wanted = [getattr(model, name) == value for name, value in same.items()]
    query = sa.select(model).where(model.tenant_id == ctx.tenant_id, *wanted)
    query = query.order_by(model.version_no.desc()).limit(1).with_for_update()
    return (await ctx.session.scalars(query)).one_or_none()


async def shipped_keys(ctx: Context, model: Any) -> set[tuple[str, str]]:
    """Key and language of what the library has already."""
    query = sa.select(model.key, model.language).where(model.tenant_id == ctx.tenant_id)
    return {(key, language) for key, language in await ctx.session.execute(query)}


async def current_templates(ctx: Context) -> list[ContractTemplate]:
    """The templates in their current versions, by key and language."""
    query = sa.select(ContractTemplate).where(ContractTemplate.is_current, ctx.may(ContractTemplate))
    ordered = query.order_by(ContractTemplate.key, ContractTemplate.language)
    return list((await ctx.session.scalars(ordered)).all())


async def binding_contracts(ctx: Context) -> list[Contract]:
    """The contracts in force that the actor may read, and those about to be."""
    query = sa.select(Contract).where(Contract.state.in_(BINDING), ctx.may(Contract)).order_by(Contract.id)
    return list((await ctx.session.scalars(query)).all())


async def write_deadlines(ctx: Context, contract: Contract, days: Iterable[tuple[str, dt.date]]) -> None:
    """These days and no others are the contract's deadlines."""
    kept = {
        "tenant_id": ctx.tenant_id,
        "contract": contract.id,
        "unit": contract.unit,
    }
    old = sa.delete(Deadline).where(Deadline.tenant_id == ctx.tenant_id, Deadline.contract == contract.id)
    await ctx.session.execute(old)
    rows = [{**kept, "kind": kind, "falls_on": day} for kind, day in days]
    if rows:
        await ctx.session.execute(sa.insert(Deadline), rows)


async def ensure_party_row(ctx: Context, party_id: Id[Party]) -> None:
    """The party has its legal part, so that lists can be filtered and sorted by it."""
    insert = sqlite.insert if ctx.app.database.is_sqlite else postgresql.insert
    now = utc_now()
    values = {"tenant_id": ctx.tenant_id, "id": party_id, "version": 1, "created_at": now, "updated_at": now}
    await ctx.session.execute(insert(PartyLegal).values(values).on_conflict_do_nothing())


async def stored_document(ctx: Context, contract: Contract, sha256: str) -> Document | None:
    """The record of that very file, if the contract has it already."""
    query = sa.select(Document).where(
        Document.subject_id == str(contract.id), Document.sha256 == sha256, ctx.may(Document)
    )
    return (await ctx.session.scalars(query.limit(1))).one_or_none()
