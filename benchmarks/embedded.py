"""The same books in SQLite: a file of the product's own tables, filled in bulk and analysed."""

import datetime as dt
import sqlite3
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.books import Books, Table
from xrm_core.db.types import CodeType, DateType, DecimalType, UtcDateTime, UuidType
from xrm_core.declare.registry import REGISTRY

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
Convert = Callable[[str], Any]


def holds_books(path: Path) -> bool:
    """Whether the file is filled already."""
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("SELECT EXISTS (SELECT 1 FROM core_party WHERE source = 'books')")
        return bool(found.fetchone()[0])
    finally:
        connection.close()


def load(path: Path, books: Books, say: Callable[[str], None]) -> None:
    """Everything, in the notation of the product's column types for SQLite."""
    began = time.perf_counter()
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        for table in books.tables():
            _fill(connection, table)
            say(f"SQLite: {table.name}, {time.perf_counter() - began:.0f} s")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, table: Table) -> None:
    # Indexes are built faster over the whole table at once.
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        [table.name],
    ).fetchall()
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    columns = table.columns.split(",")
    marks = ",".join("?" * len(columns))
    connection.executemany(
        f"INSERT INTO {table.name} ({table.columns}) VALUES ({marks})", _rows(table, columns)
    )
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("COMMIT")


def _rows(table: Table, columns: list[str]) -> Iterator[list[Any]]:
    types = next(info.table for info in REGISTRY if info.table.name == table.name).c
    converts = [_convert(types[name].type) for name in columns]
    for line in table.lines:
        yield [
            convert(text) if text else None for convert, text in zip(converts, line.split(","), strict=True)
        ]


@lru_cache(maxsize=1_000)
def _micros(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - _EPOCH) // dt.timedelta(microseconds=1)


def _convert(type_: Any) -> Convert:
    if isinstance(type_, UuidType):
        # The books write ids as bare digits.
        return lambda t: f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}"
    if isinstance(type_, DecimalType):
        return lambda text: int(Decimal(text).scaleb(6))
    if isinstance(type_, UtcDateTime):
        return _micros
    if isinstance(type_, sa.Boolean):
        return lambda text: int(text == "t")
    if isinstance(type_, sa.Integer):
        return int
    assert isinstance(type_, CodeType | DateType | sa.Text | sa.String), type_
    return str
