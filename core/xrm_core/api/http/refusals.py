"""Requests that never become an operation: each says what is wrong, where, and with which status."""

from collections.abc import Mapping

from xrm_core.errors import WireCode


class BadRequest(Exception):
    """The request is not GraphQL over HTTP as it should be; the text says why."""

    def __init__(
        self,
        message: str,
        status: int = 400,
        *,
        code: WireCode = WireCode.VALIDATION,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.field = message, status, code, field
        self.headers = dict(headers or {})


class TooLarge(BadRequest):
    """The body is longer than allowed; the connection ends, since the rest of it is not read."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit} bytes.",
            413,
            code=WireCode.LIMIT_EXCEEDED,
            headers={"connection": "close"},
        )
