"""A database of the product's own tables, filled in bulk, with someone of every role that is measured."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import embedded, rules
from benchmarks.books import UNITS, Books, Sizes, Table
from benchmarks.load import parent
from xrm_core.app import Application
from xrm_core.graph.bootstrap import ensure_unit
from xrm_core.identity.actor import Role
from xrm_core.identity.users import NewUser
from xrm_core.plugins.testing import prepare
from xrm_core.settings import Settings
from xrm_core.setup import ensure_user

PASSWORD = "measured again and again"
ROLES = ("admin", "sales", rules.ROLE)
_LINES_AT_ONCE = 2_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Store:
    """A filled database: its settings, a bearer token for each role, parties to ask for and names to start pages at."""

    settings: Settings
    tokens: dict[str, str]
    parties: list[str]
    names: list[str]


def settings_for(url: str, folder: Path, *, pool_size: int = 8) -> Settings:
    """The settings of the server processes: the database (none: SQLite), all else is the product's default."""
    return Settings(database_url=url, data_dir=folder, secret="benchmark", pool_size=pool_size)  # type: ignore[arg-type]


async def fill(settings: Settings, sizes: Sizes, seed: int, say: Say) -> Store:
    """The database holds the books of this seed; one that holds them already is taken as it is."""
    if await _is_empty(settings):
        say("migrating and enabling every installed plugin")
        await prepare(settings, plugins=installed(settings))
    app = Application(settings)
    await app.start()
    try:
        units = await _units(app)
        await _users(app, units)
        books = Books(sizes, seed, units)
        if settings.database_url:
            parties, names = await _fill_postgres(settings.database_url, books, seed, say)
        else:
            parties, names = [], []
        tokens = {role: (await app.sessions.open(_address(role), PASSWORD))[0] for role in ROLES}
    finally:
        await app.close()
    path = settings.data_dir / "xrm.db"
    if not settings.database_url and not embedded.holds_books(path):
        embedded.load(path, books, say)
    return Store(settings, tokens, parties, names)


async def _fill_postgres(url: str, books: Books, seed: int, say: Say) -> tuple[list[str], list[str]]:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT exists(SELECT FROM core_party WHERE source = 'books')"):
            await _load(connection, books, say)
        return await _picked(connection, seed)
    finally:
        await connection.close()


async def postmaster(url: str) -> int | None:
    """The process whose children serve this database; None if it does not run on this machine, or in the server."""
    if not url:
        return None
    connection = await asyncpg.connect(url)
    try:
        return parent(int(await connection.fetchval("SELECT pg_backend_pid()")))
    finally:
        await connection.close()


async def _is_empty(settings: Settings) -> bool:
    if not settings.database_url:
        return not (settings.data_dir / "xrm.db").exists()
    connection = await asyncpg.connect(settings.database_url)
    try:
        return bool(await connection.fetchval("SELECT to_regclass('core_party') IS NULL"))
    finally:
        await connection.close()


def installed(settings: Settings) -> list[str]:
    """The plugins that can be enabled here, each after those it requires."""
    host = Application(settings).host
    host.load()
    return [plugin.id for plugin in host.installed.values() if not plugin.is_always_on]


async def _units(app: Application) -> list[Any]:
    async with app.work(command="benchmarks.fill") as ctx:
        return [await ensure_unit(ctx, code=code, name=f"~ {code.title()}", country="FR") for code in UNITS]


async def _users(app: Application, units: list[Any]) -> None:
    for role in ROLES:
        # The salesperson sees one unit of four, a fifth of the rows; the others see all.
        where = {"admin": [None], "sales": units[1:2]}.get(role, units)
        held = [Role(role, unit) for unit in where]
        await ensure_user(app, NewUser(_address(role), role, held, units[1], password=PASSWORD))


def _address(role: str) -> str:
    return f"{role}@xrm.example"


async def _load(connection: Any, books: Books, say: Say) -> None:
    began = time.perf_counter()
    # Links are right by construction, and secondary indexes are built faster over the whole table at once.
    await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '256MB'")
    for table in books.tables():
        indexes = await connection.fetch(
            "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition"
            " FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid"
            " WHERE i.indrelid = $1::text::regclass AND c.oid IS NULL",
            table.name,
        )
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await _copy(connection, table)
        for index in indexes:
            await connection.execute(index["definition"])
        say(f"{table.name}, {time.perf_counter() - began:.0f} s")
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


async def _copy(connection: Any, table: Table) -> None:
    columns = table.columns.split(",")
    await connection.copy_to_table(table.name, source=_chunks(table.lines), columns=columns, format="csv")


async def _chunks(lines: Iterator[str]) -> AsyncIterator[bytes]:
    while several := list(islice(lines, _LINES_AT_ONCE)):
        yield ("\n".join(several) + "\n").encode()
        await asyncio.sleep(0)


async def _picked(connection: Any, seed: int, count: int = 1_000) -> tuple[list[str], list[str]]:
    rows = await connection.fetch(
        "SELECT id::text, name FROM core_party WHERE source = 'books' ORDER BY md5(id::text || $1) LIMIT $2",
        str(seed),
        2 * count,
    )
    return [row["id"] for row in rows[:count]], [row["name"] for row in rows[count:]]
