"""Holdings and control as they are stored, for one tenant: set-based, some parties or all of them."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.db.types import UuidType
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.control.rules import Basis
from xrm_core.graph.control.spans import ALWAYS, OPEN, Span, Stake
from xrm_core.graph.control.table import ControlClosure
from xrm_core.ids import Id

# Who holds whom: the source the target; of a subsidiary it is the other way round.
OWNS, CONTROLS, SUBSIDIARY_OF = "OWNS", "CONTROLS", "SUBSIDIARY_OF"
_AT_ONCE = 5_000
_TABLE: Any = ControlClosure.__table__


async def tenants(session: AsyncSession) -> Sequence[int]:
    """Every tenant that has relationships or control."""
    edges = REGISTRY["core.relationship"].table
    query = sa.union(sa.select(edges.c.tenant_id), sa.select(_TABLE.c.tenant_id))
    return sorted((await session.scalars(query)).all())


async def hold(session: AsyncSession, tenant_id: int) -> None:
    """Until this unit of work ends nobody else renews control in the tenant: what they changed is committed first.

    On SQLite there is one writer anyway.
    """
    types = REGISTRY["core.relationship_type"].table
    held = relationship_type_id(tenant_id, OWNS)
    await session.execute(
        sa.select(types.c.id)
        .where(types.c.tenant_id == tenant_id, types.c.id == held)
        # Weak enough for others to go on making edges of the type.
        .with_for_update(key_share=True)
    )


def among(column: Any, ids: Collection[Any], session: AsyncSession) -> Any:
    """`column` is one of any number of ids, which are one parameter."""
    texts = sorted(str(item) for item in ids)
    if session.get_bind().dialect.name == "sqlite":
        rows = sa.func.json_each(orjson.dumps(texts).decode()).table_valued("value")
        return column.in_(sa.select(rows.c.value))
    array = sa.bindparam(None, [Id(text) for text in texts], type_=postgresql.ARRAY(postgresql.UUID()))
    return column == sa.any_(array)


def _sides(tenant_id: int, edges: Any) -> tuple[Any, Any, Any]:
    """Of an edge that counts: the condition that it does, who holds, and who is held."""
    backward = edges.c.type_id == relationship_type_id(tenant_id, SUBSIDIARY_OF)
    owns = edges.c.type_id == relationship_type_id(tenant_id, OWNS)
    named = edges.c.type_id == relationship_type_id(tenant_id, CONTROLS)
    counts = sa.and_(
        edges.c.tenant_id == tenant_id, sa.or_(sa.and_(owns, edges.c.share > 0), named, backward)
    )
    holder = sa.case((backward, edges.c.target_id), else_=edges.c.source_id)
    held = sa.case((backward, edges.c.source_id), else_=edges.c.target_id)
    return counts, holder, held


async def held_from(session: AsyncSession, tenant_id: int, parties: Collection[Any]) -> set[Any]:
    """These parties and all that are held from them on, through any number of hands, on any day."""
    edges = REGISTRY["core.relationship"].table
    ids = REGISTRY["core.party"].table
    counts, _, held = _sides(tenant_id, edges)
    cone = (
        sa.select(ids.c.id)
        .where(ids.c.tenant_id == tenant_id, among(ids.c.id, parties, session))
        .cte("cone", recursive=True)
    )
    backward = edges.c.type_id == relationship_type_id(tenant_id, SUBSIDIARY_OF)
    # The tenant stands in each: without statistics SQLite would not look for both ends in their indexes.
    from_here = sa.or_(
        sa.and_(edges.c.tenant_id == tenant_id, edges.c.source_id == cone.c.id, sa.not_(backward)),
        sa.and_(edges.c.tenant_id == tenant_id, edges.c.target_id == cone.c.id, backward),
    )
    cone = cone.union(sa.select(held).select_from(cone.join(edges, sa.and_(counts, from_here))))
    return set((await session.scalars(sa.select(sa.type_coerce(cone.c.id, UuidType())))).all())


async def stakes(
    session: AsyncSession, tenant_id: int, parties: Collection[Any] | None = None
) -> Sequence[Stake]:
    """What is held in these parties, or in all of the tenant, on any day."""
    edges = REGISTRY["core.relationship"].table
    counts, holder, held = _sides(tenant_id, edges)
    is_votes = edges.c.type_id == relationship_type_id(tenant_id, OWNS)
    columns = (
        sa.type_coerce(holder, UuidType()),
        sa.type_coerce(held, UuidType()),
        edges.c.share,
        is_votes,
        edges.c.valid_from,
        edges.c.valid_to,
    )
    query = sa.select(*columns).where(counts)
    if parties is not None:
        query = query.where(
            sa.or_(among(edges.c.target_id, parties, session), among(edges.c.source_id, parties, session)),
            among(held, parties, session),
        )
    rows = await session.execute(query)
    return [_stake(*row) for row in rows]


def _stake(
    holder: Any, held: Any, share: Decimal | None, is_votes: Any, since: dt.date | None, until: dt.date | None
) -> Stake:
    votes = share or Decimal(0)
    return Stake(
        holder, held, votes if is_votes else Decimal(0), not is_votes, since or ALWAYS, until or OPEN
    )


async def stored_spans(
    session: AsyncSession, tenant_id: int, parties: Collection[Any] | None = None
) -> Sequence[Span]:
    """Who controls these parties, or any of the tenant, as the table has it."""
    query = sa.select(
        _TABLE.c.controller_id, _TABLE.c.controlled_id, _TABLE.c.basis, _TABLE.c.valid_from, _TABLE.c.valid_to
    ).where(_TABLE.c.tenant_id == tenant_id)
    if parties is not None:
        query = query.where(among(_TABLE.c.controlled_id, parties, session))
    return [
        Span(controller, controlled, Basis(basis), since, until)
        for controller, controlled, basis, since, until in await session.execute(query)
    ]


async def replace(
    session: AsyncSession, tenant_id: int, old: Iterable[Span], new: Iterable[Span]
) -> tuple[int, int]:
    """The table has the new spans and not the old ones; how many were taken out and put in."""
    before, after = set(old), set(new)
    gone, come = before - after, after - before
    connection = await session.connection()
    for several in _chunked([_row(tenant_id, span) for span in gone]):
        same = [_TABLE.c[name] == sa.bindparam(f"old_{name}", type_=_TABLE.c[name].type) for name in _KEY]
        await connection.execute(
            sa.delete(_TABLE).where(*same), [{f"old_{name}": row[name] for name in _KEY} for row in several]
        )
    for several in _chunked([_row(tenant_id, span) for span in come]):
        await connection.execute(sa.insert(_TABLE), several)
    return len(gone), len(come)


_KEY = ("tenant_id", "controller_id", "controlled_id", "valid_from")


def _row(tenant_id: int, span: Span) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "controller_id": span.controller,
        "controlled_id": span.controlled,
        "basis": span.basis.value,
        "valid_from": span.since,
        "valid_to": span.until,
    }


def _chunked(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


def by_controlled(several: Iterable[Span]) -> Mapping[Any, list[Span]]:
    """The spans of each controlled party."""
    found: dict[Any, list[Span]] = {}
    for span in several:
        found.setdefault(span.controlled, []).append(span)
    return found
