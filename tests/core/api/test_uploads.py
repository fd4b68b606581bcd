"""Files are uploaded to disk by somebody, used by that somebody only, and gone when they were not used."""

import asyncio
import errno
import hashlib
import os
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.api.http.sending import Received, Server
from xrm_core.documents import uploads
from xrm_core.documents.errors import UploadRefused
from xrm_core.documents.models import Upload
from xrm_core.documents.sniffing import media_type_of
from xrm_core.documents.uploads import open_upload, uploads_folder
from xrm_core.errors import NotFound, Unavailable
from xrm_core.plugins.testing import Installation

BINARY = {"content-type": "application/octet-stream"}


@pytest.fixture
def server(xrm: Installation) -> Server:
    """The server of a fresh installation."""
    return Server(xrm)


async def sent(
    server: Server, body: Any, *, role: str = "admin", target: str = "/uploads", **headers: str
) -> Received:
    """The answer to an upload of that role."""
    given = {**BINARY, **await server.as_user(role), **headers}
    return await server.send("POST", target, body=body, headers=given)


async def opened(server: Server, upload_id: Any, role: str = "admin") -> Any:
    """The file as a command of that role gets it."""
    actor = server.xrm.actor(role)
    async with server.xrm.app.work(actor) as ctx:
        return await open_upload(ctx, upload_id)


def stored(server: Server) -> list[Path]:
    """What lies in the folder of uploads."""
    folder = uploads_folder(server.xrm.app.settings)
    return sorted(folder.iterdir()) if folder.is_dir() else []


async def test_a_file_is_taken_and_opened_by_who_sent_it(server: Server) -> None:
    content = b"a;b\n1;2\n" * 1_000

    answer = await sent(server, [content[:5_000], content[5_000:]], target="/uploads?name=rows.csv")
    file = await opened(server, answer.json["id"])

    assert answer.status == 201 and answer.headers["cache-control"] == "no-store"
    assert answer.json["sha256"] == file.sha256 == hashlib.sha256(content).hexdigest()
    assert (answer.json["name"], answer.json["mediaType"], answer.json["size"]) == (
        "rows.csv",
        "text/plain",
        8_000,
    )
    assert file.path.read_bytes() == content
    assert file.path.stat().st_mode & 0o777 == 0o600


async def test_nobody_else_can_name_it(server: Server) -> None:
    upload_id = (await sent(server, b"x")).json["id"]
    await server.xrm.user("sales")

    for role in ("sales", "system"):
        with pytest.raises(NotFound):
            await opened(server, upload_id, role)
    for other in ("x", "", None, "00000000-0000-0000-0000-000000000000", "../secret"):
        with pytest.raises(NotFound):
            await opened(server, other)


async def test_who_is_not_signed_in_uploads_nothing(server: Server) -> None:
    answer = await server.send("POST", "/uploads", body=b"x", headers=BINARY)

    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert stored(server) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site", "x-xrm-request": "1"},
        {"content-type": "text/plain"},
        {},
    ],
)
async def test_another_site_uploads_nothing_with_a_browsers_session(
    server: Server, headers: dict[str, str]
) -> None:
    cookie = {"cookie": f"xrm_session={await server.token()}"}

    refused = await server.send("POST", "/uploads", body=b"x", headers={**BINARY, **cookie, **headers})
    allowed = await server.send(
        "POST", "/uploads", body=b"x", headers={**BINARY, **cookie, "x-xrm-request": "1"}
    )

    assert (refused.status, refused.code, allowed.status) == (403, "FORBIDDEN", 201)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"content-length": "100000001"}, 413),
        ({"content-length": "-1"}, 413),
    ],
)
async def test_what_is_not_the_file_itself_is_refused(
    server: Server, headers: dict[str, str], status: int
) -> None:
    answer = await sent(server, b"x", **headers)

    assert answer.status == status and answer.code in ("VALIDATION", "LIMIT_EXCEEDED")


async def test_nothing_is_left_of_what_is_too_long_empty_or_broken_off(server: Server) -> None:
    server.xrm.app.settings.max_upload_bytes = 5_000

    long = await sent(server, [b"x" * 1_000] * 10)
    empty = await sent(server, b"")

    assert (long.status, long.code) == (413, "LIMIT_EXCEEDED") and "5000" in long.body.decode()
    assert (empty.status, empty.code) == (400, "VALIDATION")
    assert stored(server) == []


async def test_a_file_that_does_not_come_is_not_waited_for(server: Server) -> None:
    server.xrm.app.settings.upload_timeout_s = 0.3
    headers = [(name.encode(), value.encode()) for name, value in (BINARY | await server.as_user()).items()]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/uploads",
        "query_string": b"",
        "headers": headers,
    }
    answered: list[Any] = []
    first = [{"type": "http.request", "body": b"begun", "more_body": True}]

    async def receive() -> dict[str, Any]:
        if not first:
            await asyncio.Event().wait()
        return first.pop()

    async def send(message: Any) -> None:
        answered.append(message)

    await asyncio.wait_for(server.asgi(scope, receive, send), 20)

    assert answered[0]["status"] == 408 and stored(server) == []


