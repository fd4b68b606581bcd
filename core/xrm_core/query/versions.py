"""Which rows a resource has on the recorded axis: as they are, as they were known at a time, or every version."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.custom.definitions import COLUMN
from xrm_core.db.types import JsonType, UtcDateTime
from xrm_core.declare.historical import KNOWN_TO, RECORDED_AT
from xrm_core.declare.registry import ResourceInfo

# Later than any moment, in PostgreSQL's words.
_FOR_EVER: Any = sa.literal_column("CAST('infinity' AS TIMESTAMP WITH TIME ZONE)", UtcDateTime())
# True of the version an object began with.
IS_FIRST = "is_first"


@dataclass(frozen=True, slots=True)
class Known:
    """The moment (SQL) at which rows are asked about; `flattens_conditions`: the database is SQLite.

    Its planner carries a condition on what is joined into the parts of a union that have conditions already;
    PostgreSQL's only into parts that have none.
    """

    at: Any
    flattens_conditions: bool


def rows_at(info: ResourceInfo, alias: str, known: Known | None = None) -> Any:
    """The FROM, under `alias`, that has the resource's rows as they were known then; see `Compiler.known`.

    None, or a resource whose versions are not kept: its table, with nothing beside. A version is known from its
    `recorded_at` on and no longer at its `known_to`; one row an object, none if it was not known then. Conditions on
    the alias reach the indexes of both tables.
    """
    if known is None or info.history is None:
        return info.table.alias(alias)
    now, then = info.table, info.history
    if known.flattens_conditions:
        present = sa.select(*now.c).where(now.c[RECORDED_AT] <= known.at)
        earlier = sa.select(*_same(info)).where(then.c[RECORDED_AT] <= known.at, then.c[KNOWN_TO] > known.at)
        return present.union_all(earlier).subquery(alias)
    both = sa.select(*now.c, _FOR_EVER.label(KNOWN_TO))
    versions = both.union_all(sa.select(*_same(info), then.c[KNOWN_TO])).subquery(f"{alias}u")
    columns = [versions.c[column.name] for column in now.c]
    held = (versions.c[RECORDED_AT] <= known.at, versions.c[KNOWN_TO] > known.at)
    return sa.select(*columns).where(*held).subquery(alias)


def latest_rows(info: ResourceInfo, alias: str) -> Any:
    """The FROM that has every object that ever was: as it is, or as it was when it was deleted."""
    if info.history is None:
        return info.table.alias(alias)
    now, then, later = info.table, info.history, info.history.alias(f"{alias}l")
    same = (now.c.tenant_id == then.c.tenant_id, now.c.id == then.c.id)
    is_there = sa.exists(sa.select(sa.literal_column("1")).select_from(now).where(*same))
    newer = (
        later.c.tenant_id == then.c.tenant_id,
        later.c.id == then.c.id,
        later.c[RECORDED_AT] > then.c[RECORDED_AT],
    )
    is_newer_there = sa.exists(sa.select(sa.literal_column("1")).select_from(later).where(*newer))
    gone = sa.select(*_same(info)).where(sa.not_(is_there), sa.not_(is_newer_there))
    return sa.select(*now.c).union_all(gone).subquery(alias)


def every_version(info: ResourceInfo, alias: str, tenant: Any, object_id: Any) -> Any:
    """The FROM that has all versions of one object, with `known_to` (null: still), `is_first` and what each changed.

    Beside a column x, `changed:x` is true where the version says something else than the one before; beside that of a
    link, `before:x` is the id it held before.
    """
    now, then = info.table, info.history
    assert then is not None
    still = sa.cast(sa.null(), UtcDateTime()).label(KNOWN_TO)
    present = sa.select(*now.c, still).where(now.c.tenant_id == tenant, now.c.id == object_id)
    earlier = sa.select(*_same(info), then.c[KNOWN_TO])
    earlier = earlier.where(then.c.tenant_id == tenant, then.c.id == object_id)
    versions = present.union_all(earlier).subquery(f"{alias}v")
    order = versions.c[RECORDED_AT]
    is_first = sa.func.row_number().over(order_by=order) == sa.literal_column("1")
    beside = [is_first.label(IS_FIRST)]
    if info.custom:
        custom_before = sa.func.lag(versions.c[COLUMN]).over(order_by=order)
        beside.append(custom_before.label(f"before:{COLUMN}"))
    for name in info.stored():
        for column in columns_of(info, name):
            before = sa.func.lag(versions.c[column]).over(order_by=order)
            if name in info.links:
                beside.append(before.label(f"before:{column}"))
            elif name != RECORDED_AT:
                beside.append(_differs(versions.c[column], before).label(f"changed:{column}"))
    return sa.select(*versions.c, *beside).subquery(alias)


def columns_of(info: ResourceInfo, name: str) -> list[str]:
    """The columns that hold a stored part of the resource, by its Python name."""
    if name in info.links:
        return [info.links[name].column]
    currency = f"{name}_currency"
    return [name, currency] if currency in info.table.c else [name]


def _same(info: ResourceInfo) -> list[Any]:
    assert info.history is not None
    return [info.history.c[column.name] for column in info.table.c]


def _differs(column: Any, before: Any) -> Any:
    if isinstance(column.type, JsonType):
        # PostgreSQL does not compare json.
        column, before = sa.cast(column, sa.Text()), sa.cast(before, sa.Text())
    return column.is_distinct_from(before)
