"""How the database itself goes about a statement."""

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from xrm_core.db.connecting import STEPS_BETWEEN_LOOKS, plain_dates, reading_settings
from xrm_core.db.engine import Database
from xrm_core.db.reading_postgres import told_by_postgres
from xrm_core.db.reading_sqlite import reading_sqlite, told_by_sqlite


async def database_plan(database: Database, sql: str, values: Sequence[Any], *, analyze: bool) -> list[str]:
    """The database's plan, line by line. `analyze`: the statement is run, read only, and measured.

    Raises: TooSlow, TooComplex, Unavailable.
    """
    if database.is_sqlite:
        return _by_sqlite(database, sql, values, analyze=analyze)
    import asyncpg  # loaded only where PostgreSQL is used

    settings = database.settings
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with told_by_postgres(settings):
        connection = await asyncpg.connect(url, server_settings=reading_settings(settings))
        try:
            await plain_dates(connection)
            word = "EXPLAIN (ANALYZE, BUFFERS)" if analyze else "EXPLAIN"
            return [str(row[0]) for row in await connection.fetch(f"{word} {sql}", *values)]
        finally:
            await connection.close()


def _by_sqlite(database: Database, sql: str, values: Sequence[Any], *, analyze: bool) -> list[str]:
    connection = reading_sqlite(str(database.url.database), cache_kb=16_000)
    until = time.monotonic() + database.settings.statement_timeout_s
    connection.set_progress_handler(lambda: time.monotonic() > until, STEPS_BETWEEN_LOOKS)
    try:
        lines: list[str] = []
        depths = {0: 0}
        for node, parent, _, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values):
            depths[node] = depths.get(parent, 0) + 1
            lines.append("  " * depths[parent] + str(detail))
        if analyze:
            began = time.perf_counter()
            found = connection.execute(sql, values).fetchone()
            taken = (time.perf_counter() - began) * 1e3
            lines.append(f"Run in {taken:.1f} ms; {len(str(found[0]).encode())} bytes of answer")
        return lines
    except sqlite3.OperationalError as wrong:
        raise told_by_sqlite(wrong, database.settings) from wrong
    finally:
        connection.close()
