"""The dunning letter as a PDF: what it says, and the bytes."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from xrm_core.documents import (
    FileStore,
    Furniture,
    Language,
    PdfRequest,
    Plain,
    content_sha256,
    register_template_root,
    render_pdf,
)
from xrm_core.graph.party import Address, Party
from xrm_core.ids import Id, new_id
from xrm_core.money import Money, round_half_up
from xrm_credit.dunning import Claimed, FoundRun
from xrm_credit.rules import DunningLevel, InterestStatement, Letter, LetterKey, LetterLine

register_template_root("credit", "xrm_credit")
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Correspondents:
    """Who writes and who is written to: our unit, its short name, and the names and addresses of all."""

    unit_id: Any
    unit_code: str
    parties: Mapping[Any, Party]
    addresses: Mapping[Any, Address]


@dataclass(frozen=True, slots=True)
class MadeLetter:
    """A letter whose file is kept: all that is left is to write that it exists."""

    id: Id[Any]
    letter: Letter
    reference: str
    title: str
    interest: Money
    indemnity: Money
    sha256: str
    content_sha256: str
    pages: int
    size: int


async def make_letters(found: FoundRun, people: Correspondents, store: FileStore) -> list[MadeLetter]:
    """The run's letters, rendered and kept under their hash, in the plan's order. Nothing refers to them yet."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def make(letter: Letter) -> MadeLetter:
        async with turns:
            return await _make(letter, found, people, store)

    return list(await asyncio.gather(*[make(letter) for letter in found.letters_to_send()]))


async def _make(letter: Letter, found: FoundRun, people: Correspondents, store: FileStore) -> MadeLetter:
    level = level_of(letter, found)
    reference = reference_of(letter.key, people.unit_code)
    data = letter_data(letter, found, people)
    fingerprint = content_sha256(data)
    language: Language = "fr" if letter.key.language == "fr" else "en"
    title = f"{level.names[language]} – {reference}"
    furniture = Furniture(number=reference, content_hash=fingerprint)
    rendered = await render_pdf(
        PdfRequest(
            template="credit/letter.html",
            data=cast("dict[str, Plain]", data),
            title=title,
            document_date=found.as_of,
            language=language,
            author=str(data["sender"]["name"]),
            furniture=furniture,
        )
    )
    # Kept before anything refers to it: a file nobody knows is harmless, a row without its file is not.
    sha256 = await asyncio.to_thread(store.store, rendered.content)
    pages, size = rendered.page_count, len(rendered.content)
    claims = (data["interest"]["amount"], data["indemnity"]["amount"])
    interest, indemnity = (Money(amount, letter.key.currency) for amount in claims)
    made = (letter, reference, title, interest, indemnity, sha256, fingerprint, pages, size)
    return MadeLetter(new_id(), *made)


def level_of(letter: Letter, found: FoundRun) -> DunningLevel:
    """The step of the procedure at which the letter is sent."""
    procedure = found.figures.procedures[letter.lines[0].item.debtor.procedure]
    level = procedure.level(letter.level)
    assert level is not None, "a letter's level comes from its procedure"
    return level


def reference_of(key: LetterKey, unit_code: str) -> str:
    """What the customer quotes: unit, level, day, and a mark of the rest of what makes the letter this letter."""
    parts = (key.unit_id, key.party_id, key.language, key.currency, key.as_of.isoformat(), key.level)
    mark = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:8].upper()
    return f"{unit_code}-R{key.level}-{key.as_of:%Y%m%d}-{mark}"


