"""What every installation starts with: the types of edges, and our own company as the first unit."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.declare.context import Context
from xrm_core.graph.party import Party, Unit
from xrm_core.graph.relationship import RELATIONSHIP_TYPES, RelationshipType
from xrm_core.ids import Id, derived_id


def relationship_type_id(tenant_id: int, code: str) -> Id[RelationshipType]:
    """The id of a shipped edge type: the same wherever it is asked for."""
    return derived_id(tenant_id, "relationship_type", code)


async def seed_types(ctx: Context) -> None:
    """Write the shipped edge types that are not there yet."""
    there = set((await ctx.session.scalars(sa.select(RelationshipType.code))).all())
    for code, label_en, label_fr, inverse_label_en, inverse_label_fr, managed in RELATIONSHIP_TYPES:
        if code not in there:
            ctx.add(
                RelationshipType(
                    id=relationship_type_id(ctx.tenant_id, code),
                    code=code,
                    label_en=label_en,
                    label_fr=label_fr,
                    inverse_label_en=inverse_label_en,
                    inverse_label_fr=inverse_label_fr,
                    managed=managed,
                )
            )


async def ensure_unit(
    ctx: Context, *, code: str, name: str, country: str | None = None, source: str = "unit"
) -> Any:
    """The id of our unit with that code; it is made with a party of that name if there is none."""
    known = (
        await ctx.session.scalars(
            sa.select(Unit.party).where(Unit.tenant_id == ctx.tenant_id, Unit.code == code)
        )
    ).one_or_none()
    if known is not None:
        return known
    party = Party(id=derived_id(ctx.tenant_id, "unit", code), name=name, country=country, source=source)
    ctx.add(party, Unit(id=party.id, party=party.id, code=code))
    return party.id


async def unit_of_code(session: AsyncSession, code: str | None) -> Id[Party] | None:
    """The unit with that code, or the first of all by code; None if there is none."""
    query = sa.select(Unit.party).order_by(Unit.code).limit(1)
    return await session.scalar(query if code is None else query.where(Unit.code == code))
