"""The server process: the application started inside the running loop, and uvicorn around it."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import uvicorn

from xrm_core.api.http import asgi
from xrm_core.app import Application
from xrm_core.documents import close_renderer
from xrm_core.logs import configure
from xrm_core.settings import Settings
from xrm_core.setup import migrate_all


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
    config = uvicorn.Config(
        asgi(app), host=host, port=port, log_level=log_level, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    watcher = asyncio.create_task(_watch_plugins(app))
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
        watcher.cancel()
        await app.close()
        close_renderer()


async def _watch_plugins(app: Application) -> None:
    """Notice within a second or two when another process (the command line, another server) enables a plugin."""
    while True:
        await asyncio.sleep(1.0)
        try:
            await app.follow()
        except Exception:
            await asyncio.sleep(5.0)
