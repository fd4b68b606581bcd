"""Superseded versions: kept beside the row, in the transaction that supersedes them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from xrm_core.db.rewriting import goes_with, versions_are_kept
from xrm_core.db.types import UtcDateTime, is_sqlite
from xrm_core.declare.context import Context
from xrm_core.declare.historical import KNOWN_TO, RECORDED_AT
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.resource import Resource
from xrm_core.declare.upkeep import notice
from xrm_core.errors import Conflict
from xrm_core.text import text_key

# The shortest time something can have been known: what both databases tell apart.
INSTANT = dt.timedelta(microseconds=1)
# Ids in one statement; the drivers take eight times as many parameters.
CHUNK = 4_000


def keep_superseded(context: Context, session: Session) -> None:
    """Before a flush: what it is about to change or delete is kept as it was; what it makes begins to be known.

    An object has one version a unit of work, whatever is done to it inside: it counts from `context.now`.
    """
    new = [item for item in session.new if _is_historical(item)]
    changed = [item for item in session.dirty if _is_historical(item) and session.is_modified(item)]
    gone = [item for item in session.deleted if isinstance(item, Resource)]
    if new:
        _begin(context, session.connection(), new)
    fresh = [item for item in changed if _key(item) not in context.superseded]
    lost = [item for item in gone if _is_historical(item)]
    if fresh or gone:
        connection = session.connection()
        for info, ids in _by_resource([*fresh, *lost]):
            _keep(context, connection, info, ids)
        for info, ids in _by_resource(gone):
            for other, rows in _carried_away(context, connection, info, ids):
                _copy(context, connection, other, rows)
    for item in fresh:
        item.recorded_at = _from(context, _stored_moment(item))


def _is_historical(item: Any) -> bool:
    return isinstance(item, Resource) and REGISTRY.of(type(item)).history is not None


def _key(item: Any) -> tuple[str, Any]:
    return item.__resource__, item.id


def _by_resource(items: Iterable[Any]) -> Iterator[tuple[ResourceInfo, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item.__resource__, []).append(item.id)
    for name, ids in found.items():
        yield REGISTRY[name], ids


def _from(context: Context, recorded_at: dt.datetime) -> dt.datetime:
    """Since when a version is known that takes the place of one known since `recorded_at`.

    The moment of the unit of work, but never before the version whose place it takes: another unit of work may have
    begun later and ended earlier.
    """
    return max(context.now, recorded_at + INSTANT)


def _stored_moment(item: Any) -> dt.datetime:
    before = sa.inspect(item).attrs[RECORDED_AT].history.deleted
    return before[0] if before else item.recorded_at  # type: ignore[no-any-return]


def _begin(context: Context, connection: Any, items: list[Any]) -> None:
    """New objects are known from now on, or since they are said to be; not before what was there was deleted."""
    for item in items:
        context.superseded.add(_key(item))
        item.recorded_at = context.now if item.recorded_at is None else min(item.recorded_at, context.now)
    for info, ids in _by_resource(items):
        ends = last_known(context, connection, info, ids)
        for item in items:
            if item.__resource__ == info.name and item.id in ends:
                item.recorded_at = max(item.recorded_at, ends[item.id])


def last_known(
    context: Context, connection: Any, info: ResourceInfo, ids: Sequence[Any]
) -> dict[Any, dt.datetime]:
    """Until when versions of these objects were known that are superseded, by id."""
    history = info.history
    assert history is not None
    last = sa.select(history.c.id, sa.func.max(history.c[KNOWN_TO], type_=UtcDateTime()))
    last = last.where(history.c.tenant_id == context.tenant_id).group_by(history.c.id)
    found: dict[Any, dt.datetime] = {}
    for start in range(0, len(ids), CHUNK):
        chunk = last.where(history.c.id.in_(ids[start : start + CHUNK]))
        found |= {row[0]: row[1] for row in connection.execute(chunk)}
    return found


def _keep(context: Context, connection: Any, info: ResourceInfo, ids: Sequence[Any]) -> None:
    wanted = [each for each in ids if (info.name, each) not in context.superseded]
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        _copy(context, connection, info, info.table.c.id.in_(chunk))
    context.superseded.update((info.name, each) for each in wanted)


def _copy(context: Context, connection: Any, info: ResourceInfo, rows: Any) -> None:
    """The rows as they are stored go to the table beside; they stay locked until the unit of work ends."""
    table, history = info.table, info.history
    assert history is not None
    now = sa.literal(context.now, UtcDateTime())
    instant = "recorded_at + 1" if is_sqlite(connection.dialect) else "recorded_at + interval '1 microsecond'"
    until = sa.case((table.c[RECORDED_AT] < now, now), else_=sa.literal_column(instant, UtcDateTime()))
    stored = (
        sa.select(*table.columns, until)
        .where(table.c.tenant_id == context.tenant_id, rows)
        .with_for_update(of=table)
    )
    names = [column.name for column in table.columns]
    connection.execute(sa.insert(history).from_select([*names, KNOWN_TO], stored))


def _carried_away(
    context: Context, connection: Any, info: ResourceInfo, ids: Any, seen: frozenset[str] = frozenset()
) -> Iterator[tuple[ResourceInfo, Any]]:
    """The historical rows that the database deletes with these; not of plugins that were never enabled."""
    for other, column in goes_with(info, seen):
        table = other.table
        if not sa.inspect(connection).has_table(table.name):
            continue
        done = [object_id for name, object_id in context.superseded if name == other.name]
        rows = sa.and_(table.c.tenant_id == context.tenant_id, table.c[column].in_(ids))
        if other.history is not None:
            yield other, sa.and_(rows, table.c.id.not_in(done)) if done else rows
        further = sa.select(table.c.id).where(rows)
        yield from _carried_away(context, connection, other, further, seen | {info.name})


async def change_rows(ctx: Context, model: type[Resource], changes: Sequence[Mapping[str, Any]]) -> int:
    """Set columns of many rows at once, by `id`; how many rows this changed: what a row says already is no change.

    All changes name the same columns. A `version` among them is the one the caller read. No audit entry is written,
    and objects loaded before stay as they were. Raises: Conflict if a row is gone, or at another version.
    """
    info = REGISTRY.of(model)
    await ctx.session.flush()
    connection = await ctx.session.connection()
    changed = 0
    for start in range(0, len(changes), CHUNK):
        changed += await connection.run_sync(_change, ctx, info, changes[start : start + CHUNK])
    return changed


def _change(connection: Any, ctx: Context, info: ResourceInfo, changes: Sequence[Mapping[str, Any]]) -> int:
    table = info.table
    names = [name for name in changes[0] if name not in ("id", "version")]
    query = sa.select(table).where(
        table.c.tenant_id == ctx.tenant_id, table.c.id.in_([change["id"] for change in changes])
    )
    stored = {row.id: row._mapping for row in connection.execute(query.with_for_update())}
    differing = []
    for change in changes:
        row = stored.get(change["id"])
        if row is None or change.get("version", row["version"]) != row["version"]:
            raise Conflict("A row changed meanwhile; read it again.", field="expectedVersion")
        if any(row[name] != change[name] for name in names):
            differing.append((row, change))
    if not differing:
        return 0
    _tell(ctx, info, differing)
    values = [_values(ctx, info, row, change, names) for row, change in differing]
    if info.history is not None:
        _keep(ctx, connection, info, [row["id"] for row, _ in differing])
    columns = [name for name in values[0] if name != "the_id"]
    statement = (
        sa.update(table)
        .where(table.c.tenant_id == ctx.tenant_id, table.c.id == sa.bindparam("the_id"))
        .values({name.removeprefix("new_"): sa.bindparam(name) for name in columns})
        .values(version=table.c.version + 1, updated_at=ctx.now)
    )
    with versions_are_kept():
        connection.execute(statement, values)
    return len(differing)


def _tell(
    ctx: Context, info: ResourceInfo, differing: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> None:
    """Maintained tables, search and those who wait for changes hear of what is written past the session."""
    for row, change in differing:
        notice(ctx, info.name, row)
        notice(ctx, info.name, {**row, **change})
    ctx.touched.note(info, [row["id"] for row, _ in differing])
    ctx.loaded.add(info.name)


def _values(
    ctx: Context, info: ResourceInfo, row: Mapping[str, Any], change: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """What an UPDATE takes: the new values, their comparison keys, and since when they are known.

    To be asked before the row is kept.
    """
    values = {"the_id": row["id"], **{f"new_{name}": change[name] for name in names}}
    for name in names:
        if name in info.fields and info.fields[name].has_key:
            values[f"new_{name}_key"] = None if change[name] is None else text_key(change[name])
    if info.history is not None:
        before = row[RECORDED_AT]
        is_new_version = (info.name, row["id"]) not in ctx.superseded
        values[f"new_{RECORDED_AT}"] = _from(ctx, before) if is_new_version else before
    return values
