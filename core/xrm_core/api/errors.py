"""The one place where errors become what clients see: coded, helpful, and nothing internal."""

from collections.abc import Sequence
from typing import Any

import structlog
from graphql import GraphQLError

from xrm_core.errors import DomainError, Invalid, LimitExceeded, Refusal, WireCode

# The HTTP status of an answer without data, where the media type lets it be told.
_STATUS = {
    WireCode.UNAUTHENTICATED.value: 401,
    WireCode.FORBIDDEN.value: 403,
    WireCode.NOT_FOUND.value: 404,
    WireCode.CONFLICT.value: 409,
    WireCode.INTERNAL.value: 500,
    WireCode.UNAVAILABLE.value: 503,
}
_LOG = structlog.get_logger("xrm.api")


class AskedByGet(Invalid):
    """A mutation was sent by GET, which only asks."""

    code = "core.asked_by_get"

    def __init__(self) -> None:
        super().__init__("GET only asks: send mutations by POST.")


def status_of(entry: dict[str, Any], cause: Exception | None = None) -> int:
    """The status of an answer that is nothing but this error."""
    if isinstance(cause, AskedByGet):
        return 405
    if getattr(cause, "retry_after", None) is not None:
        return 429
    return _STATUS.get(entry["extensions"]["code"], 400)


def shown_alone(cause: Exception, request_id: str) -> tuple[dict[str, Any], int]:
    """An error outside GraphQL as answers carry it, and the status that goes with it."""
    entry = shown(GraphQLError(str(cause), original_error=cause), request_id)
    return entry, status_of(entry, cause)


def shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error as the answer carries it. What is not ours to tell is logged under the request id and masked."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, RecursionError):
        cause = LimitExceeded("The question is nested too deeply.")
    entry: dict[str, Any] = {"message": error.message}
    if error.locations:
        entry["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        entry["path"] = list(error.path)
    if isinstance(cause, DomainError):
        entry["message"] = cause.message
        entry["extensions"] = _domain(cause)
    elif cause is None or isinstance(cause, GraphQLError):
        entry["extensions"] = {"code": WireCode.VALIDATION.value, **_field_of(error)}
    else:
        _log(cause, request_id)
        entry["message"] = "Something went wrong on our side; the request id finds it in the log."
        entry["extensions"] = {"code": WireCode.INTERNAL.value}
    entry["extensions"]["requestId"] = request_id
    return entry


def _log(cause: Exception, request_id: str) -> None:
    """Once, however many places of an answer it spoils."""
    note = f"logged for request {request_id}"
    if note not in getattr(cause, "__notes__", ()):
        _LOG.error("unexpected", request_id=request_id, exc_info=cause)
        cause.add_note(note)


def _domain(cause: DomainError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": cause.wire.value}
    if cause.field:
        extensions["field"] = cause.field
    extensions["problems"] = problems_of(cause.problems)
    return extensions


def problems_of(problems: Sequence[Refusal]) -> list[dict[str, Any]]:
    """Reasons as an answer carries them."""
    return [
        {"code": problem.code, "message": problem.message, "field": problem.field, "data": dict(problem.data)}
        for problem in problems
    ]


def _field_of(error: GraphQLError) -> dict[str, str]:
    for node in error.nodes or []:
        name = getattr(getattr(node, "variable", node), "name", None)
        if name is not None:
            return {"field": name.value}
    return {}
