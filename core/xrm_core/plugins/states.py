"""Which plugins the database says are enabled."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.plugins.manifest import Plugin
from xrm_core.plugins.models import PluginRow


@dataclass(frozen=True, slots=True)
class PluginStates:
    """The ids of the plugins that are enabled, and of those that ever were."""

    enabled: frozenset[str]
    known: frozenset[str]


async def plugin_states(session: AsyncSession) -> PluginStates:
    """What is stored about plugins."""
    rows = (await session.scalars(sa.select(PluginRow))).all()
    return PluginStates(
        frozenset(row.id for row in rows if row.is_enabled), frozenset(row.id for row in rows)
    )


async def set_enabled(session: AsyncSession, plugin: Plugin, *, enabled: bool) -> None:
    """Store whether a plugin is enabled, and in which version."""
    moment = dt.datetime.now(dt.UTC)
    await session.merge(
        PluginRow(id=plugin.id, version=plugin.version, is_enabled=enabled, changed_at=moment)
    )
