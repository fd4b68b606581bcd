"""Too many operations by HTTP: 429, when to try again, and who is counted as whom."""

from typing import Any

import pytest

from tests.core.api.http.sending import ME, Server
from xrm_core.api.rates import Rates
from xrm_core.settings import Settings


def with_rates(server: Server, **rates: Any) -> Server:
    server.xrm.app.rates = Rates(Settings(**rates))
    return server


async def test_who_asks_too_often_is_told_when_to_try_again(server: Server) -> None:
    with_rates(server, rate_per_user="3/minute")
    user = (await server.as_user())["authorization"]
    for _ in range(3):
        assert (await server.post({"query": ME}, authorization=user)).status == 200

    refused = await server.post({"query": ME}, authorization=user)

    assert refused.status == 429 and refused.code == "LIMIT_EXCEEDED"
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    problem = refused.json["errors"][0]["extensions"]["problems"][0]
    assert problem["code"] == "core.too_many_requests"
    assert problem["data"]["limit"] == 3 and problem["data"]["retryAfterSeconds"] >= 1


async def test_somebody_else_is_not_kept_waiting(server: Server) -> None:
    with_rates(server, rate_per_user="1/minute")
    first, other = await server.as_user(), await server.as_user("sales")

    for _ in range(2):
        await server.post({"query": ME}, **first)

    assert (await server.post({"query": ME}, **other)).status == 200


async def test_an_address_is_counted_before_anything_else_is_done(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rates(server, rate_per_address="2/minute")
    for body in (b"{", b"[" * 1_000):
        await server.send(body=body)
    looked_up: list[Any] = []
    monkeypatch.setattr(server.xrm.app.sessions, "actor", looked_up.append)

    refused = await server.post({"query": ME}, authorization="Bearer guess")

    assert refused.status == 429 and looked_up == []


async def test_each_operation_of_a_list_counts(server: Server) -> None:
    with_rates(server, rate_per_user="5/minute")
    user = (await server.as_user())["authorization"]

    first = await server.post([{"query": ME}] * 4, authorization=user)
    second = await server.post([{"query": ME}] * 4, authorization=user)

    assert (first.status, second.status) == (200, 429)


async def test_files_are_counted_too(server: Server) -> None:
    with_rates(server, rate_per_address="1/minute")
    user = await server.as_user()

    statuses = [(await server.send("GET", "/documents/x", headers=user)).status for _ in range(2)]
    sent = await server.send("POST", "/uploads", body=b"x", headers={**user, "content-type": "text/plain"})

    assert statuses == [404, 429] and sent.status == 429
