"""Who may be told: announcements checked for all askers at once who may read the same rows."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from graphql import GraphQLField, GraphQLString

from xrm_core.access.gate import request_context
from xrm_core.api.subscriptions.announcement import ANYTHING, Announcement
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import TooComplex, Unavailable
from xrm_core.identity.actor import Actor
from xrm_core.query.binds import Request
from xrm_core.query.compiler import NESTINGS, Compiler
from xrm_core.query.custom import OtherCustomFields
from xrm_core.query.plan import ROWS_KEY, Plan, compile_plan
from xrm_core.query.seen import LoadedRoot, SeenRoot
from xrm_core.query.selection import Selected

if TYPE_CHECKING:
    from xrm_core.app import Application

_LOG = structlog.get_logger("xrm.subscriptions")
_MOST_IDS = 2_000
# The id of a required object that was not known when what required it was deleted.
UNKNOWN = str(None)
_NOTHING: Any = None
_FIELD = Selected(ROWS_KEY, ROWS_KEY, GraphQLField(GraphQLString), {}, [], _NOTHING)


class Audience:
    """Askers of whom one is told what all may be told: one statement a resource, however many they are."""

    def __init__(self, app: "Application", actor: Actor) -> None:
        self.app, self.actor = app, actor
        self.snapshot = app.snapshot
        self.view = app.view(actor)

    async def told(self, announcements: Sequence[Announcement]) -> set[Announcement]:
        """Those of the announcements that they may hear. Raises: Unavailable if the database is down."""
        seen = await self._seen(_ids_to_ask(announcements))
        heard = [await self._may_hear(one, seen) for one in announcements]
        return {one for one, may in zip(announcements, heard, strict=True) if may}

    async def sees(self, resources: Iterable[str], object_id: str) -> bool:
        """Whether there is an object with this id in one of the resources that they may read."""
        found = await self._seen({name: {object_id} for name in resources})
        return any(found.values())

    async def _may_hear(self, one: Announcement, seen: Mapping[str, set[str]]) -> bool:
        if one.type == ANYTHING:
            return True
        if not self._is_shown(one.resource):
            return False
        if one.is_resync:
            return await self._may_read_loaded(one)
        if one.is_gone:
            return self._could_read(one, seen)
        return one.id in seen.get(one.resource, ())

    def _is_shown(self, resource: str) -> bool:
        return REGISTRY[resource].plugin in {"core", *self.snapshot.plugins} and self.view.may_ever(
            resource, "read"
        )

    def _could_read(self, gone: Announcement, seen: Mapping[str, set[str]]) -> bool:
        """Whether they may read every such row of that unit: a rule cannot be asked of a row that is gone."""
        info = REGISTRY[gone.resource]
        grant = self.view.grant(gone.resource, "read")
        is_allowed = any(
            not clause.rule
            and (
                clause.role is None
                or (info.unit_column is None and info.unit_link is None)
                or gone.unit in {str(unit) for unit in self.view.units[clause.role] or ()}
            )
            for clause in grant.allow
        )
        is_denied = any(clause.is_whole for clause in grant.deny)
        ends = all(end in seen.get(resource, ()) for resource, end in gone.ends)
        return is_allowed and not is_denied and ends

    async def _seen(self, wanted: Mapping[str, set[str]]) -> dict[str, set[str]]:
        names = [name for name in wanted if name in REGISTRY and self._is_shown(name)]
        found = await asyncio.gather(*(self._seen_of(name, sorted(wanted[name])) for name in names))
        return dict(zip(names, found, strict=True))

    async def _seen_of(self, name: str, ids: list[str]) -> set[str]:
        root, found = SeenRoot(REGISTRY[name]), set()
        for start in range(0, len(ids), _MOST_IDS):
            piece = {"result_ids": ids[start : start + _MOST_IDS]}
            found |= set(await self._fetch(("seen", name), root, piece))
        return found

    async def _may_read_loaded(self, loaded: Announcement) -> bool:
        since = loaded.at - dt.timedelta(seconds=1)
        root = LoadedRoot(REGISTRY[loaded.resource])
        try:
            return bool(await self._fetch(("loaded", loaded.resource), root, {"changed_since": since}) == "1")
        except Unavailable as late:
            # A table of millions under a rule that fits few of them: not told rather than told too much.
            _LOG.warning("bulk change not announced", resource=loaded.resource, reason=late.message)
            return False

    async def _fetch(self, what: tuple[str, str], root: Any, given: Mapping[str, Any]) -> Any:
        try:
            return await self._answer(what, root, given)
        except OtherCustomFields:
            # A rule asks about custom fields, and they are others by now.
            await self.app.read_custom_fields()
            self.view = self.app.view(self.actor)
            return await self._answer(what, root, given)

    async def _answer(self, what: tuple[str, str], root: Any, given: Mapping[str, Any]) -> Any:
        key = (*what, self.view.shape, self.view.custom_fields.identity)
        plan: Plan | None = self.snapshot.plans.get(key)
        ways = NESTINGS if plan is None else (plan.nesting,)
        for nesting in ways:
            plan = plan or self._compile(root, nesting)
            context = {**request_context(self.actor, self.view), **given}
            try:
                text = await self.app.database.reader.fetch(
                    plan.sql, plan.values(Request(self.actor, {}, context))
                )
            except TooComplex:
                if nesting is ways[-1]:
                    raise
                plan = None
                continue
            if not text:
                raise OtherCustomFields()
            self.snapshot.plans.put(key, plan)
            return orjson.loads(text)[ROWS_KEY]
        raise AssertionError("there is always a way")

    def _compile(self, root: Any, nesting: Any) -> Plan:
        compiler = Compiler(self.app.database.dialect, self.view, self.snapshot.plugins, nesting=nesting)
        return compile_plan(compiler, [_FIELD], root_of=root)


def _ids_to_ask(announcements: Iterable[Announcement]) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for one in announcements:
        if one.is_gone:
            for resource, end in one.ends:
                if end != UNKNOWN:
                    wanted.setdefault(resource, set()).add(end)
        elif not one.is_resync:
            wanted.setdefault(one.resource, set()).add(one.id)
    return wanted
