"""What a request asks for, read from its body or its address, bounded before it is looked at."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jiter
import orjson
from starlette.requests import ClientDisconnect, Request

from xrm_core.api.http.refusals import BadRequest, TooLarge
from xrm_core.errors import WireCode

_PARAMETERS = ("query", "variables", "operationName", "extensions", "documentId")
_MOST_PARAMETERS = 50
_DIGITS = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Sent:
    """One operation as it was sent: a document or the name of one, and what goes with it."""

    query: str | None
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None
    extensions: dict[str, Any] = field(default_factory=dict)
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a body may be, in bytes, how many operations it may hold, how many seconds it may take."""

    size: int
    operations: int
    seconds: float


def is_on(request: Request, header: str) -> bool:
    """Whether a header switches something on."""
    return request.headers.get(header, "").strip().lower() in ("1", "true")


async def posted(request: Request, bounds: Bounds) -> Sent | list[Sent]:
    """What the body asks for: one operation, or several in a list. Raises: BadRequest."""
    _check_type(request)
    payload = _json(await body_of(request, bounds), "The body")
    if isinstance(payload, list):
        return _several(payload, bounds.operations)
    return sent_of(payload)


def _several(payload: list[Any], most: int) -> list[Sent]:
    if most < 2:
        raise BadRequest("Send one operation a request: the body is one JSON object.")
    if not payload:
        raise BadRequest("The list of operations is empty.")
    if len(payload) > most:
        raise BadRequest(f"At most {most} operations in one request.", code=WireCode.LIMIT_EXCEEDED)
    return [sent_of(item, f"[{place}].") for place, item in enumerate(payload)]


def _check_type(request: Request) -> None:
    # A simple form from another site cannot have this type without the browser asking us first.
    name, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    if name == "multipart/form-data":
        raise BadRequest("Files are uploaded by POST /uploads; send application/json here.", 415)
    if name != "application/json":
        raise BadRequest("Send application/json.", 415, headers={"accept-post": "application/json"})
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise BadRequest("Send UTF-8.", 415)
    refuse_packed(request)


def refuse_packed(request: Request) -> None:
    """The body comes as it is. Raises: BadRequest (415)."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        # Inflating what others packed is how a small body becomes a large one.
        raise BadRequest("Send the body uncompressed.", 415, headers={"accept-encoding": "identity"})


def asked(request: Request) -> Sent:
    """What the address asks for. Raises: BadRequest."""
    given = parameters_of(request)
    return sent_of(
        {
            "query": given.get("query"),
            "documentId": given.get("documentId"),
            "operationName": given.get("operationName"),
            "variables": _json(given["variables"], "variables") if given.get("variables") else None,
            "extensions": _json(given["extensions"], "extensions") if given.get("extensions") else None,
        }
    )


def parameters_of(request: Request) -> dict[str, str]:
    """The parameters of the address, each once. Raises: BadRequest."""
    try:
        text = request.scope["query_string"].decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError as wrong:
        raise BadRequest("The parameters of the address cannot be read as UTF-8.") from wrong
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found and name in _PARAMETERS:
            raise BadRequest(f"{name} stands twice in the address.", field=name)
        found[name] = value
    return found


async def body_of(request: Request, bounds: Bounds) -> bytes:
    """The whole body. Raises: BadRequest if it is too long or takes too long."""
    body = bytearray()
    try:
        async with asyncio.timeout(bounds.seconds):
            async for chunk in pieces(request, bounds.size):
                body += chunk
    except TimeoutError as slow:
        raise BadRequest("The body took too long.", 408, headers={"connection": "close"}) from slow
    return bytes(body)


async def pieces(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises: BadRequest once it is longer than `limit` bytes, declared or not."""
    declared = request.headers.get("content-length", "0")
    if not _DIGITS.fullmatch(declared) or int(declared) > limit:
        raise TooLarge(limit)
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit)
            yield chunk
    except ClientDisconnect as gone:
        raise BadRequest("The body ended too early.") from gone


def _json(text: str | bytes, what: str) -> Any:
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as wrong:
        raise BadRequest(f"{what} is not JSON.") from wrong
    # What stands twice is read by one program as the first and by another as the last.
    try:
        jiter.from_json(text if isinstance(text, bytes) else text.encode(), catch_duplicate_keys=True)
    except ValueError as wrong:
        if "recursion" in str(wrong):
            message = f"{what} is nested too deeply."
            raise BadRequest(message, code=WireCode.LIMIT_EXCEEDED) from wrong
        raise BadRequest(f"{what} has a key that stands twice.") from wrong
    return value


def sent_of(payload: Any, place: str = "") -> Sent:
    """One operation, each of its parts of the right kind; `place` stands before names in errors.

    Raises: BadRequest.
    """
    if not isinstance(payload, dict):
        raise BadRequest(f"{place or 'The body '}is not a JSON object.")
    query = _part(payload, "query", str, place)
    document_id = _part(payload, "documentId", str, place)
    extensions = _part(payload, "extensions", dict, place) or {}
    if query is None and document_id is None and not isinstance(extensions.get("persistedQuery"), dict):
        raise BadRequest(f"{place}query is missing.", field=f"{place}query")
    variables = _part(payload, "variables", dict, place) or {}
    return Sent(query, variables, _part(payload, "operationName", str, place), extensions, document_id)


def _part(payload: dict[str, Any], name: str, kind: type, place: str) -> Any:
    value = payload.get(name)
    if value is not None and not isinstance(value, kind):
        shown = "a string" if kind is str else "a JSON object"
        raise BadRequest(f"{place}{name} is {shown}.", field=f"{place}{name}")
    return value
