"""The spend file in the database: suppliers, their relationships with our unit, and every payment as a dealing."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xrm_core.data.csv_rows import Reject, write_rejects
from xrm_core.data.gla import CURRENCY
from xrm_core.data.load.gla_ledger import GlaLedger, changed_rows, read_ledger
from xrm_core.data.load.gla_suppliers import (
    SOURCE,
    Matching,
    identifier_rows,
    match,
    party_rows,
    proposal_rows,
)
from xrm_core.data.load.gla_trace import party_changes
from xrm_core.data.load.managed import Edges, Feed, History, hold_imports, write_edges
from xrm_core.data.load.progress import QUIET, Progress
from xrm_core.data.load.rows import insert_rows
from xrm_core.data.load.stored import StoredDealing, days_by_party, stored_dealings, stored_ids
from xrm_core.data.load.trace import trace_import, trace_parties
from xrm_core.declare.context import Context
from xrm_core.errors import DomainError
from xrm_core.graph.activity import Dealing, DuplicateProposal
from xrm_core.graph.party import Identifier, Party
from xrm_core.ids import Id, derived_id

if TYPE_CHECKING:
    from xrm_core.app import Application


class RejectsLost(DomainError):
    """Rows that are not taken could not be written down, so nothing was imported."""

    code = "core.import_rejects_lost"


@dataclass(frozen=True, slots=True)
class GlaRequest:
    """Which file, for which of our units, staged as of which day (None: its last), rejects written where."""

    path: Path
    unit: Id[Any]
    rejects: Path
    as_of: dt.date | None = None


@dataclass(frozen=True, slots=True)
class GlaOutcome:
    """What an import of the spend file did; rows = dealings + known + rejected."""

    rows: int
    rejected: int
    known: int
    dealings: int = 0
    parties: int = 0
    relationships: int = 0
    restaged: int = 0
    proposals: int = 0
    as_of: dt.date | None = None


def import_id(tenant_id: int, unit: Id[Any], sha256: str) -> Id[Any]:
    """The id of the import of a file with that SHA-256 for a unit: the same whenever it is imported."""
    return derived_id(tenant_id, "import", SOURCE, unit, sha256)


async def load_gla(app: "Application", request: GlaRequest, progress: Progress = QUIET) -> GlaOutcome:
    """The whole file in one unit of work: kill -9 leaves all of it or nothing, a rerun adds what is missing.

    Rows that are stored stay as they are. A row not taken stands in the rejects file before anything is written.
    Raises: BrokenFile, before anything is written.
    """
    ledger = read_ledger(request.path, progress)
    async with app.work(command="core.import.gla") as ctx:
        await hold_imports(ctx, "SUPPLIER")
        progress.phase("Comparing with what is stored")
        stored = await stored_dealings(ctx, SOURCE)
        matching = match(ledger, stored, ctx.tenant_id)
        rejects = [*ledger.rejects, *changed_rows(ledger.path, set(matching.changed))]
        _keep_rejects(rejects, request.rejects)
        outcome = GlaOutcome(len(ledger.payments) + len(ledger.rejects), len(rejects), matching.known)
        if ledger.last_day is None or matching.known + len(matching.changed) == len(ledger.payments):
            return outcome
        outcome = await _Load(ctx, request, ledger, matching, progress).run(outcome, stored)
        progress.phase("Committing")
    return outcome


def _keep_rejects(rejects: Iterable[Reject], path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_rejects(sorted(rejects, key=lambda reject: reject.line), path)
    except OSError as error:
        raise RejectsLost(f"{path} cannot be written: {error.strerror}.", field="rejects") from error


class _Load:
    """The writing of one file, inside its unit of work."""

    def __init__(
        self, ctx: Context, request: GlaRequest, ledger: GlaLedger, matching: Matching, progress: Progress
    ) -> None:
        self.ctx, self.request, self.ledger, self.matching = ctx, request, ledger, matching
        self.progress = progress
        self.touched = [supplier for supplier in matching.suppliers if supplier.payments]
        self.new_parties: dict[Id[Any], dict[str, Any]] = {}

    async def run(self, outcome: GlaOutcome, stored: Mapping[str, StoredDealing]) -> GlaOutcome:
        """Write all of it; the outcome with its counts."""
        last = self.ledger.last_day
        assert last is not None
        as_of = self.request.as_of or last
        await self._write_parties()
        feed = Feed(SOURCE, self.request.unit, "SUPPLIER", as_of, min(as_of, last))
        edges = await self._write_edges(feed, stored)
        dealings = await self._write_dealings(edges)
        proposals = await self._write_proposals()
        outcome = replace(
            outcome,
            dealings=dealings,
            parties=len(self.new_parties),
            relationships=len(edges.made),
            restaged=len(edges.restaged),
            proposals=proposals,
            as_of=as_of,
        )
        await self._leave_trace(edges, outcome)
        return outcome

    async def _write_parties(self) -> None:
        ctx = self.ctx
        there = await stored_ids(ctx, Party, source=SOURCE)
        self.new_parties = {row["id"]: row for row in party_rows(self.touched, there)}
        self.progress.phase("Writing suppliers", len(self.new_parties))
        await insert_rows(ctx, Party, self.new_parties.values(), progress=self.progress)
        known = await stored_ids(ctx, Identifier, scheme="INTERNAL")
        rows = identifier_rows(self.touched, self.ledger.folding, known, ctx.tenant_id)
        await insert_rows(ctx, Identifier, rows)

    async def _write_edges(self, feed: Feed, stored: Mapping[str, StoredDealing]) -> Edges:
        self.progress.phase("Writing relationships and their stages")
        before, new = days_by_party(stored.values(), feed.unit), self.matching.days()
        histories = {
            party: History([*before.get(party, ()), *new.get(party, ())], before.get(party, ()))
            for party in dict.fromkeys([*before, *new])
        }
        return await write_edges(self.ctx, feed, histories)

    async def _write_dealings(self, edges: Edges) -> int:
        count = sum(len(supplier.payments) for supplier in self.touched)
        self.progress.phase("Writing payments", count)
        return await insert_rows(self.ctx, Dealing, self._dealing_rows(edges), progress=self.progress)

    def _dealing_rows(self, edges: Edges) -> Iterator[dict[str, Any]]:
        tenant_id, unit = self.ctx.tenant_id, self.request.unit
        for supplier, payment in self.matching.new_payments():
            yield {
                "id": derived_id(tenant_id, SOURCE, "dealing", payment.row_id),
                "party_id": supplier.party,
                "relationship_id": edges.of_party[supplier.party],
                "unit_id": unit,
                "kind": payment.kind,
                "amount": payment.amount,
                "amount_currency": CURRENCY,
                "occurred_on": payment.paid_on,
                "category": payment.account_description or None,
                "reference": payment.doc_no,
                "source": SOURCE,
                "source_row": str(payment.row_id),
                "possible_duplicate": payment.is_possible_duplicate,
            }

    async def _write_proposals(self) -> int:
        self.progress.phase("Writing proposals of duplicates")
        there = await stored_ids(self.ctx, DuplicateProposal, source=SOURCE)
        rows = proposal_rows(self.matching.suppliers, self.ledger.folding, there, self.ctx.tenant_id)
        return await insert_rows(self.ctx, DuplicateProposal, rows)

    async def _leave_trace(self, edges: Edges, outcome: GlaOutcome) -> None:
        self.progress.phase("Writing the audit trail")
        ledger, ctx = self.ledger, self.ctx
        identity = import_id(ctx.tenant_id, self.request.unit, ledger.sha256)
        facts = {
            "source": SOURCE,
            "file": ledger.path.name,
            "sha256": ledger.sha256,
            "unit": self.request.unit,
            "ids": "derived from source and row ID, normalised name, vendor id",
            **asdict(outcome),
        }
        trace_import(ctx, identity, facts)
        await trace_parties(ctx, identity, party_changes(self.touched, self.new_parties, edges).items())
