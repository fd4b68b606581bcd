"""The parts of the index that only one of the databases has: SQLite's full-text table is written by hand."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from xrm_core.query.search.tables import FULL_TEXT

Pair = tuple[int, str]


async def put_in(connection: AsyncConnection, pairs: Iterable[Pair]) -> None:
    """Entries by number and terms. PostgreSQL's indexes follow the table by themselves."""
    await _write(connection, f"INSERT INTO {FULL_TEXT}(rowid, terms) VALUES (?, ?)", list(pairs))


async def take_out(connection: AsyncConnection, pairs: Iterable[Pair]) -> None:
    """Entries by number and the very terms they were put in with."""
    await _write(
        connection,
        f"INSERT INTO {FULL_TEXT}({FULL_TEXT}, rowid, terms) VALUES ('delete', ?, ?)",
        list(pairs),
    )


async def make_anew(connection: AsyncConnection) -> None:
    """The full-text table says what the entries say, whatever it said before."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(f"INSERT INTO {FULL_TEXT}({FULL_TEXT}) VALUES ('rebuild')")


async def _write(connection: AsyncConnection, statement: str, pairs: Sequence[Pair]) -> None:
    rows: Any = list(pairs)
    if rows and connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(statement, rows)
