"""Pages of other sites cannot make a browser act with its session."""

from collections.abc import Mapping

import pytest

from tests.core.api.http.sending import JSON, ME, Received, Server

BODY = b'{"query": "{ me { name } }"}'
ADDRESS = "/graphql?query=%7Bme%7Bname%7D%7D"


async def from_a_browser(server: Server, headers: Mapping[str, str], *, by_get: bool = False) -> Received:
    """The answer to a request that carries the session's cookie."""
    cookie = {"cookie": f"xrm_session={await server.token()}"}
    if by_get:
        return await server.send("GET", ADDRESS, headers={**cookie, **headers})
    return await server.send(body=BODY, headers={**JSON, **cookie, **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://xrm.example.evil.example"},
        {"origin": "http://xrm.example:8080"},
        {"origin": "http://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": "ftp://xrm.example"},
        {"origin": "http://user@xrm.example"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "nonsense"},
    ],
)
@pytest.mark.parametrize("by_get", [False, True])
async def test_what_another_site_sends_is_refused(
    server: Server, headers: dict[str, str], by_get: bool
) -> None:
    answer = await from_a_browser(server, headers, by_get=by_get)

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://xrm.example"},
        {"origin": "HTTP://XRM.EXAMPLE"},
        {"origin": "https://xrm.example"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"x-xrm-request": "1"},
        {"apollo-require-preflight": "true"},
    ],
)
@pytest.mark.parametrize("by_get", [False, True])
async def test_what_our_own_page_sends_is_answered(
    server: Server, headers: dict[str, str], by_get: bool
) -> None:
    answer = await from_a_browser(server, headers, by_get=by_get)

    assert answer.json == {"data": {"me": {"name": "Admin"}}}


async def test_an_old_browser_cannot_be_led_to_ask_by_its_address(server: Server) -> None:
    answer = await from_a_browser(server, {}, by_get=True)

    assert answer.status == 403 and "x-xrm-request" in answer.json["errors"][0]["message"]


async def test_json_cannot_be_sent_by_a_foreign_form(server: Server) -> None:
    assert (await from_a_browser(server, {})).status == 200
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert (await from_a_browser(server, {"content-type": kind})).status == 415


async def test_a_token_is_added_by_no_browser(server: Server) -> None:
    headers = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}

    answer = await server.post({"query": ME}, **headers, **await server.as_user())

    assert answer.status == 200
    assert not any(name.startswith("access-control") for name in answer.headers)


async def test_nobody_signs_a_browser_in_from_another_site(server: Server) -> None:
    text = 'mutation { login(email: "a", password: "b") { token } }'

    answer = await server.post({"query": text}, origin="http://evil.example")

    assert answer.status == 403


async def test_a_page_may_be_allowed_by_the_operator(server: Server) -> None:
    server.xrm.app.settings.allowed_origins = "https://front.example http://localhost:5173"
    allowing = Server(server.xrm)

    answer = await from_a_browser(
        allowing, {"origin": "https://front.example", "sec-fetch-site": "same-site"}
    )
    asking = {"origin": "https://front.example", "access-control-request-method": "POST"}
    before = await allowing.send("OPTIONS", headers=asking)
    refused = await allowing.send("OPTIONS", headers={**asking, "origin": "https://evil.example"})

    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://front.example"
    assert before.headers["access-control-allow-credentials"] == "true"
    assert refused.status == 400 and "access-control-allow-origin" not in refused.headers


async def test_every_answer_forbids_what_it_does_not_need(server: Server) -> None:
    targets = ("/graphql", "/healthz", "/nothing", "/documents/x", "/static/graphiql/index.html")
    for target in targets:
        headers = (await server.send("GET", target, headers={"accept": "text/html"})).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"


async def test_by_https_the_cookie_is_of_this_host_only(server: Server) -> None:
    server.xrm.app.settings.public_url = "https://xrm.example"
    secured = Server(server.xrm)
    token = await secured.token()

    left = await secured.post({"query": "mutation { logout }"}, cookie=f"__Host-xrm_session={token}")
    planted = await secured.post({"query": ME}, cookie=f"xrm_session={await secured.token()}")

    cookie = left.headers["set-cookie"].lower()
    assert cookie.startswith("__host-xrm_session=") and "secure" in cookie and "path=/" in cookie
    assert "domain" not in cookie and "httponly" in cookie and "samesite=lax" in cookie
    assert planted.code == "UNAUTHENTICATED"
    assert left.headers["strict-transport-security"] == "max-age=31536000"
