"""The change feed of the embedded database: told by this process's own commits, and by a look for those of others."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence

from xrm_core.db.engine import Database
from xrm_core.events.feed import Batch, Reading, now, until_set

# How often another process's commits are looked for: reading a number from a page that is in memory.
LOOK_EVERY_S = 0.5
# Writers queue, so a row is committed milliseconds after its id is made; a disk may take seconds.
_BACK_S = 30.0


class SqliteFeed:
    """Follows one file that any number of processes of one machine write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def batches(self, tenants: Callable[[], Sequence[int]]) -> AsyncIterator[Batch]:
        """Batches without end."""
        committed = asyncio.Event()
        reading, since = Reading(self._database.read_engine), now()
        looking = _look(str(self._database.url.database))
        version = _version(looking)

        def own(_row_id: str) -> None:
            committed.set()

        self._database.after_commit.append(own)
        try:
            await reading.skip(since, _BACK_S, tenants())
            yield await reading.since(since, _BACK_S, tenants())
            while True:
                await until_set(committed, LOOK_EVERY_S)
                seen = _version(looking)
                if not committed.is_set() and seen == version:
                    since = now()
                    continue
                committed.clear()
                version, began = seen, now()
                yield await reading.since(since, _BACK_S, tenants())
                since = began
        finally:
            self._database.after_commit.remove(own)
            looking.close()


def _look(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)


def _version(connection: sqlite3.Connection) -> int:
    """A number that changes whenever another connection commits."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
