"""Brings what is committed to those who subscribed, each time asking again who they are and what they may read."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from xrm_core.api.subscriptions.announcement import Announcement, announcements, gap
from xrm_core.api.subscriptions.audience import Audience
from xrm_core.api.subscriptions.jobs import JobWatch
from xrm_core.api.subscriptions.operation import Subscription, TakesTooLong
from xrm_core.api.subscriptions.streams import Streams
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import DomainError, NotFound, PluginDisabled, Unauthenticated, Unavailable
from xrm_core.events.feed import Batch, feed_of, opened

if TYPE_CHECKING:
    from xrm_core.app import Application

_LOG = structlog.get_logger("xrm.subscriptions")
# Sessions that ended and policies that changed are noticed within this even if nothing happens.
REVIEW_EVERY_S = 5.0
_READY_WITHIN_S = 10.0
_AGAIN_AFTER_S = 1.0
# What all subscriptions of one user may take to be told of some changes, and the more the more changes, in seconds.
MOST_SAYING_S = 2.0
EACH_SAYING_S = 0.1
# Messages for clients between which they are sent; fewer than wait for one of them.
_SAID_AT_ONCE = 8
# With nobody listening the feed is closed after so many reviews.
_REVIEWS_ALONE = 12


class Hub:
    """The subscriptions of this process."""

    def __init__(self, app: "Application") -> None:
        self.app = app
        self.streams = Streams(app.settings)
        self.subscriptions: dict[Subscription, None] = {}
        self.is_closing = asyncio.Event()
        self.jobs = JobWatch(self)
        self._tasks: list[asyncio.Task[None]] = []
        self._ready, self._changed, self._turn = asyncio.Event(), asyncio.Event(), asyncio.Lock()
        self._snapshot: Any = None

    async def join(self, subscription: Subscription) -> None:
        """From now on it is told. Raises: NotFound if it names an object that it may not see; Unavailable."""
        if self.is_closing.is_set():
            raise Unavailable("The server is stopping; try again.")
        self.subscriptions[subscription] = None
        try:
            if subscription.is_job:
                await self.jobs.join(subscription)
                return
            self._listen()
            async with asyncio.timeout(_READY_WITHIN_S):
                await self._ready.wait()
            await self._find(subscription)
        except TimeoutError:
            self.leave(subscription)
            raise Unavailable("Changes cannot be followed now; try again.") from None
        except BaseException:
            self.leave(subscription)
            raise

    async def _find(self, subscription: Subscription) -> None:
        if subscription.object_id is None:
            return
        audience = Audience(self.app, subscription.actor)
        names = subscription.resources or {info.name for info in REGISTRY.enabled(audience.snapshot.plugins)}
        if not await audience.sees(names, subscription.object_id):
            raise NotFound("object", subscription.object_id, field="objectId")
        subscription.shown[subscription.object_id] = None

    def leave(self, subscription: Subscription) -> None:
        """It is told nothing more."""
        self.subscriptions.pop(subscription, None)
        self.jobs.leave(subscription)

    def end(self, subscription: Subscription, wrong: Exception | None) -> None:
        """Nothing more will come, and the client is told why."""
        if subscription in self.subscriptions:
            self.leave(subscription)
            subscription.listener.end(wrong)

    def look_again(self) -> None:
        """Plugins, policies or users changed."""
        self._changed.set()

    async def close(self) -> None:
        """End every subscription: the server stops."""
        self.is_closing.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.jobs.close()
        for subscription in list(self.subscriptions):
            self.end(subscription, None)

    def _listen(self) -> None:
        if not self._tasks:
            self._ready.clear()
            self._snapshot = self.app.snapshot
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._review())]

    def _tenants(self) -> Sequence[int]:
        return sorted({subscription.actor.tenant_id for subscription in self.subscriptions})

    async def _follow(self) -> None:
        """Tell what is committed. What could not be told is made good by asking everybody to read again."""
        missed = False
        while True:
            try:
                async with opened(feed_of(self.app.database), self._tenants) as batches:
                    async for batch in batches:
                        await self._tell(Batch(batch.rows, batch.is_gapped or missed))
                        missed = False
                        self._ready.set()
            except Exception as wrong:
                _LOG.warning("changes not told", exc_info=wrong)
            missed = True
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _review(self) -> None:
        alone = 0
        while alone < _REVIEWS_ALONE:
            try:
                async with asyncio.timeout(REVIEW_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            alone = 0 if self.subscriptions else alone + 1
            try:
                async with self._turn:
                    await self.recheck(list(self.subscriptions))
            except Exception as wrong:
                _LOG.warning("subscriptions not reviewed", exc_info=wrong)
        self._tasks[0].cancel()
        self._tasks = []

    async def recheck(self, subscriptions: Iterable[Subscription]) -> list[Subscription]:
        """Those whose user still may listen, under the roles they hold now; the others are ended.

        Raises: Unavailable if the database is down.
        """
        if self._snapshot is not self.app.snapshot:
            self._snapshot = self.app.snapshot
            for subscription in list(self.subscriptions):
                self._prepare_again(subscription)
        listening = [one for one in subscriptions if one in self.subscriptions]
        tokens = {one.token for one in listening if one.token is not None}
        actors = await self.app.sessions.actors(tokens) if tokens else {}
        for one in listening:
            if one.token is None:
                continue
            actor = actors.get(one.token)
            if actor is None:
                self.end(one, Unauthenticated("The session has ended; sign in again."))
            elif one.becomes(actor):
                self._prepare_again(one)
        return [one for one in listening if one in self.subscriptions]

    def _prepare_again(self, subscription: Subscription) -> None:
        before = subscription.prepared.schema
        try:
            subscription.prepare()
        except Exception as wrong:
            is_off = before is not self.app.snapshot.schema
            off = PluginDisabled("What this subscription is about was switched off; subscribe anew.")
            self.end(subscription, off if is_off else wrong)

    async def _tell(self, batch: Batch) -> None:
        told = [one for row in batch.rows for one in announcements(row)]
        if batch.is_gapped:
            told += [gap(tenant) for tenant in self._tenants()]
        concerned = [one for one in self.subscriptions if any(one.wants(item) for item in told)]
        if not concerned:
            return
        async with self._turn:
            groups: dict[Hashable, list[Subscription]] = {}
            resources = {item.resource for item in told} - {""}
            for one in await self.recheck(concerned):
                key = self.app.snapshot.book.view(one.actor).audience(resources)
                groups.setdefault(key, []).append(one)
            for group in groups.values():
                await self._tell_group(group, told)

    async def _tell_group(self, group: list[Subscription], told: list[Announcement]) -> None:
        audience = Audience(self.app, group[0].actor)
        wanted = [item for item in told if any(one.wants(item) for one in group)]
        allowed = await audience.told(wanted)
        said = Saying(MOST_SAYING_S + EACH_SAYING_S * len(wanted))
        for one in group:
            had: set[Hashable] = set()
            for item in wanted:
                key = (item.at, item.type, item.id)
                if one.wants(item) and one.hears(item, is_allowed=item in allowed) and key not in had:
                    had.add(key)
                    await self._say(one, item, said)

    async def _say(self, one: Subscription, item: Announcement, said: "Saying") -> None:
        try:
            body = await said.of(one, item)
        except DomainError as wrong:
            self.end(one, wrong)
            return
        if one in self.subscriptions:
            one.listener.next(body)
            said.count += 1
            if said.count % _SAID_AT_ONCE == 0:
                # Whoever reads gets what waits for them before there is more: only who does not is dropped.
                await asyncio.sleep(0)


class Saying:
    """What a group is told, written once for all who say it alike; no user of it keeps the others waiting for long."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self.count = seconds, 0
        self._said: dict[Hashable, bytes] = {}
        self._spent: defaultdict[Hashable, float] = defaultdict(float)

    async def of(self, one: Subscription, item: Announcement) -> bytes:
        """The execution result for a change. Raises: LimitExceeded for a user whose results take too long."""
        key, user = (item, one.saying), (one.actor.tenant_id, one.actor.user_id)
        if key not in self._said:
            if self._spent[user] > self._seconds:
                raise TakesTooLong()
            began = time.monotonic()
            try:
                self._said[key] = await one.say(item.shown())
            finally:
                self._spent[user] += time.monotonic() - began
        return self._said[key]
