"""What goes back: the body, its status and its headers."""

import orjson
from starlette.responses import Response

from xrm_core.errors import WireCode

_JSON = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def answered(body: bytes, status: int = 200) -> Response:
    """The answer to an operation."""
    return Response(body, status, _JSON)


def refused(message: str, status: int, code: WireCode = WireCode.VALIDATION) -> Response:
    """A request that never became an operation."""
    error = {"message": message, "extensions": {"code": code.value}}
    return answered(orjson.dumps({"errors": [error]}), status)
