"""The change feed of PostgreSQL: one connection a process that listens; lost, it is made anew and caught up."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import structlog

from xrm_core.db.engine import Database
from xrm_core.events.feed import Batch, Reading, now, until_set
from xrm_core.events.outbox import CHANNEL

_LOG = structlog.get_logger("xrm.feed")
# A process that was killed between a commit and its notice sends none: rows are looked for this often, so far back.
LOOK_EVERY_S = 3.0
_LOOK_BACK_S = 15.0
ANSWER_WITHIN_S = 5.0
# The slowest commit, and how far the clocks of two servers may be apart.
_BACK_S = 300.0
RETRY_S = (0.1, 0.5, 1.0, 2.0, 5.0)


class PostgresFeed:
    """Follows one database that any number of processes write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def batches(self, tenants: Callable[[], Sequence[int]]) -> AsyncIterator[Batch]:
        """Batches without end."""
        reading, since, failures = Reading(self._database.read_engine), now(), 0
        is_first = True
        while True:
            ear = _Ear()
            try:
                await ear.open(self._url)
                if is_first:
                    await reading.skip(since, _BACK_S, tenants())
                    is_first = False
                yield await reading.since(since, _BACK_S, tenants())
                failures, looked = 0, time.monotonic()
                while not ear.is_deaf:
                    moment = now()
                    if await until_set(ear.heard, LOOK_EVERY_S):
                        yield await reading.rows(ear.take())
                    if time.monotonic() - looked >= LOOK_EVERY_S:
                        looked = time.monotonic()
                        # A connection whose other end is gone without a word is noticed by asking.
                        await ear.ask()
                        yield await reading.since(moment, _LOOK_BACK_S, tenants())
                    since = since if ear.is_deaf else moment
            except _failures() as lost:
                _LOG.warning("listening interrupted", reason=str(lost) or type(lost).__name__)
            finally:
                await ear.close()
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
            failures += 1


def _failures() -> tuple[type[BaseException], ...]:
    import asyncpg  # loaded only where PostgreSQL is used
    from sqlalchemy.exc import DBAPIError  # beside it

    return (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError)


class _Ear:
    """One connection that listens."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.is_deaf = False
        self._ids: list[str] = []
        self._connection: Any = None

    async def open(self, url: str) -> None:
        """Listen from now on."""
        import asyncpg  # loaded only where PostgreSQL is used

        settings = {"application_name": "xrm-listen"}
        self._connection = await asyncpg.connect(url, timeout=ANSWER_WITHIN_S, server_settings=settings)
        self._connection.add_termination_listener(self._ended)
        await self._connection.add_listener(CHANNEL, self._told)

    def _told(self, _connection: Any, _process: int, _channel: str, payload: str) -> None:
        self._ids += payload.split(",")
        self.heard.set()

    def _ended(self, _connection: Any) -> None:
        self.is_deaf = True
        self.heard.set()

    def take(self) -> list[str]:
        """What was heard since this was last asked."""
        self.heard.clear()
        taken, self._ids = self._ids, []
        return taken

    async def ask(self) -> None:
        """Raises: OSError or TimeoutError if nobody answers."""
        await self._connection.execute("SELECT 1", timeout=ANSWER_WITHIN_S)

    async def close(self) -> None:
        """Listen no more."""
        if self._connection is not None and not self._connection.is_closed():
            self._connection.remove_termination_listener(self._ended)
            self._connection.terminate()
