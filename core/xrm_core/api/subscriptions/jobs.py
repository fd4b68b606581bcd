"""Those who follow a job: one statement every half second for all jobs that somebody follows."""

import asyncio
from typing import TYPE_CHECKING

import structlog

from xrm_core.api.subscriptions.audience import Audience
from xrm_core.api.subscriptions.operation import Subscription
from xrm_core.errors import DomainError, NotFound
from xrm_core.jobs.progress import Stand, stands

if TYPE_CHECKING:
    from xrm_core.api.subscriptions.hub import Hub

_LOG = structlog.get_logger("xrm.subscriptions")
LOOK_EVERY_S = 0.5


class JobWatch:
    """The subscriptions of this process that follow a job, and how far each was told."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._told: dict[Subscription, Stand | None] = {}
        self._task: asyncio.Task[None] | None = None

    async def join(self, subscription: Subscription) -> None:
        """It is told how the job stands now, and whenever it has come further. Raises: NotFound."""
        assert subscription.object_id is not None
        if not await Audience(self._hub.app, subscription.actor).sees(["core.job"], subscription.object_id):
            raise NotFound("Job", subscription.object_id, field="id")
        self._told[subscription] = None
        if self._task is None:
            self._task = asyncio.create_task(self._watch())

    def leave(self, subscription: Subscription) -> None:
        """It follows no more."""
        self._told.pop(subscription, None)

    async def close(self) -> None:
        """Nobody follows any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while self._told:
            try:
                await self._look()
            except Exception as wrong:
                _LOG.warning("jobs not followed", exc_info=wrong)
            await asyncio.sleep(LOOK_EVERY_S)
        self._task = None

    async def _look(self) -> None:
        wanted = {one.object_id for one in self._told if one.object_id is not None}
        found = await stands(self._hub.app, wanted)
        behind = [one for one, told in self._told.items() if found.get(one.object_id or "") != told]
        for one in await self._hub.recheck(behind) if behind else ():
            stand = found.get(one.object_id or "")
            if stand is None:
                self._hub.end(one, NotFound("Job", one.object_id, field="id"))
            else:
                await self._tell(one, stand)

    async def _tell(self, one: Subscription, stand: Stand) -> None:
        if not await Audience(self._hub.app, one.actor).sees(["core.job"], one.object_id or ""):
            self._hub.end(one, NotFound("Job", one.object_id, field="id"))
            return
        try:
            body = await one.say(one.object_id)
        except DomainError as wrong:
            self._hub.end(one, wrong)
            return
        if one in self._told:
            self._told[one] = stand
            one.listener.next(body)
            if stand.is_over:
                self._hub.end(one, None)
