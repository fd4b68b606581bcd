"""The change feed: every unit of work that any process commits reaches this process, soon and not before.

Waiting is what the two databases do differently; reading is the same. Nothing is read above "the last id seen": rows
are committed later than their ids are made. Asked by time, a feed goes back further than it must and leaves out what
it has had.
"""

import asyncio
import datetime as dt
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from xrm_core.events.outbox import Committed, first_id, ids_since, read_rows

# How many rows a process remembers having had.
_MOST_REMEMBERED = 20_000
# More than these after an interruption are not told one by one.
MOST_CAUGHT_UP = 1_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What was committed since the last batch; `is_gapped`: something may be missing, so read everything again."""

    rows: Sequence[Committed] = ()
    is_gapped: bool = False


class Feed(Protocol):
    """Brings what is committed, by whichever process."""

    def batches(self, tenants: Callable[[], Sequence[int]]) -> AsyncIterator[Batch]:
        """Batches without end. `tenants` says whose changes are waited for at that moment."""


@asynccontextmanager
async def opened(feed: Feed, tenants: Callable[[], Sequence[int]]) -> AsyncIterator[AsyncIterator[Batch]]:
    """The feed's batches; what it holds is given back at the end of the block."""
    batches = feed.batches(tenants)
    try:
        yield batches
    finally:
        await batches.aclose()  # type: ignore[attr-defined]


@dataclass(slots=True)
class Reading:
    """Reads rows once each."""

    engine: AsyncEngine
    had: OrderedDict[str, None] = field(default_factory=OrderedDict)

    async def rows(self, ids: Iterable[str]) -> Batch:
        """The rows of these ids, those had before left out."""
        fresh = [one for one in dict.fromkeys(ids) if one not in self.had]
        if not fresh:
            return Batch()
        found = await read_rows(self.engine, fresh)
        self._remember(fresh)
        return Batch(found)

    async def since(self, moment: dt.datetime, back_s: float, tenants: Sequence[int]) -> Batch:
        """What was written since `back_s` seconds before the moment and not had; gapped if it is too much to tell."""
        earlier = moment - dt.timedelta(seconds=back_s)
        fresh = [one for one in await ids_since(self.engine, tenants, earlier) if one not in self.had]
        if len(fresh) > MOST_CAUGHT_UP:
            self._remember(fresh)
            return Batch(is_gapped=True)
        return await self.rows(fresh)

    async def skip(self, moment: dt.datetime, back_s: float, tenants: Sequence[int]) -> None:
        """What was written in the `back_s` seconds before the moment counts as had."""
        earlier, first = moment - dt.timedelta(seconds=back_s), str(first_id(moment))
        written = await ids_since(self.engine, tenants, earlier)
        self._remember(one for one in written if one < first)

    def _remember(self, ids: Iterable[str]) -> None:
        self.had.update(dict.fromkeys(ids))
        while len(self.had) > _MOST_REMEMBERED:
            self.had.popitem(last=False)


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


async def until_set(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def feed_of(database: Any) -> Feed:
    """The feed for a database."""
    from xrm_core.events.feed_postgres import PostgresFeed  # each knows this module
    from xrm_core.events.feed_sqlite import SqliteFeed  # as above

    return SqliteFeed(database) if database.is_sqlite else PostgresFeed(database)
