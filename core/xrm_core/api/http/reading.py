"""What a request asks for, read from its body or its address, bounded before it is looked at."""

from typing import Any

import orjson
from starlette.requests import Request


class BadRequest(Exception):
    """The request is not GraphQL over HTTP; the text says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


async def posted(request: Request, limit: int) -> dict[str, Any]:
    """What the body asks for, at most `limit` bytes of it. Raises: BadRequest."""
    # A simple form from another site cannot have this type without the browser asking us first.
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise BadRequest("Send application/json.", 415)
    try:
        payload = orjson.loads(await body_of(request, limit))
    except (orjson.JSONDecodeError, RecursionError) as wrong:
        raise BadRequest("The body is not JSON.") from wrong
    return _checked(payload)


def asked(request: Request) -> dict[str, Any]:
    """What the address asks for. Raises: BadRequest."""
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


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body, if it is not longer than `limit` bytes. Raises: BadRequest."""
    declared = request.headers.get("content-length")
    if declared is not None and declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
        raise BadRequest(f"The body is larger than {limit} bytes.", 413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BadRequest(f"The body is larger than {limit} bytes.", 413)
    return bytes(body)


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
