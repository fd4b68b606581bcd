"""Downloading a document: only for those who may read its record."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from xrm_core.api.execute import request_id
from xrm_core.api.http.answers import refusal, sent_back, unavailable
from xrm_core.api.http.callers import address_of, caller_of
from xrm_core.api.http.refusals import BadRequest, in_time
from xrm_core.app import Application
from xrm_core.documents import FileStore
from xrm_core.errors import DomainError, Unavailable, WireCode
from xrm_core.text import text_key

_QUESTION = "query ($id: ID!) { document(id: $id) { title mediaType sha256 } }"
_PDF = "application/pdf"
# The browser's own viewer shows it, in pages of ours too. A stricter policy is one that some viewers stumble over.
_SHOWN = {"content-security-policy": "frame-ancestors 'self'", "x-frame-options": "SAMEORIGIN"}


async def download(request: Request) -> Response:
    """The bytes of a document; one that may not be seen is not there."""
    try:
        return await _downloaded(request)
    except BadRequest as wrong:
        return await sent_back(request, refusal(wrong, request_id()))


async def _downloaded(request: Request) -> Response:
    app: Application = request.app.state.xrm
    address = address_of(request)
    try:
        with in_time():
            app.rates.count_address(address)
        actor = await caller_of(request)
        with in_time():
            app.rates.count_user(actor, address)
        if actor is None:
            raise BadRequest("Sign in first.", 401, code=WireCode.UNAUTHENTICATED)
        found = (await app.ask(actor, _QUESTION, {"id": request.path_params["id"]}))["document"]
    except Unavailable as down:
        raise unavailable(down.message) from down
    except (RuntimeError, DomainError) as wrong:
        if WireCode.UNAVAILABLE.value in str(wrong):
            raise unavailable("The document cannot be looked for now; try again.") from wrong
        found = None
    if found is None:
        raise BadRequest("There is no such document.", 404, code=WireCode.NOT_FOUND)
    try:
        store = FileStore(app.settings.data_dir / "files")
        content = await asyncio.to_thread(store.load, found["sha256"])
    except DomainError as lost:
        raise unavailable(lost.message) from lost
    return Response(content, media_type=found["mediaType"], headers=_headers(found))


def _headers(found: dict[str, str]) -> dict[str, str]:
    # Headers are Latin-1; letters of other scripts are not.
    letters = (char if char.isascii() and char.isalnum() else "-" for char in text_key(found["title"]))
    name = "".join(letters).strip("-")[:80] or "document"
    is_shown = found["mediaType"] == _PDF
    disposition = f'inline; filename="{name}.pdf"' if is_shown else f'attachment; filename="{name}"'
    return {
        "content-disposition": disposition,
        "etag": f'"{found["sha256"]}"',
        "cache-control": "private, max-age=0",
        **(_SHOWN if is_shown else {}),
    }
