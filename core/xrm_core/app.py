"""The application: one object that holds what a process needs, and the doors to reading and writing."""

import asyncio
import datetime as dt
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.access.book import AccessView, PolicyBook
from xrm_core.access.explain import explain
from xrm_core.access.gate import SqlGate, request_context
from xrm_core.access.policies import read_policies
from xrm_core.api.context import ApiContext
from xrm_core.api.execute import request_id, run
from xrm_core.api.rates import Rates
from xrm_core.api.schema import Snapshot, build_snapshot
from xrm_core.api.subscriptions.hub import Hub
from xrm_core.custom.book import CustomFieldBook
from xrm_core.custom.indexes import settle
from xrm_core.custom.models import CustomField
from xrm_core.custom.store import STAMPS_SQL
from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.db.engine import Database
from xrm_core.db.failures import told
from xrm_core.db.migrate import upgrade
from xrm_core.db.unit_of_work import unit_of_work
from xrm_core.declare.command import CommandInfo
from xrm_core.declare.context import Context
from xrm_core.declare.question import QueryInfo
from xrm_core.declare.run import run_in
from xrm_core.declare.specs import VirtualSpec
from xrm_core.errors import Conflict, Forbidden, Unauthenticated
from xrm_core.events.notices import Notices
from xrm_core.identity.actor import Actor, system_actor
from xrm_core.identity.sessions import Sessions
from xrm_core.jobs.runner import Jobs
from xrm_core.plugins.host import PluginHost
from xrm_core.plugins.states import plugin_states, set_enabled
from xrm_core.query.binds import Request
from xrm_core.query.cost import WHOLE_LOOK
from xrm_core.query.custom import OtherCustomFields
from xrm_core.query.search.find import Asker, Hit, find
from xrm_core.query.search.keeping import take_in_new
from xrm_core.settings import Settings

# Roles that include others: whoever holds the first may also do what the second may.
ROLE_INCLUDES: tuple[tuple[str, str], ...] = ()


_LOG = structlog.get_logger("xrm.app")
_ENABLED_SQL = {
    True: "SELECT coalesce(group_concat(id), '') FROM core_plugin WHERE is_enabled",
    False: "SELECT coalesce(string_agg(id, ','), '') FROM core_plugin WHERE is_enabled",
}


