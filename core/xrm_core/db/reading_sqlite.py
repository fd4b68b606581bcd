"""Reading from SQLite: a few threads, each with a connection that only reads."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from xrm_core.db import exact
from xrm_core.db.connecting import STEPS_BETWEEN_LOOKS, Until
from xrm_core.db.reading import KEPT_STATEMENTS, TOO_COMPLEX, TOO_LARGE, Reader
from xrm_core.db.turns import Turns
from xrm_core.errors import Invalid, TooComplex, TooLong, TooSlow, Unavailable
from xrm_core.settings import Settings

# Bytes: a row is longer than the answer in it, and letters may have several.
_ROOM = 1_000_000
# How much of the file a reading connection maps; that is address space, and the system's own memory.
_MAPPED_BYTES = 1 << 30
# What is said of a number that is too large, in SQLite's own sums and in what Python computes for it (db.exact).
_LARGE_NUMBERS = ("integer overflow", "user-defined function raised exception")
# Of a statement that is larger than it can read.
_LIMITS = ("parser stack overflow", "Expression tree is too large", "tables in a join", "too many")
# Of a file, or its lock, that is not to be had.
LOCKED = ("database is locked", "unable to open", "disk is full", "disk I/O")


class SqliteReader:
    """Reads through a few threads, each with its own read-only connection."""

    def __init__(self, settings: Settings, path: str) -> None:
        self._path, self._settings = path, settings
        threads = min(settings.pool_size, 4)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="xrm-read")
        self._turns = Turns(threads, settings.pool_wait_s)
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._idle: list[sqlite3.Connection] = []

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = reading_sqlite(self._path, cache_kb=16_000)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * self._settings.max_answer_length + _ROOM)
        # Pages of the file are looked at where the system keeps them: copying them takes two fifths of a long list.
        connection.execute(f"PRAGMA mmap_size={_MAPPED_BYTES}")
        # The statement looks at the clock now and then; a timer would be a thread of its own each time.
        connection.set_progress_handler(self._is_late, STEPS_BETWEEN_LOOKS)
        self._connections.append(connection)
        return connection

    def _is_late(self) -> bool:
        return bool(time.monotonic() > self._local.until.moment)

    def _run(
        self, sql: str, values: Sequence[Any], until: Until, connection: sqlite3.Connection | None = None
    ) -> str:
        self._local.until = until
        try:
            connection = connection or self._connection()
            row = connection.execute(sql, values).fetchone()
            return "" if row is None or row[0] is None else str(row[0])
        except (sqlite3.OperationalError, sqlite3.DataError) as wrong:
            raise told_by_sqlite(wrong, self._settings) from wrong

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        """One text."""
        async with self._turns:
            return await self.fetch_in(None, sql, values)

    def _until(self) -> Until:
        return Until(time.monotonic() + self._settings.statement_timeout_s)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """Statements of one transaction on a connection that no thread has to itself meanwhile."""
        loop = asyncio.get_running_loop()
        async with self._turns:
            connection = (
                self._idle.pop() if self._idle else await loop.run_in_executor(self._threads, self._connect)
            )
            reader = _SqliteTransaction(self, connection)
            await loop.run_in_executor(self._threads, self._turn, connection, "BEGIN")
            try:
                yield reader
            finally:
                # A cancelled operation may have left a statement that is still running.
                await asyncio.shield(loop.run_in_executor(self._threads, self._end, connection))

    def _turn(self, connection: sqlite3.Connection, word: str) -> None:
        self._local.until = self._until()
        connection.execute(word)

    def _end(self, connection: sqlite3.Connection) -> None:
        self._turn(connection, "ROLLBACK")
        self._idle.append(connection)

    async def fetch_in(self, connection: sqlite3.Connection | None, sql: str, values: Sequence[Any]) -> str:
        """One text, on a thread's own connection or in the transaction of a snapshot."""
        loop, until = asyncio.get_running_loop(), self._until()
        try:
            return await loop.run_in_executor(self._threads, self._run, sql, values, until, connection)
        except asyncio.CancelledError:
            until.moment = 0.0
            raise

    async def close(self) -> None:
        """Close the threads' connections."""
        self._threads.shutdown(wait=True)
        for connection in self._connections:
            connection.close()


class _SqliteTransaction:
    """The reader of a snapshot on SQLite."""

    def __init__(self, reader: SqliteReader, connection: sqlite3.Connection) -> None:
        self._reader, self._connection = reader, connection

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        """One text."""
        return await self._reader.fetch_in(self._connection, sql, values)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """It is one."""
        yield self

    async def close(self) -> None:
        """Its transaction ends with its snapshot."""


def reading_sqlite(path: str, *, cache_kb: int) -> sqlite3.Connection:
    """A connection that only reads, usable from any one thread at a time."""
    connection = sqlite3.connect(
        f"file:{path}?mode=ro", uri=True, check_same_thread=False, isolation_level=None,
        cached_statements=KEPT_STATEMENTS,
    )  # fmt: skip
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute(f"PRAGMA cache_size=-{cache_kb}")
    exact.teach(connection)
    return connection


def told_by_sqlite(wrong: sqlite3.DatabaseError, settings: Settings) -> Exception:
    """What SQLite raised while reading, as those who asked are told it."""
    if "interrupted" in str(wrong):
        return TooSlow(settings.statement_timeout_s)
    if "too big" in str(wrong):
        return TooLong(settings.max_answer_length)
    if any(limit in str(wrong) for limit in _LIMITS):
        return TooComplex(TOO_COMPLEX)
    if any(said in str(wrong) for said in _LARGE_NUMBERS):
        return Invalid(TOO_LARGE)
    if any(reason in str(wrong) for reason in LOCKED):
        return Unavailable("The database cannot be read or is busy; try again.")
    return wrong
