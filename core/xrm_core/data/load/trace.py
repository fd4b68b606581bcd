"""The trace a bulk import leaves: one audit entry for the file, and one for each party it touched.

The file's entry carries the sum of its bytes, the counts and how ids were derived; a party's entry names its
relationship and the rows of the file that became its dealings. All carry the file's id as `request_id`, so that
from any row one finds the import, and from the import every row. An import through the session (GLEIF) has all
its changes in its one entry.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.load.managed import Edges
from xrm_core.data.load.rows import insert_rows
from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.events.models import AuditEvent
from xrm_core.ids import Id, new_id

IMPORT = "core.import"

Change = dict[str, Any]


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file's bytes, in hexadecimal. Raises: BrokenFile if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BrokenFile(f"{path} cannot be read: {error.strerror}.") from error


async def is_imported(ctx: Context, import_id: Id[Any]) -> bool:
    """Whether an import of that id has written anything."""
    t = REGISTRY.of(AuditEvent).table
    query = sa.select(t.c.id).where(
        t.c.tenant_id == ctx.tenant_id, t.c.object_type == IMPORT, t.c.object_id == str(import_id)
    )
    return (await ctx.session.execute(query.limit(1))).first() is not None


def trace_import(ctx: Context, import_id: Id[Any], facts: Mapping[str, Any]) -> None:
    """The unit of work will write the import's audit entry, and tell the outbox that it took place."""
    ctx.request_id = str(import_id)
    ctx.audited.insert(0, {"type": IMPORT, "id": import_id, "kind": "created", "values": made(facts)})
    ctx.emit("core.import.finished", import_id=import_id, **facts)


async def trace_parties(
    ctx: Context, import_id: Id[Any], changes: Iterable[tuple[Id[Any], list[Change]]]
) -> None:
    """An audit entry for each party, with what changed about it."""
    await insert_rows(
        ctx,
        AuditEvent,
        (
            {
                "id": new_id(),
                "occurred_at": ctx.now,
                "actor_id": ctx.actor.user_id,
                "command": ctx.command,
                "object_type": "core.party",
                "object_id": str(party),
                "changes": changed,
                "request_id": str(import_id),
            }
            for party, changed in changes
        ),
    )


def made(values: Mapping[str, Any]) -> list[Change]:
    """The values of something new, as an audit entry lists them."""
    return [{"field": name, "from": None, "to": value} for name, value in values.items() if value is not None]


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The values that differ, as an audit entry lists them."""
    return [
        {"field": name, "from": before.get(name), "to": value}
        for name, value in after.items()
        if before.get(name) != value
    ]


def own_changes(
    party: Id[Any], new_parties: Mapping[Id[Any], Mapping[str, Any]], edges: Edges
) -> list[Change]:
    """What an import made of a party itself and of its relationship with our unit."""
    own: list[Change] = []
    if party in new_parties:
        own.append(change("core.party", party, "created", made(_values(new_parties[party]))))
    if party in edges.made:
        row = edges.made[party]
        own.append(change("core.relationship", row["id"], "created", made(_values(row))))
    if party in edges.restaged:
        before, after = edges.restaged[party]
        was = {name: getattr(before, name) for name in after}
        own.append(change("core.relationship", before.id, "changed", moved(was, after)))
    return own


def change(resource: str, object_id: Id[Any] | None, kind: str, values: list[Change]) -> Change:
    """A change as an audit entry lists it; without an id it is about several objects, which the values name."""
    return {"type": resource, "id": object_id, "kind": kind, "values": values}


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    """By the names of the fields: a link's column carries `_id`."""
    return {name.removesuffix("_id"): value for name, value in row.items() if name != "id"}
