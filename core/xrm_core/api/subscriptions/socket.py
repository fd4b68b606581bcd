"""One websocket: who it belongs to, the operations on it, and the messages that wait to be sent."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from xrm_core.api.context import ApiContext
from xrm_core.api.execute import failure, prepared_for, request_id, run
from xrm_core.api.http.callers import address_of, token_of
from xrm_core.api.http.languages import speaking
from xrm_core.api.http.origin import check_origin
from xrm_core.api.http.persisted import Documents
from xrm_core.api.http.reading import Sent
from xrm_core.api.http.refusals import BadRequest
from xrm_core.api.subscriptions.messages import (
    SUBPROTOCOL,
    Close,
    Closed,
    Message,
    parsed,
    sent,
    token_in,
    written,
)
from xrm_core.api.subscriptions.operation import Asked, Subscription, subscribed
from xrm_core.api.subscriptions.waiting import Waiting
from xrm_core.errors import LimitExceeded, Unauthenticated, Unavailable
from xrm_core.identity.actor import Actor
from xrm_core.pace import Pace

if TYPE_CHECKING:
    from xrm_core.app import Application

_LOG = structlog.get_logger("xrm.subscriptions")
# A client that does not read is given so long to hear that it was dropped.
_CLOSE_WITHIN_S = 2.0
# A second; nobody needs more than one in some of them.
MOST_PINGS = 100
_SLOW = "The client does not keep up; subscribe again and read again."


class Socket:
    """A connection of one client, from the first message to the last."""

    def __init__(self, app: "Application", websocket: WebSocket) -> None:
        self._app, self._websocket = app, websocket
        self._documents: Documents = websocket.app.state.documents
        self._token: str | None = None
        self._user: Any = None
        self._operations: dict[str, asyncio.Task[None] | None] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._waiting: Waiting[str] = Waiting(app.settings.stream_buffer)
        self._pings = Pace(MOST_PINGS)
        self._closed: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self._address = address_of(websocket)

    async def serve(self) -> None:
        """Everything from the first message on, until one side closes."""
        tasks = [asyncio.create_task(each) for each in (self._read(), self._write(), self._stopping())]
        waited_for: list[asyncio.Future[Any]] = [self._closed, *tasks]
        try:
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._end(tasks)
        if self._closed.done():
            closed = self._closed.result()
            await self._close(closed.code, closed.reason)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in (*tasks, *filter(None, self._operations.values())):
            task.cancel()
        for subscription in self._subscriptions.values():
            self._app.hub.leave(subscription)
        if self._user is not None:
            self._app.hub.streams.give_back(self._user)
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                _LOG.error("websocket failed", exc_info=outcome)

    async def _close(self, code: Close, reason: str) -> None:
        drop = self._websocket.scope.get("extensions", {}).get("xrm.drop")
        if drop is not None:
            drop(int(code), reason)
            return
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self._websocket.close(int(code), reason)

    def close(self, code: Close, reason: str) -> None:
        """Close it, once what it is doing has stopped."""
        if not self._closed.done():
            self._closed.set_result(Closed(code, reason))

    async def _stopping(self) -> None:
        await self._app.hub.is_closing.wait()
        self.close(Close.GOING_AWAY, "The server is stopping; connect again.")

    async def _write(self) -> None:
        while (message := await self._waiting.get()) is not None:
            await self._websocket.send_text(message)

    async def _read(self) -> None:
        try:
            await self._initialise()
            while True:
                await self._take(await self._receive())
        except Closed as closed:
            self.close(closed.code, closed.reason)
        except Unavailable as down:
            self.close(Close.TRY_AGAIN, down.message)

    async def _receive(self) -> Message:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1000))
        text = received.get("text")
        if text is None:
            raise Closed(Close.BAD_REQUEST, "Messages are text.")
        most = self._app.settings.max_body_bytes
        if len(text) > most:
            raise Closed(Close.TOO_LARGE, f"LIMIT_EXCEEDED: a message has at most {most} bytes.")
        return parsed(text)

    async def _initialise(self) -> None:
        try:
            async with asyncio.timeout(self._app.settings.socket_init_timeout_s):
                message = await self._receive()
                while message.type in ("ping", "pong"):
                    await self._take(message)
                    message = await self._receive()
        except TimeoutError:
            raise Closed(Close.INIT_TIMEOUT, "Connection initialisation timeout") from None
        if message.type != "connection_init":
            code = Close.UNAUTHORIZED if message.type in ("subscribe", "complete") else Close.BAD_REQUEST
            raise Closed(code, "Unauthorized: send connection_init first.")
        self._token = token_in(message.payload) or _token_sent(self._websocket)
        actor = await self._actor()
        if actor is None:
            raise Closed(Close.FORBIDDEN, "Forbidden: sign in first and send the token.")
        try:
            self._app.hub.streams.take((actor.tenant_id, actor.user_id))
        except LimitExceeded as full:
            raise Closed(Close.TRY_AGAIN, f"LIMIT_EXCEEDED: {full.message}") from full
        self._user = (actor.tenant_id, actor.user_id)
        await self._waiting.put(written("connection_ack"))

    async def _actor(self) -> Actor | None:
        actor = await self._app.sessions.actor(self._token)
        try:
            return None if actor is None else speaking(actor, self._websocket)
        except BadRequest as wrong:
            raise Closed(Close.BAD_REQUEST, wrong.message) from wrong

    async def _take(self, message: Message) -> None:
        if message.type in ("ping", "pong") and not self._pings.keeps():
            raise Closed(Close.TRY_AGAIN, f"LIMIT_EXCEEDED: at most {MOST_PINGS} pings and pongs a second.")
        if message.type == "ping":
            payload = None if message.payload is None else orjson.dumps(message.payload)
            await self._waiting.put(written("pong", payload=payload))
        elif message.type == "subscribe":
            await self._subscribe(message)
        elif message.type == "complete":
            self._forget(message.id)
        elif message.type == "connection_init":
            raise Closed(Close.INIT_TWICE, "Too many initialisation requests")
        elif message.type != "pong":
            raise Closed(Close.BAD_REQUEST, "There is no such type of message.")

    async def _subscribe(self, message: Message) -> None:
        operation = sent(message.payload)
        if message.id in self._operations:
            raise Closed(Close.ALREADY_SUBSCRIBED, f"Subscriber for {message.id} already exists")
        most = self._app.settings.max_operations_per_socket
        if len(self._operations) >= most:
            full = LimitExceeded(f"At most {most} operations run on one socket; complete some.")
            await self._waiting.put(_error(message.id, full))
            return
        self._operations[message.id] = None
        self._operations[message.id] = asyncio.create_task(
            self._guarded(message.id, self._run(message.id, operation))
        )

    async def _guarded(self, identity: str, running: Coroutine[Any, Any, None]) -> None:
        try:
            await running
        except Exception as wrong:
            if self._forget(identity):
                await self._waiting.put(_error(identity, wrong))

    async def _run(self, identity: str, operation: Sent) -> None:
        actor = await self._actor()
        if actor is None:
            self.close(Close.UNAUTHORIZED, "Unauthorized: the session has ended.")
            return
        self._app.rates.count_address(self._address)
        self._app.rates.count_user(actor, self._address)
        text = self._documents.text_of(operation)
        context = ApiContext(self._app, actor, request_id(), self._token, self._address)
        if prepared_for(context, text, operation.operation).is_subscription:
            listener, asked = _Told(self, identity), Asked(text, operation.variables, operation.operation)
            made = subscribed(self._app, asked, token=self._token, actor=actor, listener=listener)
            self._subscriptions[identity] = made
            await self._app.hub.join(made)
            # Completed while it was about to listen.
            if identity not in self._operations:
                self._app.hub.leave(made)
            return
        body = await run(context, text, operation.variables, operation.operation)
        if not self._forget(identity):
            return
        if body.startswith(b'{"errors"'):
            await self._waiting.put(written("error", identity, orjson.dumps(orjson.loads(body)["errors"])))
            return
        await self._waiting.put(written("next", identity, body))
        await self._waiting.put(written("complete", identity))

    def _forget(self, identity: str) -> bool:
        """Whether there was such an operation; its id may be used again."""
        subscription = self._subscriptions.pop(identity, None)
        if subscription is not None:
            self._app.hub.leave(subscription)
        if identity not in self._operations:
            return False
        task = self._operations.pop(identity)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        return True

    def push(self, message: str) -> None:
        """Send it without waiting; a client for which too much waits already is dropped."""
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self.close(Close.TRY_AGAIN, _SLOW)

    def ended(self, identity: str, wrong: Exception | None) -> None:
        """A subscription is over."""
        if not self._forget(identity):
            return
        self.push(_error(identity, wrong) if wrong is not None else written("complete", identity))
        if isinstance(wrong, Unauthenticated):
            self.close(Close.UNAUTHORIZED, "Unauthorized: the session has ended.")


def _token_sent(websocket: WebSocket) -> str | None:
    """The token of the handshake; a page of another site cannot use the browser's cookie, only a token of its own."""
    try:
        # Browsers always name the page that opens a websocket; what names none is a program.
        check_origin(websocket, websocket.app.state.xrm.settings, is_preflighted=True)
    except BadRequest:
        return None
    return token_of(websocket)


def _error(identity: str, wrong: Exception) -> str:
    return written("error", identity, orjson.dumps(failure(wrong, request_id())))


class _Told:
    """A subscription's way to its socket."""

    def __init__(self, socket: Socket, identity: str) -> None:
        self._socket, self._identity = socket, identity

    def next(self, body: bytes) -> None:
        """Send an execution result."""
        self._socket.push(written("next", self._identity, body))

    def end(self, wrong: Exception | None) -> None:
        """Send that it is over."""
        self._socket.ended(self._identity, wrong)


async def graphql_socket(websocket: WebSocket) -> None:
    """Operations of one client over graphql-transport-ws."""
    app: Application = websocket.app.state.xrm
    try:
        app.rates.count_address(address_of(websocket))
        app.hub.streams.enter()
    except LimitExceeded:
        # Before the handshake: there is no socket yet that could say why.
        await websocket.close()
        return
    try:
        if SUBPROTOCOL not in websocket.scope.get("subprotocols", ()):
            await websocket.accept()
            await websocket.close(int(Close.NO_SUBPROTOCOL), "Subprotocol not acceptable")
            return
        await websocket.accept(SUBPROTOCOL)
        await Socket(app, websocket).serve()
    finally:
        app.hub.streams.leave()
