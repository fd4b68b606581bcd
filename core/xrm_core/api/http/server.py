"""The server: what it answers at which address."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from xrm_core.api.http.downloads import download
from xrm_core.api.http.endpoint import graphql
from xrm_core.api.http.page import static_files
from xrm_core.app import Application

# What gains nothing from gzip. Starlette's own list is longer, and read anew for each request.
_COMPRESSED = ("application/pdf", "application/zip", "font/woff2", "image/png")


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


def asgi(app: Application) -> Starlette:
    """The server of a started application."""
    routes = [
        Route("/graphql", graphql, methods=["GET", "POST"]),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/documents/{id}", download),
        Mount("/static", StaticFiles(directory=str(static_files()))),
    ]
    compression = Middleware(
        GZipMiddleware, minimum_size=2_000, compresslevel=1, exclude_content_types=_COMPRESSED
    )
    server = Starlette(routes=routes, middleware=[compression])
    server.state.xrm = app
    return server
