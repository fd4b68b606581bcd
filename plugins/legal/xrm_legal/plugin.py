"""The legal plugin: contracts, clauses and notices."""

from typing import Any

from xrm_core.declare import Context
from xrm_core.plugins import Plugin, hookimpl
from xrm_legal import demo as made_up
from xrm_legal import seeding

plugin = Plugin(
    id="legal",
    title={"en": "Legal", "fr": "Juridique"},
    summary={
        "en": "Contracts, clauses, derogations and notices with a party.",
        "fr": "Contrats, clauses, dérogations et préavis avec un tiers.",
    },
    version="0.1.0",
    package="xrm_legal",
    requires=["workflows"],
)


@hookimpl
async def seed(ctx: Context) -> None:
    """The clause library and the templates, in French and in English."""
    await seeding.write_library(ctx)


@hookimpl
async def demo(ctx: Context, books: Any, customers: dict[str, Any]) -> None:
    """Contracts of made-up customers, in several states, with notices ahead."""
    await made_up.write_contracts(ctx, books, customers)
