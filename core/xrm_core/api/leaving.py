"""A client that goes away stops its reading: what nobody waits for any more keeps no connection busy."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from xrm_core.errors import Unavailable

T = TypeVar("T")
# Short reads end before anybody looks whether somebody is still there.
_LOOK_AFTER_S = 0.25


async def unless_gone(work: Awaitable[T], gone: Callable[[], Coroutine[Any, Any, None]]) -> T:
    """What the work answers, cancelled once `gone` returns. Raises: Unavailable, to nobody, if it was."""
    task, watchers = asyncio.current_task(), list[asyncio.Task[None]]()
    assert task is not None

    def ended(watcher: asyncio.Task[None]) -> None:
        if not watcher.cancelled():
            task.cancel()

    def look() -> None:
        watchers.append(asyncio.ensure_future(gone()))
        watchers[0].add_done_callback(ended)

    timer = asyncio.get_running_loop().call_later(_LOOK_AFTER_S, look)
    try:
        return await work
    except asyncio.CancelledError:
        if watchers and watchers[0].done() and not watchers[0].cancelled() and task.uncancel() == 0:
            raise Unavailable("The client has gone.") from None
        raise
    finally:
        timer.cancel()
        for watcher in watchers:
            watcher.remove_done_callback(ended)
            watcher.cancel()


async def left(receive: Callable[[], Awaitable[Any]]) -> None:
    """Returns once the client of a request, whose body was read, has gone."""
    while (await receive()).get("type") != "http.disconnect":
        pass
