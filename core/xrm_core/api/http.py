"""HTTP: one endpoint for GraphQL, a page to try it, files, and whether the server is well."""

from importlib import resources
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from xrm_core.api.context import ApiContext
from xrm_core.api.documents import download
from xrm_core.api.execute import request_id, run
from xrm_core.app import Application
from xrm_core.errors import Unavailable, WireCode

COOKIE = "xrm_session"
_JSON = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
# What gains nothing from gzip. Starlette's own list is longer, and read anew for each request.
_COMPRESSED = ("application/pdf", "application/zip", "font/woff2", "image/png")


class BadRequest(Exception):
    """The request is not GraphQL over HTTP; the text says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def token_of(request: Request) -> str | None:
    """The token a program or a browser sent."""
    authorization = request.headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        return authorization[7:]
    return request.cookies.get(COOKIE)


async def _body(request: Request, limit: int) -> bytes:
    declared = request.headers.get("content-length")
    if declared is not None and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
        raise BadRequest(f"The body is larger than {limit} bytes.", 413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BadRequest(f"The body is larger than {limit} bytes.", 413)
    return bytes(body)


async def _posted(request: Request, limit: int) -> dict[str, Any]:
    # A simple form from another site cannot have this type without the browser asking us first.
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise BadRequest("Send application/json.", 415)
    try:
        payload = orjson.loads(await _body(request, limit))
    except (orjson.JSONDecodeError, RecursionError) as wrong:
        raise BadRequest("The body is not JSON.") from wrong
    return _checked(payload)


def _asked(request: Request) -> dict[str, Any]:
    variables = request.query_params.get("variables")
    try:
        given = orjson.loads(variables) if variables else {}
    except orjson.JSONDecodeError as wrong:
        raise BadRequest("variables is not JSON.") from wrong
    payload = {
        "query": request.query_params.get("query"),
        "variables": given,
        "operationName": request.query_params.get("operationName"),
    }
    return _checked(payload)


def _checked(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise BadRequest("The body is one JSON object.")
    if not isinstance(payload.get("query"), str):
        raise BadRequest("query is missing.")
    if not isinstance(payload.get("variables"), dict | None):
        raise BadRequest("variables is a JSON object.")
    if not isinstance(payload.get("operationName"), str | None):
        raise BadRequest("operationName is a string.")
    return payload


def _refused(message: str, status: int, code: WireCode = WireCode.VALIDATION) -> Response:
    error = {"message": message, "extensions": {"code": code.value}}
    return Response(orjson.dumps({"errors": [error]}), status, _JSON)


async def graphql(request: Request) -> Response:
    """One GraphQL operation; a browser that asks for a page gets GraphiQL."""
    app: Application = request.app.state.xrm
    is_get = request.method in ("GET", "HEAD")
    if is_get and "query" not in request.query_params and "text/html" in request.headers.get("accept", ""):
        return FileResponse(str(_static().joinpath("graphiql", "index.html")), headers=_PAGE)
    try:
        payload = _asked(request) if is_get else await _posted(request, app.settings.max_body_bytes)
    except BadRequest as wrong:
        return _refused(wrong.message, wrong.status)
    token, address = token_of(request), request.client.host if request.client else ""
    try:
        actor = await app.sessions.actor(token)
    except Unavailable as down:
        return _refused(down.message, 503, down.wire)
    context = ApiContext(app, actor, request_id(), token, address, reads_only=is_get)
    body = await run(context, payload["query"], payload.get("variables") or {}, payload.get("operationName"))
    response = Response(body, 200, _JSON)
    if context.cookie is not None:
        _set_cookie(response, context.cookie, secure=request.url.scheme == "https")
    return response


_PAGE = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def _set_cookie(response: Response, cookie: dict[str, Any], *, secure: bool) -> None:
    if not cookie["token"]:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)
        return
    response.set_cookie(
        COOKIE, cookie["token"], expires=cookie["expires_at"], httponly=True, samesite="lax", secure=secure
    )


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """The database answers too."""
    app: Application = request.app.state.xrm
    try:
        await app.database.reader.fetch("SELECT 'ok'", [])
    except Exception:
        return PlainTextResponse("the database does not answer", 503)
    return PlainTextResponse("ok")


def _static() -> Any:
    return resources.files("xrm_core.api").joinpath("static")


def asgi(app: Application) -> Starlette:
    """The server of a started application."""
    routes = [
        Route("/graphql", graphql, methods=["GET", "POST"]),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/documents/{id}", download),
        Mount("/static", StaticFiles(directory=str(_static()))),
    ]
    compression = Middleware(
        GZipMiddleware, minimum_size=2_000, compresslevel=1, exclude_content_types=_COMPRESSED
    )
    server = Starlette(routes=routes, middleware=[compression])
    server.state.xrm = app
    return server
