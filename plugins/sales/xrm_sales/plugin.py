"""Sales: the pipeline of opportunities, its forecast, and which offers a relationship's stage allows."""

from collections.abc import Mapping
from typing import Any

from xrm_core.data.generate.books import Books
from xrm_core.declare import Context
from xrm_core.plugins import Plugin, hookimpl
from xrm_sales import seeding
from xrm_sales.models import Opportunity
from xrm_sales.moves import follow_move
from xrm_sales.party import AllowedAction

plugin = Plugin(
    id="sales",
    title={"en": "Sales", "fr": "Ventes"},
    summary={
        "en": "Opportunities on a board, a weighted forecast, and offers only where the relationship allows them.",
        "fr": "Opportunités sur un tableau, prévision pondérée, et offres là seulement où la relation le permet.",
    },
    version="0.1.0",
    package="xrm_sales",
    requires=["workflows"],
    shapes=[AllowedAction],
)


@hookimpl
async def seed(ctx: Context) -> None:
    """The pipeline's stages and the loss reasons."""
    await seeding.seed_reference(ctx)


@hookimpl
async def demo(ctx: Context, books: Books, customers: dict[str, Any]) -> None:
    """The opportunities of the books."""
    await seeding.load_books(ctx, books, customers)


@hookimpl
async def moved(ctx: Context, subject: Any, source: str, reason: str | None, data: Mapping[str, Any]) -> None:
    """An opportunity counts as its new stage says."""
    if isinstance(subject, Opportunity):
        await follow_move(ctx, subject, source, reason, data)
