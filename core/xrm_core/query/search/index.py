"""Entries follow their rows: read again, compared with what is stored, and only the difference written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.query.search import fulltext, vocabulary
from xrm_core.query.search.declared import Searched, searched_in
from xrm_core.query.search.entries import Entry, entries_of, guessed_words, number_of
from xrm_core.query.search.sets import among, chunks
from xrm_core.query.search.tables import ENTRIES
from xrm_core.query.search.touched import Touched

_WORTH_COUNTING = 1_000
_COMPARED = ("number", "kind", "source_id", "resource", "object_id", "shown", "terms")


@dataclass(slots=True)
class Changes:
    """What is to be written: entries new or with other text, and stored ones that they replace or that go."""

    put: list[Entry] = field(default_factory=list)
    old: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)

    def compare(self, wanted: Mapping[int, Entry], stored: Mapping[int, Entry]) -> None:
        """Note the difference between what should be and what is."""
        for number, entry in wanted.items():
            known = stored.get(number)
            if known != entry:
                self.put.append(entry)
                self.old += [known] if known is not None else []
        self.removed += [entry for number, entry in stored.items() if number not in wanted]


async def follow(connection: AsyncConnection, touched: Touched) -> None:
    """The index says what the touched rows say now; called once, when the unit of work has written all else."""
    for name, ids in touched.deleted.items():
        await _remove(connection, touched.tenant_id, REGISTRY[name], ids)
    for name, ids in touched.written.items():
        await take_in(connection, touched.tenant_id, REGISTRY[name], ids)
    touched.written.clear()
    touched.deleted.clear()


async def take_in(
    connection: AsyncConnection, tenant_id: int, info: ResourceInfo, ids: Iterable[Any]
) -> Changes:
    """The index says what these rows of the resource say now; the changes it took."""
    searched, changes = searched_in(info), Changes()
    for some in chunks(sorted(ids, key=str)):
        rows = await _rows(connection, tenant_id, searched, some)
        wanted = {entry.number: entry for row in rows for entry in entries_of(tenant_id, searched, row)}
        numbers = [number_of(tenant_id, one.kind, row_id) for row_id in some for one in searched]
        stored = await _stored(connection, tenant_id, ENTRIES.c.number, numbers)
        changes.compare(wanted, stored)
    await write(connection, tenant_id, changes)
    return changes


async def _remove(connection: AsyncConnection, tenant_id: int, info: ResourceInfo, ids: set[Any]) -> None:
    changes = Changes()
    searched = searched_in(info)
    for some in chunks(sorted(ids, key=str)):
        numbers = [number_of(tenant_id, one.kind, row_id) for row_id in some for one in searched]
        found = await _stored(connection, tenant_id, ENTRIES.c.number, numbers) if numbers else {}
        about = await _stored(connection, tenant_id, ENTRIES.c.object_id, some)
        found |= {number: entry for number, entry in about.items() if entry.resource == info.name}
        changes.removed += found.values()
    await write(connection, tenant_id, changes)


async def _rows(
    connection: AsyncConnection, tenant_id: int, searched: Sequence[Searched], ids: Sequence[Any]
) -> list[Mapping[str, Any]]:
    table = searched[0].source.table
    names = {"id", *(one.field.name for one in searched), *(one.object_column for one in searched)}
    query = sa.select(*(table.c[name] for name in sorted(names)))
    found = await connection.execute(
        query.where(table.c.tenant_id == tenant_id, among(connection.dialect, table.c.id, ids))
    )
    return [dict(row) for row in found.mappings()]


async def _stored(
    connection: AsyncConnection, tenant_id: int, column: Any, values: Sequence[Any]
) -> dict[int, Entry]:
    query = sa.select(*(ENTRIES.c[name] for name in _COMPARED))
    found = await connection.execute(
        query.where(ENTRIES.c.tenant_id == tenant_id, among(connection.dialect, column, values))
    )
    return {row.number: Entry(*row) for row in found}


async def write(connection: AsyncConnection, tenant_id: int, changes: Changes) -> None:
    """The changes, in the table, in the full text and in the vocabulary."""
    leaving = [*changes.old, *changes.removed]
    await fulltext.take_out(connection, [(entry.number, entry.terms) for entry in leaving])
    for some in chunks([entry.number for entry in changes.removed]):
        own = sa.and_(ENTRIES.c.tenant_id == tenant_id, among(connection.dialect, ENTRIES.c.number, some))
        await connection.execute(sa.delete(ENTRIES).where(own))
    if changes.put:
        await _put(connection, tenant_id, changes.put)
    await fulltext.put_in(connection, [(entry.number, entry.terms) for entry in changes.put])
    words = set().union(*(guessed_words(entry.terms) for entry in changes.put))
    await vocabulary.learn(connection, tenant_id, words)
    lost = set().union(*(guessed_words(entry.terms) for entry in leaving)) - words
    await vocabulary.forget(connection, tenant_id, lost)
    if len(changes.put) >= _WORTH_COUNTING:
        await fulltext.count_anew(connection)


async def _put(connection: AsyncConnection, tenant_id: int, entries: Sequence[Entry]) -> None:
    build = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    insert = build(ENTRIES)
    key = (ENTRIES.c.tenant_id, ENTRIES.c.number)
    values = {
        name: insert.excluded[name]
        for name in ("kind", "source_id", "resource", "object_id", "shown", "terms", "compact")
    }
    rows = [{"tenant_id": tenant_id, **entry.row} for entry in entries]
    await connection.execute(insert.on_conflict_do_update(index_elements=key, set_=values), rows)