async def test_one_user_does_not_fill_the_disk(server: Server) -> None:
    server.xrm.app.settings.upload_quota_bytes = 10_000
    await sent(server, b"x" * 8_000)

    beyond = await sent(server, b"x" * 3_000)
    within = await sent(server, b"x" * 2_000)
    full = await sent(server, b"x")
    other = await sent(server, b"x", role="sales")

    assert (beyond.code, full.code) == ("LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    assert (within.status, other.status) == (201, 201) and len(stored(server)) == 3


async def test_what_is_not_used_is_deleted_and_what_is_used_waits_again(server: Server) -> None:
    ids = [(await sent(server, name.encode())).json["id"] for name in ("unused", "used")]
    app = server.xrm.app
    async with app.work() as ctx:
        await ctx.session.execute(sa.update(Upload).values(expires_at=ctx.now + timedelta(seconds=3)))
    await opened(server, ids[1])
    stray = uploads_folder(app.settings) / ".new-stray"
    stray.write_bytes(b"x")
    os.utime(stray, (1, 1))
    await asyncio.sleep(3.1)

    swept = await server.asgi.state.uploads.sweep()

    assert swept == 1 and [path.name for path in stored(server)] == [ids[1]]
    with pytest.raises(NotFound):
        await opened(server, ids[0])


async def test_an_upload_whose_file_is_lost_says_so(server: Server) -> None:
    upload_id = (await sent(server, b"x")).json["id"]
    stored(server)[0].unlink()

    with pytest.raises(Unavailable):
        await opened(server, upload_id)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00b\r\nc", "x" * 5_000, "", "契約.csv", '"><script>']
)
async def test_a_name_is_only_shown(server: Server, name: str) -> None:
    from urllib.parse import quote  # the address takes no other letters

    answer = await sent(server, b"x", target=f"/uploads?name={quote(name)}")

    shown = answer.json["name"]
    assert shown and len(shown) <= 200 and shown.isprintable() and "/" not in shown and '"' not in shown
    assert [path.name for path in stored(server)] == [answer.json["id"]]


async def test_a_large_file_is_not_held_in_memory(server: Server) -> None:
    piece = b"x" * 65_536
    await sent(server, b"warm")
    tracemalloc.start()

    answer = await sent(server, [piece] * 800)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.json["size"] == 800 * 65_536
    assert peak < 12_000_000


@pytest.mark.parametrize(
    ("beginning", "media_type"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"\xef\xbb\xbfa;b", "text/plain"),
        ("é;ü".encode(), "text/plain"),
        (("a" * 4_095 + "é").encode()[:4_096], "text/plain"),
        ("é;ü".encode("latin-1"), "application/octet-stream"),
        (b"  <!DOCTYPE html><script>", "text/html"),
        (b"<svg onload=x>", "image/svg+xml"),
        (b"MZ\x90\x00", "application/x-msdownload"),
        (b"a\x00b", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(beginning: bytes, media_type: str) -> None:
    assert media_type_of(beginning) == media_type


async def test_uploads_at_the_same_time_share_what_is_left(server: Server) -> None:
    server.xrm.app.settings.upload_quota_bytes = 10_000
    await server.xrm.user("admin")

    answers = await asyncio.gather(*(sent(server, [b"x" * 1_000] * 4) for _ in range(4)))

    assert sum(answer.json["size"] for answer in answers if answer.status == 201) <= 10_000
    assert {answer.status for answer in answers} <= {201, 400}
    assert sum(path.stat().st_size for path in stored(server)) <= 10_000


async def test_uploads_to_two_servers_share_it_too(server: Server) -> None:
    app = server.xrm.app
    app.settings.upload_quota_bytes = 10_000
    await server.xrm.user("admin")
    both = asyncio.Barrier(2)

    async def pieces() -> AsyncIterator[bytes]:
        await both.wait()  # neither is recorded before both have seen what is left
        yield b"x" * 8_000

    taken = await asyncio.gather(
        *(
            uploads.Uploads(app.database, app.settings).receive(server.xrm.actor("admin"), pieces(), name="a")
            for _ in range(2)
        ),
        return_exceptions=True,
    )

    refused = [one for one in taken if isinstance(one, UploadRefused)]
    assert len(refused) == 1 and "together" in refused[0].message
    assert sum(path.stat().st_size for path in stored(server)) == 8_000


async def test_a_full_disk_is_told_and_nothing_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_writer: object, _piece: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/place")

    monkeypatch.setattr(uploads._Writer, "_write_piece", full)

    answer = await sent(server, b"x" * 2_000_000)

    assert (answer.status, answer.code) == (503, "UNAVAILABLE") and "secret" not in answer.body.decode()
    assert stored(server) == []
