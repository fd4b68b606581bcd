"""Reading from PostgreSQL: a few connections of asyncpg's that run single statements."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from xrm_core.db.connecting import GRACE_S, plain_dates, reading_settings
from xrm_core.db.planning import WEIGHED, Planning
from xrm_core.db.reading import KEPT_STATEMENTS, TOO_COMPLEX, TOO_LARGE, Reader
from xrm_core.db.turns import Turns
from xrm_core.errors import DomainError, Invalid, TooComplex, TooSlow, Unavailable
from xrm_core.settings import Settings

# What PostgreSQL says when it stops, starts, is full, or ends a connection that it has no use for.
DOWN = ("08", "25P", "53", "57P", "58")


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
    async def snapshot(self) -> AsyncIterator[Reader]:
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
    async def snapshot(self) -> AsyncIterator[Reader]:
        """It is one."""
        yield self

    async def close(self) -> None:
        """Its transaction ends with its snapshot."""


def is_down(wrong: BaseException) -> bool:
    """Whether PostgreSQL or the way to it failed, rather than the statement."""
    if isinstance(wrong, OSError):
        return True
    state = getattr(wrong, "sqlstate", None)
    # Without a state it is the driver that speaks: what is "in progress" is the end of the connection.
    return state.startswith(DOWN) if state else str(wrong).endswith(("is closed", "is in progress"))


@contextmanager
def told_by_postgres(settings: Settings) -> Iterator[None]:
    """What PostgreSQL raises while reading, as those who asked are told it.

    Raises: TooComplex, TooSlow, Invalid, Unavailable.
    """
    import asyncpg  # loaded only where PostgreSQL is used

    try:
        yield
    except asyncpg.ProgramLimitExceededError as complex_:
        raise TooComplex(TOO_COMPLEX) from complex_
    except asyncpg.QueryCanceledError as slow:
        raise TooSlow(settings.statement_timeout_s) from slow
    except asyncpg.InvalidParameterValueError as unknown:
        if "time zone" not in str(unknown):
            raise
        raise Invalid("The database does not know this time zone.", field="x-time-zone") from unknown
    except asyncpg.NumericValueOutOfRangeError as large:
        raise Invalid(TOO_LARGE) from large
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as wrong:
        if not is_down(wrong):
            raise
        raise Unavailable("The database cannot be reached; try again.") from wrong
