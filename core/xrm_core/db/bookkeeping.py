"""Transactions for what is no business change – sign-ins, plugin states – and so has no audit entry."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.db.engine import Database


@asynccontextmanager
async def bookkeeping(database: Database) -> AsyncIterator[AsyncSession]:
    """A session whose changes are kept if nothing raises."""
    async with AsyncSession(database.engine) as session:
        yield session
        await session.commit()
