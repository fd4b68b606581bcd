"""What the server answers to requests that are not as they should be."""

from collections.abc import Mapping

import orjson
import pytest

from tests.core.api.http.sending import JSON, Server
from xrm_core.documents.models import Document
from xrm_core.identity.actor import Role
from xrm_core.identity.users import NewUser
from xrm_core.plugins.testing import Installation
from xrm_core.setup import ensure_user


async def sent(
    xrm: Installation,
    method: str = "POST",
    target: str = "/graphql",
    *,
    body: bytes = b"",
    headers: Mapping[str, str] = JSON,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer."""
    pieces = [body[start : start + 65_536] for start in range(0, len(body), 65_536)] or [b""]
    found = await Server(xrm).send(method, target, body=pieces, headers=headers)
    return found.status, found.headers, found.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b"{}", 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{ me { id } }", "variables": []}', 400),
        (b'{"query": "{ me { id } }", "variables": ""}', 400),
        (b'{"query": "{ me { id } }", "operationName": 1}', 400),
        (b'{"query": "\xff"}', 400),
        (b'{"query": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b'{"query": "' + b" " * 1_000_001 + b'"}', 413),
    ],
)
async def test_a_body_that_is_no_question_is_refused(xrm: Installation, body: bytes, status: int) -> None:
    answered, headers, text = await sent(xrm, body=body)

    assert answered == status
    assert headers["content-type"].startswith("application/json") and "errors" in orjson.loads(text)


@pytest.mark.parametrize("declared", ["1000001", "9" * 30, "\xb2"])
async def test_a_length_that_is_declared_too_large_or_badly_never_breaks_the_server(
    xrm: Installation, declared: str
) -> None:
    status, _, _ = await sent(xrm, body=b"{}", headers={**JSON, "content-length": declared})

    assert status in (400, 413)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain; application/json",
        "",
    ],
)
async def test_what_a_form_of_another_site_could_send_is_refused(
    xrm: Installation, content_type: str
) -> None:
    status, _, _ = await sent(xrm, body=b'{"query": "{ me { id } }"}', headers={"content-type": content_type})

    assert status == 415


@pytest.mark.parametrize(
    "query",
    [
        "mutation%20%7Blogout%7D",
        "mutation%20%7Blogin(email:%22a%22,password:%22b%22)%7Btoken%7D%7D",
    ],
)
async def test_nothing_is_changed_by_asking(xrm: Installation, query: str) -> None:
    _, headers, text = await sent(xrm, "GET", f"/graphql?query={query}", headers={})

    assert orjson.loads(text)["errors"][0]["extensions"]["code"] == "VALIDATION"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("PUT", "/graphql", 405),
        ("DELETE", "/graphql", 405),
        ("OPTIONS", "/graphql", 204),
        ("HEAD", "/graphql", 400),
        ("GET", "/graphql", 400),
        ("GET", "/graphql?query=%7Bme%7Bid%7D%7D&variables=%7B", 400),
        ("GET", "/documents/x", 401),
        ("GET", "/documents/../../etc/passwd", 404),
        ("GET", "/static/../../../pyproject.toml", 404),
        ("GET", "/static/%2e%2e/http.py", 404),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
    ],
)
async def test_other_ways_of_asking_get_the_status_that_says_so(
    xrm: Installation, method: str, target: str, status: int
) -> None:
    assert (await sent(xrm, method, target, headers={}))[0] == status


async def test_the_page_to_try_it_is_for_those_who_want_a_page(xrm: Installation) -> None:
    status, headers, _ = await sent(xrm, "GET", headers={"accept": "text/html,*/*"})

    assert status == 200 and headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


LOGIN = orjson.dumps(
    {"query": 'mutation { login(email: "admin@xrm.example", password: "correct horse battery") { token } }'}
)


async def administrator(xrm: Installation) -> None:
    """A user who signs in."""
    await ensure_user(
        xrm.app,
        NewUser("admin@xrm.example", "Admin", [Role("admin")], xrm.unit, password="correct horse battery"),
    )


async def test_a_browser_keeps_the_session_where_scripts_and_other_sites_do_not_get_it(
    xrm: Installation,
) -> None:
    await administrator(xrm)

    _, headers, text = await sent(xrm, body=LOGIN)
    cookie = headers["set-cookie"].lower()
    token = orjson.loads(text)["data"]["login"]["token"]
    _, _, me = await sent(
        xrm, body=b'{"query": "{ me { name } }"}', headers={**JSON, "cookie": f"xrm_session={token}"}
    )

    assert "httponly" in cookie and "samesite=lax" in cookie
    assert orjson.loads(me)["data"]["me"]["name"] == "Admin"


async def test_a_token_of_nobody_is_nobody(xrm: Installation) -> None:
    body = b'{"query": "{ me { name } }"}'
    for token in ("x", "\xff" * 10, "'; DROP TABLE core_user; --", "a" * 100_000):
        _, _, text = await sent(xrm, body=body, headers={**JSON, "authorization": f"Bearer {token}"})
        assert orjson.loads(text)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_document_whose_file_is_lost_or_whose_title_is_not_latin_never_breaks_the_server(
    xrm: Installation,
) -> None:
    await administrator(xrm)
    token, _, _ = await xrm.app.sessions.open("admin@xrm.example", "correct horse battery")
    from xrm_core.documents import FileStore  # only this test stores a file

    stored = FileStore(xrm.app.settings.data_dir / "files").store(b"%PDF-")
    for sha256, status in ((stored, 200), ("0" * 64, 503)):
        made = await xrm.make(
            Document, title="契約", kind="test", media_type="application/pdf", sha256=sha256, size=5
        )
        answer = await sent(xrm, "GET", f"/documents/{made.id}", headers={"authorization": f"Bearer {token}"})
        assert answer[0] == status


@pytest.mark.parametrize(
    ("method", "target", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("PUT", "/graphql", 405, "VALIDATION"),
        ("GET", "/uploads", 405, "VALIDATION"),
        ("GET", "/documents/x", 401, "UNAUTHENTICATED"),
        ("GET", "/static/nothing.js", 404, "NOT_FOUND"),
    ],
)
async def test_refusals_of_every_address_have_one_shape(
    xrm: Installation, method: str, target: str, status: int, code: str
) -> None:
    answer = await Server(xrm).send(method, target, headers={})

    assert (answer.status, answer.code) == (status, code)


async def test_what_breaks_in_an_endpoint_is_masked(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(xrm)

    async def actor(_token: object) -> None:
        raise ZeroDivisionError("password=hunter2")

    monkeypatch.setattr(xrm.app.sessions, "actor", actor)

    with pytest.raises(ZeroDivisionError):
        await server.send(body=b'{"query": "{ __typename }"}')

    assert server.last is not None and server.last[0]["status"] == 500
    body = orjson.loads(server.last[1]["body"])
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL" and "hunter2" not in str(body)


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "null", "//", "\xff", "http://x:99999999", "https://a]b"]
)
async def test_an_origin_that_is_none_is_refused(xrm: Installation, origin: str) -> None:
    answer = await Server(xrm).send(body=b'{"query": "{ __typename }"}', headers={**JSON, "origin": origin})

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "target", ["/graphql?\xff", "/uploads?name=\xff", "/graphql?query=%ff", "/graphql?%00=\x80"]
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_an_address_of_no_letters_never_breaks_the_server(
    xrm: Installation, method: str, target: str
) -> None:
    body = b'{"query": "{ __typename }"}' if method == "POST" else b""
    for extra in ({}, {"origin": "http://xrm.example"}, {"cookie": "xrm_session=x"}, {"host": "["}):
        status, _, text = await sent(xrm, method, target, body=body, headers={**JSON, **extra})
        assert status < 500, text
