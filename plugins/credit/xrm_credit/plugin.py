"""The credit plugin: its manifest, and what it does when the platform asks."""

from collections.abc import Sequence
from typing import Any

from xrm_core.declare import Context
from xrm_core.plugins import Plugin, hookimpl
from xrm_credit import repository
from xrm_credit.demo import load_books
from xrm_credit.seeding import seed_figures

plugin = Plugin(
    id="credit",
    title={"en": "Credit", "fr": "Crédit client"},
    summary={
        "en": "Receivables, limits and holds, late-payment interest, and reminders that can be simulated.",
        "fr": "Créances, limites et blocages, intérêts de retard, et relances que l'on peut simuler.",
    },
    version="0.1.0",
    package="xrm_credit",
    requires=["workflows"],
)


@hookimpl
async def seed(ctx: Context) -> None:
    """Reference rates, interest regimes, indemnities, dunning procedures and aging bounds."""
    await seed_figures(ctx)


@hookimpl
async def demo(ctx: Context, books: Any, customers: dict[str, Any]) -> None:
    """The receivables of made-up books: invoices, payments, allocations and letters sent."""
    await load_books(ctx, books, customers)


@hookimpl
async def holds(ctx: Context, relationship_ids: Sequence[Any]) -> dict[Any, str]:
    """The credit hold of each relationship that has one."""
    return await repository.holds(ctx, relationship_ids)
