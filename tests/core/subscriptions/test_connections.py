"""Connections that are slow, silent, or say too much are closed, and nothing of them stays in memory."""

import asyncio
from typing import Any

import orjson
import pytest

from tests.core.subscriptions.conftest import Server, token_of
from xrm_core import connections
from xrm_core.api.subscriptions.socket import MOST_PINGS
from xrm_core.api.subscriptions.waiting import Waiting
from xrm_core.plugins.testing import Installation

ASKS = b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def database_kind() -> str:
    """What is tested here is above the database."""
    return "sqlite"


async def spoken(server: Server, *pieces: bytes, seconds: float = 3) -> bytes:
    """Everything that comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(seconds):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)
            return await reader.read()
    except ConnectionError:
        return b"cut off"
    finally:
        writer.close()


@pytest.mark.parametrize("said", [b"", b"GET /gra", ASKS, ASKS + b"X-Slow: a"])
async def test_who_does_not_say_what_they_want_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.2)

    assert await spoken(server, said) == b""


async def test_the_same_holds_for_a_second_request_on_a_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.2)

    assert (await spoken(server, ASKS + b"\r\n", ASKS)).startswith(b"HTTP/1.1 200")


async def test_a_body_may_come_more_slowly_than_the_head(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = orjson.dumps({"query": "{ __typename }"})
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    for piece in (head % len(body), body[:5], body[5:]):
        writer.write(piece)
        await asyncio.sleep(0.25)

    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        [ASKS, b"X-Long: ", *[b"a" * 65_536] * 8],
        [ASKS, *[b"X-Many: a\r\n" * 6_000] * 8],
        [b"GET /graphql?query=", *[b"a" * 65_536] * 8],
    ],
)
async def test_an_address_or_headers_without_end_are_refused(server: Server, pieces: list[bytes]) -> None:
    told = await spoken(server, *pieces)

    # What is sent on may cut the answer off.
    assert told == b"cut off" or (told.startswith(b"HTTP/1.1 431") and b"200000 bytes" in told)


async def test_a_client_that_takes_nothing_is_cut_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "STALLED_AFTER_S", 0.3)
    # As much as two sockets hold, and more.
    query = orjson.dumps(
        {
            "query": "{"
            + " ".join(
                f"a{n}: __schema {{ types {{ name description fields {{ name description }} }} }}"
                for n in range(60)
            )
            + "}"
        }
    )
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1_000)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(head % len(query) + query)
    kept = server.uvicorn.server_state.connections

    async with asyncio.timeout(10):
        while not kept:
            await asyncio.sleep(0.01)
        while kept:
            await asyncio.sleep(0.05)
    writer.close()


async def test_very_many_frames_end_a_socket_and_few_do_not(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        for _ in range(50):
            await client.socket.ping()
        await client.subscribe("{ me { name } }")
        assert (await client.hear())["type"] == "next"

        for _ in range(connections.MOST_FRAMES * 2):
            await client.socket.ping()
        async with asyncio.timeout(5):
            await client.socket.wait_closed()


async def test_so_do_very_many_pings_of_the_protocol(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        for _ in range(MOST_PINGS * 3):
            await client.send("ping")
        code, reason = await client.closing()

    assert code == 1013 and reason == f"LIMIT_EXCEEDED: at most {MOST_PINGS} pings and pongs a second."


async def test_an_id_that_comes_back_with_every_message_is_short(xrm: Installation, server: Server) -> None:
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.subscribe("{ __typename }", "x" * 201)
        assert await client.closing() == (4400, "subscribe needs an id of at most 200 characters.")


async def test_what_waits_for_a_client_is_bounded_by_its_length_too() -> None:
    waiting: Waiting[str] = Waiting(100, characters=10)
    waiting.put_nowait("x" * 50)

    with pytest.raises(asyncio.QueueFull):
        waiting.put_nowait("y")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waiting.put("y"), 0.01)
    assert await waiting.get() == "x" * 50
    late = [asyncio.create_task(waiting.put(letter * 6)) for letter in "ab"]
    assert [await waiting.get(), await waiting.get()] == ["aaaaaa", "bbbbbb"]
    await asyncio.gather(*late)
    waiting.put_nowait(None)
    assert await waiting.get() is None and waiting._held == 0


def test_a_server_opens_as_many_connections_as_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource  # only this test

    given: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1_024, 4_096))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: given.append(limits))

    connections.allow_many()

    assert given == [(4_096, 4_096)]
