"""The fixture `xrm`: a whole installation on SQLite and on PostgreSQL, fresh for each test.

A database is migrated once a set of plugins and copied for each test. `@pytest.mark.plugins("legal")` enables
plugins; a test module may say the same with `pytestmark`.
"""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema

import xrm_core.api.schema
from tests.postgres import create_database, drop_database, with_database
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.question import QUERIES
from xrm_core.declare.registry import REGISTRY
from xrm_core.plugins.host import PluginHost
from xrm_core.plugins.testing import Installation, prepare
from xrm_core.settings import Settings

DATABASES = ("sqlite", "postgresql")


def _plugins(request: pytest.FixtureRequest) -> tuple[str, ...]:
    conforming = getattr(request.cls, "plugin_id", None)
    if conforming is not None:
        return tuple(_needed(conforming))
    marker = request.node.get_closest_marker("plugins")
    return tuple(marker.args) if marker else ()


def _needed(plugin_id: str) -> list[str]:
    """A plugin and what it requires, in the order of enabling."""
    host = PluginHost()
    host.load()
    found: list[str] = []

    def visit(name: str) -> None:
        for needed in host.installed[name].requires:
            visit(needed)
        if name not in found and not host.installed[name].is_always_on:
            found.append(name)

    visit(plugin_id)
    return found


class Templates:
    """Migrated databases to copy from, one for each kind and set of plugins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[tuple[str, tuple[str, ...]], str] = {}

    def settings(self, kind: str, name: str, postgres_url: str) -> Settings:
        """Settings of a database called `name`."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        url = with_database(postgres_url, name) if kind == "postgresql" else ""
        return Settings(data_dir=folder, database_url=url, secret="test", pool_size=3)  # type: ignore[arg-type]

    def of(self, kind: str, plugins: tuple[str, ...], postgres_url: str) -> str:
        """The name of the template, made on first use."""
        if (kind, plugins) not in self.made:
            name = f"t_{uuid.uuid4().hex[:12]}"
            if kind == "postgresql":
                create_database(postgres_url, name)
            asyncio.run(prepare(self.settings(kind, name, postgres_url), plugins=plugins))
            self.made[(kind, plugins)] = name
        return self.made[(kind, plugins)]


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The templates of this run."""
    return Templates(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session", autouse=True)
def one_schema_each() -> Iterator[None]:
    """The same declarations give the same schema, which nothing alters: thousands of tests share a few."""
    build, made = xrm_core.api.schema.build_schema, dict[Any, tuple[Any, GraphQLSchema]]()

    def build_once(plugins: frozenset[str], shapes: list[Any]) -> GraphQLSchema:
        shown = {"core", "workflows", *plugins}
        resources = REGISTRY.enabled(plugins)
        parts = [*resources, *COMMANDS.enabled(shown), *QUERIES.enabled(shown), *shapes]
        grown = [len(info.api_names()) for info in resources]  # other plugins add to them
        key = (plugins, *map(id, parts), *grown)
        if key not in made:
            made[key] = parts, build(plugins, shapes)  # the parts are kept, so that their ids stay theirs
        return made[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xrm_core.api.schema, "build_schema", build_once)
        yield


@pytest.fixture(params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database: every test that takes it runs on both."""
    return str(request.param)


@pytest.fixture
def xrm_settings(
    request: pytest.FixtureRequest, database_kind: str, templates: Templates, postgres_url: str
) -> Settings:
    """The settings of a fresh, migrated database with the test's plugins enabled."""
    template = templates.of(database_kind, _plugins(request), postgres_url)
    name = f"d_{uuid.uuid4().hex[:12]}"
    settings = templates.settings(database_kind, name, postgres_url)
    if database_kind == "postgresql":
        create_database(postgres_url, name, template=template)
        request.addfinalizer(lambda: drop_database(postgres_url, name))
    else:
        source = templates.folder / template / "xrm.db"
        shutil.copyfile(source, settings.data_dir / "xrm.db")
    return settings


@pytest.fixture
async def xrm(xrm_settings: Settings) -> AsyncIterator[Installation]:
    """A started installation."""
    installation = await Installation.open(xrm_settings)
    yield installation
    await installation.close()
