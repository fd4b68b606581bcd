"""Definitions as they stand in the database."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.custom.definitions import Definition, Definitions, definitions
from xrm_core.custom.kinds import CustomFieldKind
from xrm_core.custom.models import CustomField

_READ = (
    CustomField.resource,
    CustomField.key,
    CustomField.kind,
    CustomField.options,
    CustomField.is_required,
    CustomField.is_indexed,
    CustomField.is_retired,
)
# What every process looks at now and then: the tenants and how far their definitions are.
STAMPS_SQL = {
    True: "SELECT coalesce(group_concat(one), '') FROM (SELECT tenant_id || ':' || sum(version) AS one"
    " FROM core_custom_field GROUP BY tenant_id)",
    False: "SELECT coalesce(string_agg(one, ','), '') FROM (SELECT tenant_id || ':' || sum(version) AS one"
    " FROM core_custom_field GROUP BY tenant_id) AS stamps",
}


def definition_of(row: Sequence[Any]) -> Definition:
    """A row of the definitions' table as a value."""
    resource, key, kind, options, *flags = row
    return Definition(
        resource, key, CustomFieldKind(kind), tuple(one["value"] for one in options or ()), *flags
    )


async def all_definitions(session: AsyncSession) -> dict[int, Definitions]:
    """Those of every tenant that has any."""
    rows = await session.execute(sa.select(CustomField.tenant_id, CustomField.version, *_READ))
    found: dict[int, list[Definition]] = {}
    stamps: dict[int, int] = {}
    for tenant_id, version, *row in rows:
        found.setdefault(tenant_id, []).append(definition_of(row))
        stamps[tenant_id] = stamps.get(tenant_id, 0) + version
    return {tenant_id: definitions(stamps[tenant_id], listed) for tenant_id, listed in found.items()}


async def definitions_of(
    session: AsyncSession, tenant_id: int, resource: str, *, hold: bool = False
) -> list[Definition]:
    """Those of a resource that are in use, by key; `hold` keeps others from changing them until the commit."""
    query = (
        sa.select(*_READ)
        .where(
            CustomField.tenant_id == tenant_id,
            CustomField.resource == resource,
            CustomField.is_retired.is_(False),
        )
        .order_by(CustomField.key)
    )
    if hold:
        query = query.with_for_update(read=True)
    return [definition_of(tuple(row)) for row in await session.execute(query)]


async def is_held(session: AsyncSession, table: sa.Table, tenant_id: int, slots: Sequence[str]) -> bool:
    """Whether any row of the tenant keeps something in one of these slots."""
    kept = [_slot(table, name).is_not(None) for name in slots]
    found = sa.exists().where(table.c.tenant_id == tenant_id, sa.or_(*kept))
    return bool(await session.scalar(sa.select(found)))


async def held_among(
    session: AsyncSession, table: sa.Table, tenant_id: int, name: str, values: Sequence[str]
) -> list[str]:
    """Those of the values that some row of the tenant keeps in this slot."""
    kept = _slot(table, name)
    query = sa.select(kept).where(table.c.tenant_id == tenant_id, kept.in_(values)).distinct()
    return sorted((await session.scalars(query)).all())


async def longest_in(session: AsyncSession, table: sa.Table, tenant_id: int, slots: Sequence[str]) -> int:
    """The most bytes of a text that any row of the tenant keeps in one of these slots."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    found = []
    for name in slots:
        kept = _slot(table, name)
        size = sa.func.length(sa.cast(kept, sa.LargeBinary())) if is_sqlite else sa.func.octet_length(kept)
        found.append(await session.scalar(sa.select(sa.func.max(size)).where(table.c.tenant_id == tenant_id)))
    return max(size or 0 for size in found)


def _slot(table: sa.Table, name: str) -> Any:
    return table.c.custom_fields.op("->>", return_type=sa.Text())(sa.literal(name, sa.Text()))
