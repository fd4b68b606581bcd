"""Waiting for one of a few connections, and not for ever."""

import asyncio
from types import TracebackType

from xrm_core.errors import Unavailable


class Turns:
    """So many at a time; whoever waits longer than `wait_s` seconds for a turn is told so."""

    def __init__(self, places: int, wait_s: float) -> None:
        self._free, self._wait_s, self._places = asyncio.Semaphore(places), wait_s, places

    async def enter(self) -> None:
        """Wait for a turn. Raises: Unavailable."""
        if not self._free.locked():
            # Without waiting: a timer would cost as much as a short read.
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError as late:
            raise Unavailable(
                f"The server is busy: none of its {self._places} connections got free within {self._wait_s:g}"
                " seconds; try again."
            ) from late

    def leave(self) -> None:
        """The turn is over."""
        self._free.release()

    async def __aenter__(self) -> None:
        await self.enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
