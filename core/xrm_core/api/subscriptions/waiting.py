"""Messages that wait for one client to read them: so many, so long together, and no more."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T", str, bytes)
# What waits together; one that is longer waits alone.
MOST_CHARACTERS = 4_000_000


class Waiting(Generic[T]):
    """A queue of messages, bounded by their number and by how long they are; None is the end."""

    def __init__(self, most: int, characters: int = MOST_CHARACTERS) -> None:
        self._messages: asyncio.Queue[T | None] = asyncio.Queue(most)
        self._most, self._held = characters, 0
        self._taken = asyncio.Event()

    def _is_full(self, size: int) -> bool:
        return bool(self._held) and self._held + size > self._most

    async def put(self, message: T) -> None:
        """Keep a message, once there is room for it."""
        while self._is_full(len(message)):
            self._taken.clear()
            await self._taken.wait()
        self._held += len(message)
        try:
            await self._messages.put(message)
        except asyncio.CancelledError:
            self._held -= len(message)
            raise

    def put_nowait(self, message: T | None) -> None:
        """Keep a message, or the end. Raises: asyncio.QueueFull if there is no room."""
        size = 0 if message is None else len(message)
        if self._is_full(size):
            raise asyncio.QueueFull
        self._messages.put_nowait(message)
        self._held += size

    async def get(self) -> T | None:
        """The next message, as soon as there is one; None for the end."""
        message = await self._messages.get()
        if message is not None:
            self._held -= len(message)
            self._taken.set()
        return message
