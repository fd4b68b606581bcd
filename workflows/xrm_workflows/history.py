"""What was: the intervals an object spent in its states, and the chain that shows nobody rewrote them."""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

from xrm_core.errors import Refusal

# What the first row of a chain follows: 32 zero bytes, in hexadecimal.
GENESIS = "00" * 32


class PastInterval(Protocol):
    """What a rule may ask of an interval in an object's past."""

    @property
    def stage(self) -> str | None: ...
    @property
    def substage(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...
    @property
    def episode(self) -> int: ...
    @property
    def entered_at(self) -> dt.datetime: ...


@dataclass(frozen=True, slots=True)
class Interval:
    """A time an object spent in one state, and the move that brought it there (rules.md R-A-04).

    `left_at` is None while it is there; `trigger` is the rule (T5), or the event where no rule is named;
    `mode` says who moved it; `rule_version` under which definition; `evidence` holds JSON values only.
    """

    state: str
    stage: str | None
    substage: str | None
    status: str | None
    entered_at: dt.datetime
    trigger: str
    mode: str
    episode: int = 1
    left_at: dt.datetime | None = None
    rule_version: str | None = None
    actor: str | None = None
    reason: str | None = None
    comment: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def interval_problems(intervals: Sequence[Interval]) -> list[Refusal]:
    """How the intervals of one object break R-A-01, oldest first; empty if they hold.

    At most the last one is open, each begins when the one before ends, episodes start at 1 and never fall.
    """
    found: list[Refusal] = []
    for position, each in enumerate(intervals):
        following = intervals[position + 1] if position + 1 < len(intervals) else None
        if each.left_at is not None and each.left_at < each.entered_at:
            found.append(_broken(f"{each.state} was left before it was entered."))
        if following is not None and each.left_at != following.entered_at:
            found.append(_broken(f"{following.state} does not begin when {each.state} ends."))
        if following is not None and following.episode - each.episode not in (0, 1):
            found.append(_broken(f"Episode {following.episode} follows episode {each.episode}."))
    if intervals and intervals[0].episode != 1:
        found.append(_broken("The first episode is not number 1."))
    return found


def _broken(message: str) -> Refusal:
    return Refusal("workflows.history_broken", message)


class EvidenceRow(Protocol):
    """A row of an evidence chain. `salt` and `values` are None once they were erased."""

    @property
    def previous_digest(self) -> str: ...
    @property
    def value_digest(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def salt(self) -> str | None: ...
    @property
    def values(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Seal:
    """The digests to store beside an evidence row, and its salt; all in hexadecimal."""

    previous_digest: str
    value_digest: str
    digest: str
    salt: str


def jsonable(value: Any) -> Any:
    """The value as JSON holds it, so that what is stored and read back hashes as it did when written.

    Decimals and identifiers become text, times UTC in ISO 8601, whole floats integers.

    Raises: TypeError, for a time without zone, a float that is not finite, or a value JSON cannot hold.
    """
    match value:
        case None | bool() | int() | str():
            return value.value if isinstance(value, Enum) else value
        case float():
            return _number(value)
        case Decimal() | UUID():
            return str(value)
        case dt.datetime():
            return _moment(value)
        case dt.date():
            return value.isoformat()
        case Mapping():
            return {str(key): jsonable(each) for key, each in value.items()}
        case list() | tuple():
            return [jsonable(each) for each in value]
    raise TypeError(f"{type(value).__name__} cannot stand in an evidence row")


def canonical(values: Mapping[str, Any]) -> bytes:
    """The one way to write these values down: keys sorted, no spaces, UTF-8. Raises: TypeError."""
    return json.dumps(jsonable(values), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def value_digest(salt: str, values: Mapping[str, Any]) -> str:
    """sha256(salt, canonical values): without the salt nobody can guess values back from it."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(values)).hexdigest()


def chain_digest(previous_digest: str, salted: str) -> str:
    """sha256(previous digest, salted digest of the values): the row's place in its chain (R-0-10)."""
    return hashlib.sha256(bytes.fromhex(previous_digest) + bytes.fromhex(salted)).hexdigest()


def seal(values: Mapping[str, Any], *, previous_digest: str = GENESIS, salt: str | None = None) -> Seal:
    """The digests of a new row that follows the one with `previous_digest`; a fresh salt unless given."""
    grain = salt or secrets.token_hex(16)
    salted = value_digest(grain, values)
    return Seal(previous_digest, salted, chain_digest(previous_digest, salted), grain)


def verify_chain(rows: Iterable[EvidenceRow]) -> list[Refusal]:
    """Where the rows of one object, oldest first, do not follow from each other; empty if none was touched.

    A row whose values were erased is checked by its digests alone. A chain cut off at its end looks whole:
    compare the last digest with one kept elsewhere.
    """
    found: list[Refusal] = []
    previous = GENESIS
    for position, row in enumerate(rows):
        for complaint in _complaints(row, previous):
            message = f"Row {position} {complaint}."
            found.append(Refusal("workflows.chain_broken", message, data={"row": position}))
        previous = row.digest
    return found


def _complaints(row: EvidenceRow, previous: str) -> Iterable[str]:
    if row.previous_digest != previous:
        yield "does not follow the row before it"
    if row.digest != chain_digest(row.previous_digest, row.value_digest):
        yield "has a digest that its contents do not give"
    is_whole = row.salt is not None and row.values is not None
    if is_whole and row.value_digest != value_digest(row.salt or "", row.values or {}):
        yield "holds values other than those that were sealed"


def _number(value: float) -> float | int:
    if value != value or value in (float("inf"), float("-inf")):
        raise TypeError("a number that is not finite cannot stand in an evidence row")
    return int(value) if value.is_integer() else value


def _moment(value: dt.datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("a time without zone cannot stand in an evidence row")
    return value.astimezone(dt.UTC).isoformat()
