"""Downloading a document: only for those who may read its record."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from xrm_core.api.http.callers import address_of, caller_of
from xrm_core.api.rates import TooMany
from xrm_core.documents import FileStore
from xrm_core.errors import DomainError, Unavailable
from xrm_core.text import text_key

_QUESTION = "query ($id: ID!) { document(id: $id) { title mediaType sha256 } }"


async def download(request: Request) -> Response:
    """The bytes of a document; one that may not be seen is not there."""
    app = request.app.state.xrm
    try:
        app.rates.count_address(address_of(request))
        actor = await caller_of(request)
        app.rates.count_user(actor, address_of(request))
    except TooMany as wrong:
        return PlainTextResponse(wrong.message, 429, {"retry-after": str(wrong.retry_after)})
    except Unavailable as down:
        return PlainTextResponse(down.message, 503)
    if actor is None:
        return PlainTextResponse("Sign in first.", 401)
    try:
        answer = await app.ask(actor, _QUESTION, {"id": request.path_params["id"]})
    except (RuntimeError, DomainError):
        return PlainTextResponse("There is no such document.", 404)
    found = answer["document"]
    if found is None:
        return PlainTextResponse("There is no such document.", 404)
    try:
        content = FileStore(app.settings.data_dir / "files").load(found["sha256"])
    except DomainError as lost:
        return PlainTextResponse(lost.message, 503)
    # Headers are Latin-1; letters of other scripts are not.
    letters = (char if char.isascii() and char.isalnum() else "-" for char in text_key(found["title"]))
    name = "".join(letters).strip("-")[:80]
    headers = {
        "content-disposition": f'inline; filename="{name or "document"}.pdf"',
        "x-content-type-options": "nosniff",
        "etag": f'"{found["sha256"]}"',
        "cache-control": "private, max-age=0",
    }
    return Response(content, media_type=found["mediaType"], headers=headers)
