"""The reader runs one statement at a time on a few connections, and none of them is lost or stuck."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from xrm_core.db.engine import Database
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
