"""How many connections that stay open there may be, and how many of them one user may have."""

from collections import Counter
from collections.abc import Hashable
from typing import Any

from xrm_core.errors import LimitExceeded
from xrm_core.settings import Settings


class Streams:
    """The open sockets and event streams of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = 0
        self._of: Counter[Hashable] = Counter()

    @property
    def count(self) -> int:
        """How many are open."""
        return self._open

    def enter(self) -> None:
        """One more, of somebody who is not known yet. Raises: LimitExceeded."""
        most = self._settings.max_streams
        if self._open >= most:
            raise LimitExceeded(f"This server keeps at most {most} streams open; try again later.")
        self._open += 1

    def leave(self) -> None:
        """One of those entered is closed."""
        self._open -= 1

    def take(self, user: Any) -> None:
        """One of those entered is this user's. Raises: LimitExceeded."""
        most = self._settings.max_streams_per_user
        if self._of[user] >= most:
            raise LimitExceeded(f"One user may keep at most {most} streams open on a server; close some.")
        self._of[user] += 1

    def give_back(self, user: Any) -> None:
        """One of this user's is closed."""
        self._of[user] -= 1
        if not self._of[user]:
            del self._of[user]
