"""Requests that never become an operation: each says what is wrong, where, and with which status."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from xrm_core.api.rates import TooMany
from xrm_core.errors import Refusal, WireCode


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
        problems: Sequence[Refusal] = (),
    ) -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.field = message, status, code, field
        self.headers, self.problems = dict(headers or {}), list(problems)


class TooLarge(BadRequest):
    """The body is longer than allowed; the connection ends, since the rest of it is not read."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit} bytes.",
            413,
            code=WireCode.LIMIT_EXCEEDED,
            headers={"connection": "close"},
        )


@contextmanager
def in_time() -> Iterator[None]:
    """Who asks too often meanwhile is told when to try again. Raises: BadRequest."""
    try:
        yield
    except TooMany as wrong:
        after = {"retry-after": str(wrong.retry_after)}
        raise BadRequest(
            wrong.message, 429, code=wrong.wire, headers=after, problems=wrong.problems
        ) from wrong
