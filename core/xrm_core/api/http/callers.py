"""Who sent a request: the token of a program or the cookie of a browser, and the cookie a sign-in sets."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xrm_core.identity.actor import Actor

COOKIE = "xrm_session"


def token_of(request: Request) -> str | None:
    """The token a program or a browser sent."""
    authorization = request.headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        return authorization[7:]
    return request.cookies.get(COOKIE)


def address_of(request: Request) -> str:
    """Where the request comes from, as the server sees it."""
    return request.client.host if request.client else ""


async def caller_of(request: Request) -> Actor | None:
    """Who asks; None for nobody. Raises: Unavailable if the database is down."""
    actor: Actor | None = await request.app.state.xrm.sessions.actor(token_of(request))
    return actor


def set_cookie(response: Response, cookie: dict[str, Any], *, secure: bool) -> None:
    """Hand a browser its session, or take it away where there is no token."""
    if not cookie["token"]:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)
        return
    response.set_cookie(
        COOKIE, cookie["token"], expires=cookie["expires_at"], httponly=True, samesite="lax", secure=secure
    )
