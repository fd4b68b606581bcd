"""Control is renewed where relationships change: for what is held from the changed edge on, and nothing else."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.declare.context import Context
from xrm_core.declare.upkeep import UPKEEP
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.control import store
from xrm_core.graph.control.spans import spans

# Beyond so many changed parties all of it is derived anew: finding what they hold would read all of it anyway.
_MANY = 2_000


class ControlUpkeep:
    """Keeps core_control_closure true: who controls a party follows from who holds it, and who holds those."""

    def __init__(self) -> None:
        self._types: dict[int, dict[Any, str]] = {}

    def notice(self, tenant_id: int, row: Mapping[str, Any]) -> Iterable[Hashable]:
        """The party that the edge says something about, if it is an edge of ownership or control."""
        types = self._types.get(tenant_id)
        if types is None:
            types = self._types[tenant_id] = {
                relationship_type_id(tenant_id, code): "source_id"
                if code == store.SUBSIDIARY_OF
                else "target_id"
                for code in (store.OWNS, store.CONTROLS, store.SUBSIDIARY_OF)
            }
        end = types.get(row["type_id"])
        return () if end is None else (row[end],)

    async def renew(self, ctx: Context, noticed: set[Any]) -> None:
        """Derive anew who controls these parties and all that are held from them on."""
        await store.hold(ctx.session, ctx.tenant_id)
        if len(noticed) > _MANY:
            await rebuild(ctx.session, ctx.tenant_id)
            return
        session, tenant = ctx.session, ctx.tenant_id
        cone = await store.held_from(session, tenant, noticed)
        stakes = await store.stakes(session, tenant, cone)
        # Who controls a holder outside does not depend on what was changed.
        outside = {stake.holder for stake in stakes} - cone
        above = await store.stored_spans(session, tenant, outside) if outside else ()
        before = await store.stored_spans(session, tenant, cone)
        await store.replace(session, tenant, before, spans(stakes, store.by_controlled(above)))


async def rebuild(session: AsyncSession, tenant_id: int) -> tuple[int, int]:
    """Derive all of the tenant's control from its relationships; how many rows were taken out and put in.

    Nothing is, unless somebody wrote past the units of work.
    """
    await store.hold(session, tenant_id)
    stakes = await store.stakes(session, tenant_id)
    before = await store.stored_spans(session, tenant_id)
    return await store.replace(session, tenant_id, before, spans(stakes))


async def rebuild_everywhere(session: AsyncSession) -> tuple[int, int]:
    """The same for every tenant, one after the other."""
    gone = come = 0
    for tenant_id in await store.tenants(session):
        out, put = await rebuild(session, tenant_id)
        gone, come = gone + out, come + put
    return gone, come


UPKEEP["core.relationship"] = ControlUpkeep()
