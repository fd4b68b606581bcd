"""Export mode by HTTP: written as it is read, packed, and never taken for whole where it is not."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import zstandard

from tests.core.api.http.sending import JSON, Received, Server
from xrm_core.api.exporting import Export
from xrm_core.graph.party import Party

TEXT = "{ parties(first: 5000, orderBy: [{name: ASC}]) { totalCount nodes { id name } } }"


async def filled(server: Server, parties: int = 1_200) -> Server:
    await server.xrm.add(*(Party(name=f"Firm {number:05d} {'x' * 200}") for number in range(parties)))
    return server


async def exported(server: Server, text: str = TEXT, **headers: str) -> Received:
    token = (await server.as_user())["authorization"]
    return await server.post({"query": text}, authorization=token, x_xrm_export="1", **headers)


@pytest.mark.parametrize(("coding", "unpack"), [("", bytes), ("gzip", gzip.decompress), ("zstd", None)])
async def test_a_large_page_comes_in_pieces_packed_as_the_client_can(
    server: Server, coding: str, unpack: Any
) -> None:
    await filled(server)
    unpack = unpack or (lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body))

    answer = await exported(server, accept_encoding=coding)

    page = orjson.loads(unpack(answer.body))["data"]["parties"]
    assert answer.status == 200 and "content-length" not in answer.headers
    assert answer.headers.get("content-encoding", "") == coding
    assert answer.headers["content-type"].startswith("application/")
    assert len(page["nodes"]) == page["totalCount"] == 1_201


async def test_who_may_not_export_and_who_asks_for_too_much_is_told_so(server: Server) -> None:
    sales = (await server.as_user("sales"))["authorization"]
    refused = await server.post({"query": TEXT}, authorization=sales, x_xrm_export="1")
    nobody = await server.post({"query": TEXT}, x_xrm_export="1")
    without = await server.post({"query": TEXT}, **await server.as_user())
    too_many = await exported(server, TEXT.replace("5000", "5001"))
    several = await server.send(
        body=orjson.dumps([{"query": TEXT}]),
        headers={**JSON, **await server.as_user(), "x-xrm-export": "1"},
    )

    assert (refused.code, nobody.code) == ("FORBIDDEN", "UNAUTHENTICATED")
    assert (without.code, too_many.code, several.code) == ("LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "VALIDATION")


class Taking:
    """A client of the export, message by message."""

    def __init__(self, server: Server) -> None:
        self.server, self.messages = server, list[Any]()
        self.leaves = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()

    async def run(self) -> None:
        headers = {**JSON, **await self.server.as_user(), "x-xrm-export": "1", "host": "xrm.example"}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/graphql",
            "raw_path": b"/graphql", "root_path": "", "scheme": "http", "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        body = [orjson.dumps({"query": TEXT})]

        async def receive() -> Any:
            if body:
                return {"type": "http.request", "body": body.pop(), "more_body": False}
            await self.leaves.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            await self.takes.wait()
            self.messages.append(message)
            if len(self.messages) == 3:
                self.takes.clear()

        await self.server.asgi(scope, receive, send)

    @property
    def is_whole(self) -> bool:
        """Whether the client could take it for a whole answer."""
        return any(not message.get("more_body", True) for message in self.messages)


async def test_a_client_that_takes_nothing_any_more_is_given_up(server: Server) -> None:
    await filled(server)
    server.xrm.app.settings = server.xrm.app.settings.model_copy(update={"export_stall_s": 0.3})
    slow = Taking(server)

    await asyncio.wait_for(slow.run(), timeout=20)

    assert 2 <= len(slow.messages) <= 4 and not slow.is_whole
    assert len((await exported(server)).json["data"]["parties"]["nodes"]) == 1_201


async def test_an_export_that_takes_too_long_is_broken_off(server: Server) -> None:
    await filled(server)
    server.xrm.app.settings = server.xrm.app.settings.model_copy(update={"export_timeout_s": 0.3})
    slow = Taking(server)

    await asyncio.wait_for(slow.run(), timeout=20)

    assert not slow.is_whole


async def test_a_client_that_goes_away_ends_its_export(server: Server) -> None:
    await filled(server)
    leaving = Taking(server)
    running = asyncio.create_task(leaving.run())
    while len(leaving.messages) < 3:
        await asyncio.sleep(0.01)

    leaving.leaves.set()
    await asyncio.sleep(0.05)
    leaving.takes.set()
    await asyncio.wait_for(running, timeout=20)

    assert not leaving.is_whole


async def test_what_fails_half_way_is_never_whole(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(server)

    async def failing(self: Export, rows: Any) -> AsyncIterator[list[bytes]]:
        yield [text.encode() for text in rows.first]
        raise RuntimeError("hunter2")

    monkeypatch.setattr(Export, "_texts", failing)
    answer = Taking(server)

    await asyncio.wait_for(answer.run(), timeout=20)

    sent = b"".join(message.get("body", b"") for message in answer.messages)
    assert not answer.is_whole and b"hunter2" not in sent


async def test_the_cost_of_a_question_is_told_to_who_asks(server: Server) -> None:
    user = (await server.as_user())["authorization"]
    text = "{ parties(first: 20) { nodes { tasks(first: 3) { nodes { id } } } } }"

    told = await server.post({"query": text}, authorization=user, x_xrm_cost="1")
    plain = await server.post({"query": text}, authorization=user)
    mixed = await server.post({"query": "{ me { name } " + text[1:]}, authorization=user, x_xrm_cost="1")

    assert told.json["extensions"]["cost"] == {"estimated": 80, "limit": 1_000_000}
    assert "extensions" not in plain.json
    assert mixed.json["extensions"]["cost"]["estimated"] >= 80
