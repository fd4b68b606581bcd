"""The fixture `fleet`: an installation with a third-party plugin whose objects have a life."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.workflows.fleet import plugin as door
from xrm_core.declare.registry import REGISTRY
from xrm_core.plugins.host import PluginHost
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings


@pytest.fixture
def outspoken() -> Iterator[None]:
    """Forgets afterwards what a test let the plugin say."""
    yield
    door.HOLDS.clear()
    door.OBJECTIONS.clear()


@pytest.fixture
async def fleet(xrm_settings: Settings, outspoken: None) -> AsyncIterator[Installation]:
    """A started installation in which the plugin is enabled."""
    host = PluginHost()
    host.load([door.plugin])
    installation = await Installation.open(xrm_settings, host=host)
    async with installation.app.database.engine.begin() as connection:
        await connection.run_sync(REGISTRY["fleet.vehicle"].table.create)
    await installation.app.enable_plugin("fleet")
    yield installation
    await installation.close()
