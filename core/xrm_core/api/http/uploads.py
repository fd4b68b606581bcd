"""POST /uploads: a file, sent as the body and written to disk as it comes, for a command that takes its id."""

import asyncio
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from xrm_core.api.errors import shown_alone
from xrm_core.api.execute import request_id
from xrm_core.api.http.answers import Reply, refusal, sent_back, unavailable
from xrm_core.api.http.callers import address_of, caller_of
from xrm_core.api.http.origin import check_origin
from xrm_core.api.http.reading import parameters_of, pieces, refuse_packed
from xrm_core.api.http.refusals import BadRequest, in_time
from xrm_core.app import Application
from xrm_core.documents.models import Upload
from xrm_core.documents.uploads import Uploads
from xrm_core.errors import DomainError, Unavailable, WireCode

# What a form of another site can send, and no way to send a file's own bytes.
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


async def upload(request: Request) -> Response:
    """Take a file: 201 with its id, or why not."""
    stamp = request_id()
    try:
        made = await _taken(request)
    except BadRequest as wrong:
        return await sent_back(request, refusal(wrong, stamp))
    except DomainError as wrong:
        entry, status = shown_alone(wrong, stamp)
        headers = {"connection": "close"}
        return await sent_back(request, Reply(orjson.dumps({"errors": [entry]}), status, headers=headers))
    return await sent_back(request, Reply(orjson.dumps(_told(made)), 201))


async def _taken(request: Request) -> Upload:
    app: Application = request.app.state.xrm
    uploads: Uploads = request.app.state.uploads
    check_origin(request, app.settings)
    address = address_of(request)
    with in_time():
        app.rates.count_address(address)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in _FORMS:
        raise BadRequest("Send the file itself as the body, not a form.", 415)
    refuse_packed(request)
    name = parameters_of(request).get("name", "")
    try:
        actor = await caller_of(request)
    except Unavailable as down:
        raise unavailable(down.message) from down
    if actor is None:
        challenge = {"www-authenticate": "Bearer", "connection": "close"}
        raise BadRequest("Sign in first.", 401, code=WireCode.UNAUTHENTICATED, headers=challenge)
    with in_time():
        app.rates.count_user(actor, address)
    try:
        async with asyncio.timeout(app.settings.upload_timeout_s):
            body = pieces(request, app.settings.max_upload_bytes)
            return await uploads.receive(actor, body, name=name)
    except TimeoutError as slow:
        raise BadRequest("The file took too long.", 408, headers={"connection": "close"}) from slow


def _told(made: Upload) -> dict[str, Any]:
    return {
        "id": str(made.id),
        "name": made.name,
        "mediaType": made.media_type,
        "sha256": made.sha256,
        "size": made.size,
        "expiresAt": made.expires_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
