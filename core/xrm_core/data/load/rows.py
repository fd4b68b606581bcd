"""Many rows of one resource at once: encoded once a column, sent by the driver's own bulk statement."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from xrm_core.data.load.progress import QUIET, Progress
from xrm_core.declare.context import Context
from xrm_core.declare.historical import RECORDED_AT
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.declare.upkeep import UPKEEP, notice
from xrm_core.text import text_key

CHUNK = 4_000
_WORTH_COUNTING = 1_000

Encoder = Callable[[Mapping[str, Any]], Any]


async def insert_rows(
    ctx: Context, model: type[Resource], rows: Iterable[Mapping[str, Any]], *, progress: Progress = QUIET
) -> int:
    """The number of rows written, each given by column name: `party_id`, `amount`, `amount_currency`.

    Tenant, version, moments, comparison keys and defaults of the declaration are filled in; `id` is not. What is
    historical is known from now on.
    The rows pass by the session: no audit entry is written for them, that is the importer's to do.
    """
    table = REGISTRY.of(model).table
    connection = await ctx.session.connection()
    dialect = connection.dialect
    encoders = [_encoder(model, column, dialect, ctx) for column in table.columns]
    if model.__resource__ in UPKEEP:
        rows = _noticed(ctx, model, rows)
    history = REGISTRY.of(model).history
    if history is not None:
        rows = _since(rows, await _known_later(ctx, connection, history))
    written: list[Any] = []
    encoded = (tuple([encode(row) for encode in encoders]) for row in _noted(rows, written))
    write = _insert if dialect.name == "sqlite" else _copy
    count = 0
    # Audit entries are written with every change and never announced themselves.
    ctx.loaded |= {model.__resource__} - {"core.audit_event"}
    for chunk in _chunks(encoded):
        await write(connection, table, chunk)
        count += len(chunk)
        progress.advance(len(chunk))
    ctx.touched.note(REGISTRY.of(model), written)
    if count >= _WORTH_COUNTING and write is _copy:
        # Until statistics exist PostgreSQL plans as if the table were empty: joins took 20 times as long.
        await connection.exec_driver_sql(f"ANALYZE {table.name}")
    return count


def _noticed(
    ctx: Context, model: type[Resource], rows: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        notice(ctx, model.__resource__, row)
        yield row


def _noted(rows: Iterable[Mapping[str, Any]], ids: list[Any]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        ids.append(row["id"])
        yield row


async def _known_later(ctx: Context, connection: Any, history: sa.Table) -> Mapping[Any, Any]:
    """What was deleted after this unit of work began, and when; nearly always nothing."""
    late = sa.select(history.c.id, sa.func.max(history.c.known_to, type_=history.c.known_to.type))
    late = late.where(history.c.tenant_id == ctx.tenant_id, history.c.known_to > ctx.now)
    found = await connection.execute(late.group_by(history.c.id))
    return {row[0]: row[1] for row in found}


def _since(rows: Iterable[Mapping[str, Any]], later: Mapping[Any, Any]) -> Iterable[Mapping[str, Any]]:
    """The rows; those that are there again are known from when they had gone."""
    if not later:
        return rows
    return ({**row, "recorded_at": later[row["id"]]} if row["id"] in later else row for row in rows)


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


async def _insert(connection: Any, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    await connection.exec_driver_sql(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})", rows)


async def _copy(connection: Any, table: sa.Table, rows: list[tuple[Any, ...]]) -> None:
    # SQLAlchemy begins the transaction with its first statement; the driver's own COPY must be inside it.
    await connection.exec_driver_sql("SELECT 1")
    raw = await connection.get_raw_connection()
    await raw.driver_connection.copy_records_to_table(
        table.name, records=rows, columns=[column.name for column in table.columns]
    )


def _encoder(model: type[Resource], column: sa.Column[Any], dialect: Dialect, ctx: Context) -> Encoder:
    encode = column.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
    fixed: dict[str, Any] = {
        "tenant_id": ctx.tenant_id, "version": 1, "created_at": ctx.now, "updated_at": ctx.now,
    }  # fmt: skip
    if column.name in fixed:
        value = encode(fixed[column.name])
        return lambda row: value
    text = _text_behind(model, column.name)
    if text is not None:
        return _key_encoder(text)
    is_known_from_now = column.name == RECORDED_AT and REGISTRY.of(model).history is not None
    default = ctx.now if is_known_from_now else _default(column)
    name = column.name
    if isinstance(default, _Missing):
        return lambda row: encode(row[name])
    absent = encode(default)
    return lambda row: encode(row[name]) if name in row else absent


def _key_encoder(text: str) -> Encoder:
    known: dict[str, str] = {}

    def key(row: Mapping[str, Any]) -> str | None:
        value = row.get(text)
        if value is None:
            return None
        found = known.get(value)
        if found is None:
            found = known[value] = text_key(value)
        return found

    return key


def _text_behind(model: type[Resource], column: str) -> str | None:
    """The text of which this column is the comparison key."""
    name = column.removesuffix("_key")
    spec = REGISTRY.of(model).fields.get(name) if name != column else None
    return name if spec is not None and spec.has_key else None


class _Missing:
    """There is no default: every row must name the value."""


def _default(column: sa.Column[Any]) -> Any:
    default: Any = column.default
    if default is not None and default.is_scalar:
        return default.arg
    if default is None and column.nullable:
        return None
    return _Missing()


def _as_it_is(value: Any) -> Any:
    return value
