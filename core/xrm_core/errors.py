"""How the product says no: coded errors for people and programs, and nothing internal in them."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class WireCode(StrEnum):
    """The closed list of codes in `extensions.code` of a GraphQL error (api.graphql)."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    VALIDATION = "VALIDATION"
    CONFLICT = "CONFLICT"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    PLUGIN_DISABLED = "PLUGIN_DISABLED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    # The protocol of persisted queries: clients look for these and send the document's text.
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why something may not be done: a dotted code, a sentence, and the field it is about."""

    # Where an answer carries refusals, clients read them as the API's problems.
    __graphql__: ClassVar[str] = "Problem"

    code: str
    message: str
    field: str | None = None
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class DomainError(Exception):
    """A refusal the caller can act on. Subclasses set `code` (prefixed by their plugin's id) and `wire`."""

    code: ClassVar[str] = "core.error"
    wire: ClassVar[WireCode] = WireCode.VALIDATION

    def __init__(self, message: str, *, field: str | None = None, problems: Sequence[Refusal] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.problems = list(problems) or [Refusal(self.code, message, field)]


class Invalid(DomainError):
    """The input is wrong; each problem names its field."""

    code = "core.invalid"


class Refused(DomainError):
    """A business rule says no; the problems carry every reason at once."""

    code = "core.refused"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(r.message for r in refusals), field=refusals[0].field, problems=refusals)


class NotFound(DomainError):
    """There is no such object, or the asker may not see it: the two are not told apart."""

    code = "core.not_found"
    wire = WireCode.NOT_FOUND

    def __init__(self, what: str, object_id: object, *, field: str | None = None) -> None:
        super().__init__(f"There is no {what} with id {object_id}.", field=field)


class Forbidden(DomainError):
    """The asker may see the object but not do this with it."""

    code = "core.forbidden"
    wire = WireCode.FORBIDDEN


class Unauthenticated(DomainError):
    """Nobody is signed in."""

    code = "core.unauthenticated"
    wire = WireCode.UNAUTHENTICATED


class Conflict(DomainError):
    """The object changed since the caller read it; read it again and retry."""

    code = "core.conflict"
    wire = WireCode.CONFLICT


class IllegalTransition(DomainError):
    """The state machine has no such move from the present state, or a guard refuses it."""

    code = "workflows.illegal_transition"
    wire = WireCode.ILLEGAL_TRANSITION


class LimitExceeded(DomainError):
    """The request asks for more than one request may."""

    code = "core.limit_exceeded"
    wire = WireCode.LIMIT_EXCEEDED


class TooCostly(LimitExceeded):
    """The question is estimated to cost more rows than one question may."""

    code = "core.too_costly"

    def __init__(self, cost: int, most: int) -> None:
        super().__init__(
            f"The question costs an estimated {cost} rows; {most} are allowed: ask for smaller pages (first),"
            " fewer lists inside each other, or in several requests.",
            problems=[
                Refusal(
                    self.code, f"{cost} rows estimated, {most} allowed.", data={"cost": cost, "limit": most}
                )
            ],
        )


class TooSlow(LimitExceeded):
    """The database took longer over a question than one question may take."""

    code = "core.too_slow"

    def __init__(self, limit_s: float) -> None:
        super().__init__(
            f"The question took longer than {limit_s:g} seconds, which are allowed: filter more narrowly,"
            " ask for smaller pages, or for fewer lists and totals at once.",
            problems=[
                Refusal(self.code, f"Stopped after {limit_s:g} seconds.", data={"limitSeconds": limit_s})
            ],
        )


class TooLong(LimitExceeded):
    """The answer is longer than one answer may be."""

    code = "core.too_long"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The answer is longer than {most} characters, which are allowed: ask for smaller pages, or fewer fields.",
            problems=[Refusal(self.code, f"Longer than {most} characters.", data={"limit": most})],
        )


class TooComplex(LimitExceeded):
    """The database cannot take a statement this large or this deeply nested."""

    code = "core.too_complex"


class PluginDisabled(DomainError):
    """The plugin is installed but an admin has not enabled it."""

    code = "core.plugin_disabled"
    wire = WireCode.PLUGIN_DISABLED


class Unavailable(DomainError):
    """Something the answer needs is down or missing; trying again later may help."""

    code = "core.unavailable"
    wire = WireCode.UNAVAILABLE
