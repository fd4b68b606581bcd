"""The outbox as the change feed reads it: the rows that say which objects a unit of work changed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from xrm_core.events.models import OutboxRow
from xrm_core.ids import Id

CHANGED = "core.changed"
# Where PostgreSQL tells every server process of committed rows. A database has channels of its own.
CHANNEL = "xrm_changed"


@dataclass(frozen=True, slots=True)
class Committed:
    """One unit of work that was committed: its tenant, when, and what it told the outbox."""

    id: str
    tenant_id: int
    at: dt.datetime
    payload: dict[str, Any]


async def read_rows(engine: AsyncEngine, ids: Iterable[str]) -> list[Committed]:
    """The rows of these ids, oldest first; one that is gone is left out."""
    wanted = OutboxRow.id.in_([Id.parse(one) for one in ids])
    return await _read(engine, wanted)


async def ids_since(engine: AsyncEngine, tenants: Sequence[int], moment: dt.datetime) -> list[str]:
    """The ids of the rows written since a moment.

    An id carries the moment at which its row was written, which is just before the commit: whoever asks goes back
    far enough for the slowest commit and the clock that is most wrong, and knows which rows it has had.
    """
    query = sa.select(OutboxRow.id).where(
        OutboxRow.tenant_id.in_(tenants), OutboxRow.id >= first_id(moment), OutboxRow.event == CHANGED
    )
    async with engine.connect() as connection:
        return [str(found) for (found,) in await connection.execute(query.order_by(OutboxRow.id))]


def first_id(moment: dt.datetime) -> Id[Any]:
    """The smallest UUIDv7 that can be made at that moment."""
    milliseconds = int(moment.timestamp() * 1000)
    return Id(int=(milliseconds << 80) | (7 << 76) | (0b10 << 62))


async def _read(engine: AsyncEngine, wanted: Any) -> list[Committed]:
    query = sa.select(OutboxRow.id, OutboxRow.tenant_id, OutboxRow.created_at, OutboxRow.payload)
    query = query.where(wanted, OutboxRow.event == CHANGED).order_by(OutboxRow.id)
    async with engine.connect() as connection:
        return [
            Committed(str(row.id), row.tenant_id, row.created_at, row.payload)
            for row in await connection.execute(query)
        ]
