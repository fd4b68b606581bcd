"""Requests to the server without a network between, as raw as a test wants them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from xrm_core.api.http import asgi
from xrm_core.plugins.testing import Installation

JSON = {"content-type": "application/json"}
ME = "{ me { name } }"


@dataclass(frozen=True, slots=True)
class Received:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the first error; its shape is checked with it."""
        error = self.json["errors"][0]
        assert isinstance(error["message"], str) and error["message"]
        assert error["extensions"]["requestId"]
        return str(error["extensions"]["code"])


class Server:
    """One running server."""

    def __init__(self, xrm: Installation) -> None:
        self.xrm, self.asgi = xrm, asgi(xrm.app)
        # The messages of the last answer, whether or not the server raised after it.
        self.last: list[Any] = []

    async def send(
        self,
        method: str = "POST",
        target: str = "/graphql",
        *,
        body: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        scheme: str = "http",
    ) -> Received:
        """The answer to a request; a body may come in pieces."""
        path, _, query = target.partition("?")
        given = {"host": "xrm.example", **(JSON if headers is None else headers)}
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
            "raw_path": path.encode(), "root_path": "", "scheme": scheme, "query_string": query.encode("latin-1"),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        chunks = [body] if isinstance(body, bytes) else list(body)
        answered = self.last = []

        async def receive() -> dict[str, Any]:
            if not chunks:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: Any) -> None:
            answered.append(message)

        await self.asgi(scope, receive, send)
        found = {name.decode().lower(): value.decode("latin-1") for name, value in answered[0]["headers"]}
        whole = b"".join(part.get("body", b"") for part in answered[1:])
        return Received(answered[0]["status"], found, whole)

    async def post(self, payload: Any, **headers: str) -> Received:
        """The answer to a JSON body; `accept_language` and the like are headers."""
        return await self.send(body=orjson.dumps(payload), headers={**JSON, **_named(headers)})

    async def get(self, parameters: Mapping[str, str], **headers: str) -> Received:
        """The answer to an address with these parameters."""
        return await self.send("GET", f"/graphql?{urlencode(parameters)}", headers=_named(headers))

    async def token(self, role: str = "admin") -> str:
        """The token of a user with that role who has just signed in."""
        user_id = await self.xrm.user(role)
        token, _, _ = await self.xrm.app.sessions._begin(1, user_id)
        return token

    async def as_user(self, role: str = "admin") -> dict[str, str]:
        """The header of a program that signed in with that role."""
        return {"authorization": f"Bearer {await self.token(role)}"}


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
