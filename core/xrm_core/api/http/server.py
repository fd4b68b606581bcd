"""The server: what it answers at which address."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from xrm_core.api.http.downloads import download
from xrm_core.api.http.endpoint import graphql
from xrm_core.api.http.failures import HANDLERS
from xrm_core.api.http.page import static_files
from xrm_core.api.http.persisted import Documents
from xrm_core.api.http.protection import Protection
from xrm_core.api.http.uploads import upload
from xrm_core.api.subscriptions.socket import graphql_socket
from xrm_core.app import Application
from xrm_core.documents.uploads import Uploads
from xrm_core.settings import Settings


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
        Route("/graphql", graphql, methods=["GET", "POST", "OPTIONS"]),
        WebSocketRoute("/graphql", graphql_socket),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/documents/{id}", download),
        Route("/uploads", upload, methods=["POST"]),
        # Answers pack themselves: what may hold a secret is not to be packed by anything around them.
        Mount("/static", GZipMiddleware(StaticFiles(directory=str(static_files())), minimum_size=2_000)),
    ]
    server = Starlette(routes=routes, middleware=_middleware(app.settings), exception_handlers=HANDLERS)
    server.state.xrm = app
    server.state.documents = Documents(app.settings)
    server.state.uploads = Uploads(app.database, app.settings)
    return server


def _middleware(settings: Settings) -> list[Middleware]:
    found = [Middleware(Protection, is_secure=settings.public_url.startswith("https:"))]
    if settings.allowed_origins:
        sharing = Middleware(
            CORSMiddleware,
            allow_origins=sorted(settings.origins()),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            allow_credentials=True,
            expose_headers=["etag", "x-request-id"],
        )
        found.insert(0, sharing)
    return found