class Application:
    """One process's view of an installation."""

    def __init__(self, settings: Settings, host: PluginHost | None = None) -> None:
        self.settings = settings
        self.host = host or PluginHost()
        self.database = Database(settings)
        self.sessions = Sessions(self.database, settings)
        self.rates = Rates(settings)
        self.snapshot: Snapshot = None  # type: ignore[assignment]  # set by start
        self.custom_fields = CustomFieldBook()
        self.cursor_key = b""
        self.background: set[asyncio.Task[Any]] = set()
        self.jobs, self.hub = Jobs(self), Hub(self)
        self.notices = Notices(self.database.engine)
        if not self.database.is_sqlite:
            self.database.after_commit.append(self.notices.add)
        self._refreshing, self._switching, self._reading_fields = (asyncio.Lock() for _ in range(3))

    async def start(self) -> None:
        """Load declarations, read which plugins are enabled, build the schema. The database must be migrated."""
        if not self.host.installed:
            self.host.load()
        self.cursor_key = _secret(self.settings)
        await self.read_custom_fields()
        await self.refresh()

    async def close(self) -> None:
        """Wait for what is under way and give the database back."""
        await self.hub.close()
        await self.jobs.close()
        await self.notices.close()
        if self.background:
            await asyncio.wait(self.background, timeout=10)
        await self.database.close()

    async def refresh(self) -> None:
        """Show the plugins that the database says are enabled: a new schema, assigned in one step."""
        # One after the other: an older state must not be shown after a newer one.
        async with self._refreshing:
            async with self.reading() as session:
                states = await plugin_states(session)
            self.snapshot = await asyncio.to_thread(self._show, states.enabled, states.known)
            self.sessions.forget()
            self.hub.look_again()

    def _show(self, wanted: frozenset[str], known: frozenset[str]) -> Snapshot:
        """The schema with these plugins; one that breaks it is quarantined, the platform goes on without it."""
        self.host.show(wanted, known)
        try:
            return self._build()
        except Exception:
            shown: set[str] = set()
            for name in [name for name in self.host.installed if name in wanted]:
                self.host.show({*shown, name}, known)
                try:
                    self._build()
                except Exception as wrong:
                    self.host.quarantine(name, wrong)
                else:
                    shown.add(name)
            self.host.show(wanted, known)
            return self._build()

    async def read_custom_fields(self) -> None:
        """Know the custom fields as they are defined now."""
        async with self._reading_fields, self.reading() as session:
            await self.custom_fields.load(session)

    async def settle_indexes(self) -> None:
        """Make and drop indexes on custom fields as their definitions ask; what fails is logged and made up for."""
        try:
            await settle(self.database)
        except Exception as wrong:
            _LOG.error("indexes on custom fields are not as they should be", exc_info=wrong)

    async def _custom_fields_changed(self) -> None:
        await self.read_custom_fields()
        await self.settle_indexes()

    async def _heed(self, ctx: Context) -> None:
        """After the commit: what this process knows beside the database is as the change left it."""
        if any(change["type"] == CustomField.__resource__ for change in ctx.audited):
            # Whoever asked may be gone before an index is made.
            task = asyncio.create_task(self._custom_fields_changed())
            self.background.add(task)
            task.add_done_callback(self.background.discard)
            await asyncio.shield(task)

    async def follow(self) -> None:
        """Refresh if another process changed which plugins are enabled, or custom fields."""
        stamps = await self.database.reader.fetch(STAMPS_SQL[self.database.is_sqlite], [])
        if not self.custom_fields.is_current(stamps):
            await self.read_custom_fields()
        text = await self.database.reader.fetch(_ENABLED_SQL[self.database.is_sqlite], [])
        if self.host.sound((text or "").split(",")) != self.host.enabled:
            await self.refresh()

    def _build(self) -> Snapshot:
        policies = read_policies("xrm_core")
        for name in self.host.installed:
            if name in self.host.enabled:
                policies += self.host.rights(name)
        book = PolicyBook(policies, ROLE_INCLUDES)
        return build_snapshot(
            self.host.enabled, book, plans=self.settings.plan_cache_size, shapes=self.host.shapes()
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads. Raises: TooSlow, Unavailable if the database is down."""
        with told(self.settings.statement_timeout_s):
            async with AsyncSession(self.database.read_engine) as session:
                yield session

    def view(self, actor: Actor | None) -> AccessView:
        """What the policies say for somebody. Raises: Unauthenticated for nobody."""
        if actor is None:
            raise Unauthenticated("Sign in first.")
        return self.snapshot.book.view(actor).knowing(self.custom_fields.of(actor.tenant_id))

    def context(self, actor: Actor, session: AsyncSession, *, request: str = "", unit: Any = None) -> Context:
        """A command's context on a session."""
        gate = SqlGate(self.database.dialect, self.view(actor), self.snapshot.plugins)

        async def ask(document: str, variables: Mapping[str, Any] | None = None) -> Any:
            return await self.ask(actor, document, variables)

        return Context(
            actor, session, gate, dt.datetime.now(dt.UTC), unit or actor.home_unit, request_id=request,
            plugins=self.snapshot.plugins, hooks=self.host.hooks(), ask=ask, app=self,
        )  # fmt: skip

    @asynccontextmanager
    async def work(self, actor: Actor | None = None, *, command: str = "") -> AsyncIterator[Context]:
        """A unit of work for an actor, the system if none is named."""
        someone = actor or system_actor(time_zone=self.settings.time_zone)
        async with unit_of_work(self.database, lambda session: self.context(someone, session)) as ctx:
            ctx.command = command
            yield ctx
        await self._heed(ctx)

    async def run_command(self, info: CommandInfo, api: ApiContext, values: Mapping[str, Any]) -> Any:
        """A command, in one unit of work, for whoever asks."""
        actor = api.actor
        if actor is None:
            raise Unauthenticated("Sign in first.")

        def make(session: AsyncSession) -> Context:
            return self.context(actor, session, request=api.request_id)

        async with unit_of_work(self.database, make) as ctx:
            result = await run_in(ctx, info, values)
        await self._heed(ctx)
        return result

    async def run_query(self, info: QueryInfo, api: ApiContext, values: Mapping[str, Any]) -> Any:
        """A question, for whoever asks. Raises: Forbidden."""
        if not self.view(api.actor).may_ever(info.object, info.action):
            raise Forbidden(f"You may not ask {info.field}.")
        assert api.actor is not None
        api.asks(info.field, WHOLE_LOOK)
        async with self.reading() as session:
            return await info.run(self.context(api.actor, session, request=api.request_id), **values)

    async def search(
        self, actor: Actor | None, text: str, types: Sequence[str] | None, first: int
    ) -> list[Hit]:
        """What somebody finds by a text. Raises: Invalid, LimitExceeded."""
        assert actor is not None
        try:
            return await self._search(actor, text, types, first)
        except OtherCustomFields:
            await self.read_custom_fields()
            return await self._search(actor, text, types, first)

    async def _search(self, actor: Actor, text: str, types: Sequence[str] | None, first: int) -> list[Hit]:
        view, snapshot = self.view(actor), self.snapshot
        request = Request(actor, {}, request_context(actor, view))
        database = self.database
        asker = Asker(database.dialect, database.reader, view, snapshot.plugins, snapshot.plans, request)
        return await find(asker, text, types, first)

    async def run_virtual(self, actor: Actor, spec: VirtualSpec, ids: Sequence[Any]) -> dict[str, Any]:
        """The values of a virtual field for these ids, by the ids' text."""
        async with self.reading() as session:
            values = await spec.batch(self.context(actor, session), ids)
        return {str(object_id): value for object_id, value in values.items()}

    async def ask(self, actor: Actor, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """A question through the API's own read path, as the actor: what PDFs, jobs and exports read through.

        Raises: RuntimeError carrying the errors, since only our own documents are asked here.
        """
        api = ApiContext(self, actor, request_id())
        answer = orjson.loads(await run(api, document, dict(variables or {}), None))
        if answer.get("errors"):
            raise RuntimeError(answer["errors"])
        return answer["data"]

    async def explain_access(
        self, asker: Actor | None, user_id: str, action: str, object_id: str | None, field: str | None
    ) -> dict[str, Any]:
        """Why a user may or may not do something."""
        return await explain(self, asker, user_id=user_id, action=action, object_id=object_id, field=field)

    async def enable_plugin(self, plugin_id: str, *, actor: Actor | None = None) -> None:
        """Migrate and seed a plugin, then show it. Raises: NotFound, Conflict, and what its seed raises."""
        async with self._switching:
            plugin = self.host.check_enable(plugin_id)
            await upgrade(self.database, plugin.id, plugin.package)
            await take_in_new(self.database, {plugin.id})
            if plugin_id in self.host.enabled:
                return
            await self._mark(plugin_id, enabled=True)
            try:
                await self.refresh()
                if plugin_id not in self.host.enabled:
                    raise Conflict(f"{plugin_id} cannot be shown: see the log.", field="id")
                await self._seed(plugin_id, actor)
            except BaseException:
                # Without its seed it is not enabled: enabling it again must seed it.
                await self._mark(plugin_id, enabled=False)
                await self.refresh()
                raise

    async def _seed(self, plugin_id: str, actor: Actor | None) -> None:
        async with self.work(actor=None, command="core.plugin.enable") as ctx:
            for caller in ctx.hooks.seed.get_hookimpls():
                if caller.plugin_name == plugin_id:
                    await waited(caller.function(ctx))
            ctx.emit("core.plugin.enabled", plugin=plugin_id, by=actor.user_id if actor else None)

    async def disable_plugin(self, plugin_id: str, *, actor: Actor | None = None) -> None:
        """Hide a plugin; its data stays. Raises: NotFound, Conflict."""
        async with self._switching:
            self.host.check_disable(plugin_id)
            if plugin_id not in self.host.enabled and plugin_id not in self.host.quarantined:
                return
            await self._mark(plugin_id, enabled=False)
            await self.refresh()
            async with self.work(command="core.plugin.disable") as ctx:
                ctx.emit("core.plugin.disabled", plugin=plugin_id, by=actor.user_id if actor else None)

    async def _mark(self, plugin_id: str, *, enabled: bool) -> None:
        async with bookkeeping(self.database) as session:
            await set_enabled(session, self.host.installed[plugin_id], enabled=enabled)


async def waited(value: Any) -> Any:
    """The value, or what it becomes if it must be waited for: hooks may be coroutines or not."""
    return await value if hasattr(value, "__await__") else value


def _secret(settings: Settings) -> bytes:
    given = settings.secret.get_secret_value()
    if given:
        return given.encode()
    path = Path(settings.data_dir) / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(32))
        path.chmod(0o600)
    return path.read_bytes()
