"""How connections to the two databases are opened: those that write, and those that read by hand."""

import datetime as dt
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from xrm_core.db import exact
from xrm_core.settings import Settings

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # Acknowledged means on disk, power loss included.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=30000",
    "PRAGMA cache_size=-32000",
)
# PostgreSQL counts days from here.
_DAY_ZERO = dt.date(2000, 1, 1).toordinal()
# SQLite's virtual machine does some tens of thousands of steps a millisecond.
STEPS_BETWEEN_LOOKS = 20_000
# The server stops a statement that takes too long; where it does not even do that, nobody waits much longer for it.
GRACE_S = 5.0


@dataclass(slots=True)
class Until:
    """When a statement on SQLite is stopped, by `time.monotonic`; whoever no longer waits for it sets it to 0."""

    moment: float


def writing_engine(url: Any, settings: Settings, *, is_sqlite: bool) -> AsyncEngine:
    """Commands, migrations and everything else that changes something."""
    if not is_sqlite:
        engine = create_async_engine(
            url, pool_size=settings.pool_size, max_overflow=settings.pool_size, pool_pre_ping=True,
            connect_args={"server_settings": {"jit": "off", "application_name": "xrm-write", "timezone": "UTC"}},
        )  # fmt: skip
        event.listen(
            engine.sync_engine, "connect", lambda connection, _record: connection.run_async(plain_dates)
        )
        return engine
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, connect_args={"timeout": 30})
    prepare_sqlite(engine.sync_engine)
    return engine


def reading_engine(url: Any, settings: Settings, *, is_sqlite: bool) -> AsyncEngine:
    """Sessions, hand-written questions, what Python computes: they read only, and no statement takes for ever.

    Its connections are its own, so that writers who wait for a lock keep no reader waiting.
    """
    size = {"pool_size": settings.pool_size, "max_overflow": 0, "pool_timeout": settings.pool_wait_s}
    if not is_sqlite:
        given = {
            "server_settings": reading_settings(settings) | {"application_name": "xrm-ask"},
            "command_timeout": settings.statement_timeout_s + GRACE_S,
            "timeout": settings.pool_wait_s,
        }
        engine = create_async_engine(url, pool_pre_ping=True, connect_args=given, **size)
        event.listen(
            engine.sync_engine, "connect", lambda connection, _record: connection.run_async(plain_dates)
        )
        return engine.execution_options(xrm_read=True)
    engine = create_async_engine(url, connect_args={"timeout": 30}, **size)
    prepare_sqlite(engine.sync_engine)
    _stop_in_time(engine.sync_engine, settings.statement_timeout_s)
    return engine.execution_options(xrm_read=True)


def _stop_in_time(engine: Any, limit_s: float) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        until = record.info["until"] = Until(math.inf)
        late = lambda: time.monotonic() > until.moment  # noqa: E731
        connection.run_async(lambda plain: plain.set_progress_handler(late, STEPS_BETWEEN_LOOKS))
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "before_cursor_execute")
    def begun(connection: Any, *_: Any) -> None:
        connection.info["until"].moment = time.monotonic() + limit_s


def reading_settings(settings: Settings) -> dict[str, str]:
    """What a PostgreSQL connection that only reads is opened with."""
    return {
        "jit": "off",
        "application_name": "xrm-read",
        "default_transaction_read_only": "on",
        "statement_timeout": str(max(1, int(settings.statement_timeout_s * 1000))),
        "timezone": "UTC",
    }


async def plain_dates(connection: Any) -> None:
    """31 December 9999 is a day, which books use for "no end"; the driver takes it for infinity."""
    await connection.set_type_codec(
        "date",
        schema="pg_catalog",
        encoder=lambda day: (day.toordinal() - _DAY_ZERO,),
        decoder=lambda days: dt.date.fromordinal(days[0] + _DAY_ZERO),
        format="tuple",
    )


def prepare_sqlite(engine: Any) -> None:
    """Make SQLite behave: WAL, durable, foreign keys on, and writers that queue instead of failing half-way."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
        exact.teach(connection)

    committing = engine.dialect.do_commit

    def commit_or_end(connection: Any) -> None:
        # Where a foreign key fails, SQLite refuses the COMMIT and keeps the transaction, with its lock, open.
        try:
            committing(connection)
        except BaseException:
            engine.dialect.do_rollback(connection)
            raise

    engine.dialect.do_commit = commit_or_end

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        reads = connection.get_execution_options().get("xrm_read", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