def letter_data(letter: Letter, found: FoundRun, people: Correspondents) -> dict[str, Any]:
    """Everything the letter prints, as plain values."""
    level, language, currency = level_of(letter, found), letter.key.language, letter.key.currency
    lines = [_line(line, found, level) for line in letter.lines]
    statements = [
        _statement(invoice.number, invoice.claimed.statement)
        for invoice in (found.invoices[line.item.invoice_id] for line in letter.lines)
        if level.claims_interest and invoice.claimed.statement and invoice.claimed.statement.periods
    ]
    sums = {name: _sum(lines, name, currency) for name in ("residual", "interest", "indemnity")}
    deadline = level.payment_deadline_days
    return {
        "sender": _address(people, people.unit_id),
        "recipient": _address(people, letter.key.party_id),
        "reference": reference_of(letter.key, people.unit_code),
        "date": letter.key.as_of,
        "level": level.level,
        "level_name": level.names[language],
        "is_registered": "REGISTERED_LETTER" in level.channels,
        "claims_interest": level.claims_interest,
        "claims_indemnity": level.claims_indemnity,
        "deadline": None if deadline is None else letter.key.as_of + dt.timedelta(days=deadline),
        "lines": lines,
        **{name: _plain(amount) for name, amount in sums.items()},
        "total": _plain(sums["residual"] + sums["interest"] + sums["indemnity"]),
        "statements": statements,
        "is_unverified": any("UNVERIFIED_RATE" in statement["flags"] for statement in statements),
    }


def statement_data(claimed: Claimed) -> dict[str, Any]:
    """The periods an interest was computed from, with the rates read, as JSON values (rules.md R-B-16)."""
    statement = claimed.statement
    if statement is None:
        return {}
    return {
        "regime": statement.regime,
        "total": f"{statement.total.amount:f}",
        "currency": statement.total.currency,
        "flags": list(statement.flags),
        "periods": [
            {
                "from": period.from_on.isoformat(),
                "to": period.to_on.isoformat(),
                "days": period.days,
                "outstanding": f"{period.outstanding.amount:f}",
                "rate": f"{period.rate:f}",
                "amount": f"{period.amount.amount:f}",
                "legalBasis": period.legal_basis,
                "series": period.reference.series,
                "reference": f"{period.reference.rate:f}",
                "referenceFrom": period.reference.effective_from.isoformat(),
                "isVerified": period.reference.is_verified,
            }
            for period in statement.periods
        ],
    }


def _line(line: LetterLine, found: FoundRun, level: DunningLevel) -> dict[str, Any]:
    invoice = found.invoices[line.item.invoice_id]
    nothing = Money(Decimal(0), line.residual.currency)
    return {
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "due_on": line.item.due_on,
        "days": line.days_past_due,
        "amount": _plain(line.item.amount),
        "residual": _plain(line.residual),
        "interest": _plain(invoice.claimed.interest if level.claims_interest else nothing),
        "indemnity": _plain(invoice.claimed.indemnity if level.claims_indemnity else nothing),
        "level": line.level,
    }


def _sum(lines: Sequence[Mapping[str, Any]], name: str, currency: str) -> Money:
    return Money(sum((line[name]["amount"] for line in lines), Decimal(0)), currency)


def _statement(number: str, statement: InterestStatement) -> dict[str, Any]:
    return {
        "number": number,
        "total": _plain(statement.total),
        "flags": list(statement.flags),
        "bases": sorted({period.legal_basis for period in statement.periods}),
        "periods": [
            {
                "from_on": period.from_on,
                "to_on": period.to_on,
                "days": period.days,
                "outstanding": _plain(period.outstanding),
                "rate": period.rate,
                "amount": round_half_up(period.amount.amount, 4),
            }
            for period in statement.periods
        ],
    }


def _address(people: Correspondents, party_id: Any) -> dict[str, Any]:
    party, address = people.parties.get(party_id), people.addresses.get(party_id)
    lines: list[str] = []
    if address is not None:
        lines = [line for line in address.lines.split("\n") if line.strip()]
        town = " ".join(part for part in (address.postal_code, address.city) if part)
        lines += [town] if town else []
    return {"name": party.name if party else "", "lines": cast("Any", lines)}


def _plain(amount: Money) -> dict[str, Any]:
    return {"amount": amount.amount, "currency": amount.currency}
