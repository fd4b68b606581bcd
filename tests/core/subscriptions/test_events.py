"""Server-sent events on /graphql: distinct connections, as the npm package graphql-sse reads them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.core.subscriptions.conftest import Server, token_of
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation

EVENTS = "text/event-stream"
CHANGES = 'subscription { changes(types: ["Party"]) { id kind } }'
URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"


class Response:
    """An answer that is read as it comes."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.status = 0
        self.headers: dict[str, str] = {}

    async def head(self) -> "Response":
        """Status and headers are known."""
        async with asyncio.timeout(10):
            lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        self.headers = {name.lower(): value for name, value in pairs}
        return self

    async def chunk(self, seconds: float = 10) -> bytes:
        """The next piece of a body of unknown length; empty at its end."""
        async with asyncio.timeout(seconds):
            size = int((await self._reader.readuntil(b"\r\n")).strip(), 16)
            return (await self._reader.readexactly(size + 2))[:-2]

    async def event(self, seconds: float = 10) -> tuple[str, Any]:
        """The next event, comments left out: its name and its data."""
        while True:
            text = (await self.chunk(seconds)).decode()
            if text.startswith(":"):
                continue
            name, data = text.removesuffix("\n\n").split("\n")
            told = data.removeprefix("data: ")
            return name.removeprefix("event: "), orjson.loads(told) if told else None

    async def body(self) -> Any:
        """The whole of a body whose length is told."""
        async with asyncio.timeout(10):
            return orjson.loads(await self._reader.readexactly(int(self.headers["content-length"])))


