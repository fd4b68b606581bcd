"""Notices of commits to other server processes: sent right after the commit, many in one statement.

A NOTIFY inside a transaction makes all of them queue for one lock of the database until they are on disk, which is
measured in docs/adr/0013. Sent afterwards it costs the commit nothing; what a process that is killed in between does
not send is found by looking (events.feed_postgres).
"""

import asyncio
from typing import Any

import sqlalchemy as sa
import structlog

from xrm_core.events.outbox import CHANNEL

_LOG = structlog.get_logger("xrm.feed")
_SEND_AFTER_S = 0.005
# Ids in one notice, whose text has less than 8,000 bytes.
_MOST_IDS = 200
# What a database that cannot be reached is not told of in the end; it is found by looking.
_MOST_WAITING = 10_000


class Notices:
    """The notices of one process that wait to be sent."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._waiting: list[str] = []
        self._sending: asyncio.Task[None] | None = None

    def add(self, row_id: str) -> None:
        """An outbox row was committed."""
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(row_id)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def close(self) -> None:
        """Everything is sent."""
        if self._sending is not None:
            await asyncio.gather(self._sending, return_exceptions=True)

    async def _send(self) -> None:
        await asyncio.sleep(_SEND_AFTER_S)
        try:
            while self._waiting:
                ids, self._waiting = self._waiting[:_MOST_IDS], self._waiting[_MOST_IDS:]
                await self._notify(",".join(ids))
        except Exception as wrong:
            self._waiting.clear()
            _LOG.warning("commits not announced", reason=str(wrong))
        finally:
            self._sending = None

    async def _notify(self, text: str) -> None:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, text)))
