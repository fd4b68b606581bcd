"""Intervals as rows: what is stored, what is sealed, and how a stored chain is checked."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xrm_core.graph.relationship import Relationship
from xrm_core.ids import new_id
from xrm_workflows.history import GENESIS, EvidenceRow, Interval, seal
from xrm_workflows.models import StageInterval, StateInterval

# What an object with stages keeps and one with a plain state does not.
_STAGED = ("stage", "substage", "status")
_KEPT = (
    "state", "entered_at", "left_at", "trigger", "mode", "episode", "rule_version", "actor", "reason",
    "comment", "evidence",
)  # fmt: skip
# Sealed is what was known when the interval began; its end is the beginning of the next one.
_SEALED = tuple(name for name in _KEPT if name != "left_at")


def interval_row(resource: str, object_id: Any, interval: Interval, *, previous_digest: str = GENESIS) -> Any:
    """The row of an interval that follows the one with `previous_digest` in the object's chain."""
    values = {name: getattr(interval, name) for name in _KEPT}
    digests: dict[str, Any] = sealed(resource, object_id, interval, previous_digest)
    if resource == Relationship.__resource__:
        staged = {name: getattr(interval, name) for name in _STAGED}
        return StageInterval(relationship=object_id, **values, **staged, **digests)
    return StateInterval(object_type=resource, object_id=object_id, **values, **digests)


def interval_of(row: Any) -> Interval:
    """A stored interval as the rules know it."""
    staged: dict[str, Any] = {name: getattr(row, name, None) for name in _STAGED}
    return Interval(**{name: getattr(row, name) for name in _KEPT}, **staged)


def sealed(resource: str, object_id: Any, interval: Any, previous_digest: str) -> dict[str, Any]:
    """The digests and the salt to store beside an interval."""
    made = seal(_values(resource, object_id, interval), previous_digest=previous_digest)
    return {
        "previous_digest": made.previous_digest,
        "value_digest": made.value_digest,
        "digest": made.digest,
        "salt": made.salt,
    }


def column_values(
    tenant_id: int, relationship_id: Any, interval: Interval, previous_digest: str
) -> dict[str, Any]:
    """The columns of a stage interval, for inserting many at once."""
    now = dt.datetime.now(dt.UTC)
    values = {name: getattr(interval, name) for name in (*_STAGED, *_KEPT)}
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "relationship_id": relationship_id,
        **values,
        "actor_id": values.pop("actor"),
        **sealed(Relationship.__resource__, relationship_id, interval, previous_digest),
    }


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A stored interval as a link of its chain."""

    previous_digest: str
    value_digest: str
    digest: str
    salt: str | None
    values: Mapping[str, Any] | None


def chain(rows: Iterable[Any]) -> list[EvidenceRow]:
    """The stored intervals of one object, oldest first, as `verify_chain` takes them."""
    return [
        StoredLink(row.previous_digest, row.value_digest, row.digest, row.salt, _values(*_subject(row), row))
        for row in rows
    ]


def _subject(row: Any) -> tuple[str, Any]:
    if isinstance(row, StageInterval):
        return Relationship.__resource__, row.relationship
    return row.object_type, row.object_id


def _values(resource: str, object_id: Any, interval: Any) -> dict[str, Any]:
    names = (*_STAGED, *_SEALED) if resource == Relationship.__resource__ else _SEALED
    values = {name: getattr(interval, name) for name in names}
    actor = values["actor"]
    return {
        **values,
        "actor": None if actor is None else str(actor),
        "resource": resource,
        "object": str(object_id),
    }
