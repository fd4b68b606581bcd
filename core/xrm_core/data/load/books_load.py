"""Made-up books in the database: customers of one of our units, marked as generated, and what plugins make of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from xrm_core.data.generate import Books
from xrm_core.data.load.books_rows import (
    SOURCE,
    BookKeys,
    Customers,
    address_rows,
    contact_rows,
    dealing_rows,
    edge_facts,
    identifier_rows,
    interaction_rows,
    party_rows,
)
from xrm_core.data.load.managed import Edges, Feed, History, edge_id, hold_imports, write_edges
from xrm_core.data.load.progress import QUIET, Progress
from xrm_core.data.load.rows import insert_rows
from xrm_core.data.load.trace import (
    Change,
    change,
    is_imported,
    made,
    own_changes,
    trace_import,
    trace_parties,
)
from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Conflict
from xrm_core.graph.activity import Dealing, Interaction
from xrm_core.graph.party import Address, ContactPoint, Identifier, Party
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id, derived_id

if TYPE_CHECKING:
    from xrm_core.app import Application

_LOG = structlog.get_logger("xrm.import")


class OtherBooks(Conflict):
    """The unit holds other made-up books already; their totals would no longer hold."""

    code = "core.import_other_books"


@dataclass(slots=True)
class BooksOutcome:
    """What loading books did: rows written by resource (none if they were there), and each plugin's part.

    `plugins` maps a plugin to what went wrong, or to None.
    """

    written: dict[str, int] = field(default_factory=dict)
    plugins: dict[str, str | None] = field(default_factory=dict)


async def load_books(
    app: "Application", books: Books, unit: Id[Any], progress: Progress = QUIET
) -> BooksOutcome:
    """The books in one unit of work, then each enabled plugin's part in one of its own; all of it once.

    A plugin that fails leaves nothing behind, and does not stop the others.
    Raises: OtherBooks; BrokenFile for a wrong SIREN or VAT number.
    """
    outcome = BooksOutcome()
    async with app.work(command="core.import.books") as ctx:
        ctx.unit = unit
        await hold_imports(ctx, "CUSTOMER")
        load = _Load(ctx, books, progress)
        if not await is_imported(ctx, load.import_id):
            await load.refuse_others()
            outcome.written = await load.run()
    parts = _Parts(books, unit, load.import_id, load.customers().ends)
    await parts.load(app, outcome.plugins, progress)
    return outcome


class _Load:
    """The writing of core's part, inside its unit of work."""

    def __init__(self, ctx: Context, books: Books, progress: Progress) -> None:
        assert ctx.unit is not None
        self.ctx, self.books, self.progress = ctx, books, progress
        self.keys = BookKeys.of(ctx.tenant_id, ctx.unit, books)
        self.feed = Feed(SOURCE, ctx.unit, "CUSTOMER", books.as_of, books.as_of)
        self.import_id = derived_id(ctx.tenant_id, "import", "books", ctx.unit, self.keys.books)

    def customers(self) -> Customers:
        """Where the customers are."""
        parties = {c.customer_no: self.keys.id("customer", c.customer_no) for c in self.books.customers}
        ends = {
            number: (party, edge_id(self.ctx.tenant_id, self.feed, party))
            for number, party in parties.items()
        }
        return Customers(self.keys, ends)

    async def refuse_others(self) -> None:
        """Raises: OtherBooks."""
        edges, parties = REGISTRY.of(Relationship).table, REGISTRY.of(Party).table
        query = (
            sa.select(edges.c.id)
            .join(parties, (parties.c.tenant_id == edges.c.tenant_id) & (parties.c.id == edges.c.target_id))
            .where(
                edges.c.tenant_id == self.ctx.tenant_id,
                edges.c.unit_id == self.feed.unit,
                parties.c.source == SOURCE,
            )
        )
        if (await self.ctx.session.execute(query.limit(1))).first() is not None:
            raise OtherBooks(
                "The unit holds other made-up books; load these into a unit of their own.", field="unit"
            )

    async def run(self) -> dict[str, int]:
        """Write all of it; the number of rows of each resource."""
        ctx, books, keys, progress = self.ctx, self.books, self.keys, self.progress
        written = {}
        progress.phase("Writing made-up customers", len(books.customers))
        parties = {row["id"]: row for row in party_rows(books, keys)}
        written["core.party"] = await insert_rows(ctx, Party, parties.values(), progress=progress)
        written["core.identifier"] = await insert_rows(ctx, Identifier, identifier_rows(books, keys))
        written["core.contact_point"] = await insert_rows(ctx, ContactPoint, contact_rows(books, keys))
        written["core.address"] = await insert_rows(ctx, Address, address_rows(books, keys))
        edges = await write_edges(ctx, self.feed, self._histories())
        written["core.relationship"] = len(edges.made)
        customers = self.customers()
        count = len(books.orders) + len(books.invoices) + len(books.payments)
        progress.phase("Writing made-up orders, invoices, payments", count)
        written["core.dealing"] = await insert_rows(
            ctx, Dealing, dealing_rows(books, customers), progress=progress
        )
        progress.phase("Writing made-up interactions", len(books.interactions))
        written["core.interaction"] = await insert_rows(
            ctx, Interaction, interaction_rows(books, customers), progress=progress
        )
        await trace_parties(ctx, self.import_id, self._changes(parties, edges))
        trace_import(
            ctx, self.import_id, {"source": SOURCE, "books": keys.books, "unit": self.feed.unit, **written}
        )
        return written

    def _changes(
        self, parties: Mapping[Id[Any], Mapping[str, Any]], edges: Edges
    ) -> Iterator[tuple[Id[Any], list[Change]]]:
        for customer in self.books.customers:
            party = self.keys.id("customer", customer.customer_no)
            read = made({"customer_no": customer.customer_no})
            yield party, [*own_changes(party, parties, edges), change("core.party", party, "read", read)]

    def _histories(self) -> Mapping[Id[Any], History]:
        """By the days of orders that stood; whoever wrote or called first counts as in contact."""
        days: dict[str, list[Any]] = {}
        for order in self.books.orders:
            if order.status != "CANCELLED":
                days.setdefault(order.customer_no, []).append(order.ordered_on)
        answered = {talk.customer_no for talk in self.books.interactions if talk.direction == "INBOUND"}
        return {
            self.keys.id("customer", c.customer_no): History(
                days.get(c.customer_no, ()),
                has_answered=c.customer_no in answered,
                facts=edge_facts(c),
            )
            for c in self.books.customers
        }


