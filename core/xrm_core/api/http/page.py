"""GraphiQL, for a browser that asks for a page: bundled, so that it works without a network."""

from importlib import resources
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

_HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def static_files() -> Any:
    """The folder of files that are served as they are."""
    return resources.files("xrm_core.api").joinpath("static")


def wants_page(request: Request) -> bool:
    """Whether a browser looks at the address rather than asks a question."""
    return "query" not in request.query_params and "text/html" in request.headers.get("accept", "")


def page() -> Response:
    """The page."""
    return FileResponse(str(static_files().joinpath("graphiql", "index.html")), headers=_HEADERS)
