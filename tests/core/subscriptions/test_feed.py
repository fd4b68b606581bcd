"""The change feed survives what happens to connections, and costs little."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.subscriptions.conftest import Server, token_of
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings

LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'xrm-listen' AND datname = current_database()"
)


async def executed(xrm: Installation, statement: str) -> list[Any]:
    """The first column of what PostgreSQL answers."""
    async with xrm.app.database.engine.connect() as connection:
        return [row[0] for row in await connection.execute(sa.text(statement))]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_changes_made_while_nobody_could_listen_are_told_afterwards(
    xrm: Installation, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])
        await xrm.make(Party, name="Before")
        before = await client.change()
        # It comes back only after the changes below are committed.
        monkeypatch.setattr("xrm_core.events.feed_postgres.RETRY_S", (1.5,))

        for pid in await executed(xrm, LISTENERS):
            await executed(xrm, f"SELECT pg_terminate_backend({pid})")
        made = [str((await xrm.make(Party, name=f"Meanwhile {number}")).id) for number in range(3)]

        told = [await client.change() for _ in made]
        after = await xrm.make(Party, name="After")
        last = await client.change()

    assert before["kind"] == "created"
    assert [one["id"] for one in told] == made and last["id"] == str(after.id)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_listener_that_is_cut_again_and_again_tells_each_change_once(
    xrm: Installation, server: Server
) -> None:
    made: list[str] = []
    told: list[str] = []
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])
        for number in range(5):
            made.append(str((await xrm.make(Party, name=f"Party {number}")).id))
            await executed(xrm, f"SELECT pg_terminate_backend(pid) FROM ({LISTENERS}) AS l")
        while len(told) < len(made):
            told.append((await client.change())["id"])
        await client.silent()

    assert told == made


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_commit_whose_process_was_killed_before_it_said_so_is_found(
    xrm: Installation, server: Server, second: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xrm_core.events.feed_postgres.LOOK_EVERY_S", 0.5)
    xrm.app.database.after_commit.clear()
    async with second.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])

        party = await xrm.make(Party, name="Acme")

        assert (await client.change())["id"] == str(party.id)
        await client.silent(2)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_many_commits_are_each_told_once_and_in_few_notices(
    xrm: Installation, server: Server, second: Server
) -> None:
    notified: list[str] = []

    async def listened(text: str) -> None:
        notified.append(text)
        await notify(text)

    notify = xrm.app.notices._notify
    xrm.app.notices._notify = listened  # type: ignore[method-assign]
    async with second.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])

        made = await asyncio.gather(*(xrm.make(Party, name=f"Party {number}") for number in range(60)))

        told = [(await client.change())["id"] for _ in made]
    assert sorted(told) == sorted(str(party.id) for party in made)
    assert 0 < len(notified) < len(made)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_nobody_listens_while_nobody_subscribes_and_one_does_however_many_do(
    xrm: Installation, server: Server
) -> None:
    token = await token_of(xrm, "sales")
    before = await executed(xrm, LISTENERS)
    async with server.client(token) as one, server.client(token) as other:
        for client in (one, other):
            await client.follow("1")
            await client.follow("2", types=["Party"])
        during = await executed(xrm, LISTENERS)

    assert (len(before), len(during)) == (0, 1)


async def test_a_commit_that_takes_longer_than_others_is_told_all_the_same(
    xrm: Installation, server: Server
) -> None:
    """Its outbox row has an older id than rows that were told already."""
    if xrm.app.database.is_sqlite:
        pytest.skip("writers queue there: no commit overtakes another")
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])
        async with xrm.app.work(command="test.slow") as ctx:
            late = Party(name="Late")
            ctx.add(late)
            await ctx.session.flush()
            early = await xrm.make(Party, name="Early")
            first = await client.change()
        second = await client.change()

    assert [first["id"], second["id"]] == [str(early.id), str(late.id)]


async def test_the_statements_of_a_change_do_not_grow_with_the_subscribers(
    xrm: Installation, server: Server
) -> None:
    token = await token_of(xrm, "sales")
    counts = []
    for subscribers in (1, 40):
        async with server.client(token) as client:
            for number in range(subscribers):
                await client.subscribe("subscription { changes { id } }", str(number))
            await asyncio.sleep(1)
            with counted(xrm) as statements:
                await xrm.make(Party, name="Acme")
                for _ in range(subscribers):
                    await client.change()
                counts.append(len(statements))

    assert counts[0] == counts[1]


class counted:
    """The statements that an installation sends in a `with` block: those of its writer and of its reader."""

    def __init__(self, xrm: Installation) -> None:
        self.database = xrm.app.database
        self.seen: list[str] = []

    def __enter__(self) -> list[str]:
        for engine in (self.database.engine, self.database.read_engine):
            sa.event.listen(engine.sync_engine, "before_cursor_execute", self._sent)
        self._fetch = self.database.reader.fetch

        async def fetch(sql: str, values: Any) -> str:
            self.seen.append(sql)
            return await self._fetch(sql, values)

        self.database.reader.fetch = fetch  # type: ignore[method-assign]
        return self.seen

    def _sent(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        self.seen.append(statement)

    def __exit__(self, *_wrong: object) -> None:
        for engine in (self.database.engine, self.database.read_engine):
            sa.event.remove(engine.sync_engine, "before_cursor_execute", self._sent)
        self.database.reader.fetch = self._fetch  # type: ignore[method-assign]


@pytest.fixture
async def process(xrm: Installation, xrm_settings: Settings) -> AsyncIterator[int]:
    """The port of `xrm serve` in a process of its own, on the same database."""
    environment = os.environ | {
        "XRM_DATA_DIR": str(xrm_settings.data_dir),
        "XRM_DATABASE_URL": xrm_settings.database_url,
        "XRM_SECRET": xrm_settings.secret.get_secret_value(),
    }
    port = free_port()
    command = [str(Path(sys.executable).with_name("xrm")), "serve", "--port", str(port)]
    running = subprocess.Popen(command, env=environment)
    try:
        await until_answering(port)
        yield port
    finally:
        running.terminate()
        assert await asyncio.to_thread(running.wait, 15) is not None


def free_port() -> int:
    """A port nobody listens on."""
    import socket  # only to find one

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def until_answering(port: int) -> None:
    """Somebody listens on the port."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise AssertionError("the server did not start")


async def test_a_real_server_process_tells_what_another_process_committed(
    xrm: Installation, process: int
) -> None:
    served = Server(xrm.app, process)
    async with served.client(await token_of(xrm, "sales")) as client:
        await client.follow(types=["Party"])

        party = await xrm.make(Party, name="Acme")

        assert (await client.change())["id"] == str(party.id)
