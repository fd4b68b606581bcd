"""What a plugin author's tests stand on: a whole installation, small, on the real database.

`Installation` is what the fixture `xrm` hands to a test; it needs no pytest and no mock.
"""

import asyncio
import atexit
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import run
from xrm_core.app import Application
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.resource import Resource
from xrm_core.errors import DomainError
from xrm_core.identity.actor import Actor, Role
from xrm_core.ids import Id, new_id
from xrm_core.plugins.host import PluginHost
from xrm_core.settings import Settings
from xrm_core.setup import bootstrap, migrate_all
from xrm_core.text import camel

T = TypeVar("T", bound=Resource)


class Installation:
    """A started application with our own unit, for tests."""

    def __init__(self, app: Application, unit: Id[Any]) -> None:
        self.app, self.unit = app, unit
        self._users: dict[str, Id[Any]] = {}

    @classmethod
    async def open(cls, settings: Settings, *, host: PluginHost | None = None) -> "Installation":
        """Start on a database that `prepare` has set up."""
        app = Application(settings, host)
        app.host.load()
        await app.start()
        unit = await bootstrap(app, unit_code="HQ", unit_name="Our Company", country="FR")
        return cls(app, unit)

    async def close(self) -> None:
        """Stop it."""
        await self.app.close()

    def actor(self, role: str = "admin", *, unit: Any = ..., language: str = "en") -> Actor:
        """Somebody with one role in our unit (`unit=None`: everywhere; another id: in that unit)."""
        where = self.unit if unit is ... else unit
        return Actor(
            1, self._users.get(role), role, (Role(role, where),), home_unit=self.unit, language=language
        )

    async def user(self, role: str) -> Id[Any]:
        """The id of a real user with that role, without a password; from then on `actor(role)` is that user."""
        if role not in self._users:
            from xrm_core.identity.models import RoleAssignment, User  # few tests need a real user

            user = User(email=f"{role}@xrm.example", name=role.title(), home_unit=self.unit)
            async with self.app.work(command="test.make") as ctx:
                ctx.add(user)
                held = {"user_id": user.id, "role": role, "unit_id": self.unit}
                ctx.session.add(RoleAssignment(tenant_id=ctx.tenant_id, id=new_id(), **held))
            self._users[role] = user.id
        return self._users[role]

    async def make(self, model: type[T], **values: Any) -> T:
        """An object that simply is there, made by nobody's command."""
        made = model(**values)
        async with self.app.work(command="test.make") as ctx:
            ctx.add(made)
        return made

    async def add(self, *objects: Any) -> None:
        """Several objects that simply are there."""
        async with self.app.work(command="test.make") as ctx:
            ctx.add(*objects)

    async def get(self, model: type[T], object_id: Any) -> T:
        """An object as it is stored now."""
        async with self.app.reading() as session:
            found = await session.get(model, (1, object_id))
        assert found is not None, f"no {model.__name__} {object_id}"
        return found

    async def answer(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        role: str = "admin",
        actor: Actor | None = None,
    ) -> dict[str, Any]:
        """The whole answer of a GraphQL operation, errors and extensions with it."""
        api = ApiContext(self.app, actor or self.actor(role), "test")
        body = await run(api, document, dict(variables or {}), None)
        answer: dict[str, Any] = orjson.loads(body)
        return answer

    async def ask(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        role: str = "admin",
        actor: Actor | None = None,
    ) -> Any:
        """The data of a GraphQL operation that must succeed."""
        answer = await self.answer(document, variables, role=role, actor=actor)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def run(
        self, command: Any, subject: Resource | None = None, *, role: str = "admin", **given: Any
    ) -> Any:
        """What a command returns, run as somebody with the role. Raises what the command refuses."""
        info = COMMANDS.behind(command)
        values = {camel(name): value for name, value in given.items()}
        if subject is not None:
            values["id"] = subject.id
        return await self.app.run_command(info, ApiContext(self.app, self.actor(role), "test"), values)

    async def refused(
        self, command: Any, subject: Resource | None = None, *, role: str = "admin", **given: Any
    ) -> Sequence[str]:
        """The codes with which a command refuses; fails if it does not."""
        try:
            await self.run(command, subject, role=role, **given)
        except DomainError as refused:
            return [problem.code for problem in refused.problems]
        raise AssertionError("the command was not refused")


async def prepare(settings: Settings, *, plugins: Sequence[str] = (), host: PluginHost | None = None) -> None:
    """Migrate a fresh database and enable these plugins, with what they require first."""
    app = Application(settings, host)
    app.host.load()
    try:
        await migrate_all(app)
        await app.start()
        await bootstrap(app, unit_code="HQ", unit_name="Our Company", country="FR")
        for plugin in plugins:
            await app.enable_plugin(plugin)
    finally:
        await app.close()


def database_servers() -> list[str]:
    """What a plugin's tests run on: SQLite (an empty text), and the server in XRM_TEST_POSTGRES if it is set."""
    server = os.environ.get("XRM_TEST_POSTGRES", "")
    return ["", server] if server else [""]


# Databases that are set up once a process and copied for each test, by server and plugin.
_PREPARED: dict[tuple[str, str], Settings] = {}


@asynccontextmanager
async def installation(plugin_id: str, *, folder: Path, server: str = "") -> AsyncIterator[Installation]:
    """A fresh installation with a plugin and what it requires enabled, on SQLite or in a database of the server."""
    known = (server, plugin_id)
    if known not in _PREPARED:
        template = await _fresh(Path(mkdtemp(prefix="xrm-tests-")), server)
        host = PluginHost()
        host.load()
        wanted = [needed.id for needed in host.needs(plugin_id) if not needed.is_always_on]
        await prepare(template, plugins=wanted)
        _PREPARED[known] = template
        atexit.register(_discard, template, server)
    settings = await _fresh(folder, server, template=_PREPARED[known])
    opened = await Installation.open(settings)
    try:
        yield opened
    finally:
        await opened.close()
        if server:
            await _administer(server, f'DROP DATABASE "{_name(settings.database_url)}" WITH (FORCE)')


def _discard(template: Settings, server: str) -> None:
    """Nothing is left of a template when the tests end."""
    shutil.rmtree(template.data_dir, ignore_errors=True)
    if server:
        asyncio.run(_administer(server, f'DROP DATABASE "{_name(template.database_url)}" WITH (FORCE)'))


async def _fresh(folder: Path, server: str, *, template: Settings | None = None) -> Settings:
    """The settings of a new database, empty or a copy."""
    folder.mkdir(parents=True, exist_ok=True)
    if not server:
        if template is not None:
            shutil.copyfile(template.data_dir / "xrm.db", folder / "xrm.db")
        return Settings(data_dir=folder, database_url="")
    url = urlunsplit(urlsplit(server)._replace(path=f"/xrm_{uuid4().hex}"))
    copied = f' TEMPLATE "{_name(template.database_url)}"' if template is not None else ""
    await _administer(server, f'CREATE DATABASE "{_name(url)}"{copied}')
    return Settings(data_dir=folder, database_url=url)


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


async def _administer(server: str, statement: str) -> None:
    url = Settings(database_url=server).sqlalchemy_url()
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()
