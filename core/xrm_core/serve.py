"""The server process: the application started inside the running loop, and uvicorn around it."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import structlog
import uvicorn

from xrm_core.api.http import asgi
from xrm_core.app import Application
from xrm_core.connections import HttpConnection, SocketConnection, allow_many
from xrm_core.documents import close_renderer
from xrm_core.documents.uploads import SWEPT_EVERY_S, Uploads
from xrm_core.logs import configure
from xrm_core.settings import Settings
from xrm_core.setup import migrate_all

_LOG = structlog.get_logger("xrm.serve")
# What is under way when the server stops is given so long.
_STOP_WITHIN_S = 10
_GOODBYE_S = 0.1


def serve_forever(
    settings: Settings,
    *,
    host: str,
    port: int,
    log_level: str = "warning",
    started: Callable[[], None] | None = None,
) -> None:
    """Serve until a signal stops the process; `started` is called once it answers."""
    configure(log_level)
    allow_many()
    # uvloop is a third faster; where there is none the standard loop serves.
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, host, port, log_level, started))


def _loop_factory() -> Any:
    try:
        import uvloop  # not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(
    settings: Settings, host: str, port: int, log_level: str, started: Callable[[], None] | None
) -> None:
    app = Application(settings)
    app.host.load()
    await migrate_all(app)
    await app.start()
    server = server_of(app, host=host, port=port, log_level=log_level)
    watchers = [
        asyncio.create_task(_watch_plugins(app)),
        asyncio.create_task(_clear_uploads(server.door.state.uploads)),
        asyncio.create_task(app.jobs.watch()),
        asyncio.create_task(app.settle_indexes()),
    ]
    # What was loaded at start lives until the end: the collector need not look at it again and again.
    gc.freeze()
    try:
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if started is not None and server.started:
            started()
        await serving
    finally:
        for watcher in watchers:
            watcher.cancel()
        await app.close()
        close_renderer()


async def _clear_uploads(uploads: Uploads) -> None:
    """Uploads that nobody used are deleted within some minutes of their end."""
    while True:
        try:
            await uploads.sweep()
        except Exception:
            _LOG.warning("expired uploads could not be deleted", exc_info=True)
        await asyncio.sleep(SWEPT_EVERY_S)


def server_of(app: Application, *, host: str, port: int, log_level: str) -> "Server":
    """A server of a started application, which does not serve yet."""
    door = asgi(app)
    config = uvicorn.Config(
        door,
        host=host,
        port=port,
        log_level=log_level,
        access_log=False,
        lifespan="off",
        forwarded_allow_ips=app.settings.trusted_proxies,
        http=HttpConnection,
        ws=SocketConnection,
        ws_max_size=app.settings.max_body_bytes,
        # A compressor keeps buffers of its own for every socket, also for those that have nothing to say.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
    )
    return Server(config, app, door)


class Server(uvicorn.Server):
    """Streams end before the server waits for what is under way: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, app: Application, door: Any) -> None:
        super().__init__(config)
        self._app, self.door = app, door

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop answering."""
        await self._app.hub.close()
        # Sockets say why they close.
        await asyncio.sleep(_GOODBYE_S)
        await super().shutdown(sockets)


async def _watch_plugins(app: Application) -> None:
    """Notice within a second or two when another process (the command line, another server) enables a plugin."""
    while True:
        await asyncio.sleep(1.0)
        try:
            await app.follow()
        except Exception:
            await asyncio.sleep(5.0)
