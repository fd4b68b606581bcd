"""One transaction for a change and everything that is written about it; the only place that commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.exc import StaleDataError

from xrm_core.custom.definitions import COLUMN
from xrm_core.custom.kinds import shown
from xrm_core.db.engine import Database
from xrm_core.db.failures import told
from xrm_core.db.rewriting import begin_rewriting, end_rewriting
from xrm_core.db.savepoints import follow_savepoints
from xrm_core.db.versions import keep_superseded
from xrm_core.declare.context import Context
from xrm_core.declare.fits import misfits
from xrm_core.declare.historical import RECORDED_AT
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.declare.upkeep import UPKEEP, keep_up, notice
from xrm_core.errors import Conflict
from xrm_core.events.announcing import resource_behind, touched_objects
from xrm_core.events.models import AuditEvent, OutboxRow
from xrm_core.events.outbox import CHANGED
from xrm_core.ids import new_id
from xrm_core.query.search.index import follow
from xrm_core.query.search.touched import Touched

_SILENT = {"tenant_id", "id", "version", "created_at", "updated_at"}


@asynccontextmanager
async def unit_of_work(
    database: Database, make_context: Any, *, keeps: bool = True
) -> AsyncIterator[Context]:
    """A context whose changes are committed together with their audit entry and events, or not at all.

    One that does not keep them is a rehearsal: everything is written, and then undone.
    Raises: Conflict if an object changed meanwhile; Invalid if a value must be unique and is not; Refused if one
    does not fit; Unavailable if the database is down.
    """
    with told():
        async with AsyncSession(database.engine, expire_on_commit=False) as session:
            context: Context = make_context(session)
            event.listen(session.sync_session, "before_flush", _recorder(context))
            event.listen(session.sync_session, "after_flush", lambda *_: end_rewriting())
            follow_savepoints(context, session.sync_session)
            context.touched = Touched(context.tenant_id, _with_tables(context))
            context.touched.watch(session.sync_session)
            event.listen(session.sync_session, "do_orm_execute", _bulk_recorder(context))
            try:
                yield context
                await context.confirm_births()
                await keep_up(context)
                if context.touched:
                    await follow(await session.connection(), context.touched)
                await session.flush()
                row = _write_up(context)
                if not keeps:
                    await session.flush()
                    await session.rollback()
                    return
                await session.commit()
            except StaleDataError as stale:
                raise Conflict(
                    "The object changed meanwhile; read it again.", field="expectedVersion"
                ) from stale
            finally:
                end_rewriting()
        if row is not None:
            database.tell_committed(str(row.id))
        for called in context.afterwards:
            called()


def _with_tables(context: Context) -> frozenset[str]:
    """The plugins that have tables: those enabled, and those that ever were."""
    host = context.app.host
    return frozenset({"core", *host.known, *host.enabled})


def _recorder(context: Context) -> Any:
    def record(session: Session, _flush: Any, _instances: Any) -> None:
        changed = (
            item for item in (*session.new, *session.dirty, *session.deleted) if isinstance(item, Resource)
        )
        context.changed |= {(item.__resource__, item.id): item for item in changed}
        context.refuse(
            [
                refusal
                for item in (*session.new, *session.dirty)
                if isinstance(item, Resource)
                for refusal in misfits(item)
            ]
        )
        for item in (*session.new, *session.dirty, *session.deleted):
            if isinstance(item, Resource):
                _notice(context, item)
        for item in session.new:
            if isinstance(item, Resource) and not isinstance(item, AuditEvent):
                context.audited.append(_change(item, "created"))
        for item in session.dirty:
            if isinstance(item, Resource) and session.is_modified(item):
                context.audited.append(_change(item, "changed"))
        for item in session.deleted:
            if isinstance(item, Resource):
                context.audited.append(_change(item, "deleted"))
        keep_superseded(context, session)
        # What the flush writes now has its versions kept.
        begin_rewriting()

    return record


def _notice(context: Context, item: Resource) -> None:
    """Maintained tables hear of the row as it is, and as it was."""
    name = REGISTRY.of(type(item)).name
    if name not in UPKEEP:
        return
    state = sa.inspect(item)
    columns = {attribute.columns[0].name: attribute.key for attribute in state.mapper.column_attrs}
    row = {column: getattr(item, key) for column, key in columns.items()}
    notice(context, name, row)
    was = {
        column: history.deleted[0]
        for column, key in columns.items()
        if (history := state.attrs[key].history).deleted
    }
    if was:
        notice(context, name, row | was)


def _bulk_recorder(context: Context) -> Any:
    """Statements pass by the session's objects: which resources they wrote is noted, for those who wait for changes."""

    def record(state: ORMExecuteState) -> None:
        if state.is_insert or state.is_update or state.is_delete:
            name = resource_behind(getattr(state.statement, "table", None))
            if name is not None:
                context.loaded.add(name)

    return record


def _change(item: Resource, kind: str) -> dict[str, Any]:
    info = REGISTRY.of(type(item))
    state = sa.inspect(item)
    values = []
    for attribute in state.mapper.column_attrs:
        if attribute.key in _SILENT or attribute.key in info.internal or attribute.key.endswith("_key"):
            continue
        if attribute.key == RECORDED_AT and info.history is not None:
            continue
        history = state.attrs[attribute.key].history
        if kind == "changed" and not history.has_changes():
            continue
        # What is deleted had the value it has now, unless the same command changed it first.
        before = history.deleted or (history.unchanged if kind == "deleted" else ())
        old = before[0] if before else None
        new = None if kind == "deleted" else getattr(item, attribute.key)
        if attribute.key == COLUMN:
            values += _custom_changes(old, new)
        elif old is not None or new is not None:
            values.append({"field": attribute.key, "from": old, "to": new})
    return {"type": info.name, "id": item.id, "kind": kind, "values": values}


def _custom_changes(old: Any, new: Any) -> list[dict[str, Any]]:
    """One entry a custom field that changed."""
    before, after = shown(old), shown(new)
    return [
        {"field": f"{COLUMN}.{key}", "from": before.get(key), "to": after.get(key)}
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _write_up(context: Context) -> OutboxRow | None:
    """The audit entry and the outbox rows are in the session; the row that tells which objects changed, if any did."""
    if context.audited or context.events:
        context.session.add(_audit_entry(context))
    row = None
    if context.audited or context.loaded:
        objects = touched_objects(context)
        payload = {"command": context.command, "objects": objects, "loaded": sorted(context.loaded)}
        row = _outbox(context, CHANGED, payload)
        context.session.add(row)
    for happened in context.events:
        context.session.add(_outbox(context, happened.name, dict(happened.payload)))
    return row


def _audit_entry(context: Context) -> AuditEvent:
    first = context.audited[0] if context.audited else None
    return AuditEvent(
        tenant_id=context.tenant_id,
        occurred_at=context.now,
        actor=context.actor.user_id,
        command=context.command,
        object_type=first["type"] if first else None,
        object_id=str(first["id"]) if first else None,
        changes=context.audited,
        request_id=context.request_id or None,
    )


def _outbox(context: Context, name: str, payload: dict[str, Any]) -> OutboxRow:
    return OutboxRow(
        tenant_id=context.tenant_id, id=new_id(), event=name, payload=payload, created_at=context.now
    )