@asynccontextmanager
async def sent(
    server: Server,
    query: str,
    *,
    accept: str = EVENTS,
    token: str | None = None,
    method: str = "POST",
    headers: str = "",
) -> AsyncIterator[Response]:
    """A request, answered as it comes; the connection is closed at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = b"" if method != "POST" else orjson.dumps({"query": query})
    target = "/graphql" if method == "POST" else f"/graphql?query={quote(query)}"
    signed = f"Authorization: Bearer {token}\r\n" if token else ""
    about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n{signed}{about}{headers}\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    try:
        yield await Response(reader).head()
    finally:
        writer.close()


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_changes_come_as_events_until_the_client_goes(
    xrm: Installation, server: Server, method: str
) -> None:
    token = await token_of(xrm, "sales")
    async with sent(server, CHANGES, token=token, method=method) as response:
        assert response.status == 200
        assert response.headers["content-type"].startswith(EVENTS)
        assert "content-encoding" not in response.headers
        await response.chunk()

        party = await xrm.make(Party, name="Acme")

        told = {"data": {"changes": {"id": str(party.id), "kind": "created"}}}
        assert await response.event() == ("next", told)
    for _ in range(50):
        await asyncio.sleep(0.1)
        if not server.app.hub.subscriptions:
            break
    assert not server.app.hub.subscriptions and server.app.hub.streams.count == 0


async def test_a_stream_with_nothing_to_tell_shows_that_it_lives(xrm: Installation, server: Server) -> None:
    server.app.settings.stream_heartbeat_s = 0.2
    async with sent(server, CHANGES, token=await token_of(xrm, "sales")) as response:
        heard = [await response.chunk(2) for _ in range(4)]

    assert heard == [b":\n\n"] * 4


async def test_a_query_and_a_mutation_are_one_event_and_complete(xrm: Installation, server: Server) -> None:
    token = await token_of(xrm, "sales")
    for query, data in (
        ("{ me { name } }", {"me": {"name": "Sales"}}),
        (
            'mutation { createParty(input: {name: "A", kind: ORGANISATION}) { name } }',
            {"createParty": {"name": "A"}},
        ),
    ):
        async with sent(server, query, token=token) as response:
            assert await response.event() == ("next", {"data": data})
            assert await response.event() == ("complete", None)
            assert await response.chunk() == b""


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "VALIDATION"),
        ("subscription { nothing }", "VALIDATION"),
        ('subscription { changes(types: ["X"]) { id } }', "VALIDATION"),
    ],
)
async def test_what_is_wrong_is_told_in_the_stream_since_browsers_read_no_other_body(
    xrm: Installation, server: Server, query: str, code: str
) -> None:
    async with sent(server, query, token=await token_of(xrm, "sales")) as response:
        name, told = await response.event()
        assert name == "next" and told["errors"][0]["extensions"]["code"] == code
        assert await response.event() == ("complete", None)


async def test_nobody_is_told_anything(server: Server) -> None:
    async with sent(server, CHANGES) as response:
        _, told = await response.event()
        assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_cookie_of_a_browser_counts_on_our_pages_only(xrm: Installation, server: Server) -> None:
    cookie = f"Cookie: xrm_session={await token_of(xrm, 'sales')}\r\n"
    async with sent(server, CHANGES, headers=f"{cookie}Origin: http://x\r\n") as response:
        assert response.status == 200
    async with sent(
        server, CHANGES, method="GET", headers=f"{cookie}Sec-Fetch-Site: same-origin\r\n"
    ) as response:
        assert response.status == 200
    async with sent(server, CHANGES, headers=f"{cookie}Origin: https://elsewhere.example\r\n") as response:
        assert response.status == 403
        assert response.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("accept", "streamed"),
    [
        (EVENTS, True),
        ("text/event-stream, */*;q=0.1", True),
        ("application/json;q=0.5, text/event-stream", True),
        (URQL, False),
        ("text/event-stream, application/json", False),
        ("*/*", False),
        ("application/json, text/event-stream;q=0.9", False),
        ("text/event-stream;q=0, application/json", False),
    ],
)
async def test_a_query_is_streamed_only_to_who_likes_that_best(
    xrm: Installation, server: Server, accept: str, streamed: bool
) -> None:
    async with sent(server, "{ me { name } }", accept=accept, token=await token_of(xrm, "sales")) as response:
        assert response.headers["content-type"].startswith(EVENTS) == streamed


async def test_a_subscription_is_streamed_to_whoever_can_read_a_stream_and_refused_to_others(
    xrm: Installation, server: Server
) -> None:
    token = await token_of(xrm, "sales")
    async with sent(server, CHANGES, accept=URQL, token=token) as response:
        assert response.headers["content-type"].startswith(EVENTS)
    for accept in ("application/json", "text/event-stream;q=0, application/json", "*/*"):
        async with sent(server, CHANGES, accept=accept, token=token) as response:
            told = await response.body()
            assert told["errors"][0]["extensions"]["code"] == "VALIDATION"


async def test_a_mutation_is_not_done_by_get_however_it_is_answered(
    xrm: Installation, server: Server
) -> None:
    token = await token_of(xrm, "sales")
    async with sent(server, "mutation { logout }", token=token, method="GET") as response:
        _, told = await response.event()
        assert "errors" in told
    assert await server.app.sessions.actors([token])


async def test_streams_of_one_user_are_bounded(xrm: Installation, server: Server) -> None:
    server.app.settings.max_streams_per_user = 1
    token = await token_of(xrm, "sales")
    async with sent(server, CHANGES, token=token), sent(server, CHANGES, token=token) as second:
        _, told = await second.event()
        assert told["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert "1" in told["errors"][0]["message"]


async def test_a_session_that_ends_ends_the_stream(xrm: Installation, server: Server) -> None:
    token = await token_of(xrm, "sales")
    async with sent(server, CHANGES, token=token) as response:
        await response.chunk()
        await server.app.sessions.close(token)
        await xrm.make(Party, name="Unseen")

        _, told = await response.event()
        assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await response.event() == ("complete", None)


async def test_a_client_that_does_not_read_is_dropped(xrm: Installation, server: Server) -> None:
    server.app.settings.stream_buffer = 8
    names = " ".join(f"n{number}: name" for number in range(500))
    query = f"subscription {{ changes {{ node {{ ... on Party {{ {names} }} }} }} }}"
    async with sent(server, query, token=await token_of(xrm, "sales")) as response:
        await response.chunk()
        for _ in range(200):
            await xrm.make(Party, name="x" * 900)
            await asyncio.sleep(0.02)
            if not server.app.hub.subscriptions:
                break
        assert not server.app.hub.subscriptions
    await asyncio.sleep(0.5)
    assert server.app.hub.streams.count == 0


async def test_a_server_that_stops_does_not_wait_for_streams(xrm: Installation) -> None:
    from tests.core.subscriptions.conftest import serving  # the server of this test stops inside it

    async with asyncio.timeout(8):
        async with serving(xrm.app) as server:
            reader = asyncio.create_task(_until_the_end(server, await token_of(xrm, "sales")))
            await asyncio.sleep(1)
        assert await reader == ("complete", None)


async def _until_the_end(server: Server, token: str) -> tuple[str, Any]:
    async with sent(server, CHANGES, token=token) as response:
        return await response.event(20)
