"""The statements that an installation runs, for tests that count them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from xrm_core.plugins.testing import Installation


@contextmanager
def counted(xrm: Installation) -> Iterator[list[str]]:
    """The statements that are run in the block, those of compiled reads with them.

    Notices of earlier commits are left out: they follow a commit when the loop comes to it, in whatever block.
    """
    seen: list[str] = []
    database = xrm.app.database
    engines, reader = [database.engine.sync_engine, database.read_engine.sync_engine], database.reader
    plain = reader.fetch

    def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "pg_notify" not in statement:
            seen.append(statement)

    async def fetch(sql: str, values: Any) -> str:
        seen.append(sql)
        return await plain(sql, values)

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", executed)
    reader.fetch = fetch  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        reader.fetch = plain  # type: ignore[method-assign]
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", executed)
