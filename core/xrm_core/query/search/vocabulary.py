"""The words there are: each that an entry has, and none that no entry has any more.

Two transactions may share a word. Who adds an entry locks its words as a foreign key would (many may); who removes
one deletes only words that nobody holds, so that no word goes while an entry with it is on its way.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from xrm_core.query.search.sets import among, chunks
from xrm_core.query.search.tables import ENTRIES, FULL_TEXT, LEXEMES, WORDS

_TRIES = 5


async def learn(connection: AsyncConnection, tenant_id: int, words: Iterable[str]) -> None:
    """The tenant has these words."""
    # In one order, or two that learn the same words could wait for each other.
    for some in chunks(sorted(words)):
        missing: Sequence[str] = some
        for _ in range(_TRIES):
            await _insert(connection, tenant_id, missing)
            if connection.dialect.name == "sqlite":
                break
            missing = await _not_held(connection, tenant_id, some)
            if not missing:
                break


async def _insert(connection: AsyncConnection, tenant_id: int, words: Sequence[str]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    rows = [{"tenant_id": tenant_id, "word": word, "backwards": word[::-1]} for word in words]
    await connection.execute(insert(WORDS).on_conflict_do_nothing(), rows)


async def _not_held(connection: AsyncConnection, tenant_id: int, words: Sequence[str]) -> list[str]:
    """Those that another transaction has just deleted; the others are held until this one ends."""
    query = sa.select(WORDS.c.word).where(
        WORDS.c.tenant_id == tenant_id, among(connection.dialect, WORDS.c.word, words)
    )
    held = await connection.execute(query.order_by(WORDS.c.word).with_for_update(read=True, key_share=True))
    there = set(held.scalars())
    return [word for word in words if word not in there]


async def forget(connection: AsyncConnection, tenant_id: int, words: Iterable[str]) -> None:
    """Of these words, those that no entry of the tenant has any more are gone."""
    for some in chunks(sorted(words)):
        own = WORDS.c.tenant_id == tenant_id
        query = (
            sa.select(WORDS.c.word)
            .where(own, among(connection.dialect, WORDS.c.word, some))
            .order_by(WORDS.c.word)
        )
        free = list((await connection.execute(query.with_for_update(skip_locked=True))).scalars())
        if free:
            await connection.execute(
                sa.delete(WORDS).where(
                    own, among(connection.dialect, WORDS.c.word, free), ~_is_used(connection)
                )
            )


def _is_used(connection: AsyncConnection) -> sa.ColumnElement[bool]:
    """An entry has the word of the row."""
    e = ENTRIES.alias("e")
    used: Any = sa.select(sa.literal_column("1")).select_from(e).where(e.c.tenant_id == WORDS.c.tenant_id)
    if connection.dialect.name == "sqlite":
        phrase = f"'\" ' || {WORDS.name}.word || ' \"'"
        found = sa.text(f"e.number IN (SELECT rowid FROM {FULL_TEXT} WHERE {FULL_TEXT} MATCH {phrase})")
    else:
        lexemes = LEXEMES.format(terms="e.terms")
        found = sa.text(f"{lexemes} @@ CAST({WORDS.name}.word AS tsquery)")
    return sa.exists(used.where(found))
