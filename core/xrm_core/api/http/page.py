"""GraphiQL, for a browser that asks for a page: bundled, so that it works without a network."""

from importlib import resources
from typing import Any

from starlette.responses import FileResponse, Response

_HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-cache",
    "vary": "Accept",
}


def static_files() -> Any:
    """The folder of files that are served as they are."""
    return resources.files("xrm_core.api").joinpath("static")


def page() -> Response:
    """The page."""
    return FileResponse(str(static_files().joinpath("graphiql", "index.html")), headers=_HEADERS)
