"""graphql-transport-ws, message by message (PROTOCOL.md of the npm package graphql-ws)."""

import asyncio
from typing import Any

import orjson
import pytest
import websockets

from tests.core.subscriptions.conftest import CHANGES, Server, token_of
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation


@pytest.fixture
async def token(xrm: Installation) -> str:
    """A session of somebody in sales."""
    return await token_of(xrm, "sales")


async def test_a_socket_without_the_subprotocol_is_closed(server: Server) -> None:
    for offered in ((), ("graphql-ws",)):
        async with server.raw(protocols=offered) as client:
            assert await client.closing() == (4406, "Subprotocol not acceptable")


async def test_the_subprotocol_is_chosen_among_those_offered(server: Server) -> None:
    async with server.raw(protocols=("graphql-ws", "graphql-transport-ws")) as client:
        assert client.socket.subprotocol == "graphql-transport-ws"


async def test_a_client_that_never_introduces_itself_is_closed(server: Server) -> None:
    server.app.settings.socket_init_timeout_s = 0.3
    async with server.raw() as client:
        assert await client.closing() == (4408, "Connection initialisation timeout")


async def test_pings_do_not_keep_a_nameless_client_open(server: Server) -> None:
    server.app.settings.socket_init_timeout_s = 0.3
    async with server.raw() as client:
        for _ in range(5):
            await client.send("ping")
            await asyncio.sleep(0.05)
        assert (await client.closing())[0] == 4408


@pytest.mark.parametrize(
    "payload", [None, {}, {"token": "nobody"}, {"token": 1}, {"Authorization": "Bearer x"}]
)
async def test_a_client_that_is_nobody_is_closed(server: Server, payload: Any) -> None:
    async with server.raw() as client:
        await client.send("connection_init", **({} if payload is None else {"payload": payload}))
        assert (await client.closing())[0] == 4403


@pytest.mark.parametrize("shape", ["token", "bearer", "header"])
async def test_a_token_is_taken_from_the_payload_or_the_header(
    server: Server, token: str, shape: str
) -> None:
    payload = {"token": {"token": token}, "bearer": {"Authorization": f"Bearer {token}"}, "header": {}}[shape]
    headers = {"Authorization": f"Bearer {token}"} if shape == "header" else {}
    async with server.raw(additional_headers=headers) as client:
        await client.send("connection_init", payload=payload)
        assert await client.hear() == {"type": "connection_ack"}


async def test_a_cookie_counts_only_on_our_own_pages(server: Server, token: str) -> None:
    cookie = {"Cookie": f"xrm_session={token}"}
    ours, theirs = f"http://127.0.0.1:{server.port}", "https://elsewhere.example"
    async with server.raw(additional_headers=cookie, origin=ours) as client:
        await client.send("connection_init")
        assert (await client.hear())["type"] == "connection_ack"

    with pytest.raises((websockets.InvalidStatus, AssertionError)):
        async with server.raw(additional_headers=cookie, origin=theirs) as client:
            await client.send("connection_init")
            code, _ = await client.closing()
            assert code not in (4403,)


NO_MESSAGES = [
    ("{", 4400),
    ("[]", 4400),
    ("null", 4400),
    ('"ping"', 4400),
    ("{}", 4400),
    ('{"type": 1}', 4400),
    ('{"type": "unknown"}', 4400),
    ('{"type": "start", "id": "1"}', 4400),
    ('{"type": "connection_init"}', 4429),
    ('{"type": "ping", "payload": []}', 4400),
    ('{"type": "subscribe", "payload": {"query": "{ me { id } }"}}', 4400),
    ('{"type": "subscribe", "id": "", "payload": {"query": "{ me { id } }"}}', 4400),
    ('{"type": "subscribe", "id": 1, "payload": {"query": "{ me { id } }"}}', 4400),
    ('{"type": "subscribe", "id": "1"}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ me { id } }", "variables": []}}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ me { id } }", "operationName": 1}}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ me { id } }", "extensions": 1}}', 4400),
    ('{"type": "complete"}', 4400),
    ("[" * 50_000, 4400),
    (b"\x00", 4400),
    ('{"type": "ping"' + " " * 1_000_000 + "}", 1009),
]


async def test_what_is_no_message_closes_the_socket(server: Server, token: str) -> None:
    for sent, code in NO_MESSAGES:
        async with server.client(token) as client:
            await client.socket.send(sent)

            assert (await client.closing())[0] == code, sent[:100]


@pytest.mark.parametrize("kind", ["subscribe", "complete"])
async def test_an_operation_before_the_acknowledgement_closes_the_socket(server: Server, kind: str) -> None:
    async with server.raw() as client:
        await client.send(kind, id="1", payload={"query": "{ me { id } }"})
        assert (await client.closing())[0] == 4401


async def test_an_id_in_use_cannot_be_taken_and_one_that_is_free_again_can(
    server: Server, token: str
) -> None:
    async with server.client(token) as client:
        await client.follow("1")
        await client.send("complete", id="1")
        await client.follow("1")
        await client.subscribe("{ me { id } }", "1")

        assert await client.closing() == (4409, "Subscriber for 1 already exists")


async def test_a_ping_is_answered_with_its_payload(server: Server, token: str) -> None:
    async with server.client(token) as client:
        await client.send("ping")
        assert await client.hear() == {"type": "pong"}
        await client.send("ping", payload={"a": 1})
        assert await client.hear() == {"type": "pong", "payload": {"a": 1}}
        await client.send("pong")
        await client.silent(0.3)


