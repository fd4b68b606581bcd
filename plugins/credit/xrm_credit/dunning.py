"""A dunning run before anything is sent: the books read, the rules asked, the claims reckoned."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from xrm_core.declare import Context
from xrm_core.errors import Refusal
from xrm_core.graph.party import PartyKind
from xrm_core.money import Money
from xrm_credit import repository
from xrm_credit.models import Invoice
from xrm_credit.parameters import Figures, figures
from xrm_credit.rules import (
    Debtor,
    DunningBlock,
    DunningItem,
    DunningPlan,
    InterestStatement,
    Letter,
    claim_on,
    plan_dunning,
)
from xrm_credit.rules.letters import STRATEGIC_LEVEL
from xrm_credit.shapes import DunningLine

_WEAK_CLASSES = ("D", "E")
_FRENCH_SPEAKING = ("FR", "MC", "BE", "LU")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one invoice may be asked for on the day of the run."""

    residual: Money
    interest: Money
    indemnity: Money
    statement: InterestStatement | None


@dataclass(frozen=True, slots=True)
class FoundInvoice:
    """An invoice the run looked at, with what its letter prints and whom it concerns."""

    item: DunningItem
    number: str
    issued_on: dt.date
    relationship_id: Any
    owner_id: Any
    claimed: Claimed


@dataclass(frozen=True, slots=True)
class FoundRun:
    """All a run found: equal when the books have not changed in between."""

    as_of: dt.date
    unit_id: Any
    plan: DunningPlan
    invoices: Mapping[Any, FoundInvoice]
    figures: Figures

    def letters_to_send(self) -> list[Letter]:
        """The letters that wait for nobody."""
        return [letter for letter in self.plan.letters if letter.held is None]


async def find_run(ctx: Context, unit: Any, *, as_of: dt.date, lock: bool = False) -> FoundRun:
    """What a run for the unit does on that day, on the invoices the caller may dun.

    Raises: MissingReferenceRate, UnknownRegime, UnknownProcedure.
    """
    read = await figures(ctx, on=as_of)
    notices = [level.days_past_due for one in read.procedures.values() for level in one.levels]
    span = {"as_of": as_of, "due_by": as_of - dt.timedelta(days=min([0, *notices]))}
    rows = await repository.open_invoices(ctx, unit, **span, lock=lock)
    settled = await repository.settlements(ctx, unit, **span)
    sent = await repository.levels_sent(ctx, unit, **span)
    unapplied = await repository.unapplied_by_party(ctx, unit, as_of=as_of)
    invoices = {}
    for row in rows:
        invoice, party, edge, _ = row
        level, sent_on = sent.get(invoice.id, (None, None))
        item = replace(
            _item(invoice, _debtor(row, unapplied.get(party.id, ()))),
            settlements=settled.get(invoice.id, ()),
            last_level=level,
            last_sent_on=sent_on,
        )
        claimed = _claim(item, invoice, read, as_of)
        place = (invoice.number, invoice.issued_on, invoice.relationship, edge.owner)
        invoices[invoice.id] = FoundInvoice(item, *place, claimed)
    items = [found.item for found in invoices.values()]
    plan = plan_dunning(items, procedures=read.procedures, releases=read.releases, as_of=as_of)
    keys = await repository.letter_keys(ctx, unit, sent_on=as_of)
    return FoundRun(as_of, unit, _without_repeats(plan, keys), invoices, read)


def _debtor(row: repository.OpenInvoice, unapplied: tuple[Money, ...]) -> Debtor:
    invoice, party, edge, standing = row
    by_kind = "B2C" if party.kind == PartyKind.PERSON else "B2B"
    return Debtor(
        unit_id=invoice.unit or "",
        party_id=party.id,
        language=_language(invoice.language or party.language, party.country),
        procedure=(standing.dunning_procedure if standing else None) or by_kind,
        stage=str(edge.stage) if edge.stage else None,
        relationship_level=STRATEGIC_LEVEL if edge.is_strategic else edge.level,
        is_weak_payer=bool(standing and standing.risk_class in _WEAK_CLASSES),
        unapplied=unapplied,
        released_to_level=standing.dunning_released_to if standing else None,
    )


