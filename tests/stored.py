"""What a database holds, read past the product: by the driver alone."""

import sqlite3
from contextlib import closing
from typing import Any

import psycopg2

from xrm_core.settings import Settings

IMPORTED = (
    "core_party",
    "core_identifier",
    "core_address",
    "core_contact_point",
    "core_relationship",
    "core_dealing",
    "core_interaction",
    "core_duplicate_proposal",
    "workflows_stage_interval",
)
# When a row was written, and what is random by design, differs between two imports of the same file.
_VOLATILE = {
    "created_at", "updated_at", "recorded_at", "salt", "value_digest", "digest", "previous_digest",
}  # fmt: skip


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """What a query answers, as the driver gives it."""
    if settings.database_url:
        with closing(psycopg2.connect(settings.database_url)) as server, server.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    with closing(sqlite3.connect(settings.data_dir / "xrm.db")) as connection:
        return connection.execute(query).fetchall()


def value(settings: Settings, query: str) -> Any:
    """The one value that a query answers."""
    return rows(settings, query)[0][0]


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that imports write, by table, without the moments of writing and the ids made up at random."""
    return {table: _contents(settings, table) for table in IMPORTED}


def _contents(settings: Settings, table: str) -> list[tuple[Any, ...]]:
    random_ids = {"id"} if table == "workflows_stage_interval" else set()
    columns = [name for name in _columns(settings, table) if name not in _VOLATILE | random_ids]
    found = rows(settings, f"SELECT {', '.join(columns)} FROM {table}")
    return sorted(found, key=repr)


def _columns(settings: Settings, table: str) -> list[str]:
    if settings.database_url:
        query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        return sorted(row[0] for row in rows(settings, query))
    return sorted(row[1] for row in rows(settings, f"PRAGMA table_info({table})"))
