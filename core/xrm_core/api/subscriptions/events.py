"""Server-sent events: one operation, its results as they come, in a response that stays open.

The protocol is the mode of distinct connections of the npm package graphql-sse: events `next` and `complete`.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import StreamingResponse

from xrm_core.api.execute import failure, request_id
from xrm_core.api.subscriptions.operation import Asked, Subscription, subscribed
from xrm_core.api.subscriptions.waiting import Waiting
from xrm_core.errors import LimitExceeded
from xrm_core.identity.actor import Actor

if TYPE_CHECKING:
    from xrm_core.app import Application

MEDIA_TYPE = "text/event-stream"
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    # Proxies that keep answers back until they are whole would keep this one for ever.
    "x-accel-buffering": "no",
}
_COMPLETE = b"event: complete\ndata: \n\n"
_HEARTBEAT = b":\n\n"


def _event(body: bytes) -> bytes:
    # JSON has no bare line breaks, which would end the event's data.
    return b"event: next\ndata: " + body + b"\n\n"


class EventStream(StreamingResponse):
    """The response; what it holds is given back when the client goes, or never was there to read it."""

    def __init__(self, stream: "Stream | None", first: bytes = b"") -> None:
        self._stream, self._first = stream, first
        super().__init__(self._events(), headers=_HEADERS, media_type=MEDIA_TYPE)

    async def _events(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        if self._stream is not None:
            async for chunk in self._stream.chunks():
                yield chunk
        else:
            yield _COMPLETE

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer until it is over, or the client is dropped."""
        if self._stream is None:
            await super().__call__(scope, receive, send)
            return
        sending = asyncio.ensure_future(super().__call__(scope, receive, send))
        dropped = asyncio.ensure_future(self._stream.is_slow.wait())
        try:
            await asyncio.wait([sending, dropped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stream.close()
            for task in (sending, dropped):
                task.cancel()
            await asyncio.gather(sending, dropped, return_exceptions=True)


class Stream:
    """One subscription's events, as many as wait for the client to read them, and no more than may."""

    def __init__(self, app: "Application", user: Any) -> None:
        self._app, self._user = app, user
        self._waiting: Waiting[bytes] = Waiting(app.settings.stream_buffer)
        self.is_slow = asyncio.Event()
        self.subscription: Subscription | None = None

    def next(self, body: bytes) -> None:
        """Send an execution result; a client for which too much waits already is dropped."""
        try:
            self._waiting.put_nowait(_event(body))
        except asyncio.QueueFull:
            self._drop()

    def end(self, wrong: Exception | None) -> None:
        """Send that it is over, and why if that is not as it should be."""
        if wrong is not None:
            self.next(orjson.dumps({"errors": failure(wrong, request_id())}))
        try:
            self._waiting.put_nowait(None)
        except asyncio.QueueFull:
            self._drop()

    def _drop(self) -> None:
        self.is_slow.set()
        if self.subscription is not None:
            self._app.hub.leave(self.subscription)

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is to be sent; a line of comment where there is nothing for a while."""
        # The client learns that it is connected before there is anything to tell.
        yield _HEARTBEAT
        while True:
            try:
                async with asyncio.timeout(self._app.settings.stream_heartbeat_s):
                    chunk = await self._waiting.get()
            except TimeoutError:
                yield _HEARTBEAT
                continue
            if chunk is None:
                yield _COMPLETE
                return
            yield chunk

    def close(self) -> None:
        """Nobody reads any more."""
        if self.subscription is not None:
            self._app.hub.leave(self.subscription)
        self._app.hub.streams.leave()
        self._app.hub.streams.give_back(self._user)


async def subscribed_stream(
    app: "Application", asked: Asked, *, token: str | None, actor: Actor | None
) -> EventStream:
    """The events of a subscription; one that is wrong is answered with its errors, since browsers read no others."""
    try:
        stream = _entered(app, actor)
    except LimitExceeded as full:
        return failed_stream(full)
    try:
        made = stream.subscription = subscribed(app, asked, token=token, actor=actor, listener=stream)
        await app.hub.join(made)
    except BaseException as wrong:
        stream.close()
        if isinstance(wrong, Exception):
            return failed_stream(wrong)
        raise
    return EventStream(stream)


def _entered(app: "Application", actor: Actor | None) -> Stream:
    user = None if actor is None else (actor.tenant_id, actor.user_id)
    app.hub.streams.enter()
    try:
        app.hub.streams.take(user)
    except LimitExceeded:
        app.hub.streams.leave()
        raise
    return Stream(app, user)


def failed_stream(wrong: Exception) -> EventStream:
    """Why there is nothing to tell."""
    return EventStream(None, _event(orjson.dumps({"errors": failure(wrong, request_id())})))


def answered_stream(body: bytes) -> EventStream:
    """The one result of a query or mutation."""
    return EventStream(None, _event(body))