async def test_queries_and_mutations_are_answered_and_complete(
    xrm: Installation, server: Server, token: str
) -> None:
    async with server.client(token) as client:
        await client.subscribe("{ me { name } }", "q")
        assert await client.hear() == {
            "type": "next",
            "id": "q",
            "payload": {"data": {"me": {"name": "Sales"}}},
        }
        assert await client.hear() == {"type": "complete", "id": "q"}

        await client.subscribe(
            'mutation { createParty(input: {name: "A", kind: ORGANISATION}) { name } }', "m"
        )
        assert (await client.hear())["payload"]["data"] == {"createParty": {"name": "A"}}
        assert await client.hear() == {"type": "complete", "id": "m"}


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ nothing }",
        "subscription { nothing }",
        "subscription { changes { nothing } }",
        "subscription { a: changes { id } b: changes { id } }",
        "subscription { __typename }",
        'subscription { changes(types: "x", nothing: 1) { id } }',
        "subscription ($v: Boolean!) { changes @skip(if: $v) { id } }",
        "query A { me { id } } query B { me { id } }",
    ],
)
async def test_an_operation_that_is_wrong_is_an_error_and_its_id_is_free_again(
    server: Server, token: str, query: str
) -> None:
    async with server.client(token) as client:
        for _ in range(2):
            await client.subscribe(query, "1", v=True)
            heard = await client.hear()
            assert (heard["type"], heard["id"]) == ("error", "1")
            assert heard["payload"][0]["extensions"]["code"] == "VALIDATION"


async def test_an_error_of_a_resolver_is_part_of_a_result(server: Server, token: str) -> None:
    async with server.client(token) as client:
        await client.subscribe('mutation { deleteParty(id: "00000000-0000-7000-8000-000000000000") }')
        heard = await client.hear()

    assert heard["type"] == "next" and heard["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_nothing_is_told_after_complete(xrm: Installation, server: Server, token: str) -> None:
    async with server.client(token) as client:
        await client.follow("1")
        await client.send("complete", id="1")
        await client.send("complete", id="unknown")
        await asyncio.sleep(0.2)

        await xrm.make(Party, name="Acme")

        await client.silent()
    assert not server.app.hub.subscriptions


async def test_operations_on_one_socket_are_bounded(server: Server, token: str) -> None:
    server.app.settings.max_operations_per_socket = 3
    async with server.client(token) as client:
        for number in range(3):
            await client.follow(str(number))
        await client.subscribe(CHANGES, "3")
        full = await client.hear()
        await client.send("complete", id="0")
        await client.subscribe("{ me { id } }", "3")

        assert full["type"] == "error" and full["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert "3" in full["payload"][0]["message"]
        assert (await client.hear())["type"] == "next"


async def test_sockets_of_one_user_and_of_a_server_are_bounded(
    xrm: Installation, server: Server, token: str
) -> None:
    server.app.settings.max_streams, server.app.settings.max_streams_per_user = 3, 2
    async with server.client(token), server.client(token):
        async with server.raw() as third:
            await third.send("connection_init", payload={"token": token})
            code, reason = await third.closing()
            assert code == 1013 and reason.startswith("LIMIT_EXCEEDED") and "2" in reason
        async with server.client(await token_of(xrm, "legal")):
            with pytest.raises(websockets.InvalidStatus):
                async with server.raw():
                    pass
    await asyncio.sleep(0.1)
    async with server.client(token):
        pass


async def test_a_client_that_does_not_read_is_dropped_and_told_why_when_it_reads(
    xrm: Installation, server: Server, token: str
) -> None:
    server.app.settings.stream_buffer = 8
    names = " ".join(f"n{number}: name" for number in range(500))
    query = f'subscription {{ changes(types: ["Party"]) {{ node {{ ... on Party {{ {names} }} }} }} }}'
    async with (
        server.client(token, max_queue=1, max_size=None) as slow,
        server.client(token) as quick,
    ):
        await slow.subscribe(query)
        await quick.subscribe('subscription { changes(types: ["Party"]) { id } }')
        await asyncio.sleep(0.5)

        told, rounds = 0, 0
        while len(server.app.hub.subscriptions) == 2:
            rounds += 1
            assert rounds < 200, "it was never dropped"
            await xrm.make(Party, name="x" * 900)
            await quick.change()
            told += 1

        code, reason = await slow.closing()

    assert code == 1013 and "does not keep up" in reason
    assert told == rounds


async def test_a_server_that_stops_says_so_at_once(xrm: Installation, token: str) -> None:
    from tests.core.subscriptions.conftest import serving  # the server of this test stops inside it

    async with asyncio.timeout(8):
        async with serving(xrm.app) as server, server.client(token) as client:
            await client.follow()
            stopping = asyncio.create_task(client.closing())
            server.app.hub.is_closing.set()
            assert (await stopping)[0] in (1001, 1012)


async def test_many_idle_subscribers_are_told_of_one_change(
    xrm: Installation, server: Server, token: str
) -> None:
    server.app.settings.max_streams_per_user = 60
    sockets = [server.client(token) for _ in range(50)]
    clients = [await socket.__aenter__() for socket in sockets]
    try:
        for client in clients:
            for number in range(10):
                await client.subscribe("subscription { changes { id } }", str(number))
        await asyncio.sleep(2)

        await xrm.make(Party, name="Acme")

        for client in clients:
            for _ in range(10):
                await client.change()
    finally:
        for socket in sockets:
            await socket.__aexit__(None, None, None)
    await asyncio.sleep(0.2)
    assert server.app.hub.streams.count == 0 and not server.app.hub.subscriptions


async def test_a_message_is_what_the_protocol_says(server: Server, token: str) -> None:
    async with server.client(token) as client:
        await client.send("subscribe", id='"quoted"\n', payload={"query": "{ me { id } }"})

        raw = orjson.dumps(await client.hear())

    assert orjson.loads(raw)["id"] == '"quoted"\n'
