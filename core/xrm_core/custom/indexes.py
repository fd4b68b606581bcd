"""Indexes on custom fields: made and dropped apart from the change that asks for them.

An index is made after the definition is committed and not in its transaction. On PostgreSQL it is built CONCURRENTLY:
nobody waits for it, reading or writing. On SQLite writers wait while it is built (a second for some 500,000 rows),
readers do not. What is there is compared with what the definitions ask for, so that a process that died half-way is
made up for by the next change or start. Tenants share an index: a value's slot says its kind, so the expression holds
for the rows of each of them.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.custom.definitions import COLUMN, Definition, Definitions
from xrm_core.custom.kinds import MILLIONTHS, SLOTS, TEXT_KEY, CustomFieldKind, slot
from xrm_core.custom.store import all_definitions
from xrm_core.db.engine import Database
from xrm_core.db.migrate import INDEX_PREFIX
from xrm_core.declare.registry import REGISTRY

_LOG = structlog.get_logger("xrm.custom")
# Indexes of such names are no migration's.
_PREFIX = INDEX_PREFIX
_LOCK = 0x78_63_66
_PAUSE_S = 0.2
_TRIES = 600
_LONGEST_WAIT_S = 120
_POSTGRES_CASTS = {
    CustomFieldKind.INTEGER: "CAST({} AS INTEGER)",
    CustomFieldKind.DECIMAL: "CAST({} AS NUMERIC(18, 6))",
    CustomFieldKind.BOOLEAN: "CAST({} AS BOOLEAN)",
}
_EXISTING = {
    True: f"SELECT name, 1 FROM sqlite_master WHERE type = 'index' AND name LIKE '{_PREFIX}%'",
    False: "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema AND c.relname LIKE '{_PREFIX}%'",
}


def compared(definition: Definition, *, sqlite: bool) -> str:
    """What values of the field are compared and sorted by, in SQL over the table's own column."""
    kind = definition.kind
    letter = SLOTS[kind]
    if kind is CustomFieldKind.TEXT:
        letter = TEXT_KEY
    elif kind is CustomFieldKind.DECIMAL and sqlite:
        letter = MILLIONTHS
    bare = f"{COLUMN} ->> '{slot(definition.key, letter)}'"
    if sqlite:
        return bare
    return _POSTGRES_CASTS.get(kind, '({}) COLLATE "C"').format(bare)


def index_name(definition: Definition) -> str:
    """The index of a field: of one name for all tenants that keep the same kind under the same key."""
    said = f"{definition.resource}.{definition.key}.{definition.kind}"
    return f"{_PREFIX}{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def wanted(tenants: Iterable[Definitions], *, sqlite: bool) -> dict[str, str]:
    """The statements that make the indexes all tenants' definitions ask for, by name."""
    found = {}
    for known in tenants:
        for resource in known.fields:
            if resource not in REGISTRY:
                continue
            table = REGISTRY[resource].table.name
            for one in known.of(resource):
                if one.is_indexed:
                    name = index_name(one)
                    build = (
                        "CREATE INDEX IF NOT EXISTS" if sqlite else "CREATE INDEX CONCURRENTLY IF NOT EXISTS"
                    )
                    found[name] = (
                        f"{build} {name} ON {table} (tenant_id, ({compared(one, sqlite=sqlite)}), id)"
                    )
    return found


async def settle(database: Database) -> None:
    """Make the indexes that the definitions ask for now and drop those that they do not."""
    if database.is_sqlite:
        async with database.engine.begin() as connection:
            await _settle(connection, sqlite=True)
        return
    async with database.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        # Building waits for whoever began before it: not for ever for one that never ends.
        await connection.exec_driver_sql(f"SET lock_timeout = '{_LONGEST_WAIT_S}s'")
        await _take_turns(connection)
        try:
            await _settle(connection, sqlite=False)
        finally:
            await connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
            await connection.exec_driver_sql("RESET lock_timeout")


async def _take_turns(connection: Any) -> None:
    """One process at a time; trying and not waiting, since an index that is being built waits for who waits."""
    for _ in range(_TRIES):
        if await connection.scalar(sa.text(f"SELECT pg_try_advisory_lock({_LOCK})")):
            return
        await asyncio.sleep(_PAUSE_S)
    raise TimeoutError("another process has been building indexes for two minutes")


async def _settle(connection: Any, *, sqlite: bool) -> None:
    # Read only now, in turn: an older state must not undo what a newer one made.
    tenants = await all_definitions(AsyncSession(connection))
    statements = wanted(tenants.values(), sqlite=sqlite)
    rows = await connection.exec_driver_sql(_EXISTING[sqlite])
    there = {name: bool(is_valid) for name, is_valid in rows}
    for name, is_valid in there.items():
        # One that was given up half-way is of no use and is made again.
        if name not in statements or not is_valid:
            await connection.exec_driver_sql(
                f"DROP INDEX {'' if sqlite else 'CONCURRENTLY '}IF EXISTS {name}"
            )
    made = [name for name in statements if not there.get(name, False)]
    for name in made:
        await connection.exec_driver_sql(statements[name])
        _LOG.info("index on a custom field made", index=name)
    if not sqlite:
        for table in {statements[name].split(" ON ")[1].split(" ")[0] for name in made}:
            # Without statistics on the new expression it would not be used.
            await connection.exec_driver_sql(f"ANALYZE {table}")
