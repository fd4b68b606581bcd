"""What is said where no endpoint answers: no such address, no such method, or one of ours broke."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from xrm_core.api.errors import shown_alone
from xrm_core.api.execute import request_id
from xrm_core.api.http.answers import refusal, sent_back
from xrm_core.api.http.refusals import BadRequest
from xrm_core.errors import WireCode

_SAID = {404: "There is nothing at this address.", 405: "This address is not asked in this way."}


async def said_no(request: Request, wrong: Exception) -> Response:
    """The framework's own refusals in the shape of all errors."""
    assert isinstance(wrong, HTTPException)
    code = WireCode.NOT_FOUND if wrong.status_code == 404 else WireCode.VALIDATION
    message = _SAID.get(wrong.status_code, "This request cannot be answered.")
    told = BadRequest(message, wrong.status_code, code=code, headers=dict(wrong.headers or {}))
    return await sent_back(request, refusal(told, request_id()))


async def broke(request: Request, wrong: Exception) -> Response:
    """Something unexpected: logged under the request's id, and nothing of it told."""
    stamp = request_id()
    entry, status = shown_alone(wrong, stamp)
    told = BadRequest(entry["message"], max(status, 500), code=WireCode.INTERNAL)
    return await sent_back(request, refusal(told, stamp))


HANDLERS: dict[Any, Any] = {HTTPException: said_no, Exception: broke}