def _language(said: str | None, country: str | None) -> str:
    if said:
        return "fr" if said.lower().startswith("fr") else "en"
    return "fr" if country is None or country in _FRENCH_SPEAKING else "en"


def _item(invoice: Invoice, debtor: Debtor) -> DunningItem:
    until, reason = invoice.dunning_blocked_until, invoice.dunning_block_reason
    return DunningItem(
        invoice_id=invoice.id,
        debtor=debtor,
        due_on=invoice.due_on,
        amount=invoice.amount,
        disputed=invoice.disputed.amount if invoice.disputed else Decimal(0),
        block=DunningBlock(until, reason or "") if until else None,
    )


def _claim(item: DunningItem, invoice: Invoice, read: Figures, as_of: dt.date) -> Claimed:
    """Consumers owe neither this interest nor the fixed sum (rules.md R-B-65): their procedure claims neither."""
    terms = read.terms(invoice.regime, invoice.contract_rate, on=item.due_on + dt.timedelta(days=1))
    claim = claim_on(item.debt, item.settlements, terms=terms, as_of=as_of, disputed=item.disputed)
    nothing = Money(Decimal(0), item.amount.currency)
    procedure = read.procedures.get(item.debtor.procedure)
    levels = procedure.levels if procedure else ()
    bears_interest = any(level.claims_interest for level in levels)
    bears_indemnity = any(level.claims_indemnity for level in levels)
    return Claimed(
        claim.residual,
        claim.interest.total if bears_interest else nothing,
        (claim.indemnity or nothing) if bears_indemnity else nothing,
        claim.interest if bears_interest else None,
    )


def _without_repeats(plan: DunningPlan, keys: set[tuple[Any, str, str, int]]) -> DunningPlan:
    """A letter that went out on that day to that customer at that level does not go out again (rules.md R-B-63)."""
    letters = []
    for letter in plan.letters:
        key = letter.key
        if (key.party_id, key.language, key.currency, key.level) in keys:
            message = f"A letter of level {key.level} went to this customer that day."
            letter = replace(letter, held=Refusal("credit.already_sent", message))
        letters.append(letter)
    return replace(plan, letters=tuple(letters))


def lines_of(found: FoundRun) -> list[DunningLine]:
    """Every overdue invoice and every announced one: raised, or skipped and why; by customer, oldest first."""
    lines = list(_lines(found))
    return sorted(lines, key=lambda line: (str(line.party), -line.days_past_due, str(line.invoice_id)))


def _lines(found: FoundRun) -> Iterator[DunningLine]:
    for letter in found.plan.letters:
        for line in letter.lines:
            if line.advances:
                reasons = [letter.held] if letter.held else []
                yield _line(found, line.item, None if reasons else line.level, reasons)
    for skipped in found.plan.skipped:
        if skipped.item.due_on < found.as_of:
            yield _line(found, skipped.item, None, list(skipped.reasons))


def _line(found: FoundRun, item: DunningItem, level: int | None, reasons: list[Refusal]) -> DunningLine:
    claimed = found.invoices[item.invoice_id].claimed
    return DunningLine(
        invoice_id=item.invoice_id,  # type: ignore[arg-type]  # rules take any key
        party=item.debtor.party_id,  # type: ignore[arg-type]
        level=level,
        days_past_due=(found.as_of - item.due_on).days,
        residual=claimed.residual,
        interest=claimed.interest,
        indemnity=claimed.indemnity,
        skipped=reasons[0].code if reasons else None,
        reasons=reasons,
        flags=list(claimed.statement.flags) if claimed.statement else [],
    )
