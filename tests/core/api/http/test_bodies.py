"""Bodies and addresses that are no question: each refused with what is wrong, in the shape of every error."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.core.api.http.sending import JSON, Server
from xrm_core.api.http.negotiation import GRAPHQL

QUERY = '"query": "{ __typename }"'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"\xef\xbb\xbf{}", None),
        (b"null", None),
        (b"NaN", None),
        (f'{{{QUERY}, "variables": {{"a": NaN}}}}'.encode(), None),
        (f'{{{QUERY}, "variables": {{"a": 1e999}}}}'.encode(), None),
        (f'{{{QUERY}, "variables": {{"a": -Infinity}}}}'.encode(), None),
        (f"{{{QUERY}}} {{{QUERY}}}".encode(), None),
        (f'{{{QUERY}, "query": "{{ me {{ id }} }}"}}'.encode(), None),
        (f'{{{QUERY}, "variables": {{"a": {{"b": 1, "b": 2}}}}}}'.encode(), None),
        (f'{{{QUERY}, "\\u0071uery": "{{ me {{ id }} }}"}}'.encode(), None),
        (f'{{{QUERY}, "variables": {{"a": "\\ud800"}}}}'.encode(), None),
        (f'{{{QUERY}, "variables": "{{}}"}}'.encode(), "variables"),
        (f'{{{QUERY}, "extensions": []}}'.encode(), "extensions"),
        (f'{{{QUERY}, "operationName": {{}}}}'.encode(), "operationName"),
        (f'{{{QUERY}, "documentId": 1}}'.encode(), "documentId"),
        (b'{"query": null}', "query"),
        (b'{"query": ["{ __typename }"]}', "query"),
        (b"[]", None),
        (b"[1]", None),
        (b'[{"query": "{ __typename }"}, {"query": 1}]', "[1].query"),
    ],
)
async def test_it_is_refused_and_named(server: Server, body: bytes, field: str | None) -> None:
    for accept in (GRAPHQL, "application/json"):
        answer = await server.send(body=body, headers={**JSON, "accept": accept})

        assert (answer.status, answer.code) == (400, "VALIDATION")
        assert answer.headers["content-type"].startswith(accept)
        assert answer.json["errors"][0]["extensions"].get("field") == field


@pytest.mark.parametrize("depth", [250, 1_000, 50_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
async def test_json_is_not_nested_without_end(server: Server, depth: int, opening: str, closing: str) -> None:
    nested = opening * depth + "1" + closing * depth
    body = f'{{{QUERY}, "variables": {{"a": {nested}}}}}'

    answer = await server.send(body=body.encode())

    assert answer.status == 400 and answer.code in ("VALIDATION", "LIMIT_EXCEEDED")


@pytest.mark.parametrize("number", ["1" * 25, "-" + "9" * 60, "1" * 300, "0." + "3" * 400, "1e300", "-0"])
async def test_large_numbers_are_read_or_refused(server: Server, number: str) -> None:
    who = await server.as_user()
    texts = (
        "query ($n: Int) { parties(first: $n) { totalCount } }",
        "query ($n: Decimal) { dealings(where: {amount: {eq: $n}}) { totalCount } }",
        "query ($n: ID!) { party(id: $n) { id } }",
        "query ($n: String) { parties(where: {name: {eq: $n}}) { totalCount } }",
    )
    for text in texts:
        body = f'{{"query": "{text}", "variables": {{"n": {number}}}}}'
        answer = await server.send(body=body.encode(), headers={**JSON, **who})
        assert answer.status == 200 and ("data" in answer.json or answer.code == "VALIDATION")


async def test_a_body_in_pieces_may_not_be_longer_either(server: Server) -> None:
    server.xrm.app.settings.max_body_bytes = 5_000

    answer = await server.send(body=[b"x" * 1_000] * 50, headers={**JSON, "transfer-encoding": "chunked"})

    assert (answer.status, answer.code, answer.headers["connection"]) == (413, "LIMIT_EXCEEDED", "close")
    assert "5000" in answer.json["errors"][0]["message"]


async def test_a_body_that_does_not_come_is_not_waited_for(server: Server) -> None:
    server.xrm.app.settings.body_timeout_s = 0.2
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not receive_calls:
            receive_calls.append(1)
            return {"type": "http.request", "body": b'{"query', "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError

    receive_calls: list[int] = []

    async def send(message: Any) -> None:
        answered.append(message)

    await asyncio.wait_for(server.asgi(scope, receive, send), 5)

    assert answered[0]["status"] == 408


@pytest.mark.parametrize(
    "parameters",
    [
        "query=%FF",
        "query=%7B__typename%7D&query=%7Bme%7Bid%7D%7D",
        "query=%7B__typename%7D&variables=%7B%22a%22:1,%22a%22:2%7D",
        "query=%7B__typename%7D&variables=1",
        "query=%7B__typename%7D&extensions=x",
        "query=%7B__typename%7D&extensions=%5B%5D",
        "variables=%7B%7D",
        "&".join(f"a{number}=1" for number in range(200)),
    ],
)
async def test_an_address_is_read_as_strictly(server: Server, parameters: str) -> None:
    answer = await server.send("GET", f"/graphql?{parameters}", headers={})

    assert (answer.status, answer.code) == (400, "VALIDATION")


async def test_an_address_that_asks_is_answered(server: Server) -> None:
    text = quote("query A { __typename } query B($n: String!) { __type(name: $n) { name } }")
    variables = quote('{"n": "Party"}')

    answer = await server.send(
        "GET", f"/graphql?query={text}&operationName=B&variables={variables}&other=1", headers={}
    )

    assert answer.json == {"data": {"__type": {"name": "Party"}}}
