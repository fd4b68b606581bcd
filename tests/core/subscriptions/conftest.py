"""A server on a port of its own, and clients that speak graphql-transport-ws and read server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import orjson
import pytest
import uvicorn
import websockets

from xrm_core.app import Application
from xrm_core.ids import Id
from xrm_core.plugins.testing import Installation
from xrm_core.serve import server_of
from xrm_core.settings import Settings

SUBPROTOCOL: Any = "graphql-transport-ws"
CHANGES = "subscription ($types: [String!], $id: ID) { changes(types: $types, objectId: $id) { type id kind version } }"


class Client:
    """One websocket, spoken to message by message."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, kind: str, **rest: Any) -> None:
        """A message of the protocol."""
        await self.socket.send(orjson.dumps({"type": kind, **rest}).decode())

    async def hear(self, seconds: float = 10) -> Any:
        """The next message."""
        async with asyncio.timeout(seconds):
            return orjson.loads(await self.socket.recv())

    async def silent(self, seconds: float = 1.0) -> None:
        """Nothing comes for so long."""
        try:
            heard = await self.hear(seconds)
        except TimeoutError:
            return
        raise AssertionError(f"heard {heard}")

    async def subscribe(self, query: str, identity: str = "1", **variables: Any) -> None:
        """Ask for an operation."""
        await self.send("subscribe", id=identity, payload={"query": query, "variables": variables})

    async def follow(self, identity: str = "1", **variables: Any) -> None:
        """Subscribe to changes, and wait until they are told."""
        await self.subscribe(CHANGES, identity, **variables)
        # Answers come in the order of asking only for those who wait: a question is answered once it listens.
        await asyncio.sleep(0.5)

    async def change(self, seconds: float = 10) -> Any:
        """The next change told."""
        heard = await self.hear(seconds)
        assert heard["type"] == "next", heard
        return heard["payload"]["data"]["changes"]

    async def closing(self, seconds: float = 10) -> tuple[int, str]:
        """With which code and reason the server closes."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await self.socket.recv()
            except websockets.ConnectionClosed as closed:
                assert closed.rcvd is not None, "it was cut off"
                return closed.rcvd.code, closed.rcvd.reason


class Server:
    """A server of an application, in this process."""

    def __init__(self, app: Application, port: int, server: Any = None) -> None:
        self.app, self.port, self.uvicorn = app, port, server

    @asynccontextmanager
    async def raw(self, *, protocols: Any = (SUBPROTOCOL,), **options: Any) -> AsyncIterator[Client]:
        """A websocket that has said nothing yet."""
        address = f"ws://127.0.0.1:{self.port}/graphql"
        async with websockets.connect(address, subprotocols=list(protocols) or None, **options) as socket:
            yield Client(socket)

    @asynccontextmanager
    async def client(self, token: str | None, **options: Any) -> AsyncIterator[Client]:
        """A websocket of somebody signed in."""
        async with self.raw(**options) as client:
            await client.send("connection_init", payload={"token": token})
            assert (await client.hear())["type"] == "connection_ack"
            yield client


@asynccontextmanager
async def serving(app: Application) -> AsyncIterator[Server]:
    """The application answers on a port."""
    server = server_of(app, host="127.0.0.1", port=0, log_level="critical")
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Server(app, port, server)
    finally:
        server.should_exit = True
        await task


@pytest.fixture(autouse=True)
def no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own process keeps its signals."""
    monkeypatch.setattr(uvicorn.Server, "capture_signals", _nothing)


@contextmanager
def _nothing(_self: Any) -> Iterator[None]:
    yield


@pytest.fixture
async def server(xrm: Installation) -> AsyncIterator[Server]:
    """A server of the installation under test."""
    async with serving(xrm.app) as served:
        yield served


@pytest.fixture
async def second(xrm: Installation, xrm_settings: Settings) -> AsyncIterator[Server]:
    """Another server of the same database; it shares nothing else with the first."""
    app = Application(xrm_settings)
    app.host.load()
    await app.start()
    async with serving(app) as served:
        yield served
    await app.close()


async def token_of(xrm: Installation, role: str) -> str:
    """A session of a user with that role."""
    token, _, _ = await xrm.app.sessions._begin(1, await xrm.user(role))
    return token


async def other_unit(xrm: Installation) -> Id[Any]:
    """The party of a unit that is not ours."""
    from xrm_core.graph.bootstrap import ensure_unit  # few tests need a second unit

    async with xrm.app.work(command="test") as ctx:
        made: Id[Any] = await ensure_unit(ctx, code="FAR", name="Far Away", country="FR")
    return made
