"""The dunning run: simulated, or carried out."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from xrm_core.declare import Context, Id, Input, command
from xrm_core.documents import FileStore
from xrm_core.documents.models import Document
from xrm_core.graph.activity import Task
from xrm_core.ids import new_id
from xrm_credit import repository
from xrm_credit.commands.standing import put_on_hold
from xrm_credit.documents import Correspondents, MadeLetter, level_of, make_letters, statement_data
from xrm_credit.dunning import FoundRun, find_run, lines_of
from xrm_credit.errors import BooksChanged, LaterRunSent, RunInTheFuture, UnitMissing
from xrm_credit.models import CompletedDunningRun, DunningLetter, DunningLetterLine
from xrm_credit.party import HOLD_ORDER, CreditStanding, Hold
from xrm_credit.rules import LetterLine
from xrm_credit.shapes import DunningRun


class RunDunning(Input):
    """The day the run counts from (today unless said), and whether it only says what it would do."""

    as_of: dt.date | None = None
    dry_run: bool = False


@command("credit.invoice.dun", flat=True)
async def dunning_run(ctx: Context, given: RunDunning) -> DunningRun:
    """Send reminders for overdue invoices of the unit, each to the level it has reached (rules.md B8).

    Every invoice that is left where it is says why. A dry run changes nothing and answers with the same lines.
    Run again on the same day it sends nothing twice. Letters are made before anything is written; if the books
    change meanwhile, nothing is sent.
    """
    if ctx.unit is None:
        raise UnitMissing
    as_of = given.as_of or ctx.today
    found, people = await _look(ctx, as_of)
    if given.dry_run:
        return DunningRun(new_id(), as_of, True, lines_of(found), [])
    if as_of > ctx.today:
        raise RunInTheFuture(as_of)
    # Nothing is written yet: the transaction in which the unit was looked up must not wait for the letters.
    await ctx.session.rollback()
    made = await make_letters(found, people, FileStore(ctx.app.settings.data_dir / "files"))
    again = await find_run(ctx, ctx.unit, as_of=as_of, lock=True)
    if again != found:
        raise BooksChanged
    latest = await repository.latest_letter(ctx, ctx.unit)
    if made and latest is not None and latest > as_of:
        raise LaterRunSent(as_of, latest)
    run = _run(found, made)
    ctx.add(run)
    documents = [_write(ctx, run, found, letter) for letter in made]
    await _mark_standings(ctx, found, made)
    return DunningRun(run.id, as_of, False, lines_of(found), [document.id for document in documents])


async def _look(ctx: Context, as_of: dt.date) -> tuple[FoundRun, Correspondents]:
    """The run as the books stand, read on a session of its own: making letters takes long and locks nobody out."""
    async with ctx.app.reading() as session:
        reader: Context = ctx.app.context(ctx.actor, session, unit=ctx.unit)
        found = await find_run(reader, ctx.unit, as_of=as_of)
        customers = {letter.key.party_id for letter in found.letters_to_send()}
        parties, addresses = await repository.names_and_addresses(reader, [ctx.unit, *customers])
        code = await repository.unit_code(reader, ctx.unit)
    return found, Correspondents(ctx.unit, code, parties, addresses)


def _run(found: FoundRun, made: Sequence[MadeLetter]) -> CompletedDunningRun:
    lines = lines_of(found)
    raised = sum(line.level is not None for line in lines)
    return CompletedDunningRun(
        unit=found.unit_id,
        as_of=found.as_of,
        letter_count=len(made),
        raised_count=raised,
        skipped_count=len(lines) - raised,
    )


def _write(ctx: Context, run: CompletedDunningRun, found: FoundRun, made: MadeLetter) -> Document:
    """The letter's rows, its file's record, the call that goes with it, and the word to whoever delivers it."""
    key, level = made.letter.key, level_of(made.letter, found)
    document = _document(found, made)
    first = found.invoices[made.letter.lines[0].item.invoice_id]
    letter = DunningLetter(
        id=made.id,
        reference=made.reference,
        run=run.id,
        party=_id(key.party_id),
        relationship=first.relationship_id,
        unit=found.unit_id,
        level=key.level,
        language=key.language,
        currency=key.currency,
        sent_on=found.as_of,
        residual=made.letter.residual,
        interest=made.interest,
        indemnity=made.indemnity,
        document=document.id,
    )
    ctx.add(document, letter, *[_line(found, made, line) for line in made.letter.lines])
    if level.has_call_task:
        ctx.add(
            Task(
                subject=made.title,
                party=letter.party,
                relationship=letter.relationship,
                unit=letter.unit,
                assignee=first.owner_id,
                priority=2,
                origin="credit.dunning",
            )
        )
    ctx.emit(
        "credit.dunning_letter.sent", letter=str(letter.id), reference=made.reference, channels=level.channels
    )
    return document


def _document(found: FoundRun, made: MadeLetter) -> Document:
    return Document(
        title=made.title,
        sha256=made.sha256,
        content_sha256=made.content_sha256,
        pages=made.pages,
        size=made.size,
        kind="credit.dunning_letter",
        party=_id(made.letter.key.party_id),
        unit=found.unit_id,
        subject_id=str(made.id),
    )


def _line(found: FoundRun, made: MadeLetter, line: LetterLine) -> DunningLetterLine:
    claimed = found.invoices[line.item.invoice_id].claimed
    return DunningLetterLine(
        letter=made.id,
        invoice=_id(line.item.invoice_id),
        unit=found.unit_id,
        level=line.level,
        is_raised=line.advances,
        sent_on=found.as_of,
        days_past_due=line.days_past_due,
        residual=line.residual,
        interest=claimed.interest,
        indemnity=claimed.indemnity,
        statement=statement_data(claimed),
    )


async def _mark_standings(ctx: Context, found: FoundRun, made: Sequence[MadeLetter]) -> None:
    """Letters put their level's hold on the relationship, never a lower one, and use up the owner's release."""
    edges = {
        letter.id: found.invoices[letter.letter.lines[0].item.invoice_id].relationship_id for letter in made
    }
    known = await repository.standings(ctx, edges.values())
    for letter in made:
        edge = edges[letter.id]
        if edge not in known:
            known[edge] = CreditStanding(id=edge, unit=found.unit_id)
            ctx.add(known[edge])
        standing, hold = known[edge], Hold(level_of(letter.letter, found).hold)
        standing.dunning_released_to = None
        if HOLD_ORDER.index(hold) > HOLD_ORDER.index(standing.hold):
            put_on_hold(standing, hold, f"DUNNING_LEVEL {letter.letter.level}", on=found.as_of)


def _id(key: Any) -> Id[Any]:
    return Id(str(key))
