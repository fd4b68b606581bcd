"""Headers that every answer carries, so that browsers do less with it than they might."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    # What has no policy of its own is data: nothing in it is shown, run or framed.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
_YEAR_S = 31_536_000


class Protection:
    """Adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        strict = {"strict-transport-security": f"max-age={_YEAR_S}"} if is_secure else {}
        self._headers = [(name.encode(), value.encode()) for name, value in {**_ALWAYS, **strict}.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[tuple[bytes, bytes]] = message["headers"]
                present = {name for name, _ in headers}
                message["headers"] = [*headers, *(one for one in self._headers if one[0] not in present)]
            await send(message)

        await self.app(scope, receive, protected)
