"""Who sent a request: the token of a program or the cookie of a browser, and the cookie a sign-in sets."""

from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import Response

from xrm_core.identity.actor import Actor

COOKIE = "xrm_session"
# By https no sibling site can set a cookie of this name in our place.
SECURE_COOKIE = f"__Host-{COOKIE}"


def token_of(connection: HTTPConnection) -> str | None:
    """The token a program or a browser sent."""
    authorization = connection.headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        return authorization[7:]
    return connection.cookies.get(SECURE_COOKIE if is_secure(connection) else COOKIE)


def is_secure(connection: HTTPConnection) -> bool:
    """Whether people reach the server by https, as far as can be known here."""
    public_url: str = connection.app.state.xrm.settings.public_url
    return connection.scope["scheme"] in ("https", "wss") or public_url.startswith("https:")


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from, as the server sees it."""
    return connection.client.host if connection.client else ""


async def caller_of(connection: HTTPConnection) -> Actor | None:
    """Who asks; None for nobody. Raises: Unavailable if the database is down."""
    actor: Actor | None = await connection.app.state.xrm.sessions.actor(token_of(connection))
    return actor


def set_cookie(response: Response, cookie: dict[str, Any], *, secure: bool) -> None:
    """Hand a browser its session, or take it away where there is no token."""
    name = SECURE_COOKIE if secure else COOKIE
    if not cookie["token"]:
        response.delete_cookie(name, httponly=True, samesite="lax", secure=secure)
        return
    response.set_cookie(
        name, cookie["token"], expires=cookie["expires_at"], httponly=True, samesite="lax", secure=secure
    )
