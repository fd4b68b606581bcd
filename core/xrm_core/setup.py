"""Setting an installation up: tables, what every installation starts with, the first users."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.db.migrate import generate_now, upgrade
from xrm_core.errors import Unavailable
from xrm_core.graph.bootstrap import ensure_unit, seed_types
from xrm_core.graph.control.table import ControlClosure
from xrm_core.graph.control.upkeep import rebuild_everywhere
from xrm_core.identity.users import NewUser, make_user
from xrm_core.query.search.keeping import take_in_new


async def migrate_all(app: Any) -> None:
    """Bring the tables of core and of every plugin that was ever enabled up to date.

    Raises: Unavailable if the database cannot be reached.
    """
    try:
        keeps_control = await _has_control(app.database)
        await upgrade(app.database, "core", "xrm_core")
        if not keeps_control:
            async with bookkeeping(app.database) as session:
                await rebuild_everywhere(session)
    except (OSError, sa.exc.OperationalError) as down:
        raise Unavailable(f"The database cannot be reached: {app.database.url.render_as_string()}") from down
    async with app.reading() as session:
        rows = await session.execute(sa.text("SELECT id FROM core_plugin"))
        known = {row.id for row in rows}
    for plugin in app.host.installed.values():
        if plugin.id in known or plugin.is_always_on:
            await upgrade(app.database, plugin.id, plugin.package)
    plugins = {*known, *(plugin.id for plugin in app.host.installed.values() if plugin.is_always_on)}
    await take_in_new(app.database, plugins)


async def _has_control(database: Any) -> bool:
    async with database.engine.connect() as connection:
        return bool(
            await connection.run_sync(lambda sync: sa.inspect(sync).has_table(ControlClosure.__tablename__))
        )


async def write_migration(app: Any, plugin_id: str, message: str) -> Path | None:
    """A script for what the declarations of a plugin (or `core`) have and its earlier scripts do not make.

    They run first, after those of what it requires. Raises: NotFound; Unavailable on SQLite.
    """
    if app.database.is_sqlite:
        raise Unavailable("Scripts are written on PostgreSQL: set XRM_DATABASE_URL.")
    needed = [] if plugin_id == "core" else app.host.needs(plugin_id)
    chain = [("core", "xrm_core"), *[(plugin.id, plugin.package) for plugin in needed]]
    return await generate_now(app.database, chain, message)


async def bootstrap(app: Any, *, unit_code: str, unit_name: str, country: str | None = None) -> Any:
    """Write what every installation starts with, if it is not there; the id of our unit."""
    async with app.work(command="core.bootstrap") as ctx:
        await seed_types(ctx)
        unit = await ensure_unit(ctx, code=unit_code, name=unit_name, country=country)
    async with app.work(command="core.bootstrap") as ctx:
        for caller in ctx.hooks.seed.get_hookimpls():
            if app.host.installed[caller.plugin_name].is_always_on:
                outcome = caller.function(ctx)
                if hasattr(outcome, "__await__"):
                    await outcome
    return unit


async def ensure_user(app: Any, wanted: NewUser) -> str | None:
    """Make a user unless there is one of that address; the password if one was made, else None."""
    async with app.work(command="core.user.create") as ctx:
        return await make_user(ctx, wanted)
