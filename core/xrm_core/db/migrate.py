"""Migrations: one folder and one version table a plugin, so that one can be absent without breaking the others."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from xrm_core.db.engine import Database
from xrm_core.db.rewriting import versions_are_kept

# What indexes are called that definitions of custom fields ask for: no declaration has them.
INDEX_PREFIX = "xcf_"
# Columns as scripts write them: plain types of SQLAlchemy, so that old scripts outlive our own classes.
_PLAIN = {
    "UuidType": 'sa.Text().with_variant(postgresql.UUID(), "postgresql")',
    "DecimalType": 'sa.BigInteger().with_variant(sa.Numeric(18, 6), "postgresql")',
    "UtcDateTime": 'sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")',
    "DateType": 'sa.Text().with_variant(sa.Date(), "postgresql")',
    "JsonType": 'sa.Text().with_variant(postgresql.JSON(), "postgresql")',
    "CodeType": 'sa.Text().with_variant(sa.Text(collation="C"), "postgresql")',
}

_BY_HAND = "fts_"


def version_table(plugin_id: str) -> str:
    """The table that holds a plugin's version."""
    return f"alembic_version_{plugin_id}"


async def upgrade(database: Database, plugin_id: str, package: str) -> None:
    """Bring a plugin's tables to their newest form; nothing happens if they are there, or it has none."""
    if not script_folder(package).is_dir():
        return
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade, plugin_id, package)
        await connection.commit()


def script_folder(package: str) -> Path:
    """Where a package keeps its migrations."""
    module = importlib.import_module(package)
    return Path(str(module.__file__)).parent / "migrations"


def _environment(connection: Connection, plugin_id: str, package: str, run: Any, **more: Any) -> Any:
    from alembic.config import Config  # alembic is loaded only where something migrates
    from alembic.runtime.environment import EnvironmentContext  # as above
    from alembic.script import ScriptDirectory  # as above

    config = Config()
    config.set_main_option("script_location", str(script_folder(package)))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    environment = EnvironmentContext(
        config, script, fn=lambda revision, _context: run(script, revision), **more
    )
    environment.configure(
        connection=connection,
        version_table=version_table(plugin_id),
        render_as_batch=True,
        transaction_per_migration=False,
    )
    return environment


def _upgrade(connection: Connection, plugin_id: str, package: str) -> None:
    environment = _environment(
        connection, plugin_id, package, lambda script, revision: script._upgrade_revs("head", revision),
        destination_rev="head",
    )  # fmt: skip
    # A migration puts rows in another form; what is known does not change.
    with environment, versions_are_kept():
        environment.run_migrations()


def missing(connection: Connection, plugin_id: str, package: str) -> list[str]:
    """What the declarations have and the migrated tables have not, in words; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # alembic is loaded only where something migrates

    return [str(change) for change in compare_metadata(_comparing(connection, plugin_id), _tables(plugin_id))]


def _tables(plugin_id: str) -> Any:
    from xrm_core.declare.resource import METADATA  # declarations import column types from here

    own = sa.MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.tables.values():
        table.to_metadata(own)
    return own


def _comparing(connection: Connection, plugin_id: str) -> Any:
    from alembic.runtime.migration import MigrationContext  # alembic is loaded only where something migrates

    prefix = f"{plugin_id}_"

    def ours(item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        if kind == "index" and str(name).startswith(INDEX_PREFIX):
            return False
        table = name if kind == "table" else getattr(getattr(item, "table", None), "name", "")
        # Indexes of one database alone are written by hand, and looked for by `xrm doctor`.
        return str(table).startswith(prefix) and not str(name).startswith(_BY_HAND)

    return MigrationContext.configure(
        connection,
        opts={
            "version_table": version_table(plugin_id),
            "include_object": ours,
            "compare_type": False,
            "render_item": _render,
            "render_as_batch": True,
            "target_metadata": _tables(plugin_id),
            "sqlalchemy_module_prefix": "sa.",
            "alembic_module_prefix": "op.",
        },
    )


def _render(kind: str, item: Any, _context: Any) -> Any:
    return _PLAIN.get(type(item).__name__, False) if kind == "type" else False


_TEMPLATE = '''"""{message}

Locks: creates tables only; nothing that holds rows is rewritten.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None

_ = (sa, postgresql)


def upgrade() -> None:
    """Run forward."""
    {body}
'''


def generate(
    connection: Connection, plugin_id: str, package: str, message: str, revision: str
) -> Path | None:
    """Write a script for what the declarations have and the database has not; None if nothing.

    Run on PostgreSQL, on a database where the existing scripts have run.
    """
    from alembic.autogenerate import produce_migrations, render_python_code  # only where scripts are written

    context = _comparing(connection, plugin_id)
    produced = produce_migrations(context, _tables(plugin_id))
    assert produced.upgrade_ops is not None
    if produced.upgrade_ops.is_empty():
        return None
    filling = _known_so_far(produced.upgrade_ops)
    body = render_python_code(
        produced.upgrade_ops, migration_context=context, render_item=_render, render_as_batch=True
    )
    body = "\n".join([body, *filling])
    folder = script_folder(package) / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    earlier = sorted(file.stem.split("_")[0] for file in folder.glob("[0-9]*.py"))
    path = folder / f"{revision}_{message.replace(' ', '_')}.py"
    down = f'"{earlier[-1]}"' if earlier else "None"
    body = "\n".join(line for line in body.splitlines() if not line.strip().startswith("# ###")).strip()
    path.write_text(_TEMPLATE.format(message=message, revision=revision, down=down, body=body))
    return path


def _known_so_far(operations: Any) -> list[str]:
    """What a script does for tables that become historical: of what is there, all that is sure is its last change."""
    from alembic.operations.ops import AddColumnOp  # only where scripts are written

    lines: list[str] = []
    for table in operations.ops:
        for operation in getattr(table, "ops", ()):
            if not isinstance(operation, AddColumnOp) or operation.column.name != "recorded_at":
                continue
            name = operation.table_name
            operation.column.server_default = sa.DefaultClause("epoch")
            lines += [
                f'    op.execute("UPDATE {name} SET recorded_at = updated_at")',
                '    if op.get_bind().dialect.name == "postgresql":',
                f'        op.alter_column("{name}", "recorded_at", server_default=None)',
            ]
    return lines


async def generate_now(database: Database, plugins: Sequence[tuple[str, str]], message: str) -> Path | None:
    """The same for the last of `plugins` (ids and packages), after the scripts of all of them have run.

    The next number becomes the revision.
    """
    for plugin_id, package in plugins:
        await upgrade(database, plugin_id, package)
    plugin_id, package = plugins[-1]
    earlier = list((script_folder(package) / "versions").glob("[0-9]*.py"))
    revision = f"{len(earlier) + 1:04d}"
    async with database.engine.connect() as connection:
        return await connection.run_sync(generate, plugin_id, package, message, revision)
