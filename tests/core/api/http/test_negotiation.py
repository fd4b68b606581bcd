"""Which media type an answer has, and which status goes with it."""

import pytest

from tests.core.api.http.sending import ME, Server
from xrm_core.api.http.negotiation import GRAPHQL, HTML, JSON, negotiated


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL};q=0.9, {JSON};q=0.95", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL};charset=UTF-8;q=1", GRAPHQL),
        (f"{GRAPHQL};charset=latin-1, {JSON}", JSON),
        (f"*/*;q=0.1, {GRAPHQL};q=0.1", GRAPHQL),
        (f"*/*, {JSON};q=0", GRAPHQL),
        (f"*/*, {GRAPHQL};q=0", JSON),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", JSON),
        ("APPLICATION/JSON", JSON),
        (f"{GRAPHQL};q=nonsense, {JSON}", JSON),
        ("text/plain", None),
        (f"{JSON};q=0", None),
        ("*/*;q=0", None),
        ("image/*, audio/*", None),
        (";;;,,,//", None),
        ("*/json", None),
    ],
)
def test_the_client_gets_what_it_weighs_highest(accept: str, chosen: str | None) -> None:
    assert negotiated(accept, (GRAPHQL, JSON)) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("*/*", JSON),
        ("", JSON),
        ("application/json, text/html;q=0.5", JSON),
        ("text/html;q=0.5, application/json;q=0.4", HTML),
    ],
)
def test_a_page_is_for_those_who_name_it(accept: str, chosen: str) -> None:
    assert negotiated(accept, (GRAPHQL, JSON, HTML)) == chosen


async def test_nothing_that_fits_is_said_in_json(server: Server) -> None:
    answer = await server.post({"query": ME}, accept="text/plain")

    assert (answer.status, answer.code) == (406, "VALIDATION")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


CASES = [
    ({"query": "{ __typename }"}, 200, 200, True),
    ({"query": "{"}, 400, 200, False),
    ({"query": "{ nothing }"}, 400, 200, False),
    ({"query": "query ($a: Int!) { __typename }", "variables": {"a": "x"}}, 400, 200, False),
    ({"query": "{ a: __typename } query B { __typename }"}, 400, 200, False),
    ({"query": "query A { __typename }", "operationName": "B"}, 400, 200, False),
    ({"query": ME}, 401, 200, False),
    ({"query": "{ a " * 30 + "}" * 30}, 400, 200, False),
    ({"query": 'mutation { login(email: "a", password: "b") { token } }'}, 200, 200, True),
]


@pytest.mark.parametrize(("payload", "strict", "plain", "has_data"), CASES)
async def test_the_status_tells_what_the_media_type_lets_it_tell(
    server: Server, payload: dict[str, object], strict: int, plain: int, has_data: bool
) -> None:
    first = await server.post(payload, accept=GRAPHQL)
    second = await server.post(payload, accept=JSON)

    assert (first.status, second.status) == (strict, plain)
    assert first.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert second.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert ("data" in first.json) == ("data" in second.json) == has_data


async def test_who_is_not_signed_in_is_told_how(server: Server) -> None:
    assert (await server.post({"query": ME}, accept=GRAPHQL)).headers["www-authenticate"] == "Bearer"


async def test_a_part_that_fails_leaves_the_status_and_the_rest(server: Server) -> None:
    who = await server.as_user()
    text = 'mutation { a: logout b: createParty(input: {name: ""}) { id } }'

    answer = await server.post({"query": text}, accept=GRAPHQL, **who)

    assert answer.status == 200 and answer.json["errors"]


@pytest.mark.parametrize("media", [GRAPHQL, JSON, "*/*"])
async def test_a_change_by_get_is_not_allowed(server: Server, media: str) -> None:
    answer = await server.get({"query": "mutation { logout }"}, accept=media, **await server.as_user())

    assert (answer.status, answer.headers["allow"], answer.code) == (405, "POST", "VALIDATION")


async def test_what_is_down_says_so_in_the_status(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await server.as_user()
    await server.post({"query": ME}, **who)

    async def fetch(*_: object) -> str:
        from xrm_core.errors import Unavailable  # the error of a database that is gone

        raise Unavailable("The database cannot be reached; try again.")

    monkeypatch.setattr(server.xrm.app.database.reader, "fetch", fetch)

    answer = await server.post({"query": "{ parties { totalCount } }"}, accept=GRAPHQL, **who)

    assert (answer.status, answer.code) == (503, "UNAVAILABLE") and "data" not in answer.json


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("OPTIONS", 204), ("PUT", 405), ("TRACE", 405)]
)
async def test_other_methods_get_what_the_standard_says(server: Server, method: str, status: int) -> None:
    answer = await server.send(method, "/graphql?query=%7B__typename%7D", headers={})

    assert answer.status == status
    if status != 200:
        assert {"GET", "POST"} <= {one.strip() for one in answer.headers["allow"].split(",")}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'APPLICATION/JSON; charset="UTF-8"',
        "application/json;a=b",
    ],
)
async def test_json_in_utf_8_is_read(server: Server, content_type: str) -> None:
    answer = await server.send(body=b'{"query": "{ __typename }"}', headers={"content-type": content_type})

    assert answer.json == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/graphql"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "identity, zstd"},
        {},
    ],
)
async def test_other_content_is_refused(server: Server, headers: dict[str, str]) -> None:
    answer = await server.send(body=b'{"query": "{ __typename }"}', headers=headers)

    assert (answer.status, answer.code) == (415, "VALIDATION")
