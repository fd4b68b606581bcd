"""The parts of the index that only one of the databases has: SQLite's full-text table is written by hand."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from xrm_core.query.search.tables import FULL_TEXT, LEXEMES

Pair = tuple[int, str]
# As the migration makes them.
_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FULL_TEXT} USING fts5("
    "terms, tokenize='trigram', content='core_search_entry', content_rowid='number')",
)
_POSTGRES = (
    "CREATE OR REPLACE FUNCTION core_search_lexemes(terms text) RETURNS tsvector"
    " LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100"
    " AS $$ BEGIN RETURN array_to_tsvector(string_to_array(btrim(terms), ' ')); END $$",
    f"CREATE INDEX IF NOT EXISTS {FULL_TEXT}_lexemes ON core_search_entry"
    f" USING gin ({LEXEMES.format(terms='terms')})",
    f"CREATE INDEX IF NOT EXISTS {FULL_TEXT}_trigrams ON core_search_entry USING gin (terms gin_trgm_ops)",
)


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


async def make_there(connection: AsyncConnection) -> None:
    """The indexes of this database alone are there; the migration made them, so usually nothing happens."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        await connection.exec_driver_sql(statement)


async def count_anew(connection: AsyncConnection) -> None:
    """The database knows how much there is now: until it does, it may plan as if there were little."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
    for table in ("core_search_entry", "core_search_word"):
        await connection.exec_driver_sql(f"ANALYZE {table}")


async def problems(connection: AsyncConnection) -> list[str]:
    """What search misses in this database, in words, with what to do about it."""
    if connection.dialect.name == "sqlite":
        names, wanted = "SELECT name FROM sqlite_master WHERE type = 'table'", [FULL_TEXT]
    else:
        names = "SELECT indexname FROM pg_indexes WHERE tablename = 'core_search_entry'"
        wanted = [f"{FULL_TEXT}_lexemes", f"{FULL_TEXT}_trigrams"]
    there = set((await connection.execute(sa.text(names))).scalars())
    return [f"search has no {name}: run `xrm search rebuild`" for name in wanted if name not in there]


async def _write(connection: AsyncConnection, statement: str, pairs: Sequence[Pair]) -> None:
    rows: Any = list(pairs)
    if rows and connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(statement, rows)
