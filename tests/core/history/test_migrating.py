"""A resource that becomes historical has rows already: they are known since their last change."""

import asyncio
import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from tests.installations import Templates
from tests.postgres import create_database, drop_database
from xrm_core.db.engine import Database
from xrm_core.db.migrate import _environment, _known_so_far, missing, upgrade
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.plugins.host import PluginHost

THEN = dt.datetime(2025, 5, 5, 12, tzinfo=dt.UTC)
BASE = {"tenant_id": 1, "version": 3, "created_at": THEN - dt.timedelta(days=9), "updated_at": THEN}
STANDING = uuid.UUID(int=9, version=4)


def first_script(connection: sa.Connection) -> None:
    """The tables of credit as its first script made them."""
    environment = _environment(
        connection, "credit", "xrm_credit", lambda script, revision: script._upgrade_revs("0001", revision),
        destination_rev="0001",
    )  # fmt: skip
    with environment:
        environment.run_migrations()


def rows() -> dict[str, dict[str, Any]]:
    """An edge and what credit thinks of it, by resource."""
    party, kind = uuid.UUID(int=8, version=4), relationship_type_id(1, "CUSTOMER")
    labels = {f"{inverse}label_{language}": "x" for inverse in ("", "inverse_") for language in ("en", "fr")}
    ends = {"source_id": party, "target_id": party, "type_id": kind}
    return {
        "core.party": {"id": party, "name": "A", "kind": "ORGANISATION", "source": "manual"},
        "core.relationship_type": {"id": kind, "code": "CUSTOMER", "managed": True, **labels},
        "core.relationship": {"id": STANDING, **ends, "is_strategic": False, "recorded_at": THEN},
        "credit.standing": {"id": STANDING, "currency": "EUR", "hold": "NONE"},
    }


async def filled(database: Database) -> None:
    """A database of before, with rows."""
    await upgrade(database, "core", "xrm_core")
    async with database.engine.connect() as connection:
        await connection.run_sync(first_script)
        await connection.commit()
    async with database.engine.begin() as connection:
        for name, values in rows().items():
            table = REGISTRY[name].table
            if name == "credit.standing":
                columns = [column for column in table.columns if column.name != "recorded_at"]
                plain: Any = sa.table(table.name, *[sa.column(each.name, each.type) for each in columns])
                await connection.execute(sa.insert(plain).values(BASE | values))
            else:
                await connection.execute(sa.insert(table).values(BASE | values))


def test_rows_of_before_are_known_since_their_last_change(
    templates: Templates, database_kind: str, postgres_url: str
) -> None:
    PluginHost().load()
    name = f"m_{uuid.uuid4().hex[:12]}"
    if database_kind == "postgresql":
        create_database(postgres_url, name)
    table = REGISTRY["credit.standing"].table

    async def run() -> tuple[Any, list[str]]:
        database = Database(templates.settings(database_kind, name, postgres_url))
        await filled(database)
        await upgrade(database, "credit", "xrm_credit")
        async with database.engine.connect() as connection:
            found = (await connection.execute(sa.select(table.c.recorded_at, table.c.version))).one()
            differences = await connection.run_sync(missing, "credit", "xrm_credit")
            await connection.rollback()
        await database.close()
        return found, differences

    found, differences = asyncio.run(run())

    assert tuple(found) == (THEN, 3)
    assert differences == []
    if database_kind == "postgresql":
        drop_database(postgres_url, name)


def test_a_script_for_a_table_that_becomes_historical_fills_its_column() -> None:
    from alembic.operations.ops import AddColumnOp, ModifyTableOps, UpgradeOps

    column: sa.Column[Any] = sa.Column("recorded_at", sa.BigInteger(), nullable=False)
    added = ModifyTableOps("fleet_vehicle", [AddColumnOp("fleet_vehicle", column)])

    lines = _known_so_far(UpgradeOps([added]))

    assert column.server_default is not None
    assert lines[0].strip() == 'op.execute("UPDATE fleet_vehicle SET recorded_at = updated_at")'
