"""Two installations with the same rows, on SQLite and on PostgreSQL, kept for a whole module of tests."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from tests.core.gauge.plugin import plugin as gauge
from tests.core.probe.plugin import plugin as probe
from tests.core.query.known import PAST
from tests.installations import DATABASES, Templates
from tests.postgres import create_database
from xrm_core.access.book import PolicyBook
from xrm_core.api.context import ApiContext
from xrm_core.api.execute import run
from xrm_core.db.rewriting import versions_are_kept
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import METADATA
from xrm_core.identity.actor import Actor
from xrm_core.plugins.host import PluginHost
from xrm_core.plugins.testing import Installation, prepare

PLUGINS = (probe, gauge)


def table_of(name: str) -> sa.Table:
    """The table of a resource's rows, or of its superseded versions."""
    info = REGISTRY[name.removesuffix(PAST)]
    if not name.endswith(PAST):
        return info.table
    assert info.history is not None
    return info.history


def host() -> PluginHost:
    """A host that knows the plugins of the tests."""
    made = PluginHost()
    made.load(PLUGINS)
    return made


@dataclass
class Statements:
    """Counts what a reader is asked, and passes it on."""

    reader: Any
    asked: list[str] = field(default_factory=list)

    async def fetch(self, sql: str, values: Any) -> str:
        """As the reader does."""
        self.asked.append(sql)
        return str(await self.reader.fetch(sql, values))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Statements"]:
        """As the reader does."""
        async with self.reader.snapshot() as still:
            yield Statements(still, self.asked)

    async def close(self) -> None:
        """As the reader does."""
        await self.reader.close()


class Stand:
    """Both installations and the loop they live on; tests are plain functions."""

    def __init__(self, templates: Templates, postgres_url: str, plugins: Sequence[str] = ()) -> None:
        """With the plugins of the tests enabled, and these installed ones."""
        self.runner = asyncio.Runner()
        self.plugins = plugins
        self.installations: dict[str, Installation] = {}
        for kind in DATABASES:
            name = f"s_{uuid.uuid4().hex[:12]}"
            if kind == "postgresql":
                create_database(postgres_url, name)
            settings = templates.settings(kind, name, postgres_url)
            self.runner.run(prepare(settings, plugins=[], host=host()))
            self.installations[kind] = self.runner.run(self._open(settings))

    async def _open(self, settings: Any) -> Installation:
        opened = await Installation.open(settings, host=host())
        tables = [
            table for name, table in METADATA.tables.items() if name.split("_")[0] in ("probe", "gauge")
        ]
        async with opened.app.database.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all, tables=tables)
        for plugin_id in (*(plugin.id for plugin in PLUGINS), *self.plugins):
            await opened.app.enable_plugin(plugin_id)
        opened.app.database.reader = Statements(opened.app.database.reader)
        return opened

    def close(self) -> None:
        """Stop both."""
        for installation in self.installations.values():
            self.runner.run(installation.close())
        self.runner.close()

    @property
    def unit(self) -> Any:
        """Our unit, the same in both."""
        return self.installations["sqlite"].unit

    def load(self, rows: Mapping[str, list[dict[str, Any]]], *, instead: bool = False) -> None:
        """Write rows, by resource, in this order, by their columns' names; `instead` of those that are there."""

        async def write(installation: Installation) -> None:
            async with installation.app.database.engine.begin() as connection:
                # Nobody changes anything: it is another world.
                with versions_are_kept():
                    await put(connection)

        async def put(connection: Any) -> None:
            for resource in rows if instead else ():
                await connection.execute(sa.delete(table_of(resource)))
            for resource, values in rows.items():
                if values:
                    await connection.execute(sa.insert(table_of(resource)), values)
            # Without statistics PostgreSQL takes each table for a row, and joins six of them by looking at all.
            await connection.execute(sa.text("ANALYZE"))

        for installation in self.installations.values():
            self.runner.run(write(installation))

    def take_in(self, rows: dict[str, list[dict[str, Any]]], moment: Any) -> None:
        """Add what every installation starts with to the rows, made at the same moment in both."""

        async def settle(installation: Installation, resource: str) -> list[dict[str, Any]]:
            table = REGISTRY[resource].table
            known = [row["id"] for row in rows.get(resource, [])]
            there = table.c.id.not_in(known)
            async with installation.app.database.engine.begin() as connection:
                await connection.execute(
                    sa.update(table).where(there).values(created_at=moment, updated_at=moment)
                )
                found = await connection.execute(sa.select(table).where(there))
                return [dict(row) for row in found.mappings()]

        for resource in ("core.party", "core.unit", "core.relationship_type"):
            for installation in self.installations.values():
                there = self.runner.run(settle(installation, resource))
            rows.setdefault(resource, []).extend(there)

    def obey(self, book: PolicyBook | None) -> None:
        """Other policies from now on; None: the shipped ones."""
        for installation in self.installations.values():
            snapshot = installation.app.snapshot
            snapshot.book = installation.app._build().book if book is None else book

    def statements(self, kind: str) -> list[str]:
        """What was asked of the reader since the last call."""
        reader: Any = self.installations[kind].app.database.reader
        asked, reader.asked = reader.asked, []
        return list(asked)

    def body(
        self,
        kind: str,
        actor: Actor | None,
        text: str,
        variables: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> bytes:
        """The bytes of an answer."""
        app = self.installations[kind].app
        api = ApiContext(app, actor, "test")
        return self.runner.run(run(api, text, dict(variables or {}), name))

    def answer(
        self,
        kind: str,
        actor: Actor | None,
        text: str,
        variables: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """The whole answer."""
        answer: dict[str, Any] = orjson.loads(self.body(kind, actor, text, variables, name))
        return answer

    def answers(
        self,
        actor: Actor | None,
        text: str,
        variables: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The answer of each database."""
        for kind in self.installations:
            yield kind, self.answer(kind, actor, text, variables, name)

    def same(
        self,
        actor: Actor | None,
        text: str,
        variables: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """The answer, which must be the same on both databases."""
        first, second = (answer for _, answer in self.answers(actor, text, variables, name))
        assert first == second
        return first
