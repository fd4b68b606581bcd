"""Numbers without gaps: taken in the command's own transaction, given back if it fails."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.events.models import Sequence


async def next_number(session: AsyncSession, *, tenant_id: int, name: str, unit_id: Any, year: int) -> int:
    """The next number of the series `name` of a unit and year, from 1. Others wait until this one commits."""
    dialect = session.bind.dialect.name if session.bind is not None else ""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    values = {"tenant_id": tenant_id, "name": name, "unit_id": str(unit_id or ""), "year": year, "last": 1}
    statement = (
        insert(Sequence)
        .values(values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "name", "unit_id", "year"],
            set_={"last": Sequence.last + sa.literal(1)},
        )
        .returning(Sequence.last)
    )
    return int((await session.execute(statement)).scalar_one())
