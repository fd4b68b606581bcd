"""Reading much at once: several statements that see the same moment, the last of them row by row.

Each has a connection of its own, so that whoever reads slowly keeps nobody else waiting.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from xrm_core.db.connecting import GRACE_S, STEPS_BETWEEN_LOOKS, plain_dates, reading_settings
from xrm_core.db.engine import Database
from xrm_core.db.reading import Reader
from xrm_core.db.reading_postgres import told_by_postgres
from xrm_core.db.reading_sqlite import reading_sqlite, told_by_sqlite
from xrm_core.settings import Settings

# Rows that are in this process at a time.
ROWS_AT_ONCE = 100
_CACHE_KB = 2_000


class LongRead(Reader, Protocol):
    """One moment of the database, until it is closed. Each statement raises what a Reader's `fetch` raises."""

    def rows(self, sql: str, values: Sequence[Any]) -> AsyncIterator[list[str]]:
        """The first column of a statement's rows as text, some of them at a time, as they are asked for."""


async def long_read(database: Database) -> LongRead:
    """A new one. Raises: Unavailable if the database is down."""
    if database.is_sqlite:
        return await asyncio.to_thread(_SqliteLongRead, database.settings, str(database.url.database))
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await _PostgresLongRead.open(database.settings, url)


class _Same:
    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Any]:
        """It is one."""
        yield self


class _PostgresLongRead(_Same):
    def __init__(self, settings: Settings, connection: Any) -> None:
        self._settings, self._connection = settings, connection

    @classmethod
    async def open(cls, settings: Settings, url: str) -> "_PostgresLongRead":
        import asyncpg  # loaded only where PostgreSQL is used

        # If this process hangs, PostgreSQL itself ends what is left open.
        idle = {"idle_in_transaction_session_timeout": str(int(settings.export_timeout_s * 1000))}
        with told_by_postgres(settings):
            connection = await asyncpg.connect(
                url,
                statement_cache_size=0,
                timeout=settings.pool_wait_s,
                command_timeout=settings.statement_timeout_s + GRACE_S,
                server_settings=reading_settings(settings) | idle,
            )
        await plain_dates(connection)
        await connection.transaction(isolation="repeatable_read", readonly=True).start()
        return cls(settings, connection)

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        with told_by_postgres(self._settings):
            return await self._connection.fetchval(sql, *values) or ""

    async def rows(self, sql: str, values: Sequence[Any]) -> AsyncIterator[list[str]]:
        with told_by_postgres(self._settings):
            cursor = await self._connection.cursor(sql, *values)
            found = await cursor.fetch(ROWS_AT_ONCE)
        while found:
            yield [str(row[0]) for row in found]
            with told_by_postgres(self._settings):
                found = await cursor.fetch(ROWS_AT_ONCE)

    async def close(self) -> None:
        # Without waiting: there is nothing to save, and the statement may still be running.
        self._connection.terminate()


class _SqliteLongRead(_Same):
    def __init__(self, settings: Settings, path: str) -> None:
        self._settings, self._until = settings, 0.0
        self._connection = reading_sqlite(path, cache_kb=_CACHE_KB)
        self._connection.set_progress_handler(lambda: time.monotonic() > self._until, STEPS_BETWEEN_LOOKS)
        self._connection.execute("BEGIN")

    async def _do(self, work: Any) -> Any:
        self._until = time.monotonic() + self._settings.statement_timeout_s
        try:
            return await asyncio.shield(asyncio.to_thread(work))
        except sqlite3.OperationalError as wrong:
            raise told_by_sqlite(wrong, self._settings) from wrong
        except asyncio.CancelledError:
            self._until = 0.0
            raise

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        row = await self._do(lambda: self._connection.execute(sql, values).fetchone())
        return "" if row is None or row[0] is None else str(row[0])

    async def rows(self, sql: str, values: Sequence[Any]) -> AsyncIterator[list[str]]:
        cursor = await self._do(lambda: self._connection.execute(sql, values))
        while found := await self._do(lambda: cursor.fetchmany(ROWS_AT_ONCE)):
            yield [str(row[0]) for row in found]

    async def close(self) -> None:
        self._until = 0.0
        # In a thread, since a statement that was just stopped may still be ending in another.
        await asyncio.shield(asyncio.to_thread(self._connection.close))
