"""The reader runs one statement at a time on a few connections, and none of them is lost or stuck."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from sqlalchemy.exc import DBAPIError

from xrm_core.db import connecting, reading_postgres
from xrm_core.db.engine import Database
from xrm_core.db.failures import told
from xrm_core.errors import TooSlow, Unavailable
from xrm_core.settings import Settings

FOREVER = {
    "postgresql": "SELECT pg_sleep(20)::text",
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n",
}


@pytest.fixture
async def database(xrm_settings: Settings) -> AsyncIterator[Database]:
    """The test's database, with reads stopped after half a second."""
    opened = Database(xrm_settings.model_copy(update={"statement_timeout_s": 0.5, "pool_size": 2}))
    yield opened
    await opened.close()


async def test_a_read_that_takes_too_long_is_stopped_and_the_next_one_answers(
    database: Database, database_kind: str
) -> None:
    began = time.monotonic()

    with pytest.raises(TooSlow, match=r"0\.5 seconds"):
        await database.reader.fetch(FOREVER[database_kind], [])

    assert time.monotonic() - began < 10
    assert await database.reader.fetch("SELECT 'next'", []) == "next"


async def test_more_reads_than_connections_wait_for_their_turn(database: Database) -> None:
    reads = [database.reader.fetch(f"SELECT '{number}'", []) for number in range(20)]

    answers = await asyncio.gather(*reads)

    assert answers == [str(number) for number in range(20)]


async def test_a_read_nobody_waits_for_any_more_gives_its_connection_back(
    database: Database, database_kind: str
) -> None:
    reads = [asyncio.create_task(database.reader.fetch(FOREVER[database_kind], [])) for _ in range(2)]
    await asyncio.sleep(0.1)
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)

    assert await asyncio.wait_for(database.reader.fetch("SELECT 'next'", []), timeout=10) == "next"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_connection_the_server_closed_is_replaced(database: Database) -> None:
    closing = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE pid = $1"
    first = await database.reader.fetch("SELECT pg_backend_pid()::text", [])
    other = Database(database.settings)
    await other.reader.fetch(closing, [int(first)])
    await other.close()
    await asyncio.sleep(0.2)

    second = await database.reader.fetch("SELECT pg_backend_pid()::text", [])

    assert second != first


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_reads_reuse_the_connection_that_is_free(database: Database) -> None:
    processes = {await database.reader.fetch("SELECT pg_backend_pid()::text", []) for _ in range(10)}

    assert len(processes) == 1


async def test_nothing_is_written_through_the_reader(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-only|readonly"):
        await database.reader.fetch("DELETE FROM core_party RETURNING 'gone'", [])


async def test_a_read_that_gets_no_connection_in_time_is_told_so(
    xrm_settings: Settings, database_kind: str
) -> None:
    settings = xrm_settings.model_copy(update={"pool_size": 1, "pool_wait_s": 0.2})
    database = Database(settings)
    busy = asyncio.create_task(database.reader.fetch(FOREVER[database_kind], []))
    await asyncio.sleep(0.1)

    with pytest.raises(Unavailable, match=r"within 0\.2 seconds"):
        await database.reader.fetch("SELECT 'next'", [])

    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    await database.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_what_the_server_stops_in_the_middle_is_told_to_be_down(database: Database) -> None:
    """As when an administrator restarts PostgreSQL while questions run."""
    database.settings.statement_timeout_s = 20
    other = Database(database.settings)

    async def in_snapshot() -> None:
        async with database.reader.snapshot() as snapshot:
            await snapshot.fetch(FOREVER["postgresql"], [])

    async def by_hand() -> None:
        with told(0.5):
            async with database.read_engine.connect() as connection:
                await connection.exec_driver_sql("SELECT pg_sleep(0.4), pg_sleep(20)")

    running = [
        asyncio.create_task(work)
        for work in (database.reader.fetch("SELECT pg_sleep(0.45)::text", []), in_snapshot(), by_hand())
    ]
    await asyncio.sleep(0.2)
    await other.reader.fetch(
        "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()", []
    )  # fmt: skip
    ended = await asyncio.gather(*running, return_exceptions=True)
    await other.close()

    assert [type(one) for one in ended] == [Unavailable] * 3
    assert await database.reader.fetch("SELECT 'next'", []) == "next"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    xrm_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reading_postgres, connecting):
        monkeypatch.setattr(module, "GRACE_S", 0.1)
    async with Frozen.before(xrm_settings.database_url) as frozen:
        given = {"database_url": frozen.url, "statement_timeout_s": 0.3, "pool_size": 1, "pool_wait_s": 0.5}
        database = Database(xrm_settings.model_copy(update=given))
        assert await database.reader.fetch("SELECT 'before'", []) == "before"
        frozen.is_silent = True

        for _ in range(2):
            with pytest.raises(Unavailable):
                await asyncio.wait_for(database.reader.fetch("SELECT 'lost'", []), timeout=5)
        frozen.is_silent = False

        assert await asyncio.wait_for(database.reader.fetch("SELECT 'after'", []), timeout=5) == "after"
        await database.close()


class Frozen:
    """A way to a server on which nothing comes back while it is silent."""

    is_silent = False
    url: str
    _to: tuple[str, int]

    @classmethod
    @asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator["Frozen"]:
        """One on a port of its own."""
        frozen, there = cls(), urlsplit(url)
        frozen._to = (there.hostname or "127.0.0.1", there.port or 5432)
        listening = await asyncio.start_server(frozen._pass_on, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        frozen.url = urlunsplit(there._replace(netloc=f"{there.username}@127.0.0.1:{port}"))
        yield frozen
        listening.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._to)
        await asyncio.gather(self._copy(reader, forth), self._copy(back, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            while self.is_silent:
                await asyncio.sleep(0.02)
            writer.write(data)
        writer.close()


async def test_a_file_that_cannot_be_read_is_told_to_be_down(tmp_path: Path) -> None:
    database = Database(Settings(data_dir=tmp_path / "nowhere", database_url=""))

    with pytest.raises(Unavailable):
        await database.reader.fetch("SELECT 'x'", [])

    await database.close()


async def test_what_is_read_by_hand_is_stopped_too(xrm_settings: Settings, database_kind: str) -> None:
    database = Database(xrm_settings.model_copy(update={"statement_timeout_s": 0.3, "pool_size": 1}))
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(TooSlow, match=r"0\.3 seconds"), told(0.3):
            async with database.read_engine.connect() as connection:
                await connection.exec_driver_sql(FOREVER[database_kind])

    assert time.monotonic() - began < 5
    async with database.read_engine.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT 'next'")).scalar() == "next"
    with pytest.raises(DBAPIError, match=r"read-only|readonly"):
        async with database.read_engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM core_party")
    await database.close()


async def test_writers_that_wait_keep_no_reader_waiting(xrm_settings: Settings, database_kind: str) -> None:
    database = Database(xrm_settings.model_copy(update={"pool_wait_s": 0.3, "pool_size": 1}))
    async with AsyncExitStack() as held:
        for _ in range(2 if database_kind == "postgresql" else 1):
            await held.enter_async_context(database.engine.begin())
        with told():
            async with database.read_engine.connect() as connection:
                assert (await connection.exec_driver_sql("SELECT 'next'")).scalar() == "next"
                with pytest.raises(Unavailable), told():
                    async with database.read_engine.connect():
                        pass
    await database.close()
