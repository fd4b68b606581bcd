"""The index kept whole: what `xrm migrate`, enabling a plugin and `xrm search rebuild` do to it."""

from collections.abc import Iterable

from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.db.engine import Database
from xrm_core.query.search.rebuild import Rebuilt, ensure, rebuild, resources_of


async def take_in_new(database: Database, plugins: Iterable[str]) -> None:
    """What core and these plugins declare searched, and was not when its rows were written, is searched now."""
    async with bookkeeping(database) as session:
        await ensure(await session.connection(), resources_of(plugins))


async def rebuild_all(database: Database, plugins: Iterable[str]) -> Rebuilt:
    """The index says what the rows of core and of these plugins say, in one transaction; their tables must exist."""
    async with bookkeeping(database) as session:
        return await rebuild(await session.connection(), resources_of(plugins))
