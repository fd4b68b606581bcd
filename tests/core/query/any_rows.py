"""Random rows of whatever is declared, for what no test knows by name: the resources of installed plugins."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tests.core.query.rows import CODES, NAMES, Row, Rows, Writer
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import FieldSpec, Kind


def any_rows(seed: int, unit: Any, resources: Iterable[ResourceInfo], known: Rows, *, size: int = 12) -> Rows:
    """Rows of these resources that link to each other and to the known ones; keys that must be unique are."""
    writer = Writer(seed, unit)
    writer.rows = {name: list(rows) for name, rows in known.items()}
    waiting = [info for info in resources if info.name not in known]
    while waiting:
        ready = [info for info in waiting if not _missing(info, writer.rows)]
        assert ready, f"no order: {[(info.name, _missing(info, writer.rows)) for info in waiting]}"
        for info in ready:
            _some(writer, info, size)
            waiting.remove(info)
    return {name: rows for name, rows in writer.rows.items() if name not in known}


def _missing(info: ResourceInfo, rows: Rows) -> list[str]:
    needed = [spec.target for spec in info.links.values() if not spec.nullable and spec.target != info.name]
    return [name for name in [*needed, *([info.extends] if info.extends else [])] if name not in rows]


def _some(writer: Writer, info: ResourceInfo, size: int) -> None:
    if info.extends:
        bases = [row for row in writer.rows[info.extends] if row["tenant_id"] == 1]
        for base in bases[: len(bases) // 2]:
            writer.put(info.name, id=base["id"], **_values(writer, info))
    else:
        taken: set[tuple[Any, ...]] = set()
        for _ in range(size):
            row = _values(writer, info)
            keys = {(index, *(row.get(column) for column in index)) for index in _unique_indexes(info)}
            if not keys & taken:
                writer.put(info.name, **row)
                taken |= keys


def _unique_indexes(info: ResourceInfo) -> list[tuple[str, ...]]:
    """The columns of each, the tenant's apart; one that is unique among some rows is taken as unique among all."""
    together = [index.columns for index in info.table.indexes if index.unique]
    together += [
        constraint.columns
        for constraint in info.table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]
    return [tuple(column.name for column in columns if column.name != "tenant_id") for columns in together]


def _values(writer: Writer, info: ResourceInfo) -> Row:
    unique = {
        column.name
        for constraint in info.table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
        for column in constraint.columns
    }
    row: Row = {}
    for name, spec in {**info.fields, **info.internal}.items():
        if spec.kind is Kind.MONEY:
            row |= writer.money(name, chance=0.4 if spec.nullable else 0.0)
        elif spec.nullable and writer.random.random() < 0.3:
            row[name] = None
        else:
            is_unique = name in unique or f"{name}_key" in unique
            row[name] = str(writer.id()) if is_unique and _is_text(spec) else _value(writer, spec)
    for link in info.links.values():
        ours = [other for other in writer.rows.get(link.target, []) if other["tenant_id"] == 1]
        is_empty = not ours or (link.nullable and writer.random.random() < 0.3)
        row[link.column] = None if is_empty else writer.one(ours)["id"]
    return row


def _is_text(spec: FieldSpec) -> bool:
    return spec.kind in (Kind.TEXT, Kind.CODE) and spec.enum is None


def _value(writer: Writer, spec: FieldSpec) -> Any:
    made: dict[Kind, Any] = {
        Kind.TEXT: lambda: writer.one(NAMES),
        Kind.CODE: lambda: writer.one(CODES),
        Kind.INTEGER: lambda: writer.random.randrange(-5, 2_000_000_000),
        Kind.DECIMAL: writer.amount,
        Kind.BOOLEAN: lambda: writer.random.random() < 0.5,
        Kind.DATE: writer.day,
        Kind.MOMENT: writer.moment,
        Kind.JSON: lambda: writer.one(({}, {"a": [1, None]}, {"é": {"b": True}})),
        Kind.ID: writer.id,
    }
    if spec.enum is not None:
        return str(writer.one(list(spec.enum)).value)
    return made[spec.kind]()


def reachable(plugins: Iterable[str]) -> list[ResourceInfo]:
    """The resources of core and these plugins, parts of others and those without a page of their own too."""
    # Definitions of fields are read by the server itself, and nobody can store odd ones.
    return [info for info in REGISTRY.enabled(plugins) if info.name != "core.custom_field"]
