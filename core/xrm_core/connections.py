"""Connections of clients that are slow, silent, or say too much: none is kept for ever, none fills the memory."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from xrm_core.pace import Pace

# Bytes of a request's first line and headers together, and how long they may take to come.
LARGEST_HEAD = 200_000
HEAD_WITHIN_S = 30.0
# A client that takes nothing of what waits for it is gone.
STALLED_AFTER_S = 60.0
# Frames a second that carry no message: pings, pongs and pieces.
MOST_FRAMES = 500
# A client that was dropped is given so long to read why.
_DROP_AFTER_S = 10.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json; charset=utf-8\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%s"
)
_WHY = (
    b'{"errors":[{"message":"The address and the headers are larger than %d bytes, which are allowed: send a long'
    b' question by POST.","extensions":{"code":"LIMIT_EXCEEDED"}}]}' % LARGEST_HEAD
)


def allow_many() -> None:
    """As many open files as the system allows: each connection is one, and many systems start with 1,024."""
    try:
        import resource  # not on every platform
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ValueError, OSError):
        # Some systems allow less than they say.
        return


class _Watched(asyncio.Protocol):
    """Cuts off a client that takes nothing any more, once something waits for it."""

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _look: asyncio.TimerHandle | None = None
    _left = 0

    def watch(self) -> None:
        """From now on something waits."""
        self.unwatch()
        self._left = self.transport.get_write_buffer_size()
        self._look = self.loop.call_later(STALLED_AFTER_S, self._looked)

    def unwatch(self) -> None:
        """Nothing waits any more."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self.unwatch()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits than is sent at once."""
        super().pause_writing()
        self.watch()

    def resume_writing(self) -> None:
        """It is sent."""
        self.unwatch()
        super().resume_writing()

    def _looked(self) -> None:
        if not self.transport.get_write_buffer_size() and not self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() >= self._left:
            self.transport.abort()
        else:
            self.watch()


class HttpConnection(_Watched, HttpToolsProtocol):
    """A connection that speaks HTTP."""

    _is_head, _head = True, 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Somebody connected, and says what they want, or leaves."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_WITHIN_S, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._in_time()
        super().connection_lost(exc)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def data_received(self, data: bytes) -> None:
        """The beginning of a request, or its body."""
        if self._is_head:
            self._head += len(data)
            if self._late is None:
                self._late = self.loop.call_later(HEAD_WITHIN_S, self._close)
        super().data_received(data)
        if self._is_head and self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE % (len(_WHY), _WHY))
            self._close()

    def on_headers_complete(self) -> None:
        """The body comes next."""
        self._is_head, self._head = False, 0
        self._in_time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Another request may follow."""
        self._is_head = True
        super().on_message_complete()

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
            self.watch()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing more was asked."""
        self._close()


class SocketConnection(_Watched, WebSocketsSansIOProtocol):
    """A websocket that can be closed although its client does not read."""

    def connection_made(self, transport: Any) -> None:
        """Somebody connected."""
        self._pace = Pace(MOST_FRAMES)
        super().connection_made(transport)

    def handle_connect(self, event: Any) -> None:
        """A client asks for a websocket; the application gets the means to drop it."""
        super().handle_connect(event)
        if not self.handshake_complete:
            extensions: Any = self.scope["extensions"]
            extensions["xrm.drop"] = self._drop

    def handle_ping(self) -> None:
        """Answered, unless it is one of very many."""
        if self._is_calm():
            super().handle_ping()

    def handle_pong(self, event: Any) -> None:
        """The client is there."""
        if self._is_calm():
            super().handle_pong(event)

    def handle_cont(self, event: Any) -> None:
        """One more piece of a message."""
        if self._is_calm():
            super().handle_cont(event)

    def _is_calm(self) -> bool:
        """Whether the client sends no more frames than anybody needs; one that does is cut off."""
        is_calm = self._pace.keeps()
        if not is_calm:
            self.transport.abort()
        return is_calm

    def _drop(self, code: int, reason: str) -> None:
        """The closing frame goes behind what the client has not read; after a while both are thrown away."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(_DROP_AFTER_S, self.transport.abort)
