"""Our units that imports write for: the one that paid in the bundled file, and the one the made-up books are of."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import NotFound
from xrm_core.graph.bootstrap import ensure_unit, seed_types
from xrm_core.graph.party import Unit
from xrm_core.ids import Id
from xrm_core.setup import bootstrap

if TYPE_CHECKING:
    from xrm_core.app import Application

GLA_CODE, GLA_NAME = "GLA", "Greater London Authority"
BOOKS_CODE, BOOKS_NAME = "FR01", "Maison Démo"


async def gla_unit(app: "Application", code: str = GLA_CODE) -> Id[Any]:
    """The unit that paid: the Greater London Authority is made if need be, another must be there.

    Raises: NotFound.
    """
    if code == GLA_CODE:
        unit: Id[Any] = await bootstrap(app, unit_code=GLA_CODE, unit_name=GLA_NAME, country="GB")
        return unit
    return await _unit(app, code)


async def books_unit(app: "Application", code: str = BOOKS_CODE) -> Id[Any]:
    """The unit of the made-up books: the made-up company is made if need be, another must be there.

    Raises: NotFound.
    """
    if code == BOOKS_CODE:
        async with app.work(command="core.bootstrap") as ctx:
            await ensure_unit(ctx, code=BOOKS_CODE, name=BOOKS_NAME, country="FR", source="generated")
        unit: Id[Any] = await bootstrap(app, unit_code=BOOKS_CODE, unit_name=BOOKS_NAME, country="FR")
        return unit
    return await _unit(app, code)


async def ensure_types(app: "Application") -> None:
    """The shipped types of edges are there."""
    async with app.work(command="core.bootstrap") as ctx:
        await seed_types(ctx)


async def _unit(app: "Application", code: str) -> Id[Any]:
    await ensure_types(app)
    t = REGISTRY.of(Unit).table
    async with app.work() as ctx:
        found = await ctx.session.scalar(
            sa.select(t.c.party_id).where(t.c.tenant_id == ctx.tenant_id, t.c.code == code)
        )
    if found is None:
        raise NotFound("unit", code, field="unit")
    unit: Id[Any] = found
    return unit
