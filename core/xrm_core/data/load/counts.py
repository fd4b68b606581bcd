"""How much of each source an installation holds."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.graph.activity import Dealing
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from xrm_core.app import Application


@dataclass(frozen=True, slots=True)
class Counts:
    """Parties and dealings by source; customers that were made up; stubs; edges of control."""

    parties: Counter[str]
    dealings: Counter[str]
    customers: int
    stubs: int
    controls: int


async def count_sources(app: "Application", tenant_id: int = 1) -> Counts:
    """The counts of a tenant."""
    party, edge = REGISTRY.of(Party).table, REGISTRY.of(Relationship).table
    customer = relationship_type_id(tenant_id, "CUSTOMER")
    async with app.reading() as session:
        made_up = (
            sa.select(sa.func.count())
            .select_from(edge)
            .join(party, (party.c.tenant_id == edge.c.tenant_id) & (party.c.id == edge.c.target_id))
            .where(edge.c.tenant_id == tenant_id, edge.c.type_id == customer, party.c.source == "generated")
        )
        stubs = sa.select(sa.func.count()).where(party.c.tenant_id == tenant_id, party.c.is_stub)
        controls = sa.select(sa.func.count()).where(
            edge.c.tenant_id == tenant_id, edge.c.type_id == relationship_type_id(tenant_id, "CONTROLS")
        )
        return Counts(
            await _by_source(session, Party, tenant_id),
            await _by_source(session, Dealing, tenant_id),
            await session.scalar(made_up) or 0,
            await session.scalar(stubs) or 0,
            await session.scalar(controls) or 0,
        )


async def has_users(app: "Application") -> bool:
    """Whether anybody may sign in."""
    t = REGISTRY.of(User).table
    async with app.reading() as session:
        return (await session.execute(sa.select(t.c.id).limit(1))).first() is not None


async def _by_source(session: "AsyncSession", model: type[Resource], tenant_id: int) -> Counter[str]:
    t = REGISTRY.of(model).table
    query = sa.select(t.c.source, sa.func.count()).where(t.c.tenant_id == tenant_id).group_by(t.c.source)
    return Counter({source: count for source, count in await session.execute(query)})
