"""Requests that another site makes a browser send: none of them acts with the browser's session.

A session cookie goes along whoever wrote the page. So whatever is not signed in by a token of its own must come
from a page of ours, or carry what a foreign page cannot send without asking us first.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from xrm_core.api.http.refusals import BadRequest
from xrm_core.errors import WireCode
from xrm_core.settings import Settings

# A page of another origin may send none of these before the server allowed it; we never do.
PREFLIGHTED = ("x-xrm-request", "apollo-require-preflight", "graphql-require-preflight")


def check_origin(connection: HTTPConnection, settings: Settings, *, is_preflighted: bool = False) -> None:
    """The request, or websocket, may act with the cookie it carries.

    `is_preflighted`: its content type cannot come from a foreign page without the browser asking first.
    Raises: BadRequest (403).
    """
    headers = connection.headers
    if has_token(connection):
        return
    origin = headers.get("origin")
    if origin is not None:
        if not is_ours(origin, connection, settings):
            raise _refused("This page may not use the server: its origin is not allowed.")
        return
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise _refused("Another site sent this request.")
    if site is None and "cookie" in headers and not is_preflighted and not any(map(headers.get, PREFLIGHTED)):
        raise _refused(f"With a session cookie, send the header {PREFLIGHTED[0]} (any value) too.")


def has_token(connection: HTTPConnection) -> bool:
    """Whether it is signed in by a token that no browser adds by itself."""
    return connection.headers.get("authorization", "")[:7].lower() == "bearer "


def is_ours(origin: str, connection: HTTPConnection, settings: Settings) -> bool:
    """Whether a page of this origin is ours or one the operator allows."""
    origin = origin.lower()
    if origin in settings.origins():
        return True
    try:
        found = urlsplit(origin)
    except ValueError:
        return False
    host = connection.headers.get("host", "").lower()
    scheme = {"ws": "http", "wss": "https"}.get(connection.scope["scheme"], connection.scope["scheme"])
    # A proxy that ends TLS may pass requests on as http.
    return bool(host) and found.netloc == host and found.scheme in (scheme, "https")


def _refused(message: str) -> BadRequest:
    return BadRequest(message, 403, code=WireCode.FORBIDDEN)
