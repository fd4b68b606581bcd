"""Is this installation well? Each finding says what was looked at and what to do if it is not."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.db.migrate import missing
from xrm_core.query.search.fulltext import problems


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    is_sound: bool
    text: str


async def examine(app: Any) -> list[Finding]:
    """Look at the database, the tables, the plugins and where files go."""
    findings = [await _database(app)]
    for plugin_id, package in _packages(app).items():
        findings.append(await _tables(app, plugin_id, package))
    findings += await _search(app)
    for plugin_id, reason in app.host.quarantined.items():
        findings.append(Finding(False, f"plugin {plugin_id} is quarantined: {reason}"))
    folder = app.settings.data_dir
    is_writable = folder.is_dir()
    findings.append(
        Finding(is_writable, f"files go to {folder}" if is_writable else f"{folder} is no folder: make it")
    )
    return findings


def _packages(app: Any) -> dict[str, str]:
    shown = {
        name: app.host.installed[name].package for name in app.host.installed if name in app.host.enabled
    }
    return {"core": "xrm_core", **shown}


async def _database(app: Any) -> Finding:
    async with app.reading() as session:
        query = "SELECT sqlite_version()" if app.database.is_sqlite else "SELECT version()"
        found = await session.scalar(sa.text(query))
    return Finding(True, f"database {'SQLite ' if app.database.is_sqlite else ''}{found}")


async def _tables(app: Any, plugin_id: str, package: str) -> Finding:
    async with app.database.engine.connect() as connection:
        differences = await connection.run_sync(missing, plugin_id, package)
        await connection.rollback()
    if not differences:
        return Finding(True, f"tables of {plugin_id} are as declared")
    return Finding(False, f"tables of {plugin_id} differ: {'; '.join(differences)[:400]}")


async def _search(app: Any) -> list[Finding]:
    async with app.reading() as session:
        wrong = await problems(await session.connection())
        count = await session.scalar(sa.text("SELECT count(*) FROM core_search_entry"))
    return [Finding(False, text) for text in wrong] or [Finding(True, f"{count:,} texts are searched")]
