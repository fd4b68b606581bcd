"""The database of an installation: an engine that writes, a reader that runs compiled statements."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Dialect, make_url

from xrm_core.db import exact
from xrm_core.db.connecting import (
    GRACE_S,
    STEPS_BETWEEN_LOOKS,
    Until,
    plain_dates,
    reading_engine,
    reading_settings,
    writing_engine,
)
from xrm_core.db.planning import WEIGHED, Planning
from xrm_core.db.rewriting import watch
from xrm_core.db.turns import Turns
from xrm_core.errors import DomainError, Invalid, TooComplex, TooLong, TooSlow, Unavailable
from xrm_core.settings import Settings

# Bytes: a row is longer than the answer in it, and letters may have several.
_ROOM = 1_000_000
# How much of the file a reading connection maps; that is address space, and the system's own memory.
_MAPPED_BYTES = 1 << 30
_TOO_COMPLEX = "The question is too complex for the database; ask for less at once."
_TOO_LARGE = "A number worked out for this question is beyond 10^12."
# What SQLite says of a number that is too large, in its own sums and in what Python computes for it (db.exact).
_SQLITE_TOO_LARGE = ("integer overflow", "user-defined function raised exception")
# What SQLite says when a statement is larger than it can read.
_SQLITE_LIMITS = ("parser stack overflow", "Expression tree is too large", "tables in a join", "too many")


# What it says when the file, or its lock, is not to be had.
LOCKED = ("database is locked", "unable to open", "disk is full", "disk I/O")

# Statements that a connection keeps ready. Each takes memory here and in the database; those that come again and
# again are among the last so many.
KEPT_STATEMENTS = 100


class Reader(Protocol):
    """Runs one compiled statement that returns one text."""

    def snapshot(self) -> AbstractAsyncContextManager["Reader"]:
        """A reader whose statements, run one after the other, all see the same state of the database."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        """The text, empty if the statement answers with none.

        Raises: TooSlow for a statement that takes too long; TooComplex for one the database cannot take; Unavailable
        if the database is down or no connection gets free.
        """

    async def close(self) -> None:
        """Give the connections back."""


class PostgresReader:
    """Reads through a few connections, statements prepared once a connection.

    The connections run single read-only statements and keep no state between them, so none is reset after use: a
    general pool's reset costs a second round trip, which is as long as a short read.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        self._settings, self._url = settings, url
        self._idle: list[Any] = []
        self._turns = Turns(settings.pool_size, settings.pool_wait_s)
        self._planning = Planning()
        self._modes: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    async def _connect(self) -> Any:
        import asyncpg  # loaded only where PostgreSQL is used

        connection = await asyncpg.connect(
            self._url,
            statement_cache_size=KEPT_STATEMENTS,
            # However long: the longer a statement, the more it costs to plan it anew for every request.
            max_cacheable_statement_size=0,
            timeout=self._settings.pool_wait_s,
            command_timeout=self._settings.statement_timeout_s + GRACE_S,
            server_settings=reading_settings(self._settings),
        )
        await plain_dates(connection)
        return connection

    def _warm(self) -> Any:
        """The connection used last, leaving out those that the server closed meanwhile; None if there is none."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _read(self, sql: str, values: Sequence[Any]) -> str:
        async with self._turns:
            if (connection := self._warm()) is not None:
                try:
                    return await self._read_on(connection, sql, values)
                except Exception as wrong:
                    # The server may have closed it just now; a read that was cut off may be read again.
                    if not is_down(wrong) or isinstance(wrong, TimeoutError):
                        raise
            return await self._read_on(await self._connect(), sql, values)

    async def _read_on(self, connection: Any, sql: str, values: Sequence[Any]) -> str:
        try:
            return await self._timed(connection, sql, values)
        except Exception as wrong:
            # Whoever took the connection next would find it waiting for the end of this.
            if is_down(wrong):
                connection.terminate()
            raise
        finally:
            # After a cancelled read asyncpg itself makes the next one wait until the server has stopped.
            self._idle.append(connection)

    async def _timed(self, connection: Any, sql: str, values: Sequence[Any]) -> str:
        mode = self._planning.mode(sql)
        await self._turn(connection, mode)
        began = time.perf_counter()
        try:
            return await connection.fetchval(sql, *values) or ""
        finally:
            # One that was stopped for taking too long was slow, too.
            self._planning.learn(sql, mode, time.perf_counter() - began)

    async def _turn(self, connection: Any, mode: str) -> None:
        if self._modes.get(connection, WEIGHED) != mode:
            await connection.execute(f"SET plan_cache_mode = {mode}")
            self._modes[connection] = mode

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Reader"]:
        """Statements of one transaction on one connection."""
        async with self._turns:
            with told_by_postgres(self._settings):
                connection = await self._begun()
            try:
                try:
                    yield _Transaction(connection, self._settings)
                finally:
                    with told_by_postgres(self._settings):
                        await connection.execute("ROLLBACK")
            except BaseException as wrong:
                is_lost = not isinstance(wrong, DomainError) or isinstance(wrong, Unavailable)
                if is_lost or connection.is_in_transaction():
                    # Cut off in the middle: whatever state it is in, it is not used again.
                    connection.terminate()
                    raise
                self._idle.append(connection)
                raise
            self._idle.append(connection)

    async def _begun(self) -> Any:
        """A connection in a transaction that sees one state of the database."""
        warm = self._warm()
        connection = warm or await self._connect()
        try:
            await self._turn(connection, WEIGHED)
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        except BaseException as wrong:
            connection.terminate()
            if warm is None or not is_down(wrong) or isinstance(wrong, TimeoutError):
                raise
            return await self._begun()
        return connection

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        """One text."""
        with told_by_postgres(self._settings):
            return await self._read(sql, values)

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            await self._idle.pop().close()


class _Transaction:
    """The reader of a snapshot on PostgreSQL."""

    def __init__(self, connection: Any, settings: Settings) -> None:
        self._connection, self._settings = connection, settings

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        """One text."""
        with told_by_postgres(self._settings):
            return await self._connection.fetchval(sql, *values) or ""

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Reader"]:
        """It is one."""
        yield self

    async def close(self) -> None:
        """Its transaction ends with its snapshot."""


# What PostgreSQL says when it stops, starts, is full, or ends a connection that it has no use for.
_DOWN = ("08", "25P", "53", "57P", "58")


def is_down(wrong: BaseException) -> bool:
    """Whether PostgreSQL or the way to it failed, rather than the statement."""
    if isinstance(wrong, OSError):
        return True
    state = getattr(wrong, "sqlstate", None)
    # Without a state it is the driver that speaks: what is "in progress" is the end of the connection.
    return state.startswith(_DOWN) if state else str(wrong).endswith(("is closed", "is in progress"))


@contextmanager
def told_by_postgres(settings: Settings) -> Iterator[None]:
    """What PostgreSQL raises while reading, as those who asked are told it.

    Raises: TooComplex, TooSlow, Invalid, Unavailable.
    """
    import asyncpg  # loaded only where PostgreSQL is used

    try:
        yield
    except asyncpg.ProgramLimitExceededError as complex_:
        raise TooComplex(_TOO_COMPLEX) from complex_
    except asyncpg.QueryCanceledError as slow:
        raise TooSlow(settings.statement_timeout_s) from slow
    except asyncpg.InvalidParameterValueError as unknown:
        if "time zone" not in str(unknown):
            raise
        raise Invalid("The database does not know this time zone.", field="x-time-zone") from unknown
    except asyncpg.NumericValueOutOfRangeError as large:
        raise Invalid(_TOO_LARGE) from large
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as wrong:
        if not is_down(wrong):
            raise
        raise Unavailable("The database cannot be reached; try again.") from wrong


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
    async def snapshot(self) -> AsyncIterator["Reader"]:
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
    async def snapshot(self) -> AsyncIterator["Reader"]:
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
    if any(limit in str(wrong) for limit in _SQLITE_LIMITS):
        return TooComplex(_TOO_COMPLEX)
    if any(said in str(wrong) for said in _SQLITE_TOO_LARGE):
        return Invalid(_TOO_LARGE)
    if any(reason in str(wrong) for reason in LOCKED):
        return Unavailable("The database cannot be read or is busy; try again.")
    return wrong


class Database:
    """One installation's data: `engine` to write, `read_engine` to read by hand, `reader` for compiled statements.

    `dialect` is what they are compiled for.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = make_url(settings.sqlalchemy_url())
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = writing_engine(self.url, settings, is_sqlite=self.is_sqlite)
        self.read_engine = reading_engine(self.url, settings, is_sqlite=self.is_sqlite)
        watch(self.engine.sync_engine)
        self.dialect: Dialect = self.engine.dialect
        self.exports = Turns(settings.max_exports, settings.pool_wait_s)
        # Called with the id of the outbox row after each unit of work that this process committed.
        self.after_commit: list[Callable[[str], None]] = []
        self.reader: Reader = (
            SqliteReader(settings, str(self.url.database))
            if self.is_sqlite
            else PostgresReader(
                settings, self.url.set(drivername="postgresql").render_as_string(hide_password=False)
            )
        )

    def tell_committed(self, row_id: str) -> None:
        """Call those who wait for a commit of this process, which wrote this row of the outbox."""
        for called in self.after_commit:
            called(row_id)

    async def close(self) -> None:
        """Give everything back."""
        await self.reader.close()
        await self.read_engine.dispose()
        await self.engine.dispose()