@dataclass(frozen=True, slots=True)
class _Parts:
    """What plugins are handed, one after the other."""

    books: Books
    unit: Id[Any]
    import_id: Id[Any]
    customers: Mapping[str, tuple[Id[Any], Id[Any]]]

    async def load(self, app: "Application", outcome: dict[str, str | None], progress: Progress) -> None:
        """Each plugin's part is loaded, or `outcome` says why not."""
        for implemented in app.host.hooks().demo.get_hookimpls():
            plugin = implemented.plugin_name
            progress.phase(f"Loading the books into {plugin}")
            try:
                async with app.work(command=f"{plugin}.demo") as ctx:
                    await self._load_one(ctx, implemented)
                outcome[plugin] = None
            except Exception as wrong:
                # A plugin's fault stays the plugin's: the others are loaded all the same.
                _LOG.error("demo data not loaded", plugin=plugin, exc_info=wrong)
                outcome[plugin] = str(wrong) or type(wrong).__name__

    async def _load_one(self, ctx: Context, implemented: Any) -> None:
        plugin = implemented.plugin_name
        part_id = derived_id(ctx.tenant_id, "import", "books", self.import_id, plugin)
        if await is_imported(ctx, part_id):
            return
        ctx.unit = self.unit
        given = {"ctx": ctx, "books": self.books, "customers": dict(self.customers)}
        outcome = implemented.function(*(given[name] for name in implemented.argnames))
        if hasattr(outcome, "__await__"):
            await outcome
        await ctx.session.flush()
        trace_import(ctx, part_id, {"source": SOURCE, "books": self.books.seed, "plugin": plugin})
