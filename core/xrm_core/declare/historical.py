"""Resources whose superseded versions are kept: the table beside, derived from the declaration."""

from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import UtcDateTime
from xrm_core.declare.registry import ResourceInfo
from xrm_core.declare.specs import FieldSpec, Kind

# From when on what a version says was known: a field of the resource, a column of both tables.
RECORDED_AT = "recorded_at"
# Until when it was, that moment not included: a column of the table beside.
KNOWN_TO = "known_to"
VALID = ("valid_from", "valid_to")


def recorded_field(default: Any) -> FieldSpec:
    """The field that says since when what the row says is known, for a resource that does not declare it itself."""
    return FieldSpec(default=default, read_only=True, description="Since when what it says is known.")


def valid_axis(info: ResourceInfo, named: tuple[str, str] | None) -> tuple[str, str] | None:
    """The two days between which a row holds; None if it has no such days. Raises: TypeError for what are no days."""
    if named is None:
        return VALID if set(VALID) <= set(info.fields) else None
    if any(info.fields.get(name) is None or info.fields[name].kind is not Kind.DATE for name in named):
        raise TypeError(f"{info.type_name}: {' and '.join(named)} are no days that it declares")
    return named


def history_table(info: ResourceInfo) -> sa.Table:
    """The table of the resource's superseded versions: its columns, and until when each was known.

    A version is found by its object and since when it was known: an object that is deleted and made again under
    its id begins to count its versions anew. There are no foreign keys: what a version refers to may be gone.
    """
    table = info.table
    spec = info.fields.get(RECORDED_AT)
    if spec is None or spec.kind is not Kind.MOMENT or spec.nullable:
        raise TypeError(f"{info.type_name}: {RECORDED_AT} of what is historical is a moment")
    if any(link.target == info.name and link.on_delete == "cascade" for link in info.links.values()):
        raise TypeError(f"{info.type_name}: what is historical is not deleted with one of its own kind")
    name = f"{table.name}_history"
    columns = [sa.Column(column.name, column.type, nullable=column.nullable) for column in table.columns]
    listed = [
        sa.Index(f"ix_{name}_{link.name}", "tenant_id", link.column, KNOWN_TO)
        for link in info.links.values()
        if link.inverse or link.column == info.unit_column
    ]
    return sa.Table(
        name,
        table.metadata,
        *columns,
        sa.Column(KNOWN_TO, UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", RECORDED_AT),
        *listed,
    )
