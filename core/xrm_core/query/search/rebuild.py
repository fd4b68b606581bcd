"""The index made anew from the rows, and rows taken in that declarations have put in search since."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.query.search import fulltext, vocabulary
from xrm_core.query.search.declared import searched_by, searched_in
from xrm_core.query.search.entries import Entry, guessed_words
from xrm_core.query.search.index import Changes, take_in, write
from xrm_core.query.search.sets import among, chunks
from xrm_core.query.search.tables import ENTRIES, KINDS, WORDS

_ROWS = 20_000


@dataclass(slots=True)
class Rebuilt:
    """How many entries there are, and how many of them were missing, said something else, or had no row."""

    entries: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0

    def count(self, changes: Changes) -> None:
        """Add these."""
        self.added += len(changes.put) - len(changes.old)
        self.changed += len(changes.old)
        self.removed += len(changes.removed)


async def rebuild(connection: AsyncConnection, infos: Iterable[ResourceInfo]) -> Rebuilt:
    """The index says what the rows of these resources say, and nothing else; the resources' tables must exist."""
    result = Rebuilt()
    searched = searched_by(infos)
    await fulltext.make_there(connection)
    for info in {one.source.name: one.source for one in searched}.values():
        await _take_all(connection, info, result)
    await _remove_stale(connection, {one.kind: one.source for one in searched}, result)
    await _agree_on_words(connection)
    await fulltext.make_anew(connection)
    await connection.execute(sa.delete(KINDS))
    await _mark(connection, {one.kind: one.target.name for one in searched})
    result.entries = await connection.scalar(sa.select(sa.func.count()).select_from(ENTRIES)) or 0
    return result


async def ensure(connection: AsyncConnection, infos: Iterable[ResourceInfo]) -> None:
    """Rows of resources that a newer declaration put in search are taken in; nothing happens if there are none."""
    rows = await connection.execute(sa.select(KINDS.c.kind, KINDS.c.resource))
    known = {row.kind: row.resource for row in rows}
    there = set(await connection.run_sync(lambda inner: sa.inspect(inner).get_table_names()))
    made = [info for info in infos if info.table.name in there]
    new = [one for one in searched_by(made) if known.get(one.kind) != one.target.name]
    for info in {one.source.name: one.source for one in new}.values():
        await _take_all(connection, info, Rebuilt())
    await _mark(connection, {one.kind: one.target.name for one in new})


async def _mark(connection: AsyncConnection, kinds: dict[str, str]) -> None:
    if kinds:
        await connection.execute(sa.delete(KINDS).where(KINDS.c.kind.in_(list(kinds))))
        rows = [{"kind": kind, "resource": resource} for kind, resource in kinds.items()]
        await connection.execute(sa.insert(KINDS), rows)


async def _take_all(connection: AsyncConnection, info: ResourceInfo, result: Rebuilt) -> None:
    table = info.table
    for (tenant_id,) in (await connection.execute(sa.select(table.c.tenant_id).distinct())).all():
        async for ids in _ids(connection, table, tenant_id):
            result.count(await take_in(connection, tenant_id, info, ids))


async def _ids(connection: AsyncConnection, table: sa.Table, tenant_id: int) -> AsyncIterator[list[Any]]:
    """The ids of all rows of a tenant, some at a time."""
    last: Any = None
    while True:
        query = sa.select(table.c.id).where(table.c.tenant_id == tenant_id).order_by(table.c.id).limit(_ROWS)
        query = query if last is None else query.where(table.c.id > last)
        ids = list((await connection.execute(query)).scalars())
        if not ids:
            return
        yield ids
        last = ids[-1]


async def _remove_stale(
    connection: AsyncConnection, sources: dict[str, ResourceInfo], result: Rebuilt
) -> None:
    """Entries of rows that are gone, and of fields that are not searched any more."""
    e = ENTRIES.c
    columns = (e.tenant_id, e.number, e.kind, e.source_id, e.resource, e.object_id, e.shown, e.terms)
    stale = [sa.select(*columns).where(e.kind.not_in(list(sources)))]
    for kind, info in sources.items():
        table = info.table
        row = sa.exists().where(table.c.tenant_id == e.tenant_id, table.c.id == e.source_id)
        stale.append(sa.select(*columns).where(e.kind == kind, ~row))
    for query in stale:
        by_tenant: dict[int, list[Entry]] = {}
        for tenant_id, *values in await connection.execute(query):
            by_tenant.setdefault(tenant_id, []).append(Entry(*values))
        for tenant_id, entries in by_tenant.items():
            changes = Changes(removed=entries)
            await write(connection, tenant_id, changes)
            result.count(changes)


async def _agree_on_words(connection: AsyncConnection) -> None:
    wanted: dict[int, set[str]] = {}
    for tenant_id, terms in await connection.execute(sa.select(ENTRIES.c.tenant_id, ENTRIES.c.terms)):
        wanted.setdefault(tenant_id, set()).update(guessed_words(terms))
    stored: dict[int, set[str]] = {}
    for tenant_id, word in await connection.execute(sa.select(WORDS.c.tenant_id, WORDS.c.word)):
        stored.setdefault(tenant_id, set()).add(word)
    for tenant_id in {*wanted, *stored}:
        there, should = stored.get(tenant_id, set()), wanted.get(tenant_id, set())
        await vocabulary.learn(connection, tenant_id, should - there)
        for some in chunks(sorted(there - should)):
            own = sa.and_(WORDS.c.tenant_id == tenant_id, among(connection.dialect, WORDS.c.word, some))
            await connection.execute(sa.delete(WORDS).where(own))


def resources_of(plugins: Iterable[str]) -> list[ResourceInfo]:
    """The resources of core and of these plugins that have searched fields."""
    shown = {"core", *plugins}
    return [info for info in REGISTRY if info.plugin in shown and searched_in(info)]
