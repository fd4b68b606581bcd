"""What goes back: the body, its status and its headers, packed as the client can unpack it."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import zstandard
from starlette.requests import Request
from starlette.responses import Response

from xrm_core.api.errors import problems_of
from xrm_core.api.http.negotiation import JSON, weighed
from xrm_core.api.http.refusals import BadRequest
from xrm_core.errors import WireCode

# What an answer depends on beside its address.
VARY = "Accept, Accept-Encoding, Accept-Language, Authorization, Cookie, X-Time-Zone"
_LEAST_PACKED = 2_000
# Larger bodies are packed beside the loop, in bytes.
_LONG_TO_PACK = 200_000


@dataclass(slots=True)
class Reply:
    """An answer on its way out."""

    body: bytes
    status: int = 200
    media: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    # What may hold a secret beside text the asker chose is not packed: its length would tell of the secret.
    is_packed: bool = True


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1, mtime=0)


_PACKERS: dict[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "gzip": _gzip}


async def sent_back(request: Request, reply: Reply) -> Response:
    """The response, packed if the client can unpack it and it is worth it."""
    headers = headers_of(reply.media) | reply.headers
    body = reply.body
    if reply.is_packed and len(body) >= _LEAST_PACKED:
        name = packing(request.headers.get("accept-encoding", ""))
        if name is not None:
            packer = _PACKERS[name]
            body = packer(body) if len(body) < _LONG_TO_PACK else await asyncio.to_thread(packer, body)
            headers["content-encoding"] = name
    return Response(body, reply.status, headers)


def headers_of(media: str) -> dict[str, str]:
    """What every answer of this media type carries."""
    return {"content-type": f"{media}; charset=utf-8", "cache-control": "no-store", "vary": VARY}


def packing(accepted: str) -> str | None:
    """How to pack for a client that accepts these codings: the one it weighs highest, zstd before gzip."""
    if not accepted:
        return None
    weights = dict(reversed(weighed(accepted)))
    rest = weights.get("*", 0.0)
    best = max(_PACKERS, key=lambda name: weights.get(name, rest))
    weight = weights.get(best, rest)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else None


def refusal(wrong: BadRequest, request_id: str, media: str = JSON) -> Reply:
    """What is said of a request that never became an operation."""
    extensions: dict[str, Any] = {"code": wrong.code.value, "requestId": request_id}
    if wrong.field:
        extensions["field"] = wrong.field
    if wrong.problems:
        extensions["problems"] = problems_of(wrong.problems)
    body = orjson.dumps({"errors": [{"message": wrong.message, "extensions": extensions}]})
    return Reply(body, wrong.status, media, dict(wrong.headers))


def unavailable(message: str) -> BadRequest:
    """Something the answer needs is down."""
    return BadRequest(message, 503, code=WireCode.UNAVAILABLE, headers={"retry-after": "5"})


def tag(body: bytes, key: bytes, media: str) -> str:
    """A weak entity tag. Its key keeps those who see only the tag from guessing what the answer was."""
    digest = hashlib.blake2b(body, digest_size=16, key=key[:64], person=media[-16:].encode()).hexdigest()
    return f'W/"{digest}"'


def is_known(headers: Mapping[str, str], current: str) -> bool:
    """Whether If-None-Match names the entity tag (RFC 9110, 13.1.2: compared weakly)."""
    given = headers.get("if-none-match", "")
    names = [one.strip().removeprefix("W/") for one in given.split(",")]
    return given.strip() == "*" or current.removeprefix("W/") in names
